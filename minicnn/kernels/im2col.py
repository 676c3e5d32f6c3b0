"""Convolution as one matrix product: gather the pixels under every window, then multiply.

The columns of ``im2col(x)`` are the windows: row (c, a) holds, for every image and output place,
the pixel of channel c that tap a meets. With the filters as rows of a matrix,

    y = W @ columns              (O, C·A·B) @ (C·A·B, N·P·Q)
    gx = col2im(Wᵀ @ g)          (C·A·B, O) @ (O, N·P·Q), each entry added back to its pixel
    gw = g @ columnsᵀ            (O, N·P·Q) @ (N·P·Q, C·A·B)

The triples of the sum (see :mod:`~minicnn.kernels`) are the entries of ``columns``: all work is
in a product that the BLAS library runs near half of the processor's peak, and the price is that
each pixel is copied A·B times. (Chellapilla, Puri, Simard 2006, "High performance convolutional
neural networks for document processing".) Groups are a stack of such products.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from numpy import ndindex

from ..backend import array_module
from ..geometry import Geometry

PRIMITIVES = ("convolution",)
_CHUNK_BYTES = 8 * 2**20  # columns of a few images at a time: bounded memory, friendly to caches


def missing() -> str | None:
    """Why this kernel cannot run here: it always can."""
    return None


def refuses(array: Any) -> str | None:
    """Why this kernel cannot serve ``array``: it serves all."""
    return None


def im2col(x: Any, geometry: Geometry) -> Any:
    """The windows of x (N, C, *size) as columns: (C·A·B, N·P·Q)."""
    images, channels = x.shape[:2]
    padded = _pad(x, geometry)
    shape = (channels, *geometry.kernel, images, *geometry.output)
    columns = array_module(x).empty(shape, x.dtype)
    for tap in ndindex(*geometry.kernel):
        window = padded[(..., *geometry.window(tap))]  # (N, C, P, Q)
        columns[(slice(None), *tap)] = window.swapaxes(0, 1)
    return columns.reshape(
        channels * prod(geometry.kernel), images * prod(geometry.output)
    )


def col2im(columns: Any, images: int, channels: int, geometry: Geometry) -> Any:
    """Adds every entry of ``columns`` to the pixel it was copied from: the adjoint of im2col."""
    columns = columns.reshape(channels, *geometry.kernel, images, *geometry.output)
    padded = array_module(columns).zeros((images, channels, *geometry.padded), columns.dtype)
    for tap in ndindex(*geometry.kernel):
        window = padded[(..., *geometry.window(tap))]  # a view: adding here adds to the pixels
        window += columns[(slice(None), *tap)].swapaxes(0, 1)
    return padded[(..., *geometry.interior)]


def forward(x: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """y = W @ columns + bias, of shape (N, O, *output)."""
    filters = _filters(w, geometry)
    y = array_module(x).empty((x.shape[0], w.shape[0], *geometry.output), x.dtype)
    for part in _chunks(x.shape[0], x.shape[1], x.dtype, geometry):
        columns = _by_group(im2col(x[part], geometry), geometry)
        product = filters @ columns  # (G, O/G, C/G·A·B) @ (G, C/G·A·B, n·P·Q)
        shape = (w.shape[0], y[part].shape[0], *geometry.output)
        y[part] = product.reshape(shape).swapaxes(0, 1)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * len(geometry.size))
    return y


def input_gradient(g: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """gx = col2im(Wᵀ @ g) + bias, of shape (N, C, *size)."""
    channels = w.shape[1] * geometry.groups
    filters = _filters(w, geometry).swapaxes(1, 2)
    gx = array_module(g).empty((g.shape[0], channels, *geometry.size), g.dtype)
    for part in _chunks(g.shape[0], channels, g.dtype, geometry):
        columns = filters @ _rows(g[part], geometry)  # (G, C/G·A·B, O/G) @ (G, O/G, n·P·Q)
        gx[part] = col2im(columns, gx[part].shape[0], channels, geometry)
    if bias is not None:
        gx += bias.reshape(-1, *(1,) * len(geometry.size))
    return gx


def weight_gradient(x: Any, g: Any, geometry: Geometry) -> Any:
    """gw = g @ columnsᵀ, of shape (O, C/groups, *kernel)."""
    groups, per_group = geometry.groups, x.shape[1] // geometry.groups
    out_channels = g.shape[1]
    shape = (groups, out_channels // groups, per_group * prod(geometry.kernel))
    gw = array_module(x).zeros(shape, x.dtype)
    for part in _chunks(x.shape[0], x.shape[1], x.dtype, geometry):
        columns = _by_group(im2col(x[part], geometry), geometry)
        gw += _rows(g[part], geometry) @ columns.swapaxes(1, 2)
        # (G, O/G, n·P·Q) @ (G, n·P·Q, C/G·A·B)
    return gw.reshape(out_channels, per_group, *geometry.kernel)


def _pad(x: Any, geometry: Geometry) -> Any:
    if geometry.padded == geometry.size:
        return x
    padded = array_module(x).zeros((*x.shape[:2], *geometry.padded), x.dtype)
    padded[(..., *geometry.interior)] = x
    return padded


def _filters(w: Any, geometry: Geometry) -> Any:
    """w (O, C/G, *kernel) as a matrix for each group: (G, O/G, C/G·A·B)."""
    shape = (geometry.groups, w.shape[0] // geometry.groups, w.shape[1] * prod(geometry.kernel))
    return w.reshape(shape)


def _by_group(columns: Any, geometry: Geometry) -> Any:
    """(C·A·B, n·P·Q) as a stack (G, C/G·A·B, n·P·Q); channels of a group are neighbours."""
    return columns.reshape(geometry.groups, columns.shape[0] // geometry.groups, columns.shape[1])


def _rows(g: Any, geometry: Geometry) -> Any:
    """g (n, O, *output) as a stack (G, O/G, n·P·Q)."""
    groups, images, out_channels = geometry.groups, g.shape[0], g.shape[1]
    shape = (groups, out_channels // groups, images * prod(geometry.output))
    return g.swapaxes(0, 1).reshape(shape)


def _chunks(images: int, channels: int, dtype: Any, geometry: Geometry) -> Iterator[slice]:
    """Slices of the batch whose columns take some megabytes."""
    one_image = channels * prod(geometry.kernel) * prod(geometry.output) * dtype.itemsize
    step = max(1, _CHUNK_BYTES // max(1, one_image))
    for start in range(0, images, step):
        yield slice(start, start + step)
