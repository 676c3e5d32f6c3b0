"""The ImageNet networks that inference is measured on, each written once for both engines.

224×224 images of three channels, 1000 classes; layer for layer as torchvision has them.
"""

from __future__ import annotations

from typing import Any

from .networks import vgg_features


def vgg16(lib: Any, classes: int = 1000, width: int = 4096) -> Any:
    """VGG-16: 138,357,544 parameters. Source: arXiv 1409.1556, configuration D."""
    nn = lib.nn
    return nn.Sequential(
        *vgg_features(lib),
        nn.AdaptiveAvgPool2d(7), nn.Flatten(),
        nn.Linear(512 * 7 * 7, width), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(width, classes),
    )  # fmt: skip


def resnet50(lib: Any, classes: int = 1000, blocks: tuple[int, ...] = (3, 4, 6, 3)) -> Any:
    """ResNet-50, the stride in the 3×3 convolution: 25,557,032 parameters.

    Source: arXiv 1512.03385, table 1; the stride's place as in torchvision.
    """
    nn, F = lib.nn, lib.nn.functional

    class Bottleneck(nn.Module):
        def __init__(self, C: int, narrow: int, stride: int):
            super().__init__()
            O = 4 * narrow
            self.conv1 = nn.Conv2d(C, narrow, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(narrow)
            self.conv2 = nn.Conv2d(narrow, narrow, 3, stride, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(narrow)
            self.conv3 = nn.Conv2d(narrow, O, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(O)
            self.shortcut = nn.Identity()
            if stride > 1 or C != O:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(C, O, 1, stride, bias=False), nn.BatchNorm2d(O)
                )

        def forward(self, x):
            y = F.relu(self.bn1(self.conv1(x)))
            y = F.relu(self.bn2(self.conv2(y)))
            y = self.bn3(self.conv3(y))
            return F.relu(y + self.shortcut(x))

    layers, C = [], 64
    for stage, count in enumerate(blocks):
        narrow = 64 * 2**stage
        for i in range(count):
            layers.append(Bottleneck(C, narrow, stride=2 if stage and i == 0 else 1))
            C = 4 * narrow
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        *layers,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(C, classes),
    )  # fmt: skip


def densenet121(
    lib: Any, classes: int = 1000, blocks: tuple[int, ...] = (6, 12, 24, 16), growth: int = 32
) -> Any:
    """DenseNet-121: each layer sees all before it. 7,978,856 parameters.

    Source: Huang et al. 2016, "Densely Connected Convolutional Networks", arXiv 1608.06993.
    """
    nn, F = lib.nn, lib.nn.functional

    class Dense(nn.Module):
        def __init__(self, C: int):
            super().__init__()
            self.bn1 = nn.BatchNorm2d(C)
            self.conv1 = nn.Conv2d(C, 4 * growth, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(4 * growth)
            self.conv2 = nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False)

        def forward(self, x):
            y = self.conv1(F.relu(self.bn1(x)))
            y = self.conv2(F.relu(self.bn2(y)))
            return lib.cat((x, y), 1)

    C = 2 * growth
    layers = [
        nn.Conv2d(3, C, 7, 2, 3, bias=False), nn.BatchNorm2d(C), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    ]  # fmt: skip
    for stage, count in enumerate(blocks):
        if stage:  # between blocks: half of the channels, a quarter of the pixels
            layers += [nn.BatchNorm2d(C), nn.ReLU()]
            layers += [nn.Conv2d(C, C // 2, 1, bias=False), nn.AvgPool2d(2)]
            C //= 2
        for _ in range(count):
            layers.append(Dense(C))
            C += growth
    return nn.Sequential(
        *layers,
        nn.BatchNorm2d(C), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(C, classes),
    )  # fmt: skip
