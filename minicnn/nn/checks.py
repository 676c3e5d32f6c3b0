"""What a layer's constructor checks, said once: each returns the value or raises, naming both.

TypeError for a value of the wrong kind, ValueError for one out of range.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import backend, kernels
from ..functional.operands import checked_dtype
from ..geometry import per_axis as per_axis  # (layer, name, value, axes, least)
from ..geometry import whole_number
from ..tensor import DEFAULT_DTYPE


def whole(layer: str, name: str, value: Any, least: int = 1) -> int:
    """A whole number that is not smaller than ``least``."""
    number = whole_number(layer, name, value)
    if number < least:
        raise ValueError(f"{layer}: {name}={value!r} must be at least {least}")
    return number


def real(
    layer: str, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> float:
    """A number (not NaN) from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{layer}: {name} must be a number, got {value!r}")
    if not low <= value <= high:
        bounds = f"from {low} to {high}" if high < math.inf else f"{low} or more"
        raise ValueError(
            f"{layer}: {name}={value!r} must be {bounds if low > -math.inf else 'a number'}"
        )
    return float(value)


def flag(layer: str, name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{layer}: {name} must be True or False, got {value!r}")
    return bool(value)


def one_of(layer: str, name: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if value not in choices:
        listed = ", ".join(map(repr, choices))
        raise ValueError(f"{layer}: {name}={value!r} must be one of {listed}")
    return value


def kernel_name(layer: str, value: Any) -> str | None:
    """The name of a convolution kernel, built or not, or None for the one in use."""
    return value if value is None else one_of(
        layer, "kernel", value, ("auto", *kernels.available())
    )


def factory(layer: str, dtype: Any, device: str | None) -> dict[str, Any]:
    """dtype and device of new weights, as keyword arguments: float32 on the CPU by default."""
    dtype = DEFAULT_DTYPE if dtype is None else checked_dtype(dtype)
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"{layer}: dtype must be float32 or float64, got {dtype}")
    device = "cpu" if device is None else device
    backend.module_for(device)  # raises for a device that is none
    return {"dtype": dtype, "device": device}
