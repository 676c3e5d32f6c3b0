"""The lectures' networks once more, in PyTorch, from the tables of their papers: an oracle.

Nothing is shared with examples/lectures/networks.py; the layers come in the same order, so that
weights can be copied from one to the other. Counting is done on PyTorch's "meta" device, where a
network has shapes but no numbers.
"""

import torch
from torch import nn


def conv(c, o, k, **settings):
    return [nn.Conv2d(c, o, k, **settings), nn.ReLU()]


def conv_bn(c, o, k, **settings):
    return [nn.Conv2d(c, o, k, bias=False, **settings), nn.BatchNorm2d(o), nn.ReLU()]


def lecture_net(channels=3, size=32, filters=(8, 16), nodes=(120, 84), classes=10, pool=True):
    one, two = filters
    pooling = nn.MaxPool2d(2) if pool else nn.Identity()
    features = nn.Sequential(
        *conv(channels, one, 5), pooling, *conv(one, two, 5), pooling, nn.Flatten()
    )
    with torch.device("meta"):
        width = features.to("meta")(torch.empty(1, channels, size, size)).shape[1]
    a, b = nodes
    head = [nn.Linear(width, a), nn.ReLU(), nn.Linear(a, b), nn.ReLU(), nn.Linear(b, classes)]
    return nn.Sequential(*features.to_empty(device="cpu"), *head, nn.Softmax(1))


def lrn():
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)


def alexnet():
    return nn.Sequential(
        *conv(3, 96, 11, stride=4), lrn(), nn.MaxPool2d(3, 2),
        *conv(96, 256, 5, padding=2, groups=2), lrn(), nn.MaxPool2d(3, 2),
        *conv(256, 384, 3, padding=1), *conv(384, 384, 3, padding=1, groups=2),
        *conv(384, 256, 3, padding=1, groups=2), nn.MaxPool2d(3, 2), nn.Flatten(),
        nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096),
        nn.ReLU(), nn.Linear(4096, 1000),
    )


