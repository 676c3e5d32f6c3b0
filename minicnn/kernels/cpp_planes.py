"""What works on planes of pixels, in compiled loops: ``csrc/layers/`` through pybind11.

The primitives of :mod:`~minicnn.kernels.arrays` under the same names. As in
:mod:`~minicnn.kernels.cpp`, which offers them with its own, the extension takes plain memory
only: an array that is something else (a view, another byte order) is copied first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..geometry import Geometry
from .plain_memory import plain

PRIMITIVES = ("max_pool", "sum_pool", "batch_norm", "concatenate")

try:
    from minicnn import _ext
except ImportError:  # cpp.missing() says so
    _ext = None


def max_pool(x: Any, geometry: Geometry) -> tuple[Any, Any]:
    """The largest pixel in each window, and which tap it lay under."""
    return _ext.max_pool(plain(x), geometry.kernel, geometry.output, *_steps(geometry))


def max_pool_put(g: Any, winner: Any, geometry: Geometry) -> Any:
    """Each entry of g added to the pixel under the winning tap of its window."""
    return _ext.max_pool_put(
        plain(g), winner, geometry.size, geometry.kernel, *_steps(geometry)
    )


def max_pool_take(x: Any, winner: Any, geometry: Geometry) -> Any:
    """The pixel under the winning tap of each window."""
    return _ext.max_pool_take(
        plain(x), winner, geometry.kernel, geometry.output, *_steps(geometry)
    )


def sum_pool(x: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """The sum of the pixels in each window, times ``share``."""
    return _ext.sum_pool(
        plain(x), _share(share), geometry.kernel, geometry.output, *_steps(geometry)
    )


def spread_pool(g: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """Each entry of g, times ``share``, added to every pixel in its window."""
    return _ext.spread_pool(
        plain(g), _share(share), geometry.size, geometry.kernel, *_steps(geometry)
    )


def batch_norm(x: Any, mean: Any, scale: Any, shift: Any, relu: bool = False) -> Any:
    """(x − mean)·scale + shift for each channel, or the maximum of that and 0."""
    return _ext.batch_norm(plain(x), plain(mean), plain(scale), plain(shift), relu)


def batch_norm_fixed(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    """weight·(x − mean)/√(var + ε) + bias for each channel, with statistics that are given."""
    try:
        return _ext.batch_norm_fixed(x, mean, var, weight, bias, eps)
    except TypeError:  # how they lie in memory, or statistics of another dtype
        given = [plain(a.astype(x.dtype, copy=False)) for a in (mean, var, weight, bias)]
        return _ext.batch_norm_fixed(plain(x), *given, eps)


def batch_norm_train(x: Any, weight: Any, bias: Any, eps: float) -> tuple:
    """y, mean, variance, 1/√(variance + ε): normalised by each channel's own statistics."""
    return _ext.batch_norm_train(plain(x), plain(weight), plain(bias), eps)


def batch_norm_sums(g: Any, x: Any, mean: Any, inverse: Any) -> tuple[Any, Any]:
    """Σ g·(x − mean)·inverse and Σ g over each channel."""
    return _ext.batch_norm_sums(plain(g), plain(x), plain(mean), plain(inverse))


def batch_norm_gradient(g: Any, x: Any, mean: Any, inverse: Any, weight: Any) -> tuple:
    """Gradients by x, weight and bias, where mean and inverse come from x itself."""
    return _ext.batch_norm_gradient(
        plain(g), plain(x), plain(mean), plain(inverse), plain(weight)
    )


def concatenate(arrays: Sequence[Any], axis: int) -> Any:
    """Arrays side by side along an axis."""
    try:
        return _ext.concatenate(arrays, axis)
    except TypeError:  # how they lie in memory
        return _ext.concatenate(tuple([plain(array) for array in arrays]), axis)


def split(x: Any, sizes: Sequence[int], axis: int) -> list:
    """The parts of x that have these sizes along an axis."""
    return _ext.split(plain(x), tuple(sizes), axis)


def _share(share: Any) -> Any:
    return share if isinstance(share, float) else plain(share)


def _steps(geometry: Geometry) -> tuple:
    return geometry.stride, geometry.before, geometry.dilation
