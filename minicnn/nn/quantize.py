"""Bit depth as a layer: the settings of F.quantize.

Source: 000 "Physical layer test: per-pixel discretization".
"""

from __future__ import annotations

from .. import functional as F
from ..functional.quantize import settings
from ..tensor import Tensor
from .module import Module


class Quantize(Module):
    """The level of each entry, 0 to 2^bits − 1, of 2^bits equal steps from ``low`` to ``high``:
    v >> (8 − bits) for 8-bit pixels. In training and in evaluation.

    The gradient is straight-through, g·(2^bits − 1)/(high − low) from low to high: see
    :func:`minicnn.functional.quantize`.
    """

    def __init__(self, bits: int, low: float = 0, high: float = 255):
        super().__init__()
        settings("Quantize", bits, low, high)
        self.bits, self.low, self.high = bits, low, high

    def forward(self, input: Tensor) -> Tensor:
        return F.quantize(input, self.bits, self.low, self.high)

    def extra_repr(self) -> str:
        return f"bits={self.bits}, low={self.low}, high={self.high}"
