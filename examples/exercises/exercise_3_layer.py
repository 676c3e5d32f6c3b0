"""Exercise 3: a layer of your own, with a skip connection.

A residual block (lectures 002 "RESNET" and 004) computes

    y = relu(x + bn2(conv2(relu(bn1(conv1(x))))))

with two 3×3 convolutions without bias that keep the number of channels and, padded by one pixel,
the size of the image; each is followed by batch normalisation. Make the four layers in
``__init__`` (nn.Conv2d, nn.BatchNorm2d; name them conv1, bn1, conv2, bn2) and use them in
``forward``.

Check yourself:  python examples/exercises/check.py 3
"""

import minicnn as mc
from minicnn import nn


class ResidualBlock(nn.Module):
    """relu(x + f(x)) with f two convolutions: (N, C, H, W) -> (N, C, H, W)."""

    def __init__(self, channels: int):
        super().__init__()
        raise NotImplementedError("exercise 3: make conv1, bn1, conv2 and bn2")

    def forward(self, x: mc.Tensor) -> mc.Tensor:
        raise NotImplementedError("exercise 3: relu(x + bn2(conv2(relu(bn1(conv1(x))))))")
