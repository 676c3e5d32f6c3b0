"""Numbers that a user sets, checked once: in range, finite, and made plain Python floats.

Plain floats, because a NumPy float64 among them would promote float32 arrays to float64.
"""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np


def real(owner: str, name: str, value: Any, low: float = 0.0, high: float = math.inf) -> float:
    """``value`` as a float with low ≤ value ≤ high, and finite."""
    if type(value) is not float and (  # nearly always it is one, and is asked for at every step
        isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real)
    ):
        raise TypeError(f"{owner}: {name}={value!r} must be a number, got {type(value).__name__}")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result) or not low <= result <= high:
        raise ValueError(f"{owner}: {name}={value!r} must be a finite number{_range(low, high)}")
    return result


def decay(owner: str, name: str, value: Any) -> float:
    """``value`` as a float from 0 up to, but not including, 1."""
    result = real(owner, name, value)
    if result >= 1:
        raise ValueError(f"{owner}: {name}={value!r} must be at least 0 and less than 1")
    return result


def whole(owner: str, name: str, value: Any, low: int = 0) -> int:
    """``value`` as an int, ``low`` or more."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{owner}: {name}={value!r} must be an int, got {type(value).__name__}")
    if value < low:
        raise ValueError(f"{owner}: {name}={value!r} must be {low} or more")
    return int(value)


def flag(owner: str, name: str, value: Any) -> bool:
    """``value`` as a bool."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(
            f"{owner}: {name}={value!r} must be True or False, got {type(value).__name__}"
        )
    return bool(value)


def _range(low: float, high: float) -> str:
    if low == -math.inf:
        return ""
    return f", {low:g} or more" if high == math.inf else f" from {low:g} to {high:g}"
