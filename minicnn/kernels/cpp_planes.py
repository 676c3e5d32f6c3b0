"""What works on planes of pixels, in compiled loops: ``csrc/layers/`` through pybind11.

The primitives of :mod:`~minicnn.kernels.arrays` under the same names. As in
:mod:`~minicnn.kernels.cpp`, which offers them with its own, the extension takes plain memory
only: an array that is something else (a view, another byte order) is copied first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..geometry import Geometry

PRIMITIVES = ("max_pool", "sum_pool", "batch_norm", "concatenate")

try:
    from minicnn import _ext
except ImportError:  # cpp.missing() says so
    _ext = None


def max_pool(x: Any, geometry: Geometry) -> tuple[Any, Any]:
    """The largest pixel in each window, and which tap it lay under."""
    return _ext.max_pool(_plain(x), geometry.kernel, geometry.output, *_steps(geometry))


def max_pool_put(g: Any, winner: Any, geometry: Geometry) -> Any:
    """Each entry of g added to the pixel under the winning tap of its window."""
    return _ext.max_pool_put(
        _plain(g), winner, geometry.size, geometry.kernel, *_steps(geometry)
    )


def max_pool_take(x: Any, winner: Any, geometry: Geometry) -> Any:
    """The pixel under the winning tap of each window."""
    return _ext.max_pool_take(
        _plain(x), winner, geometry.kernel, geometry.output, *_steps(geometry)
    )


def sum_pool(x: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """The sum of the pixels in each window, times ``share``."""
    return _ext.sum_pool(
        _plain(x), _share(share), geometry.kernel, geometry.output, *_steps(geometry)
    )


def spread_pool(g: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """Each entry of g, times ``share``, added to every pixel in its window."""
    return _ext.spread_pool(
        _plain(g), _share(share), geometry.size, geometry.kernel, *_steps(geometry)
    )


def batch_norm(x: Any, mean: Any, scale: Any, shift: Any, relu: bool = False) -> Any:
    """(x − mean)·scale + shift for each channel, or the maximum of that and 0."""
    return _ext.batch_norm(_plain(x), _plain(mean), _plain(scale), _plain(shift), relu)


def batch_norm_fixed(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    """weight·(x − mean)/√(var + ε) + bias for each channel, with statistics that are given."""
    try:
        return _ext.batch_norm_fixed(x, mean, var, weight, bias, eps)
    except TypeError:  # how they lie in memory, or statistics of another dtype
        given = [_plain(a.astype(x.dtype, copy=False)) for a in (mean, var, weight, bias)]
        return _ext.batch_norm_fixed(_plain(x), *given, eps)


def batch_norm_train(x: Any, weight: Any, bias: Any, eps: float) -> tuple:
    """y, mean, variance, 1/√(variance + ε): normalised by each channel's own statistics."""
    return _ext.batch_norm_train(_plain(x), _plain(weight), _plain(bias), eps)


def batch_norm_sums(g: Any, x: Any, mean: Any, inverse: Any) -> tuple[Any, Any]:
    """Σ g·(x − mean)·inverse and Σ g over each channel."""
    return _ext.batch_norm_sums(_plain(g), _plain(x), _plain(mean), _plain(inverse))


def batch_norm_gradient(g: Any, x: Any, mean: Any, inverse: Any, weight: Any) -> tuple:
    """Gradients by x, weight and bias, where mean and inverse come from x itself."""
    return _ext.batch_norm_gradient(
        _plain(g), _plain(x), _plain(mean), _plain(inverse), _plain(weight)
    )


def concatenate(arrays: Sequence[Any], axis: int) -> Any:
    """Arrays side by side along an axis."""
    try:
        return _ext.concatenate(arrays, axis)
    except TypeError:  # how they lie in memory
        return _ext.concatenate(tuple([_plain(array) for array in arrays]), axis)


def split(x: Any, sizes: Sequence[int], axis: int) -> list:
    """The parts of x that have these sizes along an axis."""
    return _ext.split(_plain(x), tuple(sizes), axis)


def _plain(array: Any) -> Any:
    """C-contiguous, aligned, native byte order: a copy only where the array is not."""
    if array is None or (
        type(array) is np.ndarray and array.flags.carray and array.dtype.isnative
    ):
        return array
    return np.require(array, array.dtype.newbyteorder("="), ("C", "A", "E"))


def _share(share: Any) -> Any:
    return share if isinstance(share, float) else _plain(share)


def _steps(geometry: Geometry) -> tuple:
    return geometry.stride, geometry.before, geometry.dilation
