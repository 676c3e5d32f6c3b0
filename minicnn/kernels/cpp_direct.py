"""The C++ kernel without Winograd's algorithm: every product of the sum is multiplied out.

To compare with, and for who wants the smaller rounding error of the direct sum.
"""

from __future__ import annotations

from typing import Any

from ..geometry import Geometry
from . import cpp
from .cpp import missing, refuses  # noqa: F401  the same

PRIMITIVES = ("convolution",)


def forward(x: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """y[n, o, i] = Σ x[n, c, i·s + a·d − p] · w[o, c, a] + bias[o]."""
    return cpp.forward(x, w, geometry, bias, algorithm="direct")


def input_gradient(g: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """gx[n, c, i·s + a·d − p] = Σ w[o, c, a] · g[n, o, i] + bias[c]."""
    return cpp.input_gradient(g, w, geometry, bias, algorithm="direct")


def prepared(w: Any, bias: Any) -> cpp.Prepared:
    """For many calls of :func:`forward` with the same w and bias: see :func:`minicnn.prepare`."""
    return cpp.prepared(w, bias, algorithm="direct")


def weight_gradient(x: Any, g: Any, geometry: Geometry) -> Any:
    """gw[o, c, a] = Σ x[n, c, i·s + a·d − p] · g[n, o, i]."""
    return cpp.weight_gradient(x, g, geometry, algorithm="direct")
