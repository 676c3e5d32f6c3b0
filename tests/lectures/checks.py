"""What every row of the lectures is held against.

A lecture's test file has a table ORACLES: the number of a row -> Oracle(function, changed), where
``function`` takes the same keyword inputs as the row and computes the same result another way
(SciPy, PyTorch, scikit-learn, other arithmetic), and ``changed`` are other inputs, or a list of
several sets of them. ``check`` then demands

    1. result == oracle on the slide's inputs,
    2. result == oracle on each set of changed inputs,
    3. each label's value differs between the slide's inputs and some changed ones, so that no
       literal passes; ``constant`` names the labels of identities, which are the same for all
       inputs (a difference that is 0, "the two agree": True).

Inputs that ``changed`` leaves out keep the slide's value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lectures.rows import Row, labelled, lecture_of, load

TOLERANCE = 1e-9  # relative, and absolute near 0


@dataclass(frozen=True)
class Oracle:
    """An independent computation of a row, and the inputs that it is also tried on."""

    function: Callable[..., Any]
    changed: dict[str, Any] | list[dict[str, Any]]
    constant: Collection[str] = field(default=())
    tolerance: float = TOLERANCE

    def sets(self) -> list[dict[str, Any]]:
        return self.changed if isinstance(self.changed, list) else [self.changed]


def rows_of(lecture: str) -> list[str]:
    """The numbers of the rows of a lecture that compute something, in order."""
    return [n for n, r in load(lecture).items() if isinstance(r, Row)]


def difference(ours: dict[str, Any], theirs: Any, tolerance: float = TOLERANCE) -> str:
    """What sets two results apart, in words; "" where they are the same."""
    theirs = labelled(theirs)
    if ours.keys() != theirs.keys():
        return f"labels {list(ours)} and {list(theirs)}"
    for label, value in ours.items():
        if not same(value, theirs[label], tolerance):
            return f"{label!r}: the row gives {value!r}, the oracle {theirs[label]!r}"
    return ""


def same(a: Any, b: Any, tolerance: float = TOLERANCE) -> bool:
    """Are two values of a row the same? Shapes and texts exactly, numbers to the tolerance."""
    if isinstance(a, (str, list)) or isinstance(b, (str, list)):
        return type(a) is type(b) and a == b
    if np.shape(a) != np.shape(b):
        return False
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))


def check(number: str, oracles: dict[str, Oracle]) -> None:
    """The three demands above, on one row."""
    row = load(lecture_of(number))[number]
    assert number in oracles, f"row {number} has no oracle"
    oracle = oracles[number]
    slide = row.compute()
    told = difference(slide, oracle.function(**row.inputs()), oracle.tolerance)
    assert not told, f"row {number}, the slide's inputs: {told}"

    same_so_far = set(slide) - set(oracle.constant)
    assert set(oracle.constant) <= set(slide), f"row {number} has no {set(oracle.constant)}"
    for changed in oracle.sets():
        unknown = changed.keys() - row.inputs().keys()
        assert not unknown, f"row {number} has no input {unknown}"
        result = row.compute(**changed)
        told = difference(
            result, oracle.function(**(row.inputs() | changed)), oracle.tolerance
        )
        assert not told, f"row {number}, changed inputs {sorted(changed)}: {told}"
        same_so_far = {k for k in same_so_far if k in result and same(slide[k], result[k])}
    assert not same_so_far, f"row {number}: {same_so_far} did not change with the inputs: literals?"


def check_all_have_oracles(lecture: str, oracles: dict[str, Oracle]) -> None:
    """Every row of the lecture that computes something has an oracle; none is left over."""
    assert set(oracles) == set(rows_of(lecture))


def check_verdicts(lecture: str, expected: dict[str, str]) -> None:
    """The verdicts of the lecture's rows, in order, are these; so its rows are these."""
    found = {
        number: row.run().verdict if isinstance(row, Row) else "EXTERNAL"
        for number, row in load(lecture).items()
    }
    assert found == expected
    assert list(found) == list(expected), "the order of the slides"
