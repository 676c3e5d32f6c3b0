"""What is common to splits and batches: samples along the first axis, picked by position."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from .. import backend, random
from ..tensor import Tensor


def generator(seed: int | None, *more: int) -> np.random.Generator:
    """Random numbers of a seed (and ``more`` numbers); without one those of ``manual_seed``."""
    if seed is None:
        return random.generator()
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, numbers.Integral) or seed < 0:
        raise ValueError(f"seed={seed!r} must be a whole number from 0 on, or None")
    return np.random.default_rng((int(seed), *more))


def samples(value: Any, where: str) -> Any:
    """``value`` as an array (a Tensor's array; a list is converted) with a first axis."""
    if isinstance(value, Tensor):
        value = value.data
    if not backend.is_array(value):
        value = np.asarray(value)
    if not value.shape:
        raise ValueError(f"{where} must have a first axis, one entry for each sample; it has none")
    return value


def same_length(lengths: list[int], where: str) -> int:
    """The number of samples, which all arrays must share."""
    if not lengths:
        raise TypeError(f"{where} needs at least one array")
    if len(set(lengths)) != 1:
        raise ValueError(
            f"{where}: all arrays must have one entry for each sample, but their lengths are "
            f"{lengths}"
        )
    return lengths[0]


def take(array: Any, positions: np.ndarray) -> Any:
    """The samples at ``positions``: a copy, on the array's own device."""
    return array[backend.to_device(positions, backend.device_of(array))]
