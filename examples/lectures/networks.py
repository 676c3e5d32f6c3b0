"""The networks that the lectures name, as plain minicnn modules: to be read, and to be counted.

Each is written as its paper draws it, a function with the network's name. What the slides say of
them (parameters, layers, sizes) is computed from the built network: sizes and parameters with
``mc.summary``, the number of layers with :func:`depth`. Who only counts need not draw weights:

    vgg = nn.utils.skip_init(networks.vgg16)     # 138 million weights, in milliseconds
    mc.summary(vgg, (3, 224, 224))

Shapes are (N, C, H, W) throughout; N images, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import nn

from .blocks import Conv, Dense, normed, response_norm
from .inception import googlenet as googlenet
from .inception import inception as inception
from .inception import inception_v3 as inception_v3
from .inception import naive_inception as naive_inception

# -- LeNet-5 ---------------------------------------------------------------------------------------

# Which of the six maps of S2 each of the sixteen filters of C3 sees (LeCun et al. 1998, Table I).
C3_SEES = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5),
)


class Squash(nn.Module):
    """1.7159 · tanh(2x/3), LeNet's activation: ±1 stay ±1."""

    def forward(self, x):
        return 1.7159 * F.tanh(x * (2 / 3))


class Subsample(nn.Module):
    """LeNet's pooling: the sum of 2×2 pixels times a learned coefficient, plus a learned bias."""

    def __init__(self, channels: int):
        super().__init__()
        self.coefficient = nn.Parameter(mc.full((channels,), 0.25))
        self.bias = nn.Parameter(mc.zeros(channels))

    def forward(self, x):
        total = 4 * F.avg_pool2d(x, 2)
        return total * self.coefficient[:, None, None] + self.bias[:, None, None]


class SparseConv(nn.Module):
    """A convolution whose filters each see only some of the channels: ``sees`` lists them."""

    def __init__(self, sees: Sequence[Sequence[int]], kernel_size: int):
        super().__init__()
        self.sees = sees
        self.filters = nn.ModuleList(nn.Conv2d(len(c), 1, kernel_size) for c in sees)

    def forward(self, x):
        seen = zip(self.filters, self.sees, strict=True)
        return F.cat([conv(x[:, list(channels)]) for conv, channels in seen], dim=1)


class Distance(nn.Module):
    """LeNet's output: the squared distance to a fixed prototype for each class, (N, in) -> (N, O).

    In the paper the prototypes are drawings of the digits, 7×12 pixels of ±1; here ±1 at random.
    """

    def __init__(self, in_features: int, classes: int):
        super().__init__()
        signs = np.random.default_rng(1998).choice([-1.0, 1.0], (classes, in_features))
        self.register_buffer("prototypes", mc.tensor(signs.astype("float32")))

    def forward(self, x):
        return ((x[:, None] - self.prototypes) ** 2).sum(dim=2)  # (N, 1, in) - (O, in)


def lenet5(classes: int = 10) -> nn.Sequential:
    """LeNet-5 (LeCun et al. 1998), 32×32 grey images: seven layers, named as in the paper."""
    return nn.Sequential({
        "C1": nn.Sequential(nn.Conv2d(1, 6, 5), Squash()),
        "S2": nn.Sequential(Subsample(6), Squash()),
        "C3": nn.Sequential(SparseConv(C3_SEES, 5), Squash()),
        "S4": nn.Sequential(Subsample(16), Squash()),
        "C5": nn.Sequential(nn.Conv2d(16, 120, 5), Squash(), nn.Flatten()),
        "F6": nn.Sequential(nn.Linear(120, 84), Squash()),
        "output": Distance(84, classes),
    })


# -- the network of lecture 002, "POOLING - REDUCE NUMBER OF PARAMETERS" ---------------------------


def lecture_net(
    channels: int = 3, size: int = 32, filters: Sequence[int] = (8, 16),
    nodes: Sequence[int] = (120, 84), classes: int = 10, pool: bool = True,
) -> nn.Sequential:
    """Two convolutions of size 5, each with a max pooling after it (or not), then dense layers."""
    layers: list[nn.Module] = []
    for count in filters:
        layers += [Conv(channels, count, 5), *([nn.MaxPool2d(2)] if pool else [])]
        channels, size = count, (size - 4) // (2 if pool else 1)
    layers.append(nn.Flatten())
    features = channels * size**2
    for count in nodes:
        layers.append(Dense(features, count))
        features = count
    return nn.Sequential(*layers, nn.Linear(features, classes), nn.Softmax(dim=1))


