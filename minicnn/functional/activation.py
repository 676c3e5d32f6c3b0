"""Activations: what stands between the layers, and makes a network more than one matrix.

Source: 001/002/004 "ReLU"; 001 "If using sigmoid activations". Each keeps its output array, for
the derivative is a formula in it.
"""

from __future__ import annotations

from typing import Any

from .. import kernels
from ..autograd import Function
from ..backend import array_module
from ..tensor import Tensor
from .operands import as_tensor, float_tensor
from .pending import Pending, rectified


class ReLU(Function):
    """y = max(x, 0):  ∂y/∂x = 1 where y > 0, else 0."""

    reads = ()

    def forward(self, x):
        self.kernel = kernels.pick("relu", x)
        if not self.needs:
            return self.kernel.relu(x)
        y, self.mask = self.kernel.relu_with_mask(x)  # a mask is less to keep than y
        return y

    def backward(self, g: Tensor) -> Tensor:
        return ReLUGradient(self.mask, self.kernel)(g)


class ReLUGradient(Function):
    """g where y > 0, else 0: linear in g, with a constant mask, so it is its own gradient."""

    reads = ()

    def __init__(self, mask: Any, kernel: Any):
        self.mask, self.kernel = mask, kernel

    def forward(self, g):
        return self.kernel.relu_gradient(g, self.mask)

    def backward(self, g: Tensor) -> Tensor:
        return ReLUGradient(self.mask, self.kernel)(g)


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


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), entry by entry; the gradient at 0 is 0.

    ``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place.
    """
    if type(input) is Pending and (fused := rectified(input)) is not None:
        return fused
    return ReLU()(as_tensor(input))


def sigmoid(input: Tensor) -> Tensor:
    """1/(1 + e⁻ˣ), entry by entry; no overflow for any x."""
    return Sigmoid()(float_tensor(input))


def tanh(input: Tensor) -> Tensor:
    """tanh x = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ), entry by entry."""
    return Tanh()(float_tensor(input))
