"""Convolution layers: a weight, a bias and the settings of F.conv1d, F.conv2d, F.conv3d, ...

What they compute, and how, is said in :mod:`minicnn.functional.conv`.

Source: 002 "CONVOLUTIONAL LAYER", "CONV2DTRANSPOSE", 004 "Convolution Operation".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import functional as F
from ..creation import zeros
from ..geometry import Geometry, IntOrTuple, paddings
from ..tensor import Tensor
from . import checks
from .linear import reset_weight_and_bias
from .module import Module
from .parameter import Parameter


class _ConvNd(Module):
    """What all of them share: checked settings, the weight and the bias.

    Weight and bias start uniform from −1/√fan_in to 1/√fan_in, fan_in = weight.shape[1] · taps.
    """

    axes: int
    function: Callable
    transposed = False

    def __init__(
        self, in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding,
        groups, bias, padding_mode, device, dtype, kernel,
    ):
        super().__init__()
        layer, axes = type(self).__name__, self.axes
        self.in_channels = checks.whole(layer, "in_channels", in_channels)
        self.out_channels = checks.whole(layer, "out_channels", out_channels)
        self.groups = checks.whole(layer, "groups", groups)
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                raise ValueError(
                    f"{layer}: groups={groups} must divide in_channels={in_channels} and "
                    f"out_channels={out_channels}"
                )
        self.kernel_size = checks.per_axis(layer, "kernel_size", kernel_size, axes, least=1)
        self.stride = checks.per_axis(layer, "stride", stride, axes, least=1)
        self.dilation = checks.per_axis(layer, "dilation", dilation, axes, least=1)
        self.padding = self._checked_padding(layer, padding)
        self.output_padding = checks.per_axis(
            layer, "output_padding", output_padding, axes, least=0
        )
        for extra, s, d in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(s, d):
                raise ValueError(
                    f"{layer}: output_padding={self.output_padding} must be smaller than the "
                    f"stride {self.stride} or the dilation {self.dilation} of its axis"
                )
        if padding_mode != "zeros":
            raise ValueError(
                f"{layer}: padding_mode={padding_mode!r} must be 'zeros'; for another border pad "
                f"the input first and use padding=0 here"
            )
        self.padding_mode = padding_mode
        self.kernel = checks.kernel_name(layer, kernel)
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        made = checks.factory(layer, dtype, device)
        self.weight = Parameter(zeros(first, second // self.groups, *self.kernel_size, **made))
        has_bias = checks.flag(layer, "bias", bias)
        self.register_parameter(
            "bias", Parameter(zeros(self.out_channels, **made)) if has_bias else None
        )
        self.reset_parameters()

    def _checked_padding(self, layer: str, padding: Any) -> Any:
        if isinstance(padding, str) and self.transposed:
            raise ValueError(f"{layer}: padding={padding!r} is for convolutions; give numbers")
        pairs = paddings(
            layer, padding, (1,) * self.axes, self.kernel_size, self.stride, self.dilation
        )
        if isinstance(padding, str):
            return padding
        if all(before == after for before, after in pairs):
            return tuple(before for before, _ in pairs)
        return pairs

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        reset_weight_and_bias(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups,
            self.kernel,
        )

    def extra_repr(self) -> str:
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        for name, default in (
            ("padding", (0,) * self.axes),
            ("dilation", (1,) * self.axes),
            ("output_padding", (0,) * self.axes),
            ("groups", 1),
            ("kernel", None),
        ):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text + ("" if self.bias is not None else ", bias=False")


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrTuple,
        stride: IntOrTuple = 1,
        padding: int | str | Sequence = 0,
        dilation: IntOrTuple = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: Any = None,
        kernel: str | None = None,
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias,
            padding_mode, device, dtype, kernel,
        )


class Conv1d(_Conv):
    """:class:`Conv2d` with one spatial axis: (N, C, L) -> (N, O, Q)."""

    axes = 1
    function = F.conv1d


class Conv2d(_Conv):
    """Convolution of (N, C, H, W) with O filters: (N, O, P, Q), P = ⌊(H + 2p − d(A−1) − 1)/s⌋ + 1.

    ``weight`` (O, C/groups, A, B), ``bias`` (O,) or None. ``padding`` also ``"same"``,
    ``"valid"`` or a (before, after) pair for each axis; ``kernel`` names the algorithm, as in
    :func:`minicnn.functional.conv2d`. ``padding_mode`` must be ``"zeros"``.
    """

    axes = 2
    function = F.conv2d


class Conv3d(_Conv):
    """:class:`Conv2d` with three spatial axes: (N, C, D, H, W) -> (N, O, ...)."""

    axes = 3
    function = F.conv3d


class _ConvTranspose(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrTuple,
        stride: IntOrTuple = 1,
        padding: int | Sequence = 0,
        output_padding: IntOrTuple = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: IntOrTuple = 1,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: Any = None,
        kernel: str | None = None,
    ):
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding,
            groups, bias, padding_mode, device, dtype, kernel,
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """``output_size`` asks for one of the sizes that the stride would shrink to the input's,
        instead of ``output_padding``."""
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups,
            self.dilation, self.kernel,
        )

    def _extra(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """The output_padding that gives ``output_size`` (spatial, or the output's whole shape)."""
        layer = type(self).__name__
        smallest = Geometry.conv_transpose(
            input.shape, self.weight.shape, self.stride, self.padding, 0, self.groups,
            self.dilation, op=layer, axes=self.axes,
        ).size
        sizes = tuple(output_size)[-self.axes :]
        if len(output_size) not in (self.axes, self.axes + 2):
            raise ValueError(
                f"{layer}: output_size={output_size} must have {self.axes} entries, one for each "
                f"spatial axis"
            )
        extra = tuple(wanted - least for wanted, least in zip(sizes, smallest, strict=True))
        if any(not 0 <= e < s for e, s in zip(extra, self.stride, strict=True)):
            largest = tuple(n + s - 1 for n, s in zip(smallest, self.stride, strict=True))
            raise ValueError(
                f"{layer}: output_size={output_size} must lie between {smallest} and {largest} "
                f"for an input of shape {input.shape}"
            )
        return extra


class ConvTranspose1d(_ConvTranspose):
    """:class:`ConvTranspose2d` with one spatial axis: (N, C, L) -> (N, O, Q)."""

    axes = 1
    function = F.conv_transpose1d


class ConvTranspose2d(_ConvTranspose):
    """The transpose of Conv2d: (N, C, H, W) -> (N, O, P, Q), P = (H−1)s − 2p + d(A−1) + 1 + extra.

    ``weight`` (C, O/groups, A, B), ``bias`` (O,) or None; ``extra`` is ``output_padding``.
    The fan-in of the first weights is O/groups · A · B, as in PyTorch.
    """

    axes = 2
    function = F.conv_transpose2d


class ConvTranspose3d(_ConvTranspose):
    """:class:`ConvTranspose2d` with three spatial axes: (N, C, D, H, W) -> (N, O, ...)."""

    axes = 3
    function = F.conv_transpose3d
