"""The losses of several tasks as one module: the sum is in minicnn.functional.multi_task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import functional as F
from ..functional.reduction import setting
from ..tensor import Tensor
from .module import Module


class MultiTaskLoss(Module):
    """Σ w_k·L_k of a list of losses and as many weights, or of two dicts with the same names.

    ``weights`` are numbers, 0 or more; None is 1 for each. Source: 002 "MULTI-TASK LEARNING".
    """

    def __init__(self, weights: Any = None):
        super().__init__()
        layer = "MultiTaskLoss"
        if isinstance(weights, Mapping):
            weights = {n: setting(w, f"weights[{n!r}]", layer) for n, w in weights.items()}
        elif isinstance(weights, (list, tuple)):
            weights = [setting(w, f"weights[{i}]", layer) for i, w in enumerate(weights)]
        elif weights is not None:
            raise TypeError(f"{layer}: weights must be a list or a dict of numbers, got "
                            f"{type(weights).__name__}")
        self.weights = weights

    def forward(self, losses: Any) -> Tensor:
        return F.multi_task_loss(losses, self.weights)

    def extra_repr(self) -> str:
        return "" if self.weights is None else f"weights={self.weights}"
