"""The pieces that the networks of the lectures share: see networks.py."""

from __future__ import annotations

import minicnn.functional as F
from minicnn import nn


class Conv(nn.Conv2d):
    """A convolution with its ReLU inside, as Keras' ``activation="relu"`` has it."""

    def forward(self, x):
        return F.relu(super().forward(x))


class Dense(nn.Linear):
    """A fully connected layer with its ReLU inside."""

    def forward(self, x):
        return F.relu(super().forward(x))


def normed(channels: int, filters: int, size: int | tuple[int, int], stride: int = 1,
           padding: int | tuple[int, int] | str = 0) -> nn.Sequential:
    """A convolution without bias, batch normalisation, ReLU."""
    conv = nn.Conv2d(channels, filters, size, stride, padding, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(filters), nn.ReLU())


def response_norm() -> nn.Module:
    """The local response normalisation of AlexNet and GoogLeNet.

    The paper's factor is 1e-4 for each of the 5 channels; PyTorch's alpha is for their mean.
    """
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
