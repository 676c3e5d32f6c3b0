"""The networks that training steps are measured on, each written once for both engines.

A function here gets an engine's namespace (`minicnn` or `torch`: the names below mean the same in
both) and returns the network. The same weights are loaded into both by name.
"""

from __future__ import annotations

from typing import Any


def lecture(lib: Any, classes: int = 10) -> Any:
    """The network of the lecture's table: 32×32×3, two 5×5 convolutions, 120, 84, 10.

    62,958 parameters. Source: 002 "POOLING - REDUCE NUMBER OF PARAMETERS".
    """
    nn = lib.nn
    return nn.Sequential(
        nn.Conv2d(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, classes),
    )  # fmt: skip


def resnet20(lib: Any, classes: int = 10) -> Any:
    """ResNet-20 for 32×32 images: 16, 32 and 64 channels, three blocks of each.

    Where the image shrinks, the shortcut takes every second pixel and fills up with channels of
    zeros: option A of the paper, which has no parameters; 269,722 in all. Source: He et al. 2015,
    "Deep Residual Learning for Image Recognition", arXiv 1512.03385, section 4.2.
    """
    nn, F = lib.nn, lib.nn.functional

    class Block(nn.Module):
        def __init__(self, C: int, O: int):
            super().__init__()
            self.stride, self.more = (1 if C == O else 2), O - C
            self.conv1 = nn.Conv2d(C, O, 3, self.stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(O)
            self.conv2 = nn.Conv2d(O, O, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(O)

        def forward(self, x):
            y = F.relu(self.bn1(self.conv1(x)))
            y = self.bn2(self.conv2(y))
            if self.more:
                s, half = self.stride, self.more // 2
                x = F.pad(x[:, :, ::s, ::s], (0, 0, 0, 0, half, half))
            return F.relu(y + x)

    widths = [16] * 4 + [32] * 3 + [64] * 3
    blocks = [Block(C, O) for C, O in zip(widths[:-1], widths[1:], strict=True)]
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes),
    )  # fmt: skip


def unet(lib: Any, base: int = 16, depth: int = 4, classes: int = 2) -> Any:
    """A U-Net with batch norm: `base` channels at the top, doubled at each of `depth` halvings.

    Padded 3×3 convolutions, so that nothing is cropped; 2×2 transposed convolutions on the way
    up; one channel in. Source: Ronneberger et al. 2015, arXiv 1505.04597; 002 and 003.
    """
    nn = lib.nn

    def twice(C: int, O: int) -> Any:
        return nn.Sequential(
            nn.Conv2d(C, O, 3, 1, 1, bias=False), nn.BatchNorm2d(O), nn.ReLU(),
            nn.Conv2d(O, O, 3, 1, 1, bias=False), nn.BatchNorm2d(O), nn.ReLU(),
        )  # fmt: skip

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            widths = [base * 2**level for level in range(depth + 1)]
            above = [1, *widths]
            self.pool = nn.MaxPool2d(2)
            self.down = nn.ModuleList(
                twice(C, O) for C, O in zip(above[:-1], widths, strict=True)
            )
            self.up = nn.ModuleList(nn.ConvTranspose2d(2 * O, O, 2, 2) for O in widths[:-1])
            self.merge = nn.ModuleList(twice(2 * O, O) for O in widths[:-1])
            self.last = nn.Conv2d(base, classes, 1)

        def forward(self, x):
            skipped = []
            for level, block in enumerate(self.down):
                x = block(x if level == 0 else self.pool(x))
                skipped.append(x)
            for level in reversed(range(depth)):
                x = lib.cat((skipped[level], self.up[level](x)), 1)
                x = self.merge[level](x)
            return self.last(x)

    return UNet()


VGG16 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)


def vgg_features(lib: Any) -> list[Any]:
    """VGG-16's 13 convolutions with their ReLUs; a 2×2 max pool for each 0 of the table."""
    nn, layers, C = lib.nn, [], 3
    for O in VGG16:
        layers += [nn.Conv2d(C, O, 3, 1, 1), nn.ReLU()] if O else [nn.MaxPool2d(2)]
        C = O or C
    return layers


def vgg_stack(lib: Any, classes: int = 10, size: int = 64) -> Any:
    """VGG-16's stack of convolutions and one linear layer instead of its three.

    Source: Simonyan & Zisserman 2014, arXiv 1409.1556, configuration D; 002 "VGGNET".
    """
    nn = lib.nn
    return nn.Sequential(
        *vgg_features(lib), nn.Flatten(), nn.Linear(512 * (size // 32) ** 2, classes)
    )
