"""Pooling: each window of pixels becomes one, its largest or its average.

The windows slide as a convolution's do, so sizes, padding and errors are Geometry's. Max pooling
looks for the winning tap of each window once; after that, taking winners out and putting
gradients back are linear, and each other's gradient. Average pooling is a sum divided by a
count; a sum's gradient is spread over its window, and the other way round. (Spread over windows
that lie side by side, pixels are repeated: nearest interpolation is that.)

Source: 002 "POOLING LAYERS", 004 "Pooling Layer", "Max Pooling: Example".
"""

from __future__ import annotations

from math import prod
from typing import Any

from .. import kernels
from ..autograd import Function
from ..backend import array_module
from ..geometry import Geometry, IntOrTuple, whole_number
from ..tensor import Tensor
from .operands import floats_only


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
    """y = the sum of each window, times its share: a number, or one for each output place."""

    reads = ()

    def __init__(self, geometry: Geometry, share: Any = 1.0, kernel: Any = None):
        self.geometry, self.share, self.kernel = geometry, share, kernel

    def forward(self, x):
        self.kernel = kernels.pick("sum_pool", x, self.kernel)
        return self.kernel.sum_pool(x, self.geometry, self.share)

    def backward(self, g: Tensor) -> Tensor:
        return SpreadPool(self.geometry, self.share, self.kernel)(g)


class SpreadPool(SumPool):
    """Each entry, times its share, spread over its window: the adjoint of SumPool."""

    def forward(self, g):
        self.kernel = kernels.pick("sum_pool", g, self.kernel)
        return self.kernel.spread_pool(g, self.geometry, self.share)

    def backward(self, x: Tensor) -> Tensor:
        return SumPool(self.geometry, self.share, self.kernel)(x)


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
    x = floats_only(op, input)
    geometry = Geometry.pool(
        x.shape, kernel_size, stride, padding, dilation, ceil_mode, op, axes
    )
    return MaxPool(geometry)(x)


def _avg_pool(
    op, axes, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
) -> Tensor:
    x = floats_only(op, input)
    geometry = Geometry.pool(x.shape, kernel_size, stride, padding, 1, ceil_mode, op, axes)
    if divisor_override is not None:
        divisor = whole_number(op, "divisor_override", divisor_override)
        if divisor == 0:
            raise ValueError(f"{op}: divisor_override must not be zero")
        return SumPool(geometry, 1 / divisor)(x)
    return SumPool(geometry, _shares(geometry, count_include_pad, array_module(x.data), x.dtype))(x)


def _shares(geometry: Geometry, include_pad: bool, xp: Any, dtype: Any) -> Any:
    """1 / the pixels that each window averages: one number, or an array of the output's shape."""
    counts = [_counts(geometry, axis, include_pad) for axis in range(len(geometry.size))]
    if all([min(along) == max(along) for along in counts]):
        return 1 / prod([along[0] for along in counts])
    product = xp.ones((1,) * len(counts), dtype)
    for axis, along in enumerate(counts):
        shape = [-1 if i == axis else 1 for i in range(len(counts))]
        product = product * xp.asarray(along, dtype=dtype).reshape(shape)
    return 1 / product


def _counts(geometry: Geometry, axis: int, include_pad: bool) -> list[int]:
    """How many pixels of one axis lie in each window along it."""
    n, (before, after) = geometry.size[axis], geometry.padding[axis]
    places, stride, taps = geometry.output[axis], geometry.stride[axis], geometry.kernel[axis]
    low, high = (-before, n + after) if include_pad else (0, n)
    if low == -before and (places - 1) * stride + taps <= high + before:
        return [taps] * places  # every window lies wholly inside
    starts = [i * stride - before for i in range(places)]
    return [min(start + taps, high) - max(start, low) for start in starts]
