"""The join of a U-Net as a layer: F.crop_and_concatenate.

Source: 002 "SEGMENTATION ARCHITECTURES - U-NET"; Ronneberger et al. 2015, arXiv 1505.04597.
"""

from __future__ import annotations

from .. import functional as F
from ..tensor import Tensor
from .module import Module


class CropAndConcatenate(Module):
    """The middle of ``skip`` (N, C, H, W) beside ``x`` (N, D, P, Q): (N, C + D, P, Q).

    Two inputs, the larger image first: ``join(skip, x)``.
    """

    def forward(self, skip: Tensor, x: Tensor) -> Tensor:
        return F.crop_and_concatenate(skip, x)
