"""The layers that convolution is measured on: ten that students train or read about.

The shrunken ones keep kernel, stride and padding, and are small enough for the kernels that are
there to be read and not to be fast: `direct` needs under two seconds for each of them, forward
and both gradients, where the full ones would take hours; `sparse` would need up to 13 GiB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .operations import Input, Operation


def conv2d(lib: Any, stride: int, padding: int) -> Callable:
    """The engine's convolution, called as a user does."""
    return partial(lib.nn.functional.conv2d, stride=stride, padding=padding)


@dataclass(frozen=True)
class Layer:
    """A square convolution: (N, C, H, W) -> (N, O, P, Q), kernel A = B, without bias."""

    name: str
    N: int
    C: int
    H: int
    O: int
    A: int
    stride: int
    padding: int

    @property
    def P(self) -> int:
        return (self.H + 2 * self.padding - self.A) // self.stride + 1

    @property
    def flops(self) -> int:
        """Operations of the forward pass: a multiplication and an addition for each triple."""
        return 2 * self.N * self.O * self.P**2 * self.C * self.A**2

    def operation(self, gradients: bool) -> Operation:
        """The convolution on either engine; weights so that outputs have the size of inputs."""
        taps = self.C * self.A**2
        return Operation(
            self.name,
            partial(conv2d, stride=self.stride, padding=self.padding),
            (
                Input("x", (self.N, self.C, self.H, self.H)),
                Input("w", (self.O, self.C, self.A, self.A), scale=taps**-0.5),
            ),
            gradients,
            self.flops,
        )

    def __str__(self) -> str:
        return (
            f"{self.name} {self.N},{self.C},{self.H}×{self.H} → {self.O}, {self.A}×{self.A}, "
            f"stride {self.stride}, padding {self.padding}"
        )


# fmt: off
#                  name           N    C    H    O  A  s  p
LAYERS = {layer.name: layer for layer in (
    Layer("lenet1",       64,   3,  32,   8, 5, 1, 0),
    Layer("lenet2",       64,   8,  14,  16, 5, 1, 0),
    Layer("vgg1_2",        4,  64, 112,  64, 3, 1, 1),
    Layer("vgg3",          4, 256,  56, 256, 3, 1, 1),
    Layer("vgg5",          8, 512,  14, 512, 3, 1, 1),
    Layer("resnet_c2",    32,  64,  32,  64, 3, 1, 1),
    Layer("res_1x1",      32, 256,  14,  64, 1, 1, 0),
    Layer("res_s2",       32,  64,  32, 128, 3, 2, 1),
    Layer("stem_7x7",      8,   3, 224,  64, 7, 2, 3),
    Layer("resnet_16ch", 128,  16,  32,  16, 3, 1, 1),
)}
SHRUNKEN = {layer.name: layer for layer in (
    Layer("lenet1",        1,   3,  14,   8, 5, 1, 0),
    Layer("lenet2",        1,   8,  10,  16, 5, 1, 0),
    Layer("vgg1_2",        1,   8,  14,   8, 3, 1, 1),
    Layer("vgg3",          1,  16,   7,  16, 3, 1, 1),
    Layer("vgg5",          1,  32,   4,  32, 3, 1, 1),
    Layer("resnet_c2",     2,   8,   8,   8, 3, 1, 1),
    Layer("res_1x1",       2,  64,   7,  16, 1, 1, 0),
    Layer("res_s2",        2,   8,  16,  16, 3, 2, 1),
    Layer("stem_7x7",      1,   3,  24,   8, 7, 2, 3),
    Layer("resnet_16ch",   1,  16,   8,  16, 3, 1, 1),
)}
# fmt: on
