"""0/0: the one rule of all metrics. The value is NaN, and a warning names what was empty.

A sensitivity without a single patient who is ill is not 0 and not 1: nothing was measured. NaN says
so, and goes on saying so in whatever is computed from it. Functions that have a ``zero_division``
in scikit-learn have it here too; a number given there is taken instead, without a warning.
"""

from __future__ import annotations

import sys
import warnings
from math import isnan, nan
from numbers import Real
from typing import Any

from ..backend import array_module, is_array


class UndefinedMetricWarning(UserWarning):
    """A metric is undefined: what it would divide by is empty. Its value is NaN."""


def undefined(metric: str, empty: str, value: Any = nan) -> Any:
    """``value``, with the warning that ``metric`` is undefined because of what is ``empty``."""
    warn(f"{metric} is undefined (NaN): {empty}")
    return value


def warn(message: str, category: type[Warning] = UndefinedMetricWarning) -> None:
    """A warning at the caller's line outside this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(__package__):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def ratio(
    numerator: Any,
    denominator: Any,
    metric: str,
    empty: str,
    zero_division: float = nan,
    labels: Any = None,
) -> Any:
    """numerator / denominator; ``zero_division`` where the denominator is 0, NaN with a warning.

    Numbers give a Python float, arrays (of one device, which broadcast) an array of floats.
    ``empty`` is what the warning says is missing, followed by those of ``labels`` (one for each
    entry of the denominator) where it is. What has no 0 below is not touched: 1/0 cannot come, as
    a metric's numerator counts a part of its denominator.
    """
    check_zero_division(zero_division, metric)
    if not is_array(numerator) and not is_array(denominator):
        if denominator:
            return float(numerator / denominator)
        return undefined(metric, empty) if isnan(zero_division) else float(zero_division)
    xp = array_module(denominator if is_array(denominator) else numerator)
    denominator = xp.asarray(denominator)
    nothing = denominator == 0
    if isnan(zero_division) and nothing.any():
        which = "" if labels is None else f" {some(labels[nothing].tolist())}"
        undefined(metric, empty + which)
    # 1 stands in where there is nothing to divide by: no division by zero, no warning of NumPy's.
    return xp.where(nothing, zero_division, numerator / xp.where(nothing, 1, denominator))


def some(values: list) -> str:
    """The first few of a list, for a message."""
    return ", ".join(map(repr, values[:5])) + (" ..." if len(values) > 5 else "")


def check_zero_division(value: Any, metric: str) -> None:
    """NaN, 0 or 1, as in scikit-learn."""
    if not isinstance(value, Real) or not (value in (0, 1) or isnan(value)):
        raise ValueError(f"{metric}: zero_division={value!r} must be nan, 0 or 1")
