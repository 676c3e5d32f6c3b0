"""Adaptive pooling: the output size is given, and the windows follow from it.

Output pixel i of an axis looks at the input from ⌊i·H/P⌋ up to ⌈(i + 1)·H/P⌉: windows of nearly
equal size that cover the image. With P = 1 it is *global* pooling, one number a channel
(002 "GOOGLENET": global average pooling instead of dense layers).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..backend import array_module
from ..geometry import Geometry, whole_number
from ..tensor import Tensor
from .index import get_item
from .operands import floats_only
from .pool import SumPool
from .reduce import max as max_
from .resize import adaptive_window, along_axis, average_matrix
from .shape import reshape

Size = int | Sequence[int | None] | None


def adaptive_avg_pool1d(input: Tensor, output_size: Size) -> Tensor:
    """:func:`adaptive_avg_pool2d` with one spatial axis."""
    return _average("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Size) -> Tensor:
    """The mean over windows that divide the image: (N, C, H, W) -> (N, C, P, Q).

    ``output_size`` is one number or one for each axis; None keeps the axis as it is.
    """
    return _average("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Size) -> Tensor:
    """:func:`adaptive_avg_pool2d` with three spatial axes."""
    return _average("adaptive_avg_pool3d", 3, input, output_size)


def global_avg_pool2d(input: Tensor, keepdim: bool = False) -> Tensor:
    """The mean of each channel over all its pixels: (N, C, H, W) -> (N, C), as in Keras.

    With ``keepdim`` (N, C, 1, 1), which is ``adaptive_avg_pool2d(input, 1)``. An image of any
    size becomes C numbers, so what follows need not know the size (002 "GOOGLENET").
    """
    y = _average("global_avg_pool2d", 2, input, 1)
    return y if keepdim else reshape(y, y.shape[:2])


def adaptive_max_pool1d(input: Tensor, output_size: Size) -> Tensor:
    """:func:`adaptive_max_pool2d` with one spatial axis."""
    return _maximum("adaptive_max_pool1d", 1, input, output_size)


def adaptive_max_pool2d(input: Tensor, output_size: Size) -> Tensor:
    """The largest pixel of windows that divide the image: (N, C, H, W) -> (N, C, P, Q).

    Of equal pixels the first in row-major order gets the gradient.
    """
    return _maximum("adaptive_max_pool2d", 2, input, output_size)


def adaptive_max_pool3d(input: Tensor, output_size: Size) -> Tensor:
    """:func:`adaptive_max_pool2d` with three spatial axes."""
    return _maximum("adaptive_max_pool3d", 3, input, output_size)


def _average(op: str, axes: int, input: Any, output_size: Size) -> Tensor:
    x, outs = _checked(op, axes, input, output_size)
    if all([n % out == 0 for n, out in zip(x.shape[2:], outs, strict=True)]):
        # Windows of one size, side by side (global pooling: a single one): average pooling.
        kernel = tuple([n // out for n, out in zip(x.shape[2:], outs, strict=True)])
        return SumPool(Geometry.pool(x.shape, kernel, op=op, axes=axes), 1 / prod(kernel))(x)
    for axis, out in enumerate(outs, start=2):
        if out != x.shape[axis]:
            x = along_axis(x, axis, average_matrix(x.shape[axis], out))
    return x


def _maximum(op: str, axes: int, input: Any, output_size: Size) -> Tensor:
    """Gathers every window, the shorter ones filled up with their last pixel, and takes the max."""
    x, outs = _checked(op, axes, input, output_size)
    xp = array_module(x.data)
    key: list[Any] = [slice(None), slice(None)]
    pixels = 1  # of a window
    for axis, out in enumerate(outs):
        size = x.shape[axis + 2]
        windows = [adaptive_window(i, size, out) for i in range(out)]
        longest = max(stop - start for start, stop in windows)
        places = [[min(s + k, stop - 1) for k in range(longest)] for s, stop in windows]
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = out, longest
        pixels *= longest
        key.append(xp.asarray(places).reshape(shape))
    windows = get_item(x, tuple(key))  # (N, C, *output, *window)
    return max_(reshape(windows, (*x.shape[:2], *outs, pixels)), -1)


def _checked(op: str, axes: int, input: Any, output_size: Size) -> tuple[Tensor, tuple[int, ...]]:
    x = floats_only(op, input)
    if x.ndim != axes + 2 or 0 in x.shape[1:]:
        raise ValueError(
            f"{op}: the input must have {axes + 2} dimensions (N, C, size...), none empty but N, "
            f"got shape {x.shape}"
            + ("; for a single image without its batch axis pass x[None]" * (x.ndim == axes + 1))
        )
    if output_size is None or not isinstance(output_size, Sequence):
        each = (output_size,) * axes
    else:
        each = tuple(output_size)
    if len(each) != axes:
        raise ValueError(f"{op}: output_size={output_size} needs one entry for each of {axes} axes")
    outs = tuple(
        n if o is None else whole_number(op, "output_size", o)
        for n, o in zip(x.shape[2:], each, strict=True)
    )
    if min(outs) < 1:
        raise ValueError(f"{op}: output_size={output_size} must be at least 1 along every axis")
    return x, outs
