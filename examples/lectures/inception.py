"""GoogLeNet and its third version: networks of inception modules, networks in networks.

Source: 002 "GOOGLENET (INCEPTION V1)"; Szegedy et al. 2015, arXiv 1409.4842, and 2016, arXiv
1512.00567 (004 "Skin lesion classification" uses it).
"""

from __future__ import annotations

import minicnn.functional as F
from minicnn import nn

from .blocks import Conv, normed, response_norm


class Branches(nn.Module):
    """Several ways for one input, their channels side by side in the output.

    (N, C, H, W) -> (N, C1 + C2 + ..., P, Q): the heart of every inception module.
    """

    def __init__(self, *branches: nn.Module):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return F.cat([branch(x) for branch in self.branches], dim=1)


def naive_inception(channels: int, ones: int, threes: int, fives: int) -> Branches:
    """Figure 2a: convolutions of three sizes and a pooling, side by side."""
    return Branches(
        Conv(channels, ones, 1),
        Conv(channels, threes, 3, padding=1),
        Conv(channels, fives, 5, padding=2),
        nn.MaxPool2d(3, stride=1, padding=1),
    )


def inception(
    channels: int, ones: int, threes: tuple[int, int], fives: tuple[int, int], pooled: int
) -> Branches:
    """Figure 2b: 1×1 convolutions first bring the channels down; (reduced, out) for each."""
    return Branches(
        Conv(channels, ones, 1),
        nn.Sequential(Conv(channels, threes[0], 1), Conv(*threes, 3, padding=1)),
        nn.Sequential(Conv(channels, fives[0], 1), Conv(*fives, 5, padding=2)),
        nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), Conv(channels, pooled, 1)),
    )


def googlenet(classes: int = 1000) -> nn.Sequential:
    """GoogLeNet (Szegedy et al. 2015, Table 1), without the two classifiers for training."""
    halve = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
    return nn.Sequential(
        Conv(3, 64, 7, stride=2, padding=3), nn.MaxPool2d(**halve), response_norm(),
        Conv(64, 64, 1), Conv(64, 192, 3, padding=1), response_norm(), nn.MaxPool2d(**halve),
        inception(192, 64, (96, 128), (16, 32), 32),  # 3a
        inception(256, 128, (128, 192), (32, 96), 64),  # 3b
        nn.MaxPool2d(**halve),
        inception(480, 192, (96, 208), (16, 48), 64),  # 4a
        inception(512, 160, (112, 224), (24, 64), 64),
        inception(512, 128, (128, 256), (24, 64), 64),
        inception(512, 112, (144, 288), (32, 64), 64),
        inception(528, 256, (160, 320), (32, 128), 128),  # 4e
        nn.MaxPool2d(**halve),
        inception(832, 256, (160, 320), (32, 128), 128),  # 5a
        inception(832, 384, (192, 384), (48, 128), 128),  # 5b
        nn.GlobalAvgPool2d(), nn.Dropout(0.4), nn.Linear(1024, classes),
    )


def chain(channels: int, *steps: tuple) -> nn.Sequential:
    """Convolutions one after the other, each (filters, size) or (filters, size, stride)."""
    layers = []
    for filters, size, *stride in steps:
        layers.append(normed(channels, filters, size, *(stride or (1, "same"))))
        channels = filters
    return nn.Sequential(*layers)


def pooled(channels: int, filters: int) -> nn.Sequential:
    """Average pooling that keeps the size, then a 1×1 convolution."""
    return nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), normed(channels, filters, 1))


def inception_a(c: int, pool: int) -> Branches:
    return Branches(
        chain(c, (64, 1)), chain(c, (48, 1), (64, 5)), chain(c, (64, 1), (96, 3), (96, 3)),
        pooled(c, pool),
    )


def inception_b(c: int) -> Branches:  # halves the image
    return Branches(
        chain(c, (384, 3, 2)), chain(c, (64, 1), (96, 3), (96, 3, 2)), nn.MaxPool2d(3, 2)
    )


def inception_c(c: int, m: int) -> Branches:  # 7×7 as 1×7 and 7×1
    row, column = (1, 7), (7, 1)
    return Branches(
        chain(c, (192, 1)),
        chain(c, (m, 1), (m, row), (192, column)),
        chain(c, (m, 1), (m, column), (m, row), (m, column), (192, row)),
        pooled(c, 192),
    )


def inception_d(c: int) -> Branches:  # halves the image
    return Branches(
        chain(c, (192, 1), (320, 3, 2)),
        chain(c, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3, 2)),
        nn.MaxPool2d(3, 2),
    )


def inception_e(c: int) -> Branches:
    def fork() -> Branches:
        return Branches(chain(384, (384, (1, 3))), chain(384, (384, (3, 1))))

    return Branches(
        chain(c, (320, 1)),
        nn.Sequential(chain(c, (384, 1)), fork()),
        nn.Sequential(chain(c, (448, 1), (384, 3)), fork()),
        pooled(c, 192),
    )


def inception_v3(classes: int = 1000) -> nn.Sequential:
    """Inception v3 (Szegedy et al. 2016) as torchvision builds it, 299×299, no training head."""
    return nn.Sequential(
        normed(3, 32, 3, 2), normed(32, 32, 3), normed(32, 64, 3, 1, 1), nn.MaxPool2d(3, 2),
        normed(64, 80, 1), normed(80, 192, 3), nn.MaxPool2d(3, 2),
        inception_a(192, 32), inception_a(256, 64), inception_a(288, 64), inception_b(288),
        inception_c(768, 128), inception_c(768, 160), inception_c(768, 160), inception_c(768, 192),
        inception_d(768), inception_e(1280), inception_e(2048),
        nn.GlobalAvgPool2d(), nn.Dropout(), nn.Linear(2048, classes),
    )
