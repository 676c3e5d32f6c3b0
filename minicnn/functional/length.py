"""Lengths and angles of vectors: norms, vectors of length 1, the cosine between two.

    ‖x‖_p = (Σ |x|^p)^{1/p}        cos(x, y) = x·y / (‖x‖ ‖y‖)

The length has a kink at the zero vector; the gradient there is 0, one of its subgradients.
"""

from __future__ import annotations

import math
from typing import Any

from ..tensor import FLOATS, Tensor
from .operands import as_tensor, pair
from .reduce import Dim, axes_of
from .reduce import max as max_
from .reduce import min as min_
from .reduce import sum as sum_
from .select import abs_, clip, where


def norm(x: Any, p: float | str = 2, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """(Σ |x|^p)^{1/p} along ``dim``: p = 2 (also "fro") is the length, inf the largest |x|."""
    x = _floats("norm", x)
    axes = axes_of(dim, x.ndim, "norm")
    if p == "fro":
        p = 2
    if isinstance(p, (str, bool)) or not isinstance(p, (int, float)) or math.isnan(p) or p == 0:
        raise ValueError(f"norm: p={p!r} must be a number other than 0, inf, or 'fro'")
    if math.isinf(p):
        return (max_ if p > 0 else min_)(abs_(x), axes, keepdim)
    if p == 1:
        return sum_(abs_(x), axes, keepdim)
    total = sum_(x * x if p == 2 else abs_(x) ** p, axes, keepdim)
    zero = total.data == 0  # the slope of the root there is infinite: kept out of the graph
    return where(zero, 0.0, where(zero, 1.0, total) ** (1 / p))


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x / max(‖x‖_p, eps) along ``dim``: the same directions, with length 1."""
    x = _floats("normalize", input)
    return x / clip(norm(x, p, dim, keepdim=True), min=float(eps))


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x·y / (max(‖x‖, eps)·max(‖y‖, eps)) along ``dim``, from −1 to 1; shapes broadcast."""
    a, b = (_floats("cosine_similarity", x) for x in pair(x1, x2))
    return sum_(normalize(a, 2, dim, eps) * normalize(b, 2, dim, eps), dim)


def _floats(op: str, x: Any) -> Tensor:
    x = as_tensor(x)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: needs floats, got {x.dtype}; use .to('float32') first")
    return x
