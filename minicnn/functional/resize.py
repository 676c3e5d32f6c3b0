"""Resizing images: every output pixel is a weighted average of input pixels.

Along one axis that is a matrix R (out, in) with rows that add up to 1, and along several axes one
matrix after the other:

    y = R_H · x · R_Wᵀ           (P, H) @ (H, W) @ (W, Q)

"nearest" has a single 1 in each row, "linear" two weights; an adaptive average has equal weights
over a window. As all are linear, the gradient multiplies by the transposes, which the matrix
product already knows.

Source: 002 "INCREASING RESOLUTION" (resize, then convolve: no checkerboard).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Any

import numpy as np

from ..backend import to_device
from ..geometry import Geometry, whole_number
from ..tensor import FLOATS, Tensor, wrap
from .matmul import MatMul
from .operands import as_tensor
from .pool import SpreadPool
from .shape import transpose

Scale = tuple[float, float]  # a factor as a fraction, so that i·H/P is rounded once

_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}
_LONGEST_AXIS = 2**31  # a typo in a size should be told as one


def along_axis(x: Tensor, axis: int, matrix: np.ndarray) -> Tensor:
    """Multiplies one axis of x by ``matrix`` (out, in), which is sent to x's device."""
    r = wrap(to_device(matrix.astype(x.dtype), x.device))
    rows = transpose(x, axis, -1)
    rows = MatMul()(rows, transpose(r, 0, 1))  # (..., in) @ (in, out)
    return transpose(rows, axis, -1)


def nearest_matrix(size: int, out: int, scale: Scale) -> np.ndarray:
    """R with R[i, ⌊i/scale⌋] = 1: PyTorch's "nearest", which looks to the upper left."""
    matrix = np.zeros((out, size))
    for i in range(out):
        matrix[i, min(floor(i * scale[1] / scale[0]), size - 1)] = 1
    return matrix


def linear_matrix(size: int, out: int, scale: Scale, align_corners: bool) -> np.ndarray:
    """R with two weights a row, for the neighbours of the place that output pixel i falls on.

    ``align_corners``: the corner pixels' centres coincide, i·(size − 1)/(out − 1); otherwise the
    images' edges do, (i + ½)/scale − ½, no further out than the first centre.
    """
    matrix = np.zeros((out, size))
    for i in range(out):
        if align_corners:
            place = i * (size - 1) / (out - 1) if out > 1 else 0.0
        else:
            place = max(0.0, (i + 0.5) * scale[1] / scale[0] - 0.5)
        low = min(floor(place), size - 1)
        high = min(low + 1, size - 1)
        matrix[i, low] += 1 - (place - low)
        matrix[i, high] += place - low
    return matrix


def average_matrix(size: int, out: int) -> np.ndarray:
    """R whose row i averages the input from ⌊i·size/out⌋ up to ⌈(i + 1)·size/out⌉."""
    matrix = np.zeros((out, size))
    for i in range(out):
        start, stop = adaptive_window(i, size, out)
        matrix[i, start:stop] = 1 / (stop - start)
    return matrix


def adaptive_window(i: int, size: int, out: int) -> tuple[int, int]:
    """Where the window of output pixel i starts and stops: all cover the input, and may overlap."""
    return i * size // out, -(-(i + 1) * size // out)


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """x (N, C, ...) resized to ``size``, or by ``scale_factor`` (⌊n·factor⌋ pixels).

    ``mode``: "nearest" repeats pixels; "linear", "bilinear" and "trilinear" (one, two, three
    axes) weigh the neighbours; ``align_corners`` (linear modes only) makes the centres of the
    corner pixels coincide instead of the edges. All as in PyTorch, but that "nearest" does not
    round: where PyTorch's float32 puts i·H/P just below a whole number (one pixel of 2 -> 82, for
    instance), it takes the pixel before.
    """
    x = as_tensor(input)
    if x.dtype not in FLOATS:
        raise TypeError(f"interpolate: the input must be floats, got {x.dtype}")
    if x.ndim < 3:
        raise ValueError(
            f"interpolate: the input must be (N, C, size...), got shape {x.shape}; for a single "
            f"image without its batch axis pass x[None]"
        )
    axes = x.ndim - 2
    if mode != "nearest" and _LINEAR.get(mode) != axes:
        raise ValueError(
            f"interpolate: mode={mode!r} must be 'nearest' or "
            f"{next((m for m, n in _LINEAR.items() if n == axes), None)!r} for an input with "
            f"{axes} spatial axes"
        )
    if mode == "nearest" and align_corners is not None:
        raise ValueError("interpolate: align_corners is for the linear modes; leave it None")
    outs, scales = _sizes(x.shape[2:], size, scale_factor)
    if min(x.shape[2:]) < 1:
        raise ValueError(f"interpolate: the input {x.shape} has no pixels")
    if mode == "nearest" and all(
        out % n == 0 and scale[0] * n == out * scale[1]  # 2 pixels by 2.3 are 4, but not 2 each
        for n, out, scale in zip(x.shape[2:], outs, scales, strict=True)
    ):
        return _repeated(x, outs)
    for axis, (out, scale) in enumerate(zip(outs, scales, strict=True), start=2):
        n = x.shape[axis]
        if mode == "nearest":
            x = along_axis(x, axis, nearest_matrix(n, out, scale))
        else:
            x = along_axis(x, axis, linear_matrix(n, out, scale, bool(align_corners)))
    return x


def _repeated(x: Tensor, outs: tuple[int, ...]) -> Tensor:
    """Nearest by a whole factor k: each pixel spread over a block of k, without a product.

    That is the adjoint of summing blocks: a pooling whose *input* has the size of our output.
    """
    factors = tuple(out // n for n, out in zip(x.shape[2:], outs, strict=True))
    blocks = Geometry.pool((*x.shape[:2], *outs), factors, op="interpolate", axes=len(outs))
    return SpreadPool(blocks)(x)


def _sizes(given: tuple[int, ...], size: Any, factor: Any) -> tuple[tuple, tuple]:
    """Output sizes, and the factor of each axis: P/H for a size, else as given."""
    if (size is None) == (factor is None):
        raise ValueError("interpolate: give either size or scale_factor")
    wanted = size if factor is None else factor
    several = isinstance(wanted, Sequence) and not isinstance(wanted, str)
    each = tuple(wanted) if several else (wanted,) * len(given)
    name = "size" if factor is None else "scale_factor"
    if len(each) != len(given):
        raise ValueError(
            f"interpolate: {name}={wanted} has {len(each)} entries for {len(given)} spatial axes"
        )
    if factor is None:
        outs = tuple(whole_number("interpolate", name, n) for n in each)
        scales = tuple(zip(outs, given, strict=True))
    else:
        for f in each:
            if isinstance(f, bool) or not isinstance(f, (int, float, np.number)):
                raise TypeError(f"interpolate: scale_factor must be a number, got {f!r}")
            if not 0 < f < _LONGEST_AXIS:
                raise ValueError(f"interpolate: scale_factor={wanted} must be positive and finite")
        outs = tuple(floor(n * f) for n, f in zip(given, each, strict=True))
        scales = tuple((f, 1) for f in each)
    if min(outs) < 1 or max(outs) > _LONGEST_AXIS:
        raise ValueError(
            f"interpolate: {name}={wanted} makes {outs} pixels of {given}: at least one along "
            f"every axis, and no more than memory holds"
        )
    return outs, scales
