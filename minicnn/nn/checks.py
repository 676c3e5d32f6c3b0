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
from ..geometry import shown, whole_number
from ..tensor import DEFAULT_DTYPE, FLOATS, Tensor


def whole(layer: str, name: str, value: Any, least: int = 1) -> int:
    """A whole number that is not smaller than ``least``."""
    number = whole_number(layer, name, value)
    if number < least:
        raise ValueError(f"{layer}: {name}={value!r} must be at least {least}")
    return number


def real(
    layer: str, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> float:
    """A number (not NaN) from ``low`` to ``high``; an int stays one, as it will be shown."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{layer}: {name} must be a number, got {shown(value)}")
    if not low <= value <= high:
        bounds = f"from {low} to {high}" if high < math.inf else f"{low} or more"
        raise ValueError(
            f"{layer}: {name}={value!r} must be {bounds if low > -math.inf else 'a number'}"
        )
    return int(value) if isinstance(value, (int, np.integer)) else float(value)


def finite(layer: str, name: str, value: Any) -> float:
    """A number from 0 on that is not infinite: what multiplies a loss."""
    number = real(layer, name, value, low=0)
    if math.isinf(number):
        raise ValueError(f"{layer}: {name}={value!r} must be finite")
    return number


def sizes(layer: str, name: str, value: Any) -> tuple[int, ...]:
    """A shape: one or more whole numbers from 1 on, or a single one."""
    several = isinstance(value, (list, tuple))
    if several and not value:
        raise ValueError(f"{layer}: {name}={value!r} must have an entry")
    return tuple(whole(layer, name, n) for n in (value if several else [value]))


def flag(layer: str, name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{layer}: {name} must be True or False, got {shown(value)}")
    return bool(value)


def one_of(layer: str, name: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    if not isinstance(value, str):
        raise TypeError(f"{layer}: {name} must be a name, got {shown(value)}")
    if value not in choices:
        listed = ", ".join(map(repr, choices))
        raise ValueError(f"{layer}: {name}={value!r} must be one of {listed}")
    return value


def constants(layer: str, name: str, value: Any) -> Tensor | None:
    """Floats that multiply a loss, for a buffer: a Tensor of its own round the given array."""
    if value is None:
        return None
    if not isinstance(value, Tensor) and not backend.is_array(value):
        raise TypeError(
            f"{layer}: {name} must be a Tensor or an array of floats, got {type(value).__name__}"
        )
    if value.dtype not in FLOATS:
        raise TypeError(f"{layer}: {name} must hold floats, got {value.dtype}")
    if isinstance(value, Tensor) and value.requires_grad:
        raise ValueError(
            f"{layer}: {name} is not learnt, but this Tensor requires a gradient: use .detach()"
        )
    return Tensor(value)


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
