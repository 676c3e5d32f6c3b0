"""Weighted cross-entropy as modules: settings kept, formulas in functional.weighted_loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functional as F
from ..functional.reduction import check_weights
from ..tensor import Tensor
from . import checks
from .loss import Loss


class _WeightedLoss(Loss):
    """Two weights: numbers are settings; arrays, one number a label, are buffers that move."""

    def __init__(self, positive_weight: Any, negative_weight: Any, reduction: str):
        super().__init__(reduction)
        layer = type(self).__name__
        given = {"positive_weight": positive_weight, "negative_weight": negative_weight}
        for name, value in given.items():
            if isinstance(value, (int, float, np.integer, np.floating)):
                setattr(self, name, checks.finite(layer, name, value))
            elif value is None:
                raise TypeError(f"{layer}: {name} must be a number or an array, got None")
            else:
                weight = checks.constants(layer, name, value)
                check_weights(weight.data, name, layer)
                self.register_buffer(name, weight)

    def settings(self) -> list[str]:
        return [f"{name}={value}" for name in ("positive_weight", "negative_weight")
                if not isinstance(value := getattr(self, name), Tensor) and value != 1]


class WeightedBCELoss(_WeightedLoss):
    """−(w₊·t·ln y + w₋·(1 − t)·ln(1 − y)) for probabilities y and targets t, one shape.

    The weights are numbers, or arrays of floats (buffers) that broadcast over the input. For
    logits there is ``BCEWithLogitsLoss(pos_weight=...)``. Source: 002 "LOSS FUNCTIONS FOR IMAGE
    SEGMENTATION".
    """

    def __init__(
        self, positive_weight: Any = 1.0, negative_weight: Any = 1.0, *, reduction: str = "mean"
    ):
        super().__init__(positive_weight, negative_weight, reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.weighted_binary_cross_entropy(
            input, target, self.positive_weight, self.negative_weight, self.reduction
        )


class MultilabelBCELoss(_WeightedLoss):
    """The weighted binary cross-entropy of (N, L) probabilities, added up over the L labels.

    The weights are numbers or arrays (L,), such as ``F.balanced_class_weights`` makes. Source: 004
    "CheX-Net Approach".
    """

    def __init__(
        self, positive_weight: Any = 1.0, negative_weight: Any = 1.0, *, reduction: str = "mean"
    ):
        super().__init__(positive_weight, negative_weight, reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.multilabel_binary_cross_entropy(
            input, target, self.positive_weight, self.negative_weight, self.reduction
        )
