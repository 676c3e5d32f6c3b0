"""Style transfer's losses as modules: settings kept, formulas in minicnn.functional.style_loss."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..tensor import Tensor
from .loss import Loss


class ContentLoss(Loss):
    """½ Σ (F − P)² over channels and pixels of features (N, C, size...). Source: 1508.06576."""

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.content_loss(input, target, self.reduction)


class StyleLoss(Loss):
    """Σ (G(F) − G(S))² / (4 C² M²), G the Gram matrices of features (N, C, size...).

    Source: Gatys et al. 2015, arXiv 1508.06576.
    """

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.style_loss(input, target, self.reduction)


class TotalVariationLoss(Loss):
    """Σ |difference of neighbours| of each image (N, C, size...): small where it is smooth."""

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor) -> Tensor:
        return F.total_variation(input, self.reduction)
