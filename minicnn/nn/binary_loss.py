"""Binary cross-entropy as modules: settings kept, formulas in minicnn.functional.binary_loss."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .loss import Loss


class BCELoss(Loss):
    """−(t·ln y + (1 − t)·ln(1 − y)) for probabilities y and targets t from 0 to 1, one shape.

    ``weight``, a buffer, multiplies each entry (broadcast). All arguments but the first by name.
    """

    def __init__(self, weight: Any = None, *, reduction: str = "mean"):
        super().__init__(reduction)
        self.register_buffer("weight", checks.constants("BCELoss", "weight", weight))

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """−(β·t·ln σ(x) + (1 − t)·ln(1 − σ(x))) for logits x, finite for all of them.

    ``weight`` multiplies each entry (broadcast), ``pos_weight`` β the positive ones, one number
    for each label (the last axis); both are buffers. All arguments but the first by name.

    Source: 004 "CheX-Net Approach" (β of each pathology from how rare it is).
    """

    def __init__(self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None):
        super().__init__(reduction)
        for name, value in (("weight", weight), ("pos_weight", pos_weight)):
            self.register_buffer(name, checks.constants("BCEWithLogitsLoss", name, value))

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, self.reduction, self.pos_weight
        )
