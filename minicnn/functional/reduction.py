"""The last step of every loss: its entries averaged, summed or left alone."""

from __future__ import annotations

from ..tensor import Tensor
from .reduce import mean, sum


def check_reduction(reduction: str, op: str) -> None:
    """ValueError unless ``reduction`` is "mean", "sum" or "none"."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{op}: reduction={reduction!r} must be 'mean', 'sum' or 'none'")


def reduced(losses: Tensor, reduction: str, op: str) -> Tensor:
    """The mean or the sum of ``losses``, or all of them ("none")."""
    check_reduction(reduction, op)
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)
