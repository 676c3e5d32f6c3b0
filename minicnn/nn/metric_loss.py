"""Losses of distances as modules: settings kept, formulas in minicnn.functional.metric_loss."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..functional.reduction import setting
from ..tensor import Tensor
from . import checks
from .loss import Loss


class TripletMarginLoss(Loss):
    """max(d(a, p) − d(a, n) + margin, 0) for vectors (..., D): anchor, positive, negative.

    d(x, y) = ‖x − y + eps‖_p; with ``swap`` the negative's distance is the smaller of d(a, n) and
    d(p, n). Source: 003 "Convolutional Neural Networks (Course 4)".
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        *,
        reduction: str = "mean",
    ):
        super().__init__(reduction)
        layer = "TripletMarginLoss"
        self.margin = setting(margin, "margin", layer, positive=True)
        self.p = p if p == float("inf") else setting(p, "p", layer, positive=True)
        self.eps = setting(eps, "eps", layer)
        self.swap = checks.flag(layer, "swap", swap)

    def forward(self, anchor: Tensor, positive: Any, negative: Any) -> Tensor:
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )

    def settings(self) -> list[str]:
        usual = {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False}
        return [f"{name}={getattr(self, name)}" for name, value in usual.items()
                if getattr(self, name) != value]


class ContrastiveLoss(Loss):
    """½·s·d² + ½·(1 − s)·max(margin − d, 0)² for pairs of vectors (..., D), d = ‖x1 − x2‖.

    Called with x1, x2 and s (...): 1 where a pair belongs together, else 0. Source: 003
    "Convolutional Neural Networks (Course 4)" (Siamese network); Hadsell et al. 2006.
    """

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean"):
        super().__init__(reduction)
        self.margin = setting(margin, "margin", "ContrastiveLoss", positive=True)

    def forward(self, x1: Tensor, x2: Any, same: Any) -> Tensor:
        return F.contrastive_loss(x1, x2, same, self.margin, self.reduction)

    def settings(self) -> list[str]:
        return [f"margin={self.margin}"] if self.margin != 1 else []
