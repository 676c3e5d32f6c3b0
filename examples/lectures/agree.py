"""Does what a slide prints agree with what was computed? Slides round, and this says how far.

A printed *text* has decimals, and they say how the slide rounded: ".67" stands for every number
from 0.665 to 0.675, both ends included, because some slides round a half up and others to even.
A printed *number* stands for itself, up to the rounding of float64. In an array each entry is
held against the entry at its place.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

Number = int | float
_TEXT = re.compile(r"([-+−]?)([\d, ]*)(?:\.(\d*))?\s*(%?)")
_FLOAT = 1e-9  # relative: far more than sums of float64 lose, far less than a slide prints


def plain(value: Any) -> Any:
    """A value as Python numbers, texts or NumPy arrays: what rows return is brought to this."""
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    if hasattr(value, "requires_grad"):  # a Tensor
        value = value.detach().numpy()
    if isinstance(value, (list, tuple)) and any(isinstance(v, str) for v in flat(value)):
        return list(value)
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"a row gives numbers, texts and arrays of numbers, not {type(value).__name__}"
        )
    return array.item() if array.ndim == 0 else array


def flat(values: Any) -> list[Any]:
    """The entries of lists within lists, one after the other."""
    if isinstance(values, (list, tuple)):
        return [entry for value in values for entry in flat(value)]
    return [values]


def shape(value: Any) -> tuple[int, ...]:
    """The shape of an array, or of lists within lists; () for a single number or text."""
    if isinstance(value, (list, tuple)):
        return (len(value), *(shape(value[0]) if value else ()))
    return np.shape(value)


def read(text: str) -> tuple[float, int] | None:
    """The number that a text prints, and its decimals; None where it is no number.

    Commas and spaces between digits and a percent sign at the end are passed over:
    "120,000" is (120000, 0), ".67" is (0.67, 2), "7.34 %" is (7.34, 2).
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None or not (found[2].strip(" ,") or found[3]):
        return None
    sign, whole, decimals, _ = found.groups()
    digits = re.sub("[, ]", "", whole) or "0"
    number = float(f"{digits}.{decimals or '0'}")
    return (-number if sign in ("-", "−") else number), len(decimals or "")


def entries_agree(printed: Number | str, computed: Number | str) -> bool:
    """One printed number or text against one computed value."""
    if isinstance(computed, str):
        return isinstance(printed, str) and printed == computed
    if isinstance(printed, str):
        number = read(printed)
        if number is None:
            return False
        value, decimals = number
        margin = 0.5 * 10.0**-decimals
    else:
        value, margin = printed, 0.0
    if np.isnan(value) or np.isnan(computed):
        return bool(np.isnan(value) and np.isnan(computed))
    if value == computed:  # infinite ones too
        return True
    return bool(abs(value - computed) <= margin + _FLOAT * max(abs(value), abs(computed)))


def differences(printed: Any, computed: Any) -> list[tuple[int, ...]] | None:
    """The places at which the two do not agree: [] where they do, None where the shapes differ.

    The place of a single number is ().
    """
    if shape(printed) != shape(computed):
        return None
    places = list(np.ndindex(*shape(printed)))
    return [at for at in places if not entries_agree(entry(printed, at), entry(computed, at))]


def entry(value: Any, at: tuple[int, ...]) -> Any:
    """The entry of an array, or of lists within lists, at a place."""
    for index in at:
        value = value[index]
    return value.item() if isinstance(value, np.generic) else value
