"""How like are two images? Mean squared error, signal-to-noise ratio, structural similarity.

    MSE   mean (a − b)²
    PSNR  10·log₁₀(L² / MSE)  in decibels, L the range of pixel values (255 for 8 bits)

              (2·μ_a·μ_b + c₁)·(2·σ_ab + c₂)
    SSIM  ──────────────────────────────────────        c₁ = (k₁·L)²,  c₂ = (k₂·L)²
           (μ_a² + μ_b² + c₁)·(σ_a² + σ_b² + c₂)

SSIM compares brightness, contrast and structure. The slides print it for *one* window, the image
(:func:`global_structural_similarity`); Wang et al. (2004, IEEE Trans. Image Process. 13), and
everybody since, average it over small windows (:func:`structural_similarity`). The slides do not
say which variance σ² is: divided by n, or by n − 1. Both functions let you choose, with
``use_sample_covariance``, and say what they do by default.

All is computed in float64. Source: 000 and 001 "Other performance metrics".
"""

from __future__ import annotations

from math import inf, log10
from numbers import Real
from typing import Any

import numpy as np

from ..backend import array_module
from ..geometry import whole_number
from .arguments import as_array, same_shape
from .undefined import ratio, undefined, warn

_SIGMA, _TRUNCATE = 1.5, 3.5  # Wang's Gaussian window: 11 taps


def mean_squared_error(a: Any, b: Any) -> float:
    """mean (a − b)² of two images of one shape (any); NaN, with a warning, without pixels."""
    a, b, _ = _images("mean_squared_error", a, b)
    if not a.size:
        return undefined("mean_squared_error", "there are no pixels")
    return float(((a - b) ** 2).mean())


def peak_signal_noise_ratio(
    image_true: Any, image_test: Any, data_range: float | None = None
) -> float:
    """10·log₁₀(L² / MSE) in decibels, of two images of one shape (any); ∞ for equal ones.

    ``data_range`` L is the distance from the least to the largest value a pixel can have. By
    default, as in scikit-image: for booleans 1, for unsigned integers of 8 and 16 bits 255 and
    65535, for signed ones as much where no pixel of ``image_true`` is negative as their largest,
    else their whole range; for floats 1, or 2 where a pixel is negative. ValueError where that
    cannot be: integers of more bits (so of plain lists), floats outside −1 to 1; a UserWarning
    where the images' dtypes differ.
    """
    op = "peak_signal_noise_ratio"
    a, b, dtypes = _images(op, image_true, image_test)
    if not a.size:
        return undefined(op, "there are no pixels")
    if data_range is None:
        low, high = _limits(op, dtypes, floats=True)
        if not low <= float(a.min()) <= float(a.max()) <= high:
            raise ValueError(
                f"{op}: image_true has values outside of {low} to {high}, the range of "
                f"{dtypes[0]}; give data_range"
            )
        data_range = high if float(a.min()) >= 0 else high - low
    L = _range(op, data_range)
    error = float(((a - b) ** 2).mean())
    return 10 * log10(L * L / error) if error else inf


def structural_similarity(
    a: Any,
    b: Any,
    win_size: int | None = None,
    data_range: float | None = None,
    gaussian_weights: bool = False,
    use_sample_covariance: bool = True,
    full: bool = False,
    channel_axis: int | None = None,
    K1: float = 0.01,
    K2: float = 0.03,
) -> Any:
    """The mean over all windows of SSIM, as scikit-image computes it; from −1 to 1 (equal images).

    ``a``, ``b``: images of one shape, with any number of axes, all spatial but ``channel_axis``
    (the channels' means are averaged). The window has ``win_size`` pixels along each axis (odd; 7,
    or 11 with ``gaussian_weights``: those of Wang et al., σ = 1.5), and all that lie wholly inside
    the image count. ``full`` returns the map of the similarities as well, (value, map): at its
    border the image is mirrored. ``data_range`` L: for booleans and integers of 8 and 16 bits that
    of the dtype (of ``a``, with a UserWarning where ``b`` has another), for all else it must be
    given.

    The variances are divided by n − 1 with ``use_sample_covariance`` (the default, as in
    scikit-image), else by n. For the numbers of Wang et al. give ``gaussian_weights=True,
    use_sample_covariance=False``. ValueError for a window that does not fit, or is of one pixel
    where a variance is to be divided by n − 1; 0/0 (with K1 or K2 = 0) is NaN, with a warning.
    """
    op = "structural_similarity"
    a, b, dtypes = _images(op, a, b)
    if data_range is None:
        low, high = _limits(op, dtypes, floats=False)
        data_range = high - low
    constants = _constants(op, data_range, K1, K2)
    xp = array_module(a)
    if channel_axis is not None:
        axis = whole_number(op, "channel_axis", channel_axis)
        if not -a.ndim <= axis < a.ndim:
            raise IndexError(f"{op}: channel_axis={axis} does not exist in shape {a.shape}")
        a, b = xp.moveaxis(a, axis, 0), xp.moveaxis(b, axis, 0)
    else:
        a, b = a[None], b[None]
    size = _window_size(op, win_size, gaussian_weights, a.shape[1:], use_sample_covariance)
    if not a.shape[0]:
        return undefined(op, "there are no channels")
    n = size ** (a.ndim - 1)
    factor = n / (n - 1) if use_sample_covariance else 1.0  # the windows' own divisor is n
    weights = _gaussian() if gaussian_weights else [1 / size] * size

    def mean(x: Any) -> Any:
        for axis in range(1, x.ndim):
            x = _average(x, axis, weights)
        return x

    mean_a, mean_b = mean(a), mean(b)
    similarity = _similarity(
        op, mean_a, mean_b,
        factor * (mean(a * a) - mean_a * mean_a),
        factor * (mean(b * b) - mean_b * mean_b),
        factor * (mean(a * b) - mean_a * mean_b),
        constants,
    )
    r = size // 2
    inside = (slice(None), *(slice(r, m - r) for m in a.shape[1:]))
    value = float(similarity[inside].mean())
    if not full:
        return value
    if channel_axis is None:
        return value, similarity[0]
    return value, xp.moveaxis(similarity, 0, channel_axis)