def vgg(text, classes=1000, size=224, width=64, nodes=4096):
    """Configuration "D" or "E" as the paper's table writes it: filters, and M for a pooling."""
    layers, channels = [], 3
    for entry in text.split():
        if entry == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            filters = int(entry) * width // 64
            layers += conv(channels, filters, 3, padding=1)
            channels = filters
    if classes is not None:
        layers += [
            nn.Flatten(), nn.Linear(channels * (size // 32) ** 2, nodes), nn.ReLU(),
            nn.Linear(nodes, nodes), nn.ReLU(), nn.Linear(nodes, classes),
        ]
    return nn.Sequential(*layers)


def vgg16(*args, **settings):
    return vgg(
        "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M", *args, **settings
    )


def vgg19(*args, **settings):
    return vgg(
        "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M", *args, **settings
    )


class Cat(nn.Module):
    def __init__(self, *ways):
        super().__init__()
        self.ways = nn.ModuleList(nn.Sequential(*way) for way in ways)

    def forward(self, x):
        return torch.cat([way(x) for way in self.ways], 1)


def naive_inception(c, n1, n3, n5):
    return Cat(
        conv(c, n1, 1), conv(c, n3, 3, padding=1), conv(c, n5, 5, padding=2),
        [nn.MaxPool2d(3, 1, 1)],
    )


def inception(c, n1, r3, n3, r5, n5, proj):
    """In the order of the columns of the paper's Table 1."""
    return Cat(
        conv(c, n1, 1), conv(c, r3, 1) + conv(r3, n3, 3, padding=1),
        conv(c, r5, 1) + conv(r5, n5, 5, padding=2), [nn.MaxPool2d(3, 1, 1), *conv(c, proj, 1)],
    )


def googlenet():
    def pool():
        return nn.MaxPool2d(3, 2, ceil_mode=True)

    return nn.Sequential(
        *conv(3, 64, 7, stride=2, padding=3), pool(), lrn(), *conv(64, 64, 1),
        *conv(64, 192, 3, padding=1), lrn(), pool(),
        inception(192, 64, 96, 128, 16, 32, 32), inception(256, 128, 128, 192, 32, 96, 64), pool(),
        inception(480, 192, 96, 208, 16, 48, 64), inception(512, 160, 112, 224, 24, 64, 64),
        inception(512, 128, 128, 256, 24, 64, 64), inception(512, 112, 144, 288, 32, 64, 64),
        inception(528, 256, 160, 320, 32, 128, 128), pool(),
        inception(832, 256, 160, 320, 32, 128, 128), inception(832, 384, 192, 384, 48, 128, 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(1024, 1000),
    )


def inception_v3():
    """In the order of Table 1 of Szegedy et al. 2016, with the filters of its released model."""
    def pooled(c, o):
        return [nn.AvgPool2d(3, 1, 1), *conv_bn(c, o, 1)]

    def a(c, o):
        return Cat(
            conv_bn(c, 64, 1), conv_bn(c, 48, 1) + conv_bn(48, 64, 5, padding=2),
            conv_bn(c, 64, 1) + conv_bn(64, 96, 3, padding=1) + conv_bn(96, 96, 3, padding=1),
            pooled(c, o),
        )

    def seven(c, *outs, first="row"):
        layers, row = [], first == "row"
        for o in outs:
            size, pad = ((1, 7), (0, 3)) if row else ((7, 1), (3, 0))
            layers += conv_bn(c, o, size, padding=pad)
            c, row = o, not row
        return layers

    def c(m):
        return Cat(
            conv_bn(768, 192, 1), conv_bn(768, m, 1) + seven(m, m, 192),
            conv_bn(768, m, 1) + seven(m, m, m, m, 192, first="column"), pooled(768, 192),
        )

    def fork():
        return Cat(
            conv_bn(384, 384, (1, 3), padding=(0, 1)), conv_bn(384, 384, (3, 1), padding=(1, 0))
        )

    def e(c):
        return Cat(
            conv_bn(c, 320, 1), [*conv_bn(c, 384, 1), fork()],
            [*conv_bn(c, 448, 1), *conv_bn(448, 384, 3, padding=1), fork()], pooled(c, 192),
        )

    return nn.Sequential(
        *conv_bn(3, 32, 3, stride=2), *conv_bn(32, 32, 3), *conv_bn(32, 64, 3, padding=1),
        nn.MaxPool2d(3, 2), *conv_bn(64, 80, 1), *conv_bn(80, 192, 3), nn.MaxPool2d(3, 2),
        a(192, 32), a(256, 64), a(288, 64),
        Cat(
            conv_bn(288, 384, 3, stride=2),
            conv_bn(288, 64, 1) + conv_bn(64, 96, 3, padding=1) + conv_bn(96, 96, 3, stride=2),
            [nn.MaxPool2d(3, 2)],
        ),
        c(128), c(160), c(160), c(192),
        Cat(
            conv_bn(768, 192, 1) + conv_bn(192, 320, 3, stride=2),
            conv_bn(768, 192, 1) + seven(192, 192, 192) + conv_bn(192, 192, 3, stride=2),
            [nn.MaxPool2d(3, 2)],
        ),
        e(1280), e(2048), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(),
        nn.Linear(2048, 1000),
    )


class Block(nn.Module):
    """A residual block: two 3×3 convolutions, or the bottleneck of 1×1, 3×3, 1×1."""

    def __init__(self, c, o, s, bottleneck):
        super().__init__()
        if bottleneck:
            m = o // 4
            ways = conv_bn(c, m, 1) + conv_bn(m, m, 3, stride=s, padding=1) + conv_bn(m, o, 1)
        else:
            ways = conv_bn(c, o, 3, stride=s, padding=1) + conv_bn(o, o, 3, padding=1)
        self.body = nn.Sequential(*ways[:-1])  # the last ReLU comes after the sum
        self.short = nn.Sequential(*conv_bn(c, o, 1, stride=s)[:-1]) if (c, s) != (o, 1) else None

    def forward(self, x):
        return torch.relu(self.body(x) + (x if self.short is None else self.short(x)))


def resnet(counts, bottleneck):
    layers, c = [*conv_bn(3, 64, 7, stride=2, padding=3), nn.MaxPool2d(3, 2, 1)], 64
    for stage, count in enumerate(counts):
        o = 64 * 2**stage * (4 if bottleneck else 1)
        for i in range(count):
            layers.append(Block(c, o, 2 if stage and not i else 1, bottleneck))
            c = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 1000))


def resnet34():
    return resnet((3, 4, 6, 3), False)


def resnet152():
    return resnet((3, 8, 36, 3), True)


class UNet(nn.Module):
    def __init__(self, channels=1, classes=2, width=64, levels=4):
        super().__init__()
        def twice(c, o):
            return nn.Sequential(*conv(c, o, 3), *conv(o, o, 3))

        widths = [channels, *(width << level for level in range(levels + 1))]
        down = [twice(c, o) for c, o in zip(widths, widths[1:], strict=False)]
        self.down, self.bridge = nn.ModuleList(down[:-1]), down[-1]
        ups = range(levels, 0, -1)
        self.up = nn.ModuleList(nn.ConvTranspose2d(widths[i + 1], widths[i], 2, 2) for i in ups)
        self.decode = nn.ModuleList(twice(2 * widths[i], widths[i]) for i in ups)
        self.last = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skips = []
        for stage in self.down:
            x = stage(x)
            skips.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.bridge(x)
        for up, decode in zip(self.up, self.decode, strict=True):
            x, skip = up(x), skips.pop()
            cut = (skip.shape[2] - x.shape[2]) // 2
            x = decode(torch.cat([nn.functional.pad(skip, [-cut] * 4), x], 1))
        return self.last(x)


unet = UNet


# -- counting, on the meta device ------------------------------------------------------------------


def meta(network, *args, **settings):
    with torch.device("meta"):
        return network(*args, **settings).to("meta").eval()


def parameters(net):
    return sum(p.numel() for p in net.parameters())


def count(net, *kinds):
    return sum(type(layer) in kinds for layer in net.modules())


def depth(net, shape):
    """Convolutions and dense layers on the longest way, in the graph of PyTorch's autograd."""
    longest, todo = {}, [net(torch.zeros(1, *shape, device="meta")).grad_fn]
    root = todo[0]
    while todo:
        node = todo[-1]
        before = [n for n, _ in node.next_functions if n is not None]
        if new := [n for n in before if n not in longest]:
            todo.extend(new)
        else:
            todo.pop()
            is_layer = node.name() in ("ConvolutionBackward0", "AddmmBackward0")
            longest[node] = max([longest[n] for n in before], default=0) + is_layer
    return longest[root]


def shapes(net, shape):
    """(layer, shape of its output) of every layer without layers inside, in the order of calls."""
    seen = []
    for layer in net.modules():
        if not list(layer.children()):
            layer.register_forward_hook(lambda m, _, y: seen.append((m, tuple(y.shape[1:]))))
    net(torch.zeros(1, *shape, device="meta"))
    return seen
