"""A convolution that does not see how its pattern was turned: F.rotation_bank, then F.maxout.

Source: 002 "POOLING - ROTATION INVARIANCE".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..geometry import IntOrTuple
from ..tensor import Tensor
from . import checks
from .conv import _Conv


class RotationInvariantConv2d(_Conv):
    """The largest response of each filter in its four right-angled poses, plus the bias.

        y = max over r of conv2d(x, w turned r·90°) + b       (N, C, H, W) -> (N, O, P, Q)

    ``weight`` (O, C, A, A), ``bias`` (O,) or None: as many as of a convolution. For an image
    turned by 90° the output is the turned output, if the windows lie symmetrically: equal padding
    on all sides and a stride that divides H + 2p − A and W + 2p − A. So the maximum or mean over
    all pixels is the same for both. ValueError for a ``kernel_size`` that is not square.
    """

    axes = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrTuple,
        stride: IntOrTuple = 1,
        padding: int | str | Sequence = 0,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
        kernel: str | None = None,
    ):
        rows, columns = checks.per_axis(
            "RotationInvariantConv2d", "kernel_size", kernel_size, 2, least=1
        )
        if rows != columns:
            raise ValueError(
                f"RotationInvariantConv2d: kernel_size={kernel_size!r} must be square: a turn "
                f"would change its shape"
            )
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, bias=bias, device=device,
            dtype=dtype, kernel=kernel,
        )

    def forward(self, input: Tensor) -> Tensor:
        responses = F.conv2d(
            input, F.rotation_bank(self.weight), None, self.stride, self.padding,
            kernel=self.kernel,
        )  # (N, 4·O, P, Q)
        y = F.maxout(responses, 4)
        return y if self.bias is None else y + self.bias.reshape(-1, 1, 1)
