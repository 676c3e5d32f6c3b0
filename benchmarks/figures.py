"""From seconds to figures: ratios within rounds, their means and spread, and errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> np.ndarray:
    """Their time / our time, round by round: above 1 we are faster."""
    return np.asarray(theirs, dtype=float) / np.asarray(ours, dtype=float)


def geometric_mean(values: Sequence[float]) -> float:
    """exp(mean(log v)): twice as fast here and half as fast there gives 1."""
    return float(np.exp(np.mean(np.log(np.asarray(values, dtype=float)))))


def spread(values: Sequence[float]) -> float:
    """Half the distance between the quartiles, relative to the median."""
    low, middle, high = np.percentile(values, [25, 50, 75])
    return float((high - low) / (2 * middle))


def relative_error(result: np.ndarray, truth: np.ndarray) -> float:
    """|result - truth| / |truth| in the L2 norm; infinite where shapes differ, NaN counts as so."""
    if result.shape != truth.shape:
        return float("inf")
    size = np.linalg.norm(truth.astype(np.float64).ravel())
    error = np.linalg.norm((result.astype(np.float64) - truth).ravel())
    relative = error / size if size > 0 else error
    return float(relative) if np.isfinite(relative) else float("inf")
