"""Convolution as the lecture's matrix: y = W·X + B with a sparse W.

An image written as a column x of C·H·W numbers, every output of a convolution is a weighted sum
of a few of them: the whole layer is a matrix W of shape (O·P·Q, C·H·W) that is zero except where
the kernel looks, and repeats the same few weights in every row (002 "CONVOLUTION AS MATRIX VECTOR
OPERATION": sparse, with shared parameters). With a batch of images as the columns of X,

    Y = W·X + B           (O·P·Q, C·H·W) @ (C·H·W, N)
    gX = Wᵀ·G             (C·H·W, O·P·Q) @ (O·P·Q, N)
    gw = S·vec(Σ_n x·g)   one product for each stored entry of W, added up by the weight it repeats

The triples of the sum (see :mod:`~minicnn.kernels`) are the stored entries of W: (column, value,
row). W takes much memory (for a VGG layer, gigabytes): this kernel is for looking at.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..geometry import Geometry, IntOrTuple

PRIMITIVES = ("convolution",)


def missing() -> str | None:
    """Why this kernel cannot run here: it always can."""
    return None


def refuses(array: Any) -> str | None:
    """Why this kernel cannot serve ``array``: it serves all."""
    return None


def index_triples(
    channels: int, out_channels: int, geometry: Geometry, xp: Any = np
) -> tuple[Any, Any, Any]:
    """Flat indices (into one image x, into w, into one output y) of every term of the sum.

    Three int64 arrays of one length, the number of stored entries of W. They are products of
    independent choices (filter, channel, and along each axis place and tap), so the indices are
    built axis by axis, by broadcasting, and pairs that fall into the padding are dropped.
    """
    out_per_group = out_channels // geometry.groups
    in_per_group = channels // geometry.groups
    o, c = (a.reshape(-1) for a in xp.indices((out_channels, in_per_group), dtype=xp.int64))
    at_x = o // max(1, out_per_group) * in_per_group + c
    at_w = o * in_per_group + c
    at_y = o
    for axis, (size, taps, places) in enumerate(
        zip(geometry.size, geometry.kernel, geometry.output, strict=True)
    ):
        place, tap = (a.reshape(-1) for a in xp.indices((places, taps), dtype=xp.int64))
        pixel = (
            place * geometry.stride[axis]
            + tap * geometry.dilation[axis]
            - geometry.padding[axis][0]
        )
        inside = (pixel >= 0) & (pixel < size)
        pixel, tap, place = pixel[inside], tap[inside], place[inside]
        at_x = (at_x[:, None] * size + pixel).reshape(-1)
        at_w = (at_w[:, None] * taps + tap).reshape(-1)
        at_y = (at_y[:, None] * places + place).reshape(-1)
    return at_x, at_w, at_y


def conv_matrix(
    w: Any,
    input_shape: Sequence[int],
    stride: IntOrTuple = 1,
    padding: int | str | Sequence = 0,
    dilation: IntOrTuple = 1,
    groups: int = 1,
) -> Any:
    """The CSR matrix W (O·P·Q, C·H·W) of the convolution: y.ravel() = W @ x.ravel().

    ``w`` has shape (O, C/groups, *kernel), one to three axes; ``input_shape`` is one image's,
    (C, *size), without the batch. Entries are stored wherever the kernel looks, even where a
    weight is zero: their number is the structural count, (3H − 2)·(3W − 2) for one 3×3 filter
    with 'same' padding on H×W pixels. SciPy's matrix, or CuPy's for a CuPy ``w``.
    """
    w = getattr(w, "data", w) if not backend.is_array(w) else w
    if not backend.is_array(w):
        raise TypeError(f"conv_matrix: w must be an array or a Tensor, got {type(w).__name__}")
    if w.dtype.newbyteorder("=") not in (np.float32, np.float64):
        raise TypeError(f"conv_matrix: w must be float32 or float64, got {w.dtype}")
    try:
        input_shape = tuple(operator.index(n) for n in input_shape)
    except TypeError:
        raise TypeError(
            f"conv_matrix: input_shape must be whole numbers (C, size...), got {input_shape!r}"
        ) from None
    axes = len(input_shape) - 1
    if axes not in (1, 2, 3) or min(input_shape) < 0:
        raise ValueError(
            f"conv_matrix: input_shape must be one image's, (C, size...) with one to three "
            f"spatial axes and no negative numbers, got {input_shape}"
        )
    geometry = Geometry.conv(
        (1, *input_shape), w.shape, stride, padding, dilation, groups, op="conv_matrix", axes=axes
    )
    return _matrix(w.astype(w.dtype.newbyteorder("="), copy=False), input_shape[0], geometry)


def _matrix(w: Any, channels: int, geometry: Geometry) -> Any:
    library = backend.backend_of(w)
    at_x, at_w, at_y = index_triples(channels, w.shape[0], geometry, library.xp)
    shape = (
        w.shape[0] * int(np.prod(geometry.output)),
        channels * int(np.prod(geometry.size)),
    )
    values = w.reshape(-1)[at_w]
    return library.sparse().coo_matrix((values, (at_y, at_x)), shape=shape).tocsr()


def forward(x: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """Y = W·X + B, of shape (N, O, *output)."""
    images = x.shape[0]
    matrix = _matrix(w, x.shape[1], geometry)
    y = matrix @ x.reshape(images, matrix.shape[1]).T  # (O·P·Q, C·H·W) @ (C·H·W, N)
    return _images(y, (images, w.shape[0], *geometry.output), bias)


def input_gradient(g: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """gX = Wᵀ·G (+ bias), of shape (N, C, *size)."""
    images, channels = g.shape[0], w.shape[1] * geometry.groups
    matrix = _matrix(w, channels, geometry)
    gx = matrix.T @ g.reshape(images, matrix.shape[0]).T  # (C·H·W, O·P·Q) @ (O·P·Q, N)
    return _images(gx, (images, channels, *geometry.size), bias)


def weight_gradient(x: Any, g: Any, geometry: Geometry) -> Any:
    """gw, of shape (O, C/groups, *kernel): every entry of W gets Σ_n x·g, weights add theirs up."""
    library = backend.backend_of(x)
    xp = library.xp
    shape = (g.shape[1], x.shape[1] // geometry.groups, *geometry.kernel)
    at_x, at_w, at_y = index_triples(x.shape[1], g.shape[1], geometry, xp)
    by_entry = xp.zeros(at_w.shape, x.dtype)
    for image, gradient in zip(
        x.reshape(x.shape[0], int(np.prod(x.shape[1:]))),
        g.reshape(g.shape[0], int(np.prod(g.shape[1:]))),
        strict=True,
    ):
        by_entry += image[at_x] * gradient[at_y]
    entries = at_w.shape[0]
    ones = xp.ones(entries, x.dtype)
    summing = library.sparse().coo_matrix(
        (ones, (at_w, xp.arange(entries))), shape=(int(np.prod(shape)), entries)
    )
    return (summing.tocsr() @ by_entry).reshape(shape)  # (O·C·A·B, entries) @ (entries,)


def _images(columns: Any, shape: tuple[int, ...], bias: Any) -> Any:
    """Columns (C·H·W, N) as images (N, C, *size), plus a bias for each channel."""
    xp = backend.array_module(columns)
    images = xp.ascontiguousarray(columns.T).reshape(shape)
    if bias is not None:
        images += bias.reshape(-1, *(1,) * (len(shape) - 2))
    return images
