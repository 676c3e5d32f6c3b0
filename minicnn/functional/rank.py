"""Sorting along an axis, and taking entries by their places.

Where entries end up changes in jumps, so the places are constants to the derivative; the
gradient of each entry goes back to where it came from.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import backend
from ..geometry import whole_number
from ..tensor import Tensor, wrap
from .index import get_item
from .operands import as_tensor
from .select import where
from .shape import axis_of


class Ranked(NamedTuple):
    """Entries in order, and the places that they were at."""

    values: Tensor
    indices: Tensor


def gather(x: Tensor, dim: int, index: Any) -> Tensor:
    """y[i, j, ...] = x[..., index[i, j, ...], ...]: along ``dim`` the place that index names.

    ``index`` holds integers, has as many axes as x, and its shape is the result's. IndexError for
    places that do not exist; −1 is one, lest a label that means "none" picks the last entry.
    """
    x, index = as_tensor(x), as_tensor(index)
    axis = axis_of(dim, x.ndim, "gather")
    fits = index.ndim == x.ndim and all(
        n <= m for i, (n, m) in enumerate(zip(index.shape, x.shape, strict=False)) if i != axis
    )
    if not fits or index.dtype.kind not in "iu":
        raise (ValueError if not fits else TypeError)(
            f"gather: the index must hold integers and have as many axes as x {x.shape}, none "
            f"longer but axis {dim}; got {index.dtype} {index.shape}"
        )
    if index.data.size:
        low, high = int(index.data.min()), int(index.data.max())
        if low < 0 or high >= x.shape[axis]:
            raise IndexError(
                f"gather: the index reaches from {low} to {high}, but axis {dim} of x {x.shape} "
                f"has the places 0 to {x.shape[axis] - 1}"
            )
    xp = backend.array_module(x.data)
    key = [  # along the other axes the places count up, each axis's standing along itself
        xp.arange(n).reshape((-1,) + (1,) * (index.ndim - 1 - i)) for i, n in enumerate(index.shape)
    ]
    if index.ndim:
        key[axis] = index.data
    return get_item(x, tuple(key))


def sort(x: Tensor, dim: int = -1, descending: bool = False) -> Ranked:
    """The entries in ascending (or descending) order along ``dim``, and their places; equal ones
    stay in their order."""
    x = as_tensor(x)
    places = _order(x, dim, descending, "sort")
    return Ranked(gather(x, dim, wrap(places)), wrap(places))


def argsort(x: Tensor, dim: int = -1, descending: bool = False) -> Tensor:
    """The places of the entries in ascending (or descending) order along ``dim``."""
    return wrap(_order(as_tensor(x), dim, descending, "argsort"))


def topk(
    x: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Ranked:
    """The k largest (or smallest) entries along ``dim``, best first, and their places.

    ``sorted`` is taken for PyTorch's sake: here they always are.
    """
    x = as_tensor(x)
    axis = axis_of(dim, x.ndim, "topk")
    if not 0 <= whole_number("topk", "k", k) <= x.shape[axis]:
        raise ValueError(
            f"topk: k={k} must be from 0 to {x.shape[axis]}, the size of axis {dim} of {x.shape}"
        )
    places = _order(x, dim, largest, "topk")[(slice(None),) * axis + (slice(k),)]
    return Ranked(gather(x, dim, wrap(places)), wrap(places))


def _order(x: Tensor, dim: int, descending: bool, op: str) -> Any:
    axis = axis_of(dim, x.ndim, op)
    if not descending:
        return x.data.argsort(axis=axis, kind="stable")
    # Stable in reverse: sort the mirrored axis, mirror the result, count from the other end.
    mirror = (slice(None),) * axis + (slice(None, None, -1),)
    backwards = x.data[mirror].argsort(axis=axis, kind="stable")[mirror]
    return x.shape[axis] - 1 - backwards


def masked_fill(x: Tensor, mask: Any, value: float) -> Tensor:
    """``value`` where the mask (booleans, broadcast) is true, else x."""
    return where(mask, value, x)
