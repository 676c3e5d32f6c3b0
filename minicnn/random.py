"""The random numbers of the engine: one seed, one generator a device.

Everything random (weights, dropout, shuffling unless it has a seed of its own) draws from here,
so :func:`manual_seed` makes a run repeatable.
"""

from __future__ import annotations

import operator
from typing import Any

from . import backend

_seed: int | None = None
_generators: dict[str, Any] = {}


def manual_seed(seed: int) -> None:
    """The same numbers from here on as after any other call with this seed (0 or more)."""
    global _seed
    try:
        value = operator.index(seed)
    except TypeError:
        value = -1
    if isinstance(seed, bool) or value < 0:
        raise ValueError(f"a seed is a whole number from 0 on, got {seed!r}")
    _seed = value
    _generators.clear()


def generator(device: str = "cpu") -> Any:
    """The generator of a device: NumPy's ``Generator``, or CuPy's for a GPU."""
    if device not in _generators:
        xp = backend.module_for(device)
        _generators[device] = xp.random.default_rng(_seed)
    return _generators[device]