def global_structural_similarity(
    a: Any,
    b: Any,
    data_range: float,
    use_sample_covariance: bool = False,
    K1: float = 0.01,
    K2: float = 0.03,
) -> float:
    """SSIM as the slide prints it: one window, the whole image.

    ``a``, ``b``: images of one shape (any); ``data_range`` L is 2^bits − 1. The variances are the
    averages over the n pixels, or with ``use_sample_covariance`` sums divided by n − 1. NaN, with a
    warning, for 0/0: no pixels, or one where a variance is divided by n − 1.
    """
    op = "global_structural_similarity"
    a, b, _ = _images(op, a, b)
    constants = _constants(op, data_range, K1, K2)
    divisor = a.size - bool(use_sample_covariance)
    if divisor < 1:
        return undefined(op, "there are too few pixels for a variance")
    mean_a, mean_b = float(a.mean()), float(b.mean())
    da, db = a - mean_a, b - mean_b
    var_a, var_b, cov = (float((x * y).sum()) / divisor for x, y in ((da, da), (db, db), (da, db)))
    return _similarity(op, mean_a, mean_b, var_a, var_b, cov, constants)


def _similarity(op, mean_a, mean_b, var_a, var_b, cov, constants) -> Any:
    c1, c2 = constants
    above = (2 * mean_a * mean_b + c1) * (2 * cov + c2)
    below = (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    return ratio(above, below, op, "black or even windows, with nothing added to what divides")


def _average(x: Any, axis: int, weights: list[float]) -> Any:
    """The weighted mean of the pixels round each one along an axis, mirrored at the ends."""
    xp, r = array_module(x), len(weights) // 2
    n = x.shape[axis]
    padded = xp.pad(x, [(r, r) if i == axis else (0, 0) for i in range(x.ndim)], mode="symmetric")
    total = xp.zeros_like(x)
    for tap, weight in enumerate(weights):
        total = total + weight * padded[(slice(None),) * axis + (slice(tap, tap + n),)]
    return total


def _gaussian() -> list[float]:
    r = int(_TRUNCATE * _SIGMA + 0.5)
    bell = np.exp(-0.5 * (np.arange(-r, r + 1) / _SIGMA) ** 2)
    return (bell / bell.sum()).tolist()


def _window_size(op, win_size, gaussian_weights, shape, sample) -> int:
    wanted = 2 * int(_TRUNCATE * _SIGMA + 0.5) + 1 if gaussian_weights else 7
    size = wanted if win_size is None else whole_number(op, "win_size", win_size)
    if size < 1 or size % 2 == 0:
        raise ValueError(f"{op}: win_size={size} must be odd, so that a window has a centre")
    if not shape or min(shape) < size:
        raise ValueError(
            f"{op}: a window of {size} pixels an axis does not fit into an image of shape {shape}; "
            f"give a smaller win_size, and for colours channel_axis"
        )
    if size == 1 and sample:
        raise ValueError(
            f"{op}: a window of one pixel has no sample variance; use_sample_covariance=False"
        )
    return size


def _images(op: str, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """Two images of one shape on one device, as float64, and the dtypes that they had."""
    a, b = as_array(a, f"{op}: the first image"), as_array(b, f"{op}: the second image")
    for image in (a, b):
        if image.dtype.kind in "US":
            raise TypeError(f"{op}: an image is made of numbers, got {image.dtype}")
    same_shape(op, {"the first image": a, "the second image": b}, "pixel")
    return a.astype("float64"), b.astype("float64"), (a.dtype, b.dtype)


def _limits(op: str, dtypes: tuple[Any, Any], floats: bool) -> tuple[float, float]:
    """The least and the largest value that a pixel of the first dtype can have."""
    dtype, other = dtypes
    if dtype.kind != other.kind or (dtype.kind != "f" and dtype.itemsize != other.itemsize):
        warn(f"{op}: the images are {dtype} and {other}; the range of values is taken to be that "
             f"of {dtype}: give data_range", UserWarning)
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        return np.iinfo(dtype).min, np.iinfo(dtype).max
    if dtype.kind == "f" and floats:
        return -1, 1
    raise ValueError(
        f"{op}: give data_range, the distance from the least to the largest value that a pixel can "
        f"have (255 for 8 bits): from {dtype} it cannot be told"
    )


def _constants(op: str, data_range: Any, K1: Any, K2: Any) -> tuple[float, float]:
    L = _range(op, data_range)
    for name, k in (("K1", K1), ("K2", K2)):
        if not isinstance(k, Real) or not 0 <= k < inf:
            raise ValueError(f"{op}: {name}={k!r} must be a number from 0 on")
    return float(K1 * L) ** 2, float(K2 * L) ** 2


def _range(op: str, data_range: Any) -> float:
    if not isinstance(data_range, Real) or not 0 < data_range < inf:
        raise ValueError(f"{op}: data_range={data_range!r} must be a positive number")
    return float(data_range)