# -- AlexNet and VGG -------------------------------------------------------------------------------


def alexnet(classes: int = 1000) -> nn.Sequential:
    """AlexNet (Krizhevsky et al. 2012), 227×227: groups=2 is its split between two GPUs."""
    return nn.Sequential(
        Conv(3, 96, 11, stride=4), response_norm(), nn.MaxPool2d(3, 2),
        Conv(96, 256, 5, padding=2, groups=2), response_norm(), nn.MaxPool2d(3, 2),
        Conv(256, 384, 3, padding=1),
        Conv(384, 384, 3, padding=1, groups=2),
        Conv(384, 256, 3, padding=1, groups=2), nn.MaxPool2d(3, 2),
        nn.Flatten(),
        nn.Dropout(), Dense(256 * 6 * 6, 4096),
        nn.Dropout(), Dense(4096, 4096),
        nn.Linear(4096, classes),
    )


def vgg(
    convs: Sequence[int], classes: int | None, size: int, width: int, nodes: int
) -> nn.Sequential:
    """Five blocks of 3×3 convolutions, each halved by a max pooling, and three dense layers.

    ``convs`` says how many convolutions each block has, ``width`` how many filters the first
    one's have; with ``classes=None`` there are no dense layers (Keras' ``include_top=False``).
    Layers are named as Keras names them.
    """
    layers: dict[str, nn.Module] = {}
    channels = 3
    for block, (count, times) in enumerate(zip(convs, (1, 2, 4, 8, 8), strict=True), 1):
        for i in range(1, count + 1):
            layers[f"block{block}_conv{i}"] = Conv(channels, times * width, 3, padding=1)
            channels = times * width
        layers[f"block{block}_pool"] = nn.MaxPool2d(2)
    if classes is not None:
        layers["flatten"] = nn.Flatten()
        layers["fc1"] = Dense(channels * (size // 32) ** 2, nodes)
        layers["fc2"] = Dense(nodes, nodes)
        layers["predictions"] = nn.Linear(nodes, classes)
    return nn.Sequential(layers)


def vgg16(
    classes: int | None = 1000, size: int = 224, width: int = 64, nodes: int = 4096
) -> nn.Sequential:
    """VGG16 (Simonyan & Zisserman 2014, configuration D)."""
    return vgg((2, 2, 3, 3, 3), classes, size, width, nodes)


def vgg19(
    classes: int | None = 1000, size: int = 224, width: int = 64, nodes: int = 4096
) -> nn.Sequential:
    """VGG19 (configuration E)."""
    return vgg((2, 2, 4, 4, 4), classes, size, width, nodes)


# -- ResNet ----------------------------------------------------------------------------------------


class Residual(nn.Module):
    """y = relu(body(x) + x); where the shape changes, a 1×1 convolution takes x along."""

    def __init__(self, body: nn.Module, channels: int, filters: int, stride: int):
        super().__init__()
        self.body = body
        same = channels == filters and stride == 1
        self.shortcut = nn.Identity() if same else nn.Sequential(
            nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
        )

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def basic(channels: int, filters: int, stride: int) -> Residual:
    """Two 3×3 convolutions."""
    body = nn.Sequential(
        normed(channels, filters, 3, stride, 1),
        nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters),
    )
    return Residual(body, channels, filters, stride)


def bottleneck(channels: int, filters: int, stride: int) -> Residual:
    """1×1 down to a quarter of the channels, 3×3, 1×1 up again."""
    few = filters // 4
    body = nn.Sequential(
        normed(channels, few, 1), normed(few, few, 3, stride, 1),
        nn.Conv2d(few, filters, 1, bias=False), nn.BatchNorm2d(filters),
    )
    return Residual(body, channels, filters, stride)


def resnet(block, blocks: Sequence[int], widths: Sequence[int], classes: int) -> nn.Sequential:
    """A 7×7 convolution, a pooling, four stages of residual blocks, one dense layer."""
    layers: list[nn.Module] = [normed(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, padding=1)]
    channels = 64
    for stage, (count, filters) in enumerate(zip(blocks, widths, strict=True)):
        for i in range(count):
            layers.append(block(channels, filters, 2 if stage > 0 and i == 0 else 1))
            channels = filters
    return nn.Sequential(*layers, nn.GlobalAvgPool2d(), nn.Linear(channels, classes))


def resnet34(classes: int = 1000) -> nn.Sequential:
    """ResNet-34 (He et al. 2016)."""
    return resnet(basic, (3, 4, 6, 3), (64, 128, 256, 512), classes)


def resnet152(classes: int = 1000) -> nn.Sequential:
    """ResNet-152."""
    return resnet(bottleneck, (3, 8, 36, 3), (256, 512, 1024, 2048), classes)


# -- U-Net -----------------------------------------------------------------------------------------


class UNet(nn.Module):
    """U-Net (Ronneberger et al. 2015, arXiv 1505.04597): 3×3 convolutions without padding.

    (N, in, 572, 572) -> (N, out, 388, 388). On the way down each level has twice the channels and
    half the pixels; on the way up the level's output is cropped and put beside the upsampled one.
    """

    def __init__(self, in_channels: int = 1, classes: int = 2, width: int = 64, levels: int = 4):
        super().__init__()
        widths = [width * 2**level for level in range(levels + 1)]
        self.down = nn.ModuleList()
        for filters in widths[:-1]:
            self.down.append(double_conv(in_channels, filters))
            in_channels = filters
        self.pool = nn.MaxPool2d(2)
        self.bridge = double_conv(in_channels, widths[-1])
        self.up, self.join, self.decode = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for filters in reversed(widths[:-1]):
            self.up.append(nn.ConvTranspose2d(2 * filters, filters, 2, stride=2))
            self.join.append(nn.CropAndConcatenate())
            self.decode.append(double_conv(2 * filters, filters))
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skips = []
        for encode in self.down:
            skips.append(encode(x))
            x = self.pool(skips[-1])
        x = self.bridge(x)
        for up, join, decode in zip(self.up, self.join, self.decode, strict=True):
            x = decode(join(skips.pop(), up(x)))
        return self.head(x)


def double_conv(channels: int, filters: int) -> nn.Sequential:
    return nn.Sequential(Conv(channels, filters, 3), Conv(filters, filters, 3))


def unet(in_channels: int = 1, classes: int = 2, width: int = 64, levels: int = 4) -> UNet:
    """The network of lecture 002's "SEGMENTATION ARCHITECTURES - U-NET"."""
    return UNet(in_channels, classes, width, levels)


# -- counting --------------------------------------------------------------------------------------


def table(model: nn.Module, input_shape: Sequence[int]) -> mc.Summary:
    """``mc.summary`` without printing it: its ``rows`` are read."""
    return mc.summary(model, input_shape, print_fn=None)


def parameters(model: nn.Module) -> int:
    """Learned numbers of a network, frozen or not; running statistics are none."""
    return sum(p.numel() for p in model.parameters())


def count(model: nn.Module, *kinds: type) -> int:
    """How many layers of these kinds a network has."""
    return sum(isinstance(module, kinds) for module in model.modules())


def depth(model: nn.Module, input_shape: Sequence[int]) -> int:
    """Layers with weights on the longest way from the input to the output.

    Runs the network once on an image of zeros, and walks the graph that autograd keeps of it: a
    node counts where it uses a learned weight of two axes or more, so a convolution or a dense
    layer does, a bias or a normalisation does not.
    """
    y = model.eval()(mc.zeros(1, *input_shape))
    longest: dict[mc.Function, int] = {}
    stack = [y.creator]
    while stack:
        node = stack[-1]
        before = [t.creator for t in node.inputs if t.creator is not None]
        if waiting := [b for b in before if b not in longest]:
            stack += waiting
            continue
        stack.pop()
        has_weight = any(isinstance(t, nn.Parameter) and t.ndim > 1 for t in node.inputs)
        longest[node] = has_weight + max((longest[b] for b in before), default=0)
    return longest[y.creator]
