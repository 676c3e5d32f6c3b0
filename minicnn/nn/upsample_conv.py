"""Resize, then convolve: an image made larger without a checkerboard.

A transposed convolution whose stride does not divide its window paints some pixels more often
than others. If nearest or linear resizing makes the pixels, and a convolution with stride 1 what
is in them, every pixel is made alike.

Source: 002 "INCREASING RESOLUTION"; Odena, Dumoulin & Olah 2016, Distill, "Deconvolution and
checkerboard artifacts".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..geometry import IntOrTuple
from ..tensor import Tensor
from . import checks
from .conv import _Conv
from .resize import _factor


class UpsampleConv2d(_Conv):
    """y = conv2d(interpolate(x, scale_factor)): (N, C, H, W) -> (N, O, ⌊H·f⌋, ⌊W·f⌋).

    ``weight`` (O, C, A, B), ``bias`` (O,) or None, as of :class:`Conv2d` with stride 1.
    ``scale_factor`` is one number or one for each axis, ``mode`` "nearest" or "bilinear";
    ``padding`` "same" keeps the size of the resized image, numbers and "valid" as ever.
    """

    axes = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrTuple,
        scale_factor: float | Sequence[float] = 2,
        mode: str = "nearest",
        padding: int | str | Sequence = "same",
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
        kernel: str | None = None,
    ):
        layer = "UpsampleConv2d"
        several = isinstance(scale_factor, (list, tuple))
        if several and len(scale_factor) != 2:
            raise ValueError(
                f"{layer}: scale_factor={scale_factor!r} must be one number, or one for each of "
                f"the 2 axes"
            )
        factor = (
            tuple(_factor(f, layer) for f in scale_factor) if several
            else _factor(scale_factor, layer)
        )
        checks.one_of(layer, "mode", mode, ("nearest", "bilinear"))
        super().__init__(
            in_channels, out_channels, kernel_size, 1, padding, bias=bias, device=device,
            dtype=dtype, kernel=kernel,
        )
        self.scale_factor, self.mode = factor, mode

    def forward(self, input: Tensor) -> Tensor:
        larger = F.interpolate(input, scale_factor=self.scale_factor, mode=self.mode)
        return F.conv2d(
            larger, self.weight, self.bias, 1, self.padding, kernel=self.kernel
        )

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, scale_factor={self.scale_factor}, mode={self.mode!r}"
