"""Pooling: each window of pixels becomes one, its largest or its average.

The windows slide as a convolution's do, so sizes, padding and errors are Geometry's. Max pooling
looks for the winning tap of each window once; after that, taking winners out and putting
gradients back are linear, and each other's gradient. Average pooling is a sum divided by a
count; a sum's gradient is spread over its window, and the other way round.

Source: 002 "POOLING LAYERS", 004 "Pooling Layer", "Max Pooling: Example".
"""

from __future__ import annotations

from typing import Any

from .. import kernels
from ..autograd import Function
from ..backend import array_module
from ..geometry import Geometry, IntOrTuple, whole_number
from ..tensor import FLOATS, Tensor, wrap
from .operands import as_tensor


class MaxPool(Function):
    """y = the largest pixel of each window; its gradient goes to that pixel alone."""

    reads = ()

    def __init__(self, geometry: Geometry):
        self.geometry = geometry

    def forward(self, x):
        self.kernel = kernels.pick("max_pool", x)
        y, self.winner = self.kernel.max_pool(x, self.geometry)
        return y

    def backward(self, g: Tensor) -> Tensor:
        return MaxPoolPut(self.geometry, self.winner, self.kernel)(g)


class MaxPoolPut(Function):
    """Entries put back under the winning taps; the winners are constant."""

    reads = ()

    def __init__(self, geometry: Geometry, winner: Any, kernel: Any):
        self.geometry, self.winner, self.kernel = geometry, winner, kernel

    def forward(self, g):
        return self.kernel.max_pool_put(g, self.winner, self.geometry)

    def backward(self, x: Tensor) -> Tensor:
        return MaxPoolTake(self.geometry, self.winner, self.kernel)(x)


class MaxPoolTake(MaxPoolPut):
    """Entries taken from under the winning taps: the adjoint of MaxPoolPut."""

    def forward(self, x):
        return self.kernel.max_pool_take(x, self.winner, self.geometry)

    def backward(self, g: Tensor) -> Tensor:
        return MaxPoolPut(self.geometry, self.winner, self.kernel)(g)


class SumPool(Function):
    """y = the sum of each window."""

    reads = ()

    def __init__(self, geometry: Geometry, kernel: Any = None):
        self.geometry, self.kernel = geometry, kernel

    def forward(self, x):
        self.kernel = kernels.pick("sum_pool", x, self.kernel)
        return self.kernel.sum_pool(x, self.geometry)

    def backward(self, g: Tensor) -> Tensor:
        return SpreadPool(self.geometry, self.kernel)(g)


class SpreadPool(SumPool):
    """Each entry spread over its window: the adjoint of SumPool."""

    def forward(self, g):
        return self.kernel.spread_pool(g, self.geometry)

    def backward(self, x: Tensor) -> Tensor:
        return SumPool(self.geometry, self.kernel)(x)


def max_pool2d(
    input: Tensor,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0,
    dilation: IntOrTuple = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """y[n, c, i, j] = max over the window of x[n, c, i·s + a·d − p, j·s + b·d − p].

    (N, C, H, W) -> (N, C, P, Q) with P = ⌊(H + 2p − d·(A − 1) − 1) / s⌋ + 1, rounded up with
    ``ceil_mode`` as long as the last window starts inside. The stride defaults to the window's
    size; padding is −∞. Of equal pixels the first in row-major order gets the gradient.
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool2d(
    input: Tensor,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """y[n, c, i, j] = the mean over the window of x[n, c, i·s + a − p, j·s + b − p].

    Padded zeros count as pixels unless ``count_include_pad`` is False (what ``ceil_mode`` adds
    beyond the padding never counts); ``divisor_override`` divides by that number instead.
    """
    return _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
        divisor_override,
    )


def max_pool1d(
    input: Tensor,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0,
    dilation: IntOrTuple = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """:func:`max_pool2d` with one spatial axis."""
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: Tensor,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0,
    dilation: IntOrTuple = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """:func:`max_pool2d` with three spatial axes."""
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool1d(
    input: Tensor,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """:func:`avg_pool2d` with one spatial axis."""
    return _avg_pool(
        "avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
        None,
    )


def avg_pool3d(
    input: Tensor,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None = None,
    padding: IntOrTuple = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """:func:`avg_pool2d` with three spatial axes."""
    return _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad,
        divisor_override,
    )


def _max_pool(op, axes, input, kernel_size, stride, padding, dilation, ceil_mode) -> Tensor:
    x = _input(op, input)
    geometry = Geometry.pool(
        x.shape, kernel_size, stride, padding, dilation, ceil_mode, op=op, axes=axes
    )
    return MaxPool(geometry)(x)


def _avg_pool(
    op, axes, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
) -> Tensor:
    x = _input(op, input)
    geometry = Geometry.pool(x.shape, kernel_size, stride, padding, 1, ceil_mode, op=op, axes=axes)
    if divisor_override is not None:
        if whole_number(op, "divisor_override", divisor_override) == 0:
            raise ValueError(f"{op}: divisor_override must not be zero")
        return SumPool(geometry)(x) * (1 / divisor_override)
    counts = _counts(geometry, count_include_pad, array_module(x.data), x.dtype)
    return SumPool(geometry)(x) * wrap(1 / counts)


def _input(op: str, input: Any) -> Tensor:
    x = as_tensor(input)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}; use .to('float32') first")
    return x


def _counts(geometry: Geometry, include_pad: bool, xp: Any, dtype: Any) -> Any:
    """How many pixels each window averages, as an array of the output's spatial shape."""
    ndim = len(geometry.size)
    counts = xp.ones((1,) * ndim, dtype)
    for axis, (n, (before, after)) in enumerate(zip(geometry.size, geometry.padding, strict=True)):
        low, high = (-before, n + after) if include_pad else (0, n)
        along = []
        for i in range(geometry.output[axis]):
            start = i * geometry.stride[axis] - before
            stop = start + geometry.kernel[axis]
            along.append(min(stop, high) - max(start, low))
        shape = [-1 if i == axis else 1 for i in range(ndim)]
        counts = counts * xp.asarray(along, dtype=dtype).reshape(shape)
    return counts
