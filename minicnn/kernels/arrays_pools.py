"""Pooling of :mod:`~minicnn.kernels.arrays`: window by window, tap by tap."""

from __future__ import annotations

from math import prod
from typing import Any

from numpy import min_scalar_type, ndindex

from ..backend import array_module
from ..geometry import Geometry


def max_pool(x: Any, geometry: Geometry) -> tuple[Any, Any]:
    """The largest pixel in each window, and which tap (in row-major order) it lay under.

    Of equal pixels the first wins; a NaN wins over all. Padding is −∞ and never wins.
    """
    xp = array_module(x)
    padded = _padded(x, geometry, -float("inf"))
    shape = (*x.shape[:2], *geometry.output)
    best = xp.full(shape, -float("inf"), x.dtype)
    winner = xp.zeros(shape, min_scalar_type(prod(geometry.kernel)))
    winner += _first_inside(geometry, xp)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        pixels = padded[(..., *geometry.window(tap))]
        better = (pixels > best) | (pixels != pixels)
        best = xp.where(better, pixels, best)
        winner = xp.where(better, winner.dtype.type(number), winner)
    return best, winner


def max_pool_put(g: Any, winner: Any, geometry: Geometry) -> Any:
    """Each entry of g added to the pixel under the winning tap of its window."""
    xp = array_module(g)
    padded = xp.zeros((*g.shape[:2], *geometry.padded), g.dtype)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        pixels = padded[(..., *geometry.window(tap))]
        pixels += xp.where(winner == number, g, g.dtype.type(0))
    return padded[(..., *geometry.interior)]


def max_pool_take(x: Any, winner: Any, geometry: Geometry) -> Any:
    """The pixel under the winning tap of each window: the adjoint of :func:`max_pool_put`."""
    xp = array_module(x)
    padded = _padded(x, geometry, 0)
    y = xp.zeros(winner.shape, x.dtype)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        pixels = padded[(..., *geometry.window(tap))]
        y += xp.where(winner == number, pixels, x.dtype.type(0))
    return y


def sum_pool(x: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """The sum of the pixels in each window, times ``share``; padding counts as zero.

    ``share`` is a number, or an array with one for each place of the output, (*output).
    """
    padded = _padded(x, geometry, 0)
    y = array_module(x).zeros((*x.shape[:2], *geometry.output), x.dtype)
    for tap in ndindex(*geometry.kernel):
        y += padded[(..., *geometry.window(tap))]
    y *= share
    return y


def spread_pool(g: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """Each entry of g, times ``share``, added to every pixel in its window.

    The adjoint of :func:`sum_pool`. Where windows lie side by side it repeats pixels.
    """
    padded = array_module(g).zeros((*g.shape[:2], *geometry.padded), g.dtype)
    entries = g * share
    for tap in ndindex(*geometry.kernel):
        pixels = padded[(..., *geometry.window(tap))]
        pixels += entries
    return padded[(..., *geometry.interior)]


def _padded(x: Any, geometry: Geometry, value: float) -> Any:
    if geometry.padded == geometry.size:
        return x
    padded = array_module(x).full((*x.shape[:2], *geometry.padded), value, x.dtype)
    padded[(..., *geometry.interior)] = x
    return padded


def _first_inside(geometry: Geometry, xp: Any) -> Any:
    """Number of the first tap that lies inside the image, for each output place: (*output).

    It wins where all pixels are −∞, so that even then the gradient goes to a pixel.
    """
    number = xp.zeros(geometry.output, min_scalar_type(prod(geometry.kernel)))
    ndim = len(geometry.size)
    for axis in range(ndim):
        before, stride, dilation = (
            geometry.padding[axis][0], geometry.stride[axis], geometry.dilation[axis]
        )
        starts = [i * stride - before for i in range(geometry.output[axis])]
        taps = [max(0, -(start // dilation)) if start < 0 else 0 for start in starts]
        behind = prod(geometry.kernel[axis + 1 :])
        along = xp.asarray([t * behind for t in taps], dtype=number.dtype)
        number += along.reshape([-1 if i == axis else 1 for i in range(ndim)])
    return number
