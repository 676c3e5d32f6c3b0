"""Arithmetic of two Tensors, entry by entry, with broadcasting.

Each class states y = f(a, b) and the two partial derivatives. ``sum_to`` takes a gradient back
to the shape of an operand that was repeated by broadcasting.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from ..autograd import Function
from ..tensor import DEFAULT_DTYPE, FLOATS, Tensor
from .broadcast import sum_to
from .operands import as_tensor, cast, pair
from .pending import Pending, sum_of


class Binary(Function):
    """Checks that the two shapes broadcast, so that the message can name both."""

    def __call__(self, a: Tensor, b: Tensor) -> Tensor:
        try:
            return super().__call__(a, b)
        except ValueError:
            if broadcast_shape(a.shape, b.shape) is not None:
                raise
            raise ValueError(
                f"{type(self).__name__}: shapes {a.shape} and {b.shape} do not broadcast: from "
                f"the right, each pair of sizes must be equal, or one of them 1"
            ) from None


def broadcast_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that two shapes broadcast to, or None."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


class Add(Binary):
    """y = a + b:  ∂y/∂a = 1,  ∂y/∂b = 1."""

    reads = ()

    def forward(self, a, b):
        return kernels.pick("add", a).add(a, b)

    def backward(self, g: Tensor):
        a, b = self.inputs
        return sum_to(g, a.shape), sum_to(g, b.shape)


class Sub(Binary):
    """y = a − b:  ∂y/∂a = 1,  ∂y/∂b = −1."""

    reads = ()

    def forward(self, a, b):
        return a - b

    def backward(self, g: Tensor):
        a, b = self.inputs
        return sum_to(g, a.shape), (sum_to(neg(g), b.shape) if self.needs[1] else None)


class Mul(Binary):
    """y = a·b:  ∂y/∂a = b,  ∂y/∂b = a."""

    reads = ((1,), (0,))

    def forward(self, a, b):
        return a * b

    def backward(self, g: Tensor):
        a, b = self.inputs
        ga = sum_to(g * b, a.shape) if self.needs[0] else None
        gb = sum_to(g * a, b.shape) if self.needs[1] else None
        return ga, gb


class Div(Binary):
    """y = a/b:  ∂y/∂a = 1/b,  ∂y/∂b = −a/b²."""

    reads = ((1,), (0, 1))

    def forward(self, a, b):
        return a / b

    def backward(self, g: Tensor):
        a, b = self.inputs
        ga = sum_to(g / b, a.shape) if self.needs[0] else None
        gb = sum_to(-g * a / (b * b), b.shape) if self.needs[1] else None
        return ga, gb


class Neg(Function):
    """y = −x."""

    reads = ()

    def forward(self, x):
        return -x

    def backward(self, g: Tensor) -> Tensor:
        return neg(g)


class Scale(Function):
    """y = k·x for a fixed number k:  ∂y/∂x = k."""

    reads = ()

    def __init__(self, k: float):
        self.k = k

    def forward(self, x):
        return kernels.pick("scale", x).scale(x, self.k)

    def backward(self, g: Tensor) -> Tensor:
        return Scale(self.k)(g)


def add(a: Any, b: Any) -> Tensor:
    """a + b."""
    if (type(a) is Pending or type(b) is Pending) and (fused := sum_of(a, b)) is not None:
        return fused
    return Add()(*pair(a, b))


def sub(a: Any, b: Any) -> Tensor:
    """a − b."""
    return Sub()(*pair(a, b))


def mul(a: Any, b: Any) -> Tensor:
    """a · b."""
    return Mul()(*pair(a, b))


def div(a: Any, b: Any) -> Tensor:
    """a / b; integers are divided as float32."""
    a, b = pair(a, b)
    if a.dtype not in FLOATS and b.dtype not in FLOATS:
        a, b = cast(a, DEFAULT_DTYPE), cast(b, DEFAULT_DTYPE)
    return Div()(a, b)


def neg(x: Any) -> Tensor:
    """−x."""
    return Neg()(as_tensor(x))
