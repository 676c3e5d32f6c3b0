"""Bit depth: a sensor that tells 2^b levels apart, in front of a network or in the middle of it.

    k = ⌊2^b · (x − low)/(high − low)⌋, at most 2^b − 1, and 0 for x below low

For pixels from 0 to 255 that is the shift k = v >> (8 − b), for every v and b. A staircase has
slope 0 almost everywhere, so nothing before it would learn. The *straight-through* gradient takes
the straight line from the first level to the last instead, k ≈ (2^b − 1)·(x − low)/(high − low):
its slope from low to high, and 0 outside. It is not the derivative, and gradcheck says so.

Source: 000 "Projects from prior semester" (classification accuracy against the sensor's bit
depth), "Physical layer test: per-pixel discretization"; straight-through: Bengio, Léonard &
Courville 2013, arXiv 1308.3432.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Function
from ..backend import array_module
from ..geometry import shown, whole_number
from ..tensor import Tensor, wrap
from .operands import float_tensor

MOST_BITS = 16


class Quantize(Function):
    """y = min(max(⌊2^b·(x − low)/(high − low)⌋, 0), 2^b − 1); slope of the line, see above."""

    reads = ()

    def __init__(self, bits: int, low: float, high: float):
        self.bits, self.low, self.high = bits, low, high

    def forward(self, x):
        levels, width = 2**self.bits, self.high - self.low
        if self.needs:
            inside = (x >= self.low) & (x <= self.high)
            self.slope = inside.astype(x.dtype) * x.dtype.type((levels - 1) / width)
        steps = array_module(x).floor((x - self.low) * x.dtype.type(levels / width))
        return steps.clip(0, levels - 1)

    def backward(self, g: Tensor) -> Tensor:
        return g * wrap(self.slope)


def quantize(input: Tensor, bits: int, low: float = 0, high: float = 255) -> Tensor:
    """The level of each entry, 0 to 2^bits − 1 (as floats), of 2^bits equal steps from ``low`` to
    ``high``; what lies outside has the first or the last.

    For 8-bit pixels v it is v >> (8 − bits), and with ``low=0, high=1`` the same for images from
    0 to 1. ``bits`` from 1 to 16. Integers become float32 first. NaN stays NaN.

    The gradient is straight-through: g·(2^bits − 1)/(high − low) from low to high, 0 outside.
    ValueError for ``bits`` out of range, or ``low`` not below ``high``.
    """
    x = float_tensor(input)
    b, low, high = settings("quantize", bits, low, high)
    return Quantize(b, low, high)(x)


def settings(op: str, bits: Any, low: Any, high: Any) -> tuple[int, float, float]:
    """Bits and bounds, checked."""
    b = whole_number(op, "bits", bits)
    if not 1 <= b <= MOST_BITS:
        raise ValueError(f"{op}: bits={bits} must be from 1 to {MOST_BITS}")
    for name, value in (("low", low), ("high", high)):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise TypeError(f"{op}: {name} must be a number, got {shown(value)}")
    if not -np.inf < low < high < np.inf:
        raise ValueError(f"{op}: low={low} must be below high={high}, and both finite")
    return b, float(low), float(high)
