"""Whose array is it? An array that nobody else holds may be changed, or given away.

A gradient may be seen from several places: one Tensor can be the gradient of two operands, a view
shares memory with its base, an operation may keep what it returned. Python counts who holds an
object. So an array is handed over in a list, ``[array]``: where its count says that the list is
the only holder and its memory is its own, it is free to take; else it is copied.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import backend, kernels


def _holders(box: list) -> int:
    return sys.getrefcount(box[0])


_ALONE = _holders([np.empty(0)])  # what is counted where the list is the only holder


def is_alone(box: list) -> bool:
    """Whether nobody but the list ``box`` holds the object in it."""
    return _holders(box) == _ALONE


def _is_free(box: list) -> bool:
    """Whether the array in ``box`` is seen by nobody else, and plain."""
    if type(box[0]) is not np.ndarray or not is_alone(box):
        return False
    flags = box[0].flags
    return flags.carray and (flags.owndata or kernels.cpp.in_pool(box[0]))


def owned(box: list) -> Any:
    """The array out of ``box``: itself if it is nobody else's, else a C-ordered copy."""
    if _is_free(box):
        return box.pop()
    return kernels.pick("copy", box[0]).copy(box[0])


def added(box: list, other: Any) -> Any:
    """The array in ``box`` + ``other``, in the memory of the first if it is nobody else's."""
    if _is_free(box) and box[0].shape == other.shape and box[0].dtype == other.dtype:
        kernels.pick("add", other).add_to(box[0], other)
        return box.pop()
    total = box[0] + other
    return backend.array_module(other).asarray(total)  # of 0-d: NumPy makes scalars
