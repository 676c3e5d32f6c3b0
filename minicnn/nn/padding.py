"""Padding layers: a border round each image. What it is made of is said in F.pad's file.

``padding`` is one width for all sides, or (before, after) of the last axis, then of the last but
one, and so on: ``ZeroPad2d((1, 1, 2, 2))`` adds a column on each side and two rows above and
below. A negative width cuts pixels off instead.

Source: 002 "HANDLING THE BORDER", 004 "Zero Padding".
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import functional as F
from ..geometry import whole_number
from ..tensor import Tensor
from . import checks
from .module import Module


class _Pad(Module):
    axes: int
    mode: str
    value: float | None = None

    def __init__(self, padding: int | Sequence[int]):
        super().__init__()
        layer, sides = type(self).__name__, 2 * self.axes
        several = isinstance(padding, (list, tuple))
        if several and len(padding) != sides:
            raise ValueError(
                f"{layer}: padding={padding!r} has {len(padding)} entries; give one number, or "
                f"(before, after) for each of {self.axes} axes, the last first: {sides} numbers"
            )
        given = padding if several else [padding] * sides
        self.padding = tuple(whole_number(layer, "padding", width) for width in given)

    def forward(self, input: Tensor) -> Tensor:
        if len(input.shape) != self.axes + 2:
            message = f"{type(self).__name__}: the input must have {self.axes + 2} dimensions "
            message += f"(N, C, size...), got shape {input.shape}"
            if len(input.shape) == self.axes + 1:
                message += "; for a single image without its batch axis pass x[None]"
            raise ValueError(message)
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float):
        super().__init__(padding)
        self.value = checks.real(type(self).__name__, "value", value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """A border of ``value`` round (N, C, L)."""

    axes = 1


class ConstantPad2d(_ConstantPad):
    """A border of ``value`` round (N, C, H, W)."""

    axes = 2


class ConstantPad3d(_ConstantPad):
    """A border of ``value`` round (N, C, D, H, W)."""

    axes = 3


class ZeroPad1d(_Pad):
    """A border of zeros round (N, C, L)."""

    axes = 1
    mode = "constant"


class ZeroPad2d(_Pad):
    """A border of zeros round (N, C, H, W)."""

    axes = 2
    mode = "constant"


class ZeroPad3d(_Pad):
    """A border of zeros round (N, C, D, H, W)."""

    axes = 3
    mode = "constant"


class ReflectionPad1d(_Pad):
    """A border that mirrors, at its edge pixels, each image of (N, C, L)."""

    axes = 1
    mode = "reflect"


class ReflectionPad2d(_Pad):
    """A border that mirrors, at its edge pixels, each image of (N, C, H, W)."""

    axes = 2
    mode = "reflect"


class ReflectionPad3d(_Pad):
    """A border that mirrors, at its edge pixels, each image of (N, C, D, H, W)."""

    axes = 3
    mode = "reflect"


class ReplicationPad1d(_Pad):
    """A border that repeats the edge pixels of each image of (N, C, L)."""

    axes = 1
    mode = "replicate"


class ReplicationPad2d(_Pad):
    """A border that repeats the edge pixels of each image of (N, C, H, W)."""

    axes = 2
    mode = "replicate"


class ReplicationPad3d(_Pad):
    """A border that repeats the edge pixels of each image of (N, C, D, H, W)."""

    axes = 3
    mode = "replicate"


class CircularPad1d(_Pad):
    """A border from the opposite side of each image of (N, C, L)."""

    axes = 1
    mode = "circular"


class CircularPad2d(_Pad):
    """A border from the opposite side of each image of (N, C, H, W)."""

    axes = 2
    mode = "circular"


class CircularPad3d(_Pad):
    """A border from the opposite side of each image of (N, C, D, H, W)."""

    axes = 3
    mode = "circular"
