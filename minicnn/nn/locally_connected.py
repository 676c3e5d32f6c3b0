"""Locally connected layers: F.locally_connected2d with filters and biases that are learnt.

What they compute is said in :mod:`minicnn.functional.locally_connected`.

Source: 002 "CONVOLUTION AS MATRIX VECTOR OPERATION".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import functional as F
from ..creation import zeros
from ..geometry import Geometry, IntOrTuple
from ..tensor import Tensor
from . import checks, init
from .module import Module
from .parameter import Parameter


class _LocallyConnected(Module):
    axes: int
    function: Callable

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrTuple,
        input_size: IntOrTuple,
        stride: IntOrTuple = 1,
        padding: int | str | Sequence = 0,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ):
        super().__init__()
        layer, axes = type(self).__name__, self.axes
        self.in_channels = checks.whole(layer, "in_channels", in_channels)
        self.out_channels = checks.whole(layer, "out_channels", out_channels)
        self.kernel_size = checks.per_axis(layer, "kernel_size", kernel_size, axes, least=1)
        self.input_size = checks.per_axis(layer, "input_size", input_size, axes, least=1)
        self.stride, self.padding = stride, padding
        filters = (self.out_channels, self.in_channels, *self.kernel_size)
        self.output_size = Geometry.conv(
            (1, self.in_channels, *self.input_size), filters, stride, padding, op=layer, axes=axes
        ).output
        made = checks.factory(layer, dtype, device)
        self.weight = Parameter(zeros(*filters, *self.output_size, **made))
        has_bias = checks.flag(layer, "bias", bias)
        self.register_parameter(
            "bias",
            Parameter(zeros(self.out_channels, *self.output_size, **made)) if has_bias else None,
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew, uniform within ±1/√fan_in as a convolution's."""
        bound = 1 / math.sqrt(self.in_channels * math.prod(self.kernel_size))
        for parameter in (self.weight, self.bias):
            if parameter is not None:
                init.uniform_(parameter, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        if input.shape[2:] != self.input_size:
            raise ValueError(
                f"{type(self).__name__}: the filters belong to places of images of size "
                f"{self.input_size}, but the input has shape {input.shape}"
            )
        return type(self).function(input, self.weight, self.bias, self.stride, self.padding)

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"input_size={self.input_size}, stride={self.stride}, padding={self.padding!r}"
        )
        return text + ("" if self.bias is not None else ", bias=False")


class LocallyConnected1d(_LocallyConnected):
    """:class:`LocallyConnected2d` with one spatial axis: (N, C, L) -> (N, O, Q)."""

    axes = 1
    function = F.locally_connected1d


class LocallyConnected2d(_LocallyConnected):
    """A convolution with filters of its own at each place: (N, C, H, W) -> (N, O, P, Q).

    ``weight`` (O, C, A, B, P, Q), ``bias`` (O, P, Q) or None: as Keras' layer of this name, but
    that the size (H, W) of the images must be given, ``input_size``. ValueError for other images.
    """

    axes = 2
    function = F.locally_connected2d
