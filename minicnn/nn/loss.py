"""Losses of classification as modules: settings kept, formulas in minicnn.functional.loss."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module

_REDUCTIONS = ("mean", "sum", "none")


class Loss(Module):
    """What all losses share: ``reduction``, "mean", "sum" or "none" (one number for each entry).

    All settings but a weight are given by name (PyTorch's deprecated ``size_average`` and
    ``reduce``, which come before them there, do not exist here).
    """

    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = checks.one_of(type(self).__name__, "reduction", reduction, _REDUCTIONS)

    def settings(self) -> list[str]:
        """What the repr shows beside ``reduction``."""
        return []

    def extra_repr(self) -> str:
        reduction = [] if self.reduction == "mean" else [f"reduction={self.reduction!r}"]
        return ", ".join(reduction + self.settings())


class _ClassLoss(Loss):
    """With a weight for each class, which is a buffer and so moves with the module."""

    def __init__(self, weight: Any, ignore_index: int, reduction: str):
        super().__init__(reduction)
        layer = type(self).__name__
        weight = checks.constants(layer, "weight", weight)
        if weight is not None and weight.ndim != 1:
            raise ValueError(
                f"{layer}: weight must hold one number for each class, got shape {weight.shape}"
            )
        self.register_buffer("weight", weight)
        self.ignore_index = checks.whole(layer, "ignore_index", ignore_index, least=-(2**63))


class CrossEntropyLoss(_ClassLoss):
    """−ln softmax(x)[target]: logits (N, C, ...) and class indices (N, ...) or probabilities.

    The arguments are those of :func:`minicnn.functional.cross_entropy`, all but the first by
    name (PyTorch's deprecated ``size_average`` and ``reduce`` do not exist here).
    """

    def __init__(
        self,
        weight: Any = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__(weight, ignore_index, reduction)
        self.label_smoothing = checks.real(
            "CrossEntropyLoss", "label_smoothing", label_smoothing, 0, 1
        )

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )


class NLLLoss(_ClassLoss):
    """−x[target] for log-probabilities x (N, C, ...) and class indices (N, ...).

    The arguments are those of :func:`minicnn.functional.nll_loss`, all but the first by name.
    """

    def __init__(self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(weight, ignore_index, reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)
