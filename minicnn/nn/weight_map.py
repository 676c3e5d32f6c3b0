"""U-Net's loss as a module: the formula, and the map, in minicnn.functional.weight_map."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..tensor import Tensor
from .loss import Loss


class PixelWeightedCrossEntropyLoss(Loss):
    """−w·ln softmax(x)[target] for each pixel; called with logits, target and map of weights.

    Logits (N, C, H, W), class indices (N, H, W), weights (N, H, W) such as
    :func:`minicnn.functional.unet_weight_map` makes. Source: 003 "U-Net"; Ronneberger et al. 2015,
    arXiv 1505.04597.
    """

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any, weight_map: Any) -> Tensor:
        return F.pixel_weighted_cross_entropy(input, target, weight_map, self.reduction)
