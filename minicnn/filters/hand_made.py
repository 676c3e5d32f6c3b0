"""The filters that the slides print, and the two lowpass filters that everybody uses.

A filter whose coefficients add up to 1 keeps the brightness of an even surface (averages, sharpen);
one whose coefficients add up to 0 answers to changes alone (edges, Laplacian).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from numbers import Real

import numpy as np

from ..geometry import per_axis


def box(size: int | Sequence[int]) -> np.ndarray:
    """The mean of a window: 1/(A·B) everywhere; ``size`` is one number, or (A, B)."""
    A, B = per_axis("box", "size", size, 2, least=1)
    return np.full((A, B), 1 / (A * B))


def gaussian(size: int | Sequence[int], sigma: float | Sequence[float]) -> np.ndarray:
    """e^{−y²/2σ²}·e^{−x²/2σ²}, made to add up to 1; x and y are counted from the middle.

    ``size`` and ``sigma`` (in pixels): one number, or one for each axis, (A, B). A window of
    6σ + 1 pixels holds 99.7 % of each bell. Source: 002 "COMMON FILTERS IN IMAGE PROCESSING".
    """
    sizes = per_axis("gaussian", "size", size, 2, least=1)
    sigmas = tuple(sigma) if isinstance(sigma, Sequence) else (sigma, sigma)
    if len(sigmas) != 2 or not all(isinstance(s, Real) and 0 < s < inf for s in sigmas):
        raise ValueError(
            f"gaussian: sigma={sigma!r} must be a positive number, or one for each of two axes"
        )
    bells = []
    for n, s in zip(sizes, sigmas, strict=True):
        square = (np.arange(n) - (n - 1) / 2) ** 2
        # counted from the middle's own, so that no bell is so narrow that it is 0 everywhere
        with np.errstate(over="ignore"):  # e^{-∞} is 0, as it should be
            bell = np.exp(-((square - square.min()) / s) / s / 2)
        bells.append(bell / bell.sum())
    return np.outer(*bells)


def sobel_x() -> np.ndarray:
    """The change from left to right: smoothed by [1, 2, 1] down, [−1, 0, 1] across. 002."""
    return _filter([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def sobel_y() -> np.ndarray:
    """The change from bottom to top, as 002 prints it: ``sobel_x`` turned by 90°."""
    return _filter([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])


def laplacian() -> np.ndarray:
    """A pixel against its four neighbours, −(∂²/∂x² + ∂²/∂y²). 004 "Convolution Operation"."""
    return _filter([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])


def sharpen() -> np.ndarray:
    """The image plus its :func:`laplacian`. 004 "Zero Padding"."""
    return _filter([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])


def edge_bank() -> np.ndarray:
    """(4, 3, 3): edges from four sides, 004 "Different Filters Capture Different Local Features".

    The first and the third, the second and the fourth look at the same edge from its two sides;
    each is not quite the other's negative, as it stands a pixel further.
    """
    return _filter([
        [[-1, -1, -1], [1, 1, 1], [0, 0, 0]],
        [[-1, 1, 0], [-1, 1, 0], [-1, 1, 0]],
        [[0, 0, 0], [1, 1, 1], [-1, -1, -1]],
        [[0, 1, -1], [0, 1, -1], [0, 1, -1]],
    ])


def averaging() -> np.ndarray:
    """¼ [1, 2, 1], of shape (1, 3). 002 "CONVOLUTION AS MATRIX VECTOR OPERATION", figure 2.1."""
    return _filter([[0.25, 0.5, 0.25]])


def difference() -> np.ndarray:
    """[1, 0, −1], of shape (1, 3). 002 "CONVOLUTION AS MATRIX VECTOR OPERATION", figure 2.1."""
    return _filter([[1, 0, -1]])


def _filter(rows: list) -> np.ndarray:
    return np.array(rows, dtype="float64")
