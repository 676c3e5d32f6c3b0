"""Counting: which values there are, how often, and where. Whole numbers, and so no gradients."""

from __future__ import annotations

from typing import Any

from ..backend import array_module
from ..geometry import whole_number
from ..tensor import Tensor, wrap
from .operands import as_tensor


def nonzero(x: Any, as_tuple: bool = False) -> Any:
    """The places of the entries that are not zero (or True): (how many, axes), int64.

    With ``as_tuple`` one Tensor for each axis instead, to index with.
    """
    array = as_tensor(x).data
    places = tuple(wrap(a) for a in array.reshape(array.shape or (1,)).nonzero())
    if as_tuple:
        return places
    xp = array_module(array)
    return wrap(xp.stack([p.data for p in places], axis=1)[:, : array.ndim])


def unique(x: Any, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """The values that occur, in ascending order; of all axes together.

    ``return_inverse`` also gives which of them each entry is, ``return_counts`` how often each
    occurs: a tuple of two or three Tensors.
    """
    x = as_tensor(x)
    xp = array_module(x.data)
    values, inverse, counts = xp.unique(
        x.data.reshape(-1), return_inverse=True, return_counts=True
    )
    found = [wrap(values)]
    if return_inverse:
        found.append(wrap(inverse.reshape(x.shape)))
    if return_counts:
        found.append(wrap(counts))
    return tuple(found) if len(found) > 1 else found[0]


def bincount(x: Any, minlength: int = 0) -> Tensor:
    """How often 0, 1, 2, ... occur in (n,) integers: at least ``minlength`` counts, int64."""
    x = as_tensor(x)
    if x.dtype.kind not in "iu":
        raise TypeError(f"bincount: counts integers, got {x.dtype}")
    if x.ndim != 1 or (x.data.size and int(x.data.min()) < 0):
        raise ValueError(
            f"bincount: needs (n,) integers from 0 on, got shape {x.shape}"
            + (f" with the value {int(x.data.min())}" if x.data.size else "")
        )
    least = whole_number("bincount", "minlength", minlength)
    if least < 0:
        raise ValueError(f"bincount: minlength={least} must be 0 or more")
    return wrap(array_module(x.data).bincount(x.data.astype("int64"), minlength=least))
