"""Activations: what stands between the layers, and makes a network more than one matrix.

Source: 001/002/004 "ReLU"; 001 "If using sigmoid activations"; softmax 002 "FULLY CONNECTED
LAYERS". Each keeps its output array where the derivative is a formula in it.
"""

from __future__ import annotations

from typing import Any

from .. import kernels
from ..autograd import Function
from ..backend import array_module
from ..tensor import Tensor
from .elementwise import exp
from .operands import as_tensor, float_tensor
from .reduce import axes_of
from .reduce import sum as sum_


class ReLU(Function):
    """y = max(x, 0):  ∂y/∂x = 1 where y > 0, else 0."""

    reads = ()

    def forward(self, x):
        self.kernel = kernels.pick("relu", x)
        self.y = self.kernel.relu(x)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        return ReLUGradient(self.y, self.kernel)(g)


class ReLUGradient(Function):
    """g where y > 0, else 0: linear in g, with a constant mask, so it is its own gradient."""

    reads = ()

    def __init__(self, y: Any, kernel: Any):
        self.y, self.kernel = y, kernel

    def forward(self, g):
        return self.kernel.relu_gradient(g, self.y)

    def backward(self, g: Tensor) -> Tensor:
        return ReLUGradient(self.y, self.kernel)(g)


class Sigmoid(Function):
    """y = 1/(1 + e⁻ˣ):  ∂y/∂x = y(1 − y)."""

    reads = ()

    def forward(self, x):
        xp = array_module(x)
        e = xp.exp(-abs(x))  # never overflows; σ(−x) = 1 − σ(x) = e⁻ˣ/(1 + e⁻ˣ) for x ≥ 0
        self.y = xp.where(x >= 0, x.dtype.type(1), e) / (1 + e)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        y = self.output(self.y)
        return g * (y * (1 - y))


class Tanh(Function):
    """y = tanh x:  ∂y/∂x = 1 − y²."""

    reads = ()

    def forward(self, x):
        self.y = array_module(x).tanh(x)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        y = self.output(self.y)
        return g * (1 - y * y)


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


def _largest(x: Any, axis: int) -> Any:
    """The largest entry along an axis, or 0 where that is infinite and x − largest would be NaN."""
    xp = array_module(x)
    if x.shape[axis] == 0:
        return x.dtype.type(0)
    largest = x.max(axis=axis, keepdims=True)
    return xp.where(largest == -float("inf"), x.dtype.type(0), largest)


def relu(input: Tensor) -> Tensor:
    """max(x, 0), entry by entry; the gradient at 0 is 0."""
    return ReLU()(as_tensor(input))


def sigmoid(input: Tensor) -> Tensor:
    """1/(1 + e⁻ˣ), entry by entry; no overflow for any x."""
    return Sigmoid()(float_tensor(input))


def tanh(input: Tensor) -> Tensor:
    """tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ), entry by entry."""
    return Tanh()(float_tensor(input))


def softmax(input: Tensor, dim: int) -> Tensor:
    """e^{x_i} / Σ_j e^{x_j} along axis ``dim``: positive numbers that add up to 1."""
    x = float_tensor(input)
    return Softmax(axes_of(int(dim), x.ndim, "softmax")[0])(x)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """ln softmax(x) along axis ``dim``, without ever computing the logarithm of a zero."""
    x = float_tensor(input)
    return LogSoftmax(axes_of(int(dim), x.ndim, "log_softmax")[0])(x)
