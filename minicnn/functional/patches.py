"""Unfold and fold: an image as the columns of its windows, and back.

``unfold`` is the im2col of the im2col kernel, as an operation of its own; ``fold`` adds the
columns back to the pixels they were copied from. Each is the other's gradient. ``fold(unfold(x))``
multiplies every pixel by the number of windows that contain it.

The pixel shuffle moves channels to pixels: r² channels become blocks of r × r pixels
(Shi et al. 2016, arXiv 1609.05158).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..autograd import Function
from ..geometry import Geometry, IntOrTuple, whole_number
from ..kernels.im2col import col2im, im2col
from ..tensor import FLOATS, Tensor
from .operands import as_tensor
from .shape import permute, reshape


class Unfold(Function):
    """(N, C, H, W) -> (N, C·A·B, P·Q): column l holds the pixels of window l."""

    reads = ()

    def __init__(self, geometry: Geometry):
        self.geometry = geometry

    def forward(self, x):
        columns = im2col(x, self.geometry)  # (C·A·B, N·P·Q)
        shape = (columns.shape[0], x.shape[0], prod(self.geometry.output))
        return columns.reshape(shape).swapaxes(0, 1)

    def backward(self, g: Tensor) -> Tensor:
        return Fold(self.geometry)(g)


class Fold(Function):
    """(N, C·A·B, P·Q) -> (N, C, H, W): every entry added to its pixel."""

    reads = ()

    def __init__(self, geometry: Geometry):
        self.geometry = geometry

    def forward(self, columns):
        images, rows = columns.shape[:2]
        channels = rows // prod(self.geometry.kernel)
        return col2im(columns.swapaxes(0, 1), images, channels, self.geometry)

    def backward(self, x: Tensor) -> Tensor:
        return Unfold(self.geometry)(x)


def unfold(
    input: Tensor,
    kernel_size: IntOrTuple,
    dilation: IntOrTuple = 1,
    padding: IntOrTuple = 0,
    stride: IntOrTuple = 1,
) -> Tensor:
    """The windows of x (N, C, H, W) as columns (N, C·A·B, P·Q); padding with zeros."""
    x = _floats("unfold", input)
    kernel = _two("unfold", "kernel_size", kernel_size)
    shape = (1, x.shape[1] if x.ndim > 1 else 1, *kernel)
    return Unfold(Geometry.conv(x.shape, shape, stride, padding, dilation, op="unfold"))(x)


def fold(
    input: Tensor,
    output_size: IntOrTuple,
    kernel_size: IntOrTuple,
    dilation: IntOrTuple = 1,
    padding: IntOrTuple = 0,
    stride: IntOrTuple = 1,
) -> Tensor:
    """Columns (N, C·A·B, P·Q) added up to images (N, C, H, W) of ``output_size``."""
    x = _floats("fold", input)
    kernel = _two("fold", "kernel_size", kernel_size)
    size = _two("fold", "output_size", output_size)
    if x.ndim != 3 or x.shape[1] % prod(kernel):
        raise ValueError(
            f"fold: the input must be (N, C·{kernel[0]}·{kernel[1]}, L) for kernel_size {kernel}, "
            f"got shape {x.shape}"
        )
    channels = x.shape[1] // prod(kernel)
    geometry = Geometry.conv(
        (x.shape[0], channels, *size), (1, channels, *kernel), stride, padding, dilation, op="fold"
    )
    if prod(geometry.output) != x.shape[2]:
        raise ValueError(
            f"fold: images of size {size} have {geometry.output[0]}·{geometry.output[1]} = "
            f"{prod(geometry.output)} windows, but the input {x.shape} has {x.shape[2]} columns"
        )
    return Fold(geometry)(x)


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(N, C·r², H, W) -> (N, C, H·r, W·r): y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]."""
    x, r = as_tensor(input), whole_number("pixel_shuffle", "upscale_factor", upscale_factor)
    if x.ndim != 4 or r < 1 or x.shape[1] % (r * r):
        raise ValueError(
            f"pixel_shuffle: the input must be (N, C·r², H, W) with r = {r} at least 1, got shape "
            f"{x.shape}"
        )
    n, c, h, w = x.shape
    x = permute(reshape(x, (n, c // r**2, r, r, h, w)), (0, 1, 4, 2, 5, 3))
    return reshape(x, (n, c // r**2, h * r, w * r))


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(N, C, H·r, W·r) -> (N, C·r², H, W): the inverse of :func:`pixel_shuffle`."""
    x, r = as_tensor(input), whole_number("pixel_unshuffle", "downscale_factor", downscale_factor)
    if x.ndim != 4 or r < 1 or x.shape[2] % r or x.shape[3] % r:
        raise ValueError(
            f"pixel_unshuffle: the input must be (N, C, H·r, W·r) with r = {r} at least 1, got "
            f"shape {x.shape}"
        )
    n, c, h, w = x.shape
    x = permute(reshape(x, (n, c, h // r, r, w // r, r)), (0, 1, 3, 5, 2, 4))
    return reshape(x, (n, c * r**2, h // r, w // r))


def _floats(op: str, input: Any) -> Tensor:
    x = as_tensor(input)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}")
    return x


def _two(op: str, name: str, value: Any) -> tuple[int, int]:
    given = tuple(value) if isinstance(value, Sequence) else (value, value)
    each = tuple(whole_number(op, name, v) for v in given)
    if len(each) != 2 or min(each) < 1:
        raise ValueError(f"{op}: {name}={value!r} must be one or two whole numbers from 1 on")
    return each
