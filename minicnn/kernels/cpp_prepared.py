"""Convolutions that keep their filters in the order in which the C++ reads them.

``csrc/prepared.h`` through pybind11: packed for the direct sums, transformed for Winograd's. Made
by :func:`minicnn.prepare`, and only there; :mod:`~minicnn.kernels.cpp` transforms in each call.
"""

from __future__ import annotations

from typing import Any

from ..geometry import Geometry
from .plain_memory import plain

try:
    from minicnn import _ext
except ImportError:  # cpp.missing() says so
    _ext = None


class Prepared:
    """max(Σ x·w + bias + added, 0) for filters that stay as they are: copies are kept."""

    def __init__(self, w: Any, bias: Any, algorithm: str):
        self._kept = _ext.PreparedConvolution(plain(w), plain(bias), algorithm)

    def forward(self, x: Any, geometry: Geometry, added: Any, relu: bool) -> Any:
        """y (N, O, *output); ``added`` has its shape, or is None."""
        settings = (
            geometry.output, geometry.stride, geometry.before, geometry.dilation, geometry.groups
        )
        try:
            return self._kept.forward(x, *settings, added, relu)
        except TypeError:  # how they lie in memory
            return self._kept.forward(plain(x), *settings, plain(added), relu)

    @property
    def bytes(self) -> int:
        """Memory of the filters, in the orders that were asked for so far."""
        return self._kept.bytes


