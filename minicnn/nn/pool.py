"""Pooling layers: the settings of F.max_pool2d and F.avg_pool2d. Nothing here is learnt.

Source: 002 "POOLING LAYERS", 004 "Pooling Layer".
"""

from __future__ import annotations

from .. import functional as F
from ..geometry import Geometry, IntOrTuple
from ..tensor import Tensor
from . import checks
from .module import Module


class MaxPool2d(Module):
    """The largest pixel of each window: (N, C, H, W) -> (N, C, P, Q).

    The stride defaults to the window's size; padding is −∞. ``return_indices`` is refused.
    """

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
        check_window("MaxPool2d", 2, kernel_size, stride, padding, dilation)
        if checks.flag("MaxPool2d", "return_indices", return_indices):
            raise ValueError("MaxPool2d: return_indices=True is not supported")
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.ceil_mode = checks.flag("MaxPool2d", "ceil_mode", ceil_mode)

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(Module):
    """The mean of each window: (N, C, H, W) -> (N, C, P, Q).

    Padded zeros count as pixels unless ``count_include_pad`` is False; ``divisor_override``
    divides by that number instead.
    """

    def __init__(
        self,
        kernel_size: IntOrTuple,
        stride: IntOrTuple | None = None,
        padding: IntOrTuple = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        super().__init__()
        check_window("AvgPool2d", 2, kernel_size, stride, padding)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = checks.flag("AvgPool2d", "ceil_mode", ceil_mode)
        self.count_include_pad = checks.flag("AvgPool2d", "count_include_pad", count_include_pad)
        if divisor_override is not None:
            checks.whole("AvgPool2d", "divisor_override", divisor_override)
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


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
