"""Windows as columns, and channels as pixels: layers that only rearrange what they are given.

Source: Shi et al. 2016, arXiv 1609.05158 (the pixel shuffle).
"""

from __future__ import annotations

from .. import functional as F
from ..geometry import Geometry, IntOrTuple
from ..tensor import Tensor
from . import checks
from .module import Module


class _Windows(Module):
    def __init__(
        self, kernel_size: IntOrTuple, dilation: IntOrTuple, padding: IntOrTuple, stride: IntOrTuple
    ):
        super().__init__()
        given = {"kernel_size": kernel_size, "dilation": dilation, "padding": padding,
                 "stride": stride}
        for name, value in given.items():
            least = 0 if name == "padding" else 1
            checks.per_axis(type(self).__name__, name, value, 2, least)
            setattr(self, name, value)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Unfold(_Windows):
    """The windows of x (N, C, H, W) as columns (N, C·A·B, P·Q); padding with zeros."""

    def __init__(
        self,
        kernel_size: IntOrTuple,
        dilation: IntOrTuple = 1,
        padding: IntOrTuple = 0,
        stride: IntOrTuple = 1,
    ):
        super().__init__(kernel_size, dilation, padding, stride)

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(_Windows):
    """Columns (N, C·A·B, P·Q) added up to images (N, C, H, W) of ``output_size`` (H, W)."""

    def __init__(
        self,
        output_size: IntOrTuple,
        kernel_size: IntOrTuple,
        dilation: IntOrTuple = 1,
        padding: IntOrTuple = 0,
        stride: IntOrTuple = 1,
    ):
        super().__init__(kernel_size, dilation, padding, stride)
        size = checks.per_axis("Fold", "output_size", output_size, 2, least=1)
        kernel = checks.per_axis("Fold", "kernel_size", kernel_size, 2, least=1)
        Geometry.conv((1, 1, *size), (1, 1, *kernel), stride, padding, dilation, op="Fold")
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"


class PixelShuffle(Module):
    """(N, C·r², H, W) -> (N, C, H·r, W·r): y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]."""

    def __init__(self, upscale_factor: int):
        super().__init__()
        self.upscale_factor = checks.whole("PixelShuffle", "upscale_factor", upscale_factor)

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(N, C, H·r, W·r) -> (N, C·r², H, W): the inverse of :class:`PixelShuffle`."""

    def __init__(self, downscale_factor: int):
        super().__init__()
        self.downscale_factor = checks.whole("PixelUnshuffle", "downscale_factor", downscale_factor)

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"
