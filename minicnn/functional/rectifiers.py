"""ReLU's relatives: activations that let something through below zero, or bend smoothly.

    leaky_relu   x where x > 0, else slope·x                  Maas et al. 2013
    elu          x where x > 0, else α(eˣ − 1)                Clevert et al. 2015, arXiv 1511.07289
    softplus     ln(1 + eˣ), the smooth ReLU; its derivative is the sigmoid
    gelu         x·Φ(x), Φ the normal distribution function   Hendrycks & Gimpel 2016, 1606.08415
    silu         x·σ(x)                                       ("swish")
    relu6        min(max(x, 0), 6), of MobileNet

``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place.
"""

from __future__ import annotations

from math import pi, sqrt

from .. import backend
from ..autograd import Function
from ..tensor import Tensor
from .activation import sigmoid, tanh
from .elementwise import exp, expm1
from .operands import as_tensor, float_tensor
from .select import clip, where


class Erf(Function):
    """y = erf x = 2/√π ∫₀ˣ e^(−t²) dt:  ∂y/∂x = 2/√π · e^(−x²)."""

    def forward(self, x):
        return backend.backend_of(x).special().erf(x).astype(x.dtype, copy=False)

    def backward(self, g: Tensor) -> Tensor:
        (x,) = self.inputs
        return g * (exp(-(x * x)) * (2 / sqrt(pi)))


class Softplus(Function):
    """y = ln(1 + e^(βx))/β, and x itself where βx > threshold:  ∂y/∂x = σ(βx), and 1."""

    def __init__(self, beta: float, threshold: float):
        self.beta, self.threshold = beta, threshold

    def forward(self, x):
        xp = backend.array_module(x)
        z = self.beta * x
        y = (xp.maximum(z, 0) + xp.log1p(xp.exp(-abs(z)))) / self.beta  # never overflows
        return xp.where(z > self.threshold, x, y)

    def backward(self, g: Tensor) -> Tensor:
        (x,) = self.inputs
        straight = self.beta * x.data > self.threshold
        return g * where(straight, 1.0, sigmoid(self.beta * x))


def leaky_relu(
    input: Tensor, negative_slope: float = 0.01, inplace: bool = False
) -> Tensor:
    """x where x > 0, else negative_slope·x."""
    x = float_tensor(input)
    return where(x.data > 0, x, x * negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else α(eˣ − 1)."""
    x = float_tensor(input)
    return where(x.data > 0, x, expm1(clip(x, max=0.0)) * alpha)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + e^(βx))/β; where βx > threshold it is x, to the last digit of float32."""
    if not beta > 0:
        raise ValueError(f"softplus: beta={beta} must be positive")
    return Softplus(float(beta), float(threshold))(float_tensor(input))


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x·Φ(x) = x·(1 + erf(x/√2))/2; "tanh": x·(1 + tanh(√(2/π)(x + 0.044715x³)))/2."""
    x = float_tensor(input)
    if approximate == "none":
        return x * (Erf()(x * (1 / sqrt(2))) + 1) * 0.5
    if approximate == "tanh":
        return x * (tanh((x + 0.044715 * x**3) * sqrt(2 / pi)) + 1) * 0.5
    raise ValueError(f"gelu: approximate={approximate!r} must be 'none' or 'tanh'")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x·σ(x)."""
    x = float_tensor(input)
    return x * sigmoid(x)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6); the gradient at 0 and 6 is 0."""
    return hardtanh(input, 0, 6)


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """min(max(x, min_val), max_val); the gradient at both is 0 (that of :func:`clip` is 1)."""
    if min_val >= max_val:
        raise ValueError(f"hardtanh: min_val={min_val} must be less than max_val={max_val}")
    x = as_tensor(input)
    inside = (x.data > min_val) & (x.data < max_val)
    return where(inside, x, clip(x.detach(), min_val, max_val))
