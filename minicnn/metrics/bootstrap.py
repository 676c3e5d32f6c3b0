"""How sure is a metric? The samples drawn again and again, with replacement.

Had other patients come, the number would be another. The bootstrap lets the patients at hand stand
for all: it draws as many of them, with replacement, computes the metric, and does so a thousand
times; the middle 95 % of the values are the interval (the percentile method). In few samples it is
a little too narrow.

Source: 004 "CheX-Net: Results", F1 scores with 95 % CI.
"""

from __future__ import annotations

import numbers
import operator
import warnings
from collections.abc import Callable
from math import isnan, nan
from typing import Any, NamedTuple

import numpy as np

from .. import random
from ..backend import device_of, to_device
from ..geometry import shown
from .arguments import as_array, same_place
from .undefined import UndefinedMetricWarning, undefined, warn


class Interval(NamedTuple):
    """A metric's value and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    metric: Callable[..., float],
    *arrays: Any,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int | None = None,
) -> Interval:
    """(value, low, high): ``metric(*arrays)`` and its percentile bootstrap interval.

    ``arrays`` share their first axis, the samples, which are drawn together: a patient keeps truth
    and score. ``metric`` takes such arrays and returns one number. The same ``seed`` gives the same
    interval; None draws from ``manual_seed``'s numbers. low and high are the (1 ∓ confidence)/2
    quantiles of ``resamples`` values. Where the metric is undefined (NaN) for some draws, such as
    those without a positive, they are left out and a warning says how many; if for all, the ends
    are NaN. ValueError for a confidence outside 0 to 1.
    """
    found = _arrays(arrays)
    _check(metric, confidence, resamples)
    generator = _generator(seed)
    value = _number(metric(*found))
    count, values = len(found[0]), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)  # counted below
        for _ in range(resamples):
            drawn = generator.integers(0, count, count)
            values.append(_number(metric(*(a[to_device(drawn, device_of(a))] for a in found))))
    defined = [v for v in values if not isnan(v)]
    if not defined:
        return Interval(value, undefined("bootstrap_interval", "in no draw is there a value"), nan)
    if len(defined) < resamples:
        warn(
            f"bootstrap_interval: the metric is undefined in {resamples - len(defined)} of "
            f"{resamples} draws, which are left out"
        )
    low, high = _quantiles(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(value, float(low), float(high))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise TypeError(
            f"bootstrap_interval: metric must return one number, got {shown(value)}"
        ) from None


def _quantiles(values: list[float], shares: list[float]) -> Any:
    """np.quantile, which between ∞ and ∞ (the PSNR of equal images) finds NaN, made to find ∞."""
    low, high = (np.quantile(values, shares, method=side) for side in ("lower", "higher"))
    with np.errstate(invalid="ignore"):
        between = np.quantile(values, shares)
    return np.where(np.isinf(high), high, np.where(np.isinf(low), low, between))


def _arrays(arrays: tuple) -> list:
    if not arrays:
        raise TypeError("bootstrap_interval: give the metric's arrays, such as y_true and y_pred")
    found = [as_array(a, f"bootstrap_interval: arrays[{i}]") for i, a in enumerate(arrays)]
    for i, a in enumerate(found):
        if not a.ndim or not len(a):
            raise ValueError(
                f"bootstrap_interval: arrays[{i}] must have samples along its first axis, got "
                f"shape {a.shape}"
            )
    same_place("bootstrap_interval", {f"arrays[{i}]": a for i, a in enumerate(found)})
    return found


def _check(metric: Any, confidence: Any, resamples: Any) -> None:
    if not callable(metric):
        raise TypeError(
            f"bootstrap_interval: metric must be a function of the arrays, got "
            f"{type(metric).__name__}"
        )
    if not isinstance(confidence, numbers.Real) or not 0 < confidence < 1:
        raise ValueError(
            f"bootstrap_interval: confidence={confidence!r} must be between 0 and 1, such as 0.95"
        )
    if isinstance(resamples, bool) or not isinstance(resamples, numbers.Integral) or resamples < 1:
        raise ValueError(
            f"bootstrap_interval: resamples={resamples!r} must be a whole number from 1 on"
        )


def _generator(seed: Any) -> np.random.Generator:
    if seed is None:
        return random.generator()
    try:
        seed = -1 if isinstance(seed, bool) else operator.index(seed)
    except TypeError:
        seed = -1
    if seed < 0:
        raise ValueError("bootstrap_interval: seed must be a whole number from 0 on, or None")
    return np.random.default_rng(seed)
