"""Adaptive pooling layers: the output size is given, and the windows follow from the input's.

Which pixels a window looks at is said in :mod:`minicnn.functional.adaptive_pool`.

Source: 002 "GOOGLENET" (global average pooling, output_size=1, instead of dense layers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module
from .pool import refuse_indices

Size = int | Sequence[int | None] | None


class _AdaptivePool(Module):
    axes: int
    function: Callable

    def __init__(self, output_size: Size):
        super().__init__()
        several = isinstance(output_size, (list, tuple))
        sizes = [n for n in (output_size if several else [output_size]) if n is not None]
        for n in sizes:
            checks.whole(type(self).__name__, "output_size", n)
        if several and len(output_size) != self.axes:
            raise ValueError(
                f"{type(self).__name__}: output_size={output_size!r} has {len(output_size)} "
                f"entries; give one number, or one (or None) for each of the {self.axes} axes"
            )
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """:class:`AdaptiveAvgPool2d` with one spatial axis: (N, C, L) -> (N, C, Q)."""

    axes = 1
    function = F.adaptive_avg_pool1d


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean over windows that divide the image: (N, C, H, W) -> (N, C, P, Q).

    ``output_size`` is one number or one for each axis; None keeps the axis as it is.
    """

    axes = 2
    function = F.adaptive_avg_pool2d


class AdaptiveAvgPool3d(_AdaptivePool):
    """:class:`AdaptiveAvgPool2d` with three spatial axes: (N, C, D, H, W) -> (N, C, ...)."""

    axes = 3
    function = F.adaptive_avg_pool3d


class GlobalAvgPool2d(Module):
    """The mean of each channel over all its pixels: (N, C, H, W) -> (N, C), as in Keras.

    With ``keepdim`` (N, C, 1, 1), which is ``AdaptiveAvgPool2d(1)``.
    """

    def __init__(self, keepdim: bool = False):
        super().__init__()
        self.keepdim = checks.flag("GlobalAvgPool2d", "keepdim", keepdim)

    def forward(self, input: Tensor) -> Tensor:
        return F.global_avg_pool2d(input, self.keepdim)

    def extra_repr(self) -> str:
        return f"keepdim={self.keepdim}"


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(self, output_size: Size, return_indices: bool = False):
        super().__init__(output_size)
        refuse_indices(type(self).__name__, return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """:class:`AdaptiveMaxPool2d` with one spatial axis: (N, C, L) -> (N, C, Q)."""

    axes = 1
    function = F.adaptive_max_pool1d


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest pixel of windows that divide the image: (N, C, H, W) -> (N, C, P, Q).

    ``output_size`` is one number or one for each axis; None keeps the axis as it is.
    ``return_indices`` is refused.
    """

    axes = 2
    function = F.adaptive_max_pool2d


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """:class:`AdaptiveMaxPool2d` with three spatial axes: (N, C, D, H, W) -> (N, C, ...)."""

    axes = 3
    function = F.adaptive_max_pool3d
