"""The diagonal of a matrix, and its two triangles.

Taking the diagonal out and putting it back are index and its adjoint; a triangle is the matrix
where a constant mask is true.
"""

from __future__ import annotations

import operator
from typing import Any

from ..backend import array_module
from ..tensor import Tensor, wrap
from .index import PutItem, get_item
from .operands import as_tensor
from .reduce import sum as sum_
from .select import where


def diag(x: Any, diagonal: int = 0) -> Tensor:
    """The diagonal (n,) of a matrix, or the matrix (n, n) with a vector on its diagonal.

    ``diagonal`` k > 0 is the k-th above the main one, k < 0 below.
    """
    x, k = as_tensor(x), operator.index(diagonal)
    if x.ndim not in (1, 2):
        raise ValueError(f"diag: needs a vector or a matrix, got shape {x.shape}")
    right, down = max(k, 0), max(-k, 0)
    if x.ndim == 1:
        n, size = len(x), len(x) + abs(k)
    else:
        n = max(0, min(x.shape[0] - down, x.shape[1] - right))
    places = array_module(x.data).arange(n)
    key = (places + down, places + right)
    if x.ndim == 2:
        return get_item(x, key)
    return PutItem(key, (size, size), unique=True)(x)


def trace(x: Any) -> Tensor:
    """The sum of the diagonal of a matrix."""
    x = as_tensor(x)
    if x.ndim != 2:
        raise ValueError(f"trace: needs a matrix, got shape {x.shape}")
    return sum_(diag(x))


def tril(x: Any, diagonal: int = 0) -> Tensor:
    """Each matrix (..., I, J) with zeros above a diagonal (``diagonal`` as in :func:`diag`)."""
    x, above = _above("tril", x, diagonal)
    return where(above, _zero(x), x)


def triu(x: Any, diagonal: int = 0) -> Tensor:
    """Each matrix (..., I, J) with zeros below a diagonal (``diagonal`` as in :func:`diag`)."""
    x, above = _above("triu", x, operator.index(diagonal) - 1)
    return where(above, x, _zero(x))


def _above(op: str, x: Any, k: int) -> tuple[Tensor, Any]:
    """Where an entry lies above the k-th diagonal."""
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"{op}: needs a matrix or a stack of them, got shape {x.shape}")
    xp = array_module(x.data)
    row, column = xp.arange(x.shape[-2]).reshape(-1, 1), xp.arange(x.shape[-1])
    return x, column - row > operator.index(k)


def _zero(x: Tensor) -> Tensor:
    return wrap(array_module(x.data).zeros((), x.dtype))
