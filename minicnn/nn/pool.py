"""Pooling layers: the settings of F.max_pool2d and F.avg_pool2d. Nothing here is learnt.

Source: 002 "POOLING LAYERS", 004 "Pooling Layer".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import functional as F
from ..geometry import Geometry, IntOrTuple
from ..tensor import Tensor
from . import checks
from .module import Module


class _MaxPool(Module):
    axes: int
    function: Callable

    def __init__(
        self,
        kernel_size: IntOrTuple,
        stride: IntOrTuple | None = None,
        padding: IntOrTuple = 0,
        dilation: IntOrTuple = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ):
        super().__init__()
        layer = type(self).__name__
        check_window(layer, self.axes, kernel_size, stride, padding, dilation)
        refuse_indices(layer, return_indices)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.ceil_mode = checks.flag(layer, "ceil_mode", ceil_mode)

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """:class:`MaxPool2d` with one spatial axis: (N, C, L) -> (N, C, Q)."""

    axes = 1
    function = F.max_pool1d


class MaxPool2d(_MaxPool):
    """The largest pixel of each window: (N, C, H, W) -> (N, C, P, Q).

    The stride defaults to the window's size; padding is −∞. ``return_indices`` is refused.
    """

    axes = 2
    function = F.max_pool2d


class MaxPool3d(_MaxPool):
    """:class:`MaxPool2d` with three spatial axes: (N, C, D, H, W) -> (N, C, ...)."""

    axes = 3
    function = F.max_pool3d


class _AvgPool(Module):
    axes: int
    function: Callable

    def __init__(
        self,
        kernel_size: IntOrTuple,
        stride: IntOrTuple | None = None,
        padding: IntOrTuple = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):
        super().__init__()
        layer = type(self).__name__
        check_window(layer, self.axes, kernel_size, stride, padding)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = checks.flag(layer, "ceil_mode", ceil_mode)
        self.count_include_pad = checks.flag(layer, "count_include_pad", count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPoolByDivisor(_AvgPool):
    def __init__(
        self,
        kernel_size: IntOrTuple,
        stride: IntOrTuple | None = None,
        padding: IntOrTuple = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        if divisor_override is not None:
            checks.whole(type(self).__name__, "divisor_override", divisor_override)
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )


class AvgPool1d(_AvgPool):
    """:class:`AvgPool2d` with one spatial axis, and without ``divisor_override``."""

    axes = 1
    function = F.avg_pool1d

    def extra_repr(self) -> str:  # PyTorch shows tuples here, and only here
        shown = {
            name: checks.per_axis("AvgPool1d", name, getattr(self, name), 1, least=0)
            for name in ("kernel_size", "stride", "padding")
        }
        return ", ".join(f"{name}={value}" for name, value in shown.items())


class AvgPool2d(_AvgPoolByDivisor):
    """The mean of each window: (N, C, H, W) -> (N, C, P, Q).

    Padded zeros count as pixels unless ``count_include_pad`` is False; ``divisor_override``
    divides by that number instead.
    """

    axes = 2
    function = F.avg_pool2d


class AvgPool3d(_AvgPoolByDivisor):
    """:class:`AvgPool2d` with three spatial axes: (N, C, D, H, W) -> (N, C, ...)."""

    axes = 3
    function = F.avg_pool3d


def check_window(
    layer: str,
    axes: int,
    kernel_size: IntOrTuple,
    stride: IntOrTuple | None,
    padding: IntOrTuple,
    dilation: IntOrTuple = 1,
) -> None:
    """Raises what pooling an image that the window just covers would raise."""
    kernel = checks.per_axis(layer, "kernel_size", kernel_size, axes, least=1)
    apart = checks.per_axis(layer, "dilation", dilation, axes, least=1)
    image = tuple(d * (k - 1) + 1 for k, d in zip(kernel, apart, strict=True))
    Geometry.pool((1, 1, *image), kernel_size, stride, padding, dilation, op=layer, axes=axes)


def refuse_indices(layer: str, return_indices: Any) -> None:
    """PyTorch's ``return_indices`` must be False."""
    if checks.flag(layer, "return_indices", return_indices):
        raise ValueError(f"{layer}: return_indices=True is not supported")
