"""Smooth functions, entry by entry: exponential, logarithms, powers, sine and cosine.

Where the derivative is a formula in the output (exp' = exp), the output array is kept instead of
the input: ``self.output`` makes it the Tensor of this very node again, so that second
derivatives see that it, too, depends on x.
"""

from __future__ import annotations

from math import log as log_number
from typing import Any

import numpy as np

from ..autograd import Function
from ..backend import array_module
from ..tensor import FLOATS, Tensor, wrap
from .arithmetic import Binary
from .broadcast import sum_to
from .operands import as_tensor, float_tensor, pair
from .select import where


class Exp(Function):
    """y = eˣ:  ∂y/∂x = y."""

    reads = ()

    def forward(self, x):
        self.y = array_module(x).exp(x)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        return g * self.output(self.y)


class Expm1(Function):
    """y = eˣ − 1, without losing the digits of a small x:  ∂y/∂x = y + 1."""

    reads = ()

    def forward(self, x):
        self.y = array_module(x).expm1(x)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        return g * (self.output(self.y) + 1)


class Log(Function):
    """y = ln x:  ∂y/∂x = 1/x."""

    def forward(self, x):
        return array_module(x).log(x)

    def backward(self, g: Tensor) -> Tensor:
        return g / self.inputs[0]


class LogToBase(Function):
    """y = ln x / ln b for b = 2 or 10:  ∂y/∂x = 1/(x·ln b)."""

    def __init__(self, base: int):
        self.base = base

    def forward(self, x):
        return getattr(array_module(x), f"log{self.base}")(x)

    def backward(self, g: Tensor) -> Tensor:
        return g / (self.inputs[0] * log_number(self.base))


class Log1p(Function):
    """y = ln(1 + x), without losing the digits of a small x:  ∂y/∂x = 1/(1 + x)."""

    def forward(self, x):
        return array_module(x).log1p(x)

    def backward(self, g: Tensor) -> Tensor:
        return g / (1 + self.inputs[0])


class Sqrt(Function):
    """y = √x:  ∂y/∂x = 1/(2y)."""

    reads = ()

    def forward(self, x):
        self.y = array_module(x).sqrt(x)
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        return g / (2 * self.output(self.y))


class Sin(Function):
    """y = sin x:  ∂y/∂x = cos x."""

    def forward(self, x):
        return array_module(x).sin(x)

    def backward(self, g: Tensor) -> Tensor:
        return g * cos(self.inputs[0])


class Cos(Function):
    """y = cos x:  ∂y/∂x = −sin x."""

    def forward(self, x):
        return array_module(x).cos(x)

    def backward(self, g: Tensor) -> Tensor:
        return -g * sin(self.inputs[0])


class Pow(Binary):
    """y = a^b:  ∂y/∂a = b·a^(b−1),  ∂y/∂b = a^b·ln a (0 where a = 0 ≤ b, its limit for b > 0)."""

    def forward(self, a, b):
        return a**b

    def backward(self, g: Tensor):
        a, b = self.inputs
        ga = gb = None
        if self.needs[0]:
            one = (a.data == 0) & (b.data == 0)  # a^0 = 1 is constant, though 0^(−1) is infinite
            slope = b * where(one, 1.0, a) ** where(one, 1.0, b - 1)
            ga = sum_to(g * slope, a.shape)
        if self.needs[1]:
            at_zero = (a.data == 0) & (b.data >= 0)
            slope = where(at_zero, 0.0, a**b * log(where(at_zero, 1.0, a)))
            gb = sum_to(g * slope, b.shape)
        return ga, gb


class PowNumber(Function):
    """y = x^n for a fixed number n:  ∂y/∂x = n·x^(n−1)."""

    def __init__(self, exponent: float):
        self.exponent = exponent

    def forward(self, x):
        return x**self.exponent

    def backward(self, g: Tensor) -> Tensor:
        (x,) = self.inputs
        n = self.exponent
        if n == 0:
            return g * wrap(array_module(x.data).zeros_like(x.data))
        return g * (n * x) if n == 2 else g * (n * PowNumber(n - 1)(x))


def exp(x: Any) -> Tensor:
    """eˣ."""
    return Exp()(float_tensor(x))


def expm1(x: Any) -> Tensor:
    """eˣ − 1, exact for small x too."""
    return Expm1()(float_tensor(x))


def log(x: Any) -> Tensor:
    """The natural logarithm ln x; −inf at 0, NaN below."""
    return Log()(float_tensor(x))


def log2(x: Any) -> Tensor:
    """The logarithm to the base 2; −inf at 0, NaN below."""
    return LogToBase(2)(float_tensor(x))


def log10(x: Any) -> Tensor:
    """The logarithm to the base 10; −inf at 0, NaN below."""
    return LogToBase(10)(float_tensor(x))


def log1p(x: Any) -> Tensor:
    """ln(1 + x), exact for small x too; −inf at −1, NaN below."""
    return Log1p()(float_tensor(x))


def sqrt(x: Any) -> Tensor:
    """√x; NaN below 0."""
    return Sqrt()(float_tensor(x))


def rsqrt(x: Any) -> Tensor:
    """1/√x; inf at 0, NaN below."""
    return pow(float_tensor(x), -0.5)


def square(x: Any) -> Tensor:
    """x²."""
    return pow(as_tensor(x), 2)


def reciprocal(x: Any) -> Tensor:
    """1/x; inf at 0."""
    return 1 / float_tensor(x)


def sin(x: Any) -> Tensor:
    """sin x, x in radians."""
    return Sin()(float_tensor(x))


def cos(x: Any) -> Tensor:
    """cos x, x in radians."""
    return Cos()(float_tensor(x))


def pow(a: Any, b: Any) -> Tensor:
    """a raised to the power b; b a number, or a Tensor of exponents."""
    if isinstance(b, (np.integer, np.floating)):
        b = b.item()  # a float64 that stands alone must not make a float32 Tensor one of float64
    if isinstance(a, Tensor) and isinstance(b, (int, float)) and not isinstance(b, bool):
        if a.dtype not in FLOATS and (isinstance(b, float) or b < 0):
            a = float_tensor(a)
        return PowNumber(b)(a)
    return Pow()(*pair(a, b))
