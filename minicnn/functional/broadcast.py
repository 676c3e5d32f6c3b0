"""Broadcasting and its adjoint: repeating along an axis, and summing along it.

Where shapes differ, NumPy repeats axes of size 1 and adds axes on the left. What is repeated in
the forward pass is summed in the backward pass, and the other way round: the two Functions here
are each other's gradient, and every operation that broadcasts leans on :func:`sum_to`.
"""

from __future__ import annotations

from .. import kernels
from ..autograd import Function
from ..backend import array_module
from ..tensor import Tensor


class BroadcastTo(Function):
    """x repeated to a larger shape."""

    reads = ()

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def forward(self, x):
        return array_module(x).broadcast_to(x, self.shape)

    def backward(self, g: Tensor) -> Tensor:
        return sum_to(g, self.inputs[0].shape)


class SumTo(Function):
    """x summed over the axes along which ``shape`` was repeated to x's shape."""

    reads = ()

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def forward(self, x):
        new = x.ndim - len(self.shape)
        repeated = tuple(
            i for i in range(x.ndim) if i < new or (self.shape[i - new] == 1 and x.shape[i] != 1)
        )
        return kernels.pick("sum", x).sum(x, repeated, True).reshape(self.shape)

    def backward(self, g: Tensor) -> Tensor:
        return broadcast_to(g, self.inputs[0].shape)


def broadcast_to(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """x repeated to ``shape``, as NumPy broadcasts; x itself if it has that shape."""
    return x if x.shape == shape else BroadcastTo(shape)(x)


def sum_to(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """x summed down to ``shape``, the adjoint of broadcasting; x itself if it has that shape."""
    return x if x.shape == shape else SumTo(shape)(x)
