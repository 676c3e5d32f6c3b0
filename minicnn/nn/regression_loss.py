"""Losses of numbers as modules: settings kept, formulas in minicnn.functional.regression_loss."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .loss import Loss


class MSELoss(Loss):
    """(x − t)², averaged, summed or entry by entry."""

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.mse_loss(input, target, self.reduction)


class L1Loss(Loss):
    """|x − t|, averaged, summed or entry by entry."""

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.l1_loss(input, target, self.reduction)


class SmoothL1Loss(Loss):
    """½(x − t)²/β where |x − t| < β, else |x − t| − ½β: averaged, summed or entry by entry.

    Source: Girshick 2015, arXiv 1504.08083.
    """

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction)
        self.beta = checks.real("SmoothL1Loss", "beta", beta, low=0)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.smooth_l1_loss(input, target, self.reduction, self.beta)

    def settings(self) -> list[str]:
        return [f"beta={self.beta}"] if self.beta != 1 else []
