"""Functions that jump: rounding, signs, remainders.

Between the jumps they are constant (or, a remainder, straight), so almost everywhere the slope is
0 (or 1), and as in PyTorch it is taken to be so on the jumps too: gradients through ``round`` are
zeros, not an error.
"""

from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..backend import array_module
from ..tensor import FLOATS, Tensor, wrap
from .arithmetic import Binary
from .broadcast import sum_to
from .operands import as_tensor, pair


class Steps(Function):
    """y = round x, ⌊x⌋, ⌈x⌉ or sign x, by the name of the array function:  ∂y/∂x = 0."""

    reads = ()

    def __init__(self, name: str):
        self.name = name

    def forward(self, x):
        return getattr(array_module(x), self.name)(x)

    def backward(self, g: Tensor) -> Tensor:
        return _zeros(g)


class Remainder(Binary):
    """y = a − b·⌊a/b⌋:  ∂y/∂a = 1,  ∂y/∂b = −⌊a/b⌋."""

    reads = ((), (0, 1))

    def forward(self, a, b):
        return a % b

    def backward(self, g: Tensor):
        a, b = self.inputs
        gb = None
        if self.needs[1]:
            gb = sum_to(-g * wrap(a.data // b.data), b.shape)
        return sum_to(g, a.shape), gb


class FloorDivide(Binary):
    """y = ⌊a/b⌋:  ∂y/∂a = ∂y/∂b = 0."""

    reads = ()

    def forward(self, a, b):
        return a // b

    def backward(self, g: Tensor):
        a, b = self.inputs
        return sum_to(_zeros(g), a.shape), sum_to(_zeros(g), b.shape)


def _zeros(g: Tensor) -> Tensor:
    return wrap(array_module(g.data).zeros_like(g.data))


def round(x: Any) -> Tensor:
    """To the nearest whole number; a half to the even one (2.5 to 2), as everywhere in NumPy."""
    return _steps(x, "rint")


def floor(x: Any) -> Tensor:
    """⌊x⌋, the largest whole number that is not above x."""
    return _steps(x, "floor")


def ceil(x: Any) -> Tensor:
    """⌈x⌉, the smallest whole number that is not below x."""
    return _steps(x, "ceil")


def _steps(x: Any, name: str) -> Tensor:
    x = as_tensor(x)
    return Steps(name)(x) if x.dtype in FLOATS else x


def sign(x: Any) -> Tensor:
    """−1, 0 or 1."""
    x = as_tensor(x)
    if x.dtype.kind == "b":
        raise TypeError("sign: booleans have no sign; use .to('int64') first")
    return Steps("sign")(x)


def remainder(a: Any, b: Any) -> Tensor:
    """a − b·⌊a/b⌋, of the sign of b: ``a % b``."""
    return Remainder()(*_numbers(a, b, "remainder"))


def floor_divide(a: Any, b: Any) -> Tensor:
    """⌊a/b⌋: ``a // b``."""
    return FloorDivide()(*_numbers(a, b, "floor_divide"))


def _numbers(a: Any, b: Any, op: str) -> tuple[Tensor, Tensor]:
    a, b = pair(a, b)
    if b.dtype not in FLOATS and (b.data == 0).any():
        raise ValueError(f"{op}: integers cannot be divided by 0")
    return a, b
