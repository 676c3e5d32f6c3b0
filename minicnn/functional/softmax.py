"""Softmax and its logarithm: scores made into probabilities.

    softmax(x)_i = e^{x_i} / Σ_j e^{x_j}        logsumexp(x) = ln Σ_j e^{x_j}

The logarithm of the softmax is x − logsumexp(x); computed so, it is finite for scores of any
size. Source: 002 "FULLY CONNECTED LAYERS", 004 "Last Week: Recap".
"""

from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..backend import array_module
from ..tensor import Tensor
from .broadcast import broadcast_to
from .elementwise import exp
from .operands import float_tensor
from .reduce import Dim, axes_of
from .reduce import sum as sum_
from .shape import axis_of, reshape


class Softmax(Function):
    """y_i = e^{x_i} / Σ_j e^{x_j}:  ∂L/∂x_i = y_i (g_i − Σ_j g_j y_j)."""

    reads = ()

    def __init__(self, axis: int):
        self.axis = axis

    def forward(self, x):
        # the largest exponent made 0: the quotient is the same, and nothing overflows
        e = array_module(x).exp(x - _largest(x, self.axis))
        self.y = e / e.sum(axis=self.axis, keepdims=True)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        y = self.output(self.y)
        return y * (g - sum_(g * y, self.axis, keepdim=True))


class LogSoftmax(Function):
    """y_i = x_i − ln Σ_j e^{x_j}:  ∂L/∂x_i = g_i − e^{y_i} Σ_j g_j."""

    reads = ()

    def __init__(self, axis: int):
        self.axis = axis

    def forward(self, x):
        xp = array_module(x)
        shifted = x - _largest(x, self.axis)
        self.y = shifted - xp.log(xp.exp(shifted).sum(axis=self.axis, keepdims=True))
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        return g - exp(self.output(self.y)) * sum_(g, self.axis, keepdim=True)


class LogSumExp(Function):
    """y = ln Σ_j e^{x_j}:  ∂y/∂x_i = e^{x_i − y}, the softmax."""

    def __init__(self, axes: tuple[int, ...]):
        self.axes = axes

    def forward(self, x):
        xp = array_module(x)
        top = _largest(x, self.axes)
        top = xp.where(xp.isinf(top), x.dtype.type(0), top)  # ∞ − ∞ would be NaN
        with_axes = xp.log(xp.exp(x - top).sum(axis=self.axes, keepdims=True)) + top
        self.y = with_axes
        return with_axes

    def backward(self, g: Tensor) -> Tensor:
        (x,) = self.inputs
        y = self.output(self.y)
        return broadcast_to(g, x.shape) * exp(x - broadcast_to(y, x.shape))


def _largest(x: Any, axis: Any) -> Any:
    """The largest entry along an axis, which is kept with size 1; 0 where there is none."""
    return x.max(axis=axis, keepdims=True) if x.size else x.dtype.type(0)


def softmax(input: Tensor, dim: int) -> Tensor:
    """e^{x_i} / Σ_j e^{x_j} along axis ``dim``: positive numbers that add up to 1."""
    x = float_tensor(input)
    return Softmax(axis_of(dim, x.ndim, "softmax"))(x)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """ln softmax(x) along axis ``dim``, without ever computing the logarithm of a zero."""
    x = float_tensor(input)
    return LogSoftmax(axis_of(dim, x.ndim, "log_softmax"))(x)


def logsumexp(input: Tensor, dim: Dim, keepdim: bool = False) -> Tensor:
    """ln Σ e^x along ``dim`` (an axis or several): a smooth maximum that never overflows."""
    x = float_tensor(input)
    axes = axes_of(dim, x.ndim, "logsumexp")
    y = LogSumExp(axes)(x)
    kept = tuple(n for i, n in enumerate(y.shape) if keepdim or i not in axes)
    return reshape(y, kept)
