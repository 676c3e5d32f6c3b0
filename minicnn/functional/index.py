"""Indexing and slicing, and its adjoint: taking entries out, and adding them back.

``x[key]`` copies entries; its gradient puts each entry of the incoming gradient back where it
was taken from, adding up where one was taken twice. The two Functions here are each other's
gradient.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
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
    if not isinstance(x.data, np.ndarray):
        _check_range(key, x)  # NumPy checks by itself, CuPy wraps round silently
    unique = not any(backend.is_array(k) and k.dtype != np.bool_ for k in key)
    return GetItem(key, unique)(x)


def index_select(x: Tensor, dim: int, index: Any) -> Tensor:
    """The slices of x along ``dim`` that ``index``, (n,) integers, names: x[:, index] for dim 1."""
    if not -x.ndim <= operator.index(dim) < x.ndim:
        raise IndexError(f"index_select: axis {dim} does not exist in shape {x.shape}")
    if isinstance(index, Tensor):
        index = index.data
    if not backend.is_array(index) or index.ndim > 1 or index.dtype.kind not in "iu":
        raise TypeError("index_select: the index must be a Tensor or an array (n,) of integers")
    if index.size and int(index.min()) < 0:
        raise IndexError(f"index_select: places count from 0, got {int(index.min())}")
    return get_item(x, (slice(None),) * (dim % x.ndim) + (index.reshape(-1),))


class PickLast(Function):
    """y[i, j, ...] = x[i, j, ..., places[i, j, ...]]: one entry out of each row."""

    reads = ()

    def __init__(self, places: Any):
        self.places = places

    def forward(self, x):
        return x[_rows_and(self.places)]

    def backward(self, g: Tensor) -> Tensor:
        return PutLast(self.places, self.inputs[0].shape)(g)


class PutLast(Function):
    """y = 0, then y[i, j, ..., places[i, j, ...]] = x[i, j, ...]: the adjoint of PickLast."""

    reads = ()

    def __init__(self, places: Any, shape: tuple[int, ...]):
        self.places, self.shape = places, shape

    def forward(self, x):
        y = backend.array_module(x).zeros(self.shape, x.dtype)
        y[_rows_and(self.places)] = x
        return y

    def backward(self, g: Tensor) -> Tensor:
        return PickLast(self.places)(g)


def _rows_and(places: Any) -> tuple:
    """The index of every row, made when it is needed, and the place in it."""
    rows = tuple(backend.array_module(places).indices(places.shape)) if places.ndim else ()
    return (*rows, places)


def pick_last(x: Tensor, places: Any) -> Tensor:
    """y[i, j, ...] = x[i, j, ..., places[i, j, ...]]: one entry out of each row."""
    return PickLast(places)(x)


def _plain(key: Any, x: Tensor, position: int) -> Any:
    """One entry of an index as NumPy and CuPy both take it, checked."""
    if isinstance(key, Tensor):
        key = key.data
    if key is None or key is Ellipsis or isinstance(key, (slice, bool, np.bool_)):
        return key
    if isinstance(key, Sequence) and not isinstance(key, str):
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
        return key
    try:
        return operator.index(key)
    except TypeError:
        raise IndexError(
            f"index {position}: expected integers, slices, None, ... or arrays, got {key!r}"
        ) from None


def _check_range(key: tuple, x: Tensor) -> None:
    """IndexError where an array of integers names a place that its axis does not have."""
    axis = 0
    for position, k in enumerate(key):
        if k is Ellipsis:
            axis += x.ndim - sum(_axes_taken(other) for other in key)
        elif backend.is_array(k) and k.dtype.kind != "b" and k.size and axis < x.ndim:
            low, high, size = int(k.min()), int(k.max()), x.shape[axis]
            if low < -size or high >= size:
                raise IndexError(
                    f"index {position} reaches from {low} to {high}, but axis {axis} of shape "
                    f"{x.shape} has {size} places"
                )
        axis += _axes_taken(k)


def _axes_taken(k: Any) -> int:
    """How many axes of a Tensor one entry of an index speaks for."""
    if k is None or k is Ellipsis or isinstance(k, (bool, np.bool_)):
        return 0
    return k.ndim if backend.is_array(k) and k.dtype.kind == "b" else 1
