"""The memory that the C++ extension takes: C-contiguous, aligned, native byte order."""

from __future__ import annotations

from typing import Any

import numpy as np


def plain(array: Any) -> Any:
    """The array itself where it lies so (or is None), else a copy that does."""
    if array is None or (
        type(array) is np.ndarray and array.flags.carray and array.dtype.isnative
    ):
        return array
    return np.require(array, array.dtype.newbyteorder("="), ("C", "A", "E"))
