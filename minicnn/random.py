"""The random numbers of the engine: one seed, one generator a device.

Everything random (weights, dropout, shuffling unless it has a seed of its own) draws from here,
so :func:`manual_seed` makes a run repeatable.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
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
        raise TypeError(f"a seed is a whole number from 0 on, got {seed!r}") from None
    if value < 0:
        raise ValueError(f"a seed is a whole number from 0 on, got {seed!r}")
    _seed = value
    _generators.clear()


def generator(device: str = "cpu") -> Any:
    """The generator of a device: NumPy's ``Generator``, or CuPy's for a GPU."""
    if device != "cpu" and ":" not in device:
        device += ":0"  # "cuda" and "cuda:0" share one: two with one seed draw the same numbers
    if device not in _generators:
        xp = backend.module_for(device)
        _generators[device] = xp.random.default_rng(_seed)
    return _generators[device]


def key() -> int:
    """64 random bits, for numbers that are drawn by their place (dropout's), on any device."""
    return generator("cpu").bit_generator.random_raw()


@contextmanager
def set_aside() -> Iterator[None]:
    """What is drawn inside comes from other generators; afterwards these go on undisturbed."""
    kept = dict(_generators)
    _generators.clear()
    try:
        yield
    finally:
        _generators.clear()
        _generators.update(kept)


def get_state() -> dict[str, Any]:
    """The state of the CPU's generator, as plain numbers: see :func:`set_state`."""
    return {"seed": _seed, "generator": generator("cpu").bit_generator.state}


def set_state(state: dict[str, Any]) -> None:
    """Goes on drawing from where :func:`get_state` was called. A GPU's generator starts anew.

    What is no such state raises (ValueError, TypeError, KeyError, OverflowError as NumPy has it)
    and changes nothing.
    """
    global _seed
    seed = state["seed"]
    if seed is not None and (type(seed) is not int or seed < 0):
        raise ValueError(f"a seed is a whole number from 0 on, or None, got {seed!r}")
    fresh = backend.module_for("cpu").random.default_rng(0)
    fresh.bit_generator.state = state["generator"]
    _seed = seed
    _generators.clear()
    _generators["cpu"] = fresh
