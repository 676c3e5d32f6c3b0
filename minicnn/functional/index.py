"""Indexing and slicing, and its adjoint: taking entries out, and adding them back.

``x[key]`` copies entries; its gradient puts each entry of the incoming gradient back where it
was taken from, adding up where one was taken twice. The two Functions here are each other's
gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..autograd import Function
from ..tensor import Tensor


class GetItem(Function):
    """y = x[key]."""

    reads = ()

    def __init__(self, key: tuple, unique: bool):
        self.key, self.unique = key, unique

    def forward(self, x):
        return x[self.key]

    def backward(self, g: Tensor) -> Tensor:
        return PutItem(self.key, self.inputs[0].shape, self.unique)(g)


class PutItem(Function):
    """y = 0, then y[key] += x: no entry is lost where the key names one twice."""

    reads = ()

    def __init__(self, key: tuple, shape: tuple[int, ...], unique: bool):
        self.key, self.shape, self.unique = key, shape, unique

    def forward(self, x):
        xp = backend.array_module(x)
        y = xp.zeros(self.shape, x.dtype)
        if self.unique:
            y[self.key] = x
        else:
            xp.add.at(y, self.key, x)
        return y

    def backward(self, g: Tensor) -> Tensor:
        return GetItem(self.key, self.unique)(g)


def get_item(x: Tensor, key: Any) -> Tensor:
    """``x[key]``: integers, slices (negative steps too), None, Ellipsis, arrays of integers or
    booleans (Tensors too), as NumPy indexes. IndexError where a place does not exist."""
    key = key if isinstance(key, tuple) else (key,)
    key = tuple(_plain(k, x, i) for i, k in enumerate(key))
    unique = not any(backend.is_array(k) and k.dtype != np.bool_ for k in key)
    return GetItem(key, unique)(x)


def pick_last(x: Tensor, places: Any) -> Tensor:
    """y[i, j, ...] = x[i, j, ..., places[i, j, ...]]: one entry out of each row."""
    xp = backend.array_module(x.data)
    rows = tuple(xp.indices(places.shape)) if places.ndim else ()
    return GetItem((*rows, places), unique=True)(x)


def _plain(key: Any, x: Tensor, position: int) -> Any:
    """One entry of an index as NumPy and CuPy both take it, checked."""
    if isinstance(key, Tensor):
        key = key.data
    if isinstance(key, (list, range)):
        key = np.asarray(key)
        if key.size == 0:
            key = key.astype(np.int64)
        if not isinstance(x.data, np.ndarray):
            key = backend.array_module(x.data).asarray(key.tolist(), dtype=key.dtype)
    if backend.is_array(key):
        if key.dtype.kind not in "iub":
            raise IndexError(f"index {position}: an index array holds integers or booleans, "
                             f"got {key.dtype}")
        if backend.device_of(key) != x.device:
            raise TypeError(
                f"index {position} is on {backend.device_of(key)} and the Tensor on {x.device}; "
                f"nothing is moved implicitly: move one of them with .to(...)"
            )
        if key.dtype.kind != "b" and key.size and not isinstance(key, np.ndarray):
            _check_range(key, x, position)  # NumPy checks by itself, CuPy wraps round silently
        return key
    if isinstance(key, float) or isinstance(key, str):
        raise IndexError(f"index {position}: expected integers, slices, None, ... or arrays, "
                         f"got {key!r}")
    return key


def _check_range(key: Any, x: Tensor, position: int) -> None:
    low, high, size = int(key.min()), int(key.max()), max(x.shape, default=0)
    if low < -size or high >= size:
        raise IndexError(
            f"index {position} reaches from {low} to {high}, outside shape {x.shape}"
        )
