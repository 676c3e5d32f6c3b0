"""Numbers and arrays as text that is easy to read beside a slide."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

NOISE = 1e-14  # of the largest entry: a sum in float64 errs by some 1e-16 of its terms


def number(value: Any) -> str:
    """77, 62,958, 0.8214286: whole numbers in full, others to seven digits; texts as they are."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (str, bool)):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        value = int(value)
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return f"{value:.7g}"


def without_noise(values: np.ndarray) -> np.ndarray:
    """The array with 0 where an entry is but the rounding error of the larger ones beside it."""
    if values.dtype.kind != "f":
        return values
    finite = np.abs(values[np.isfinite(values)])
    return np.where(np.abs(values) < NOISE * finite.max(initial=0), 0, values)


def lines(value: Any) -> list[str]:
    """A value on as many lines as it needs: a matrix has one a row, its columns aligned.

    The matrices of an array of more than two axes follow one another, an empty line between.
    """
    if isinstance(value, np.ndarray):
        value = without_noise(value).tolist()
    if not isinstance(value, (list, tuple)):
        return [number(value)]
    if not value:
        return ["[]"]
    if not isinstance(value[0], (list, tuple)):
        return _wrapped([number(v) for v in value])
    if not value[0] or not isinstance(value[0][0], (list, tuple)):
        cells = [[number(v) for v in row] for row in value]
        width = max((len(cell) for row in cells for cell in row), default=0)
        return ["[" + "  ".join(cell.rjust(width) for cell in row) + "]" for row in cells]
    blocks = [lines(block) for block in value]
    return [line for block in blocks for line in ("", *block)][1:]


def _wrapped(cells: list[str], width: int = 88) -> list[str]:
    """A list of entries on lines of at most that width, in brackets."""
    rows, row = [], ""
    for i, cell in enumerate(cells):
        cell = cell if i == len(cells) - 1 else f"{cell}  "
        if row and len(row) + len(cell) > width:
            rows.append(row.rstrip())
            row = ""
        row += cell
    rows.append(row)
    return [("[" if i == 0 else " ") + r for i, r in enumerate(rows[:-1])] + [
        ("[" if len(rows) == 1 else " ") + rows[-1] + "]"
    ]


def in_text(value: Any) -> str:
    """A value within a sentence, on one line."""
    if isinstance(value, np.ndarray):
        value = without_noise(value).tolist()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(in_text(v) for v in value) + "]"
    return number(value)
