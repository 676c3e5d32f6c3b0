"""The first and the last step of a loss: two of one shape, and the mean or sum of the entries."""

from __future__ import annotations

from typing import Any

from ..tensor import FLOATS, Tensor
from .operands import as_tensor
from .reduce import mean, sum


def check_reduction(reduction: str, op: str) -> None:
    """ValueError unless ``reduction`` is "mean", "sum" or "none"."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{op}: reduction={reduction!r} must be 'mean', 'sum' or 'none'")


def alike(input: Any, target: Any, reduction: str, op: str) -> tuple[Tensor, Tensor]:
    """A prediction (floats) and its target, of one shape; a target without dtype takes its."""
    check_reduction(reduction, op)
    x = as_tensor(input, target if isinstance(target, Tensor) else None)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}")
    t = as_tensor(target, x)
    if x.shape != t.shape:
        raise ValueError(f"{op}: input {x.shape} and target {t.shape} must have the same shape")
    check_float_target(x, t, op)
    return x, t


def check_float_target(x: Tensor, target: Tensor, op: str) -> None:
    """TypeError for a target in another float dtype than the prediction's."""
    if target.dtype in FLOATS and target.dtype != x.dtype:
        raise TypeError(
            f"{op}: the input is {x.dtype} and the target is {target.dtype}; convert one of them, "
            f"for instance the target with .to({str(x.dtype)!r})"
        )


def reduced(losses: Tensor, reduction: str, op: str) -> Tensor:
    """The mean or the sum of ``losses``, or all of them ("none")."""
    check_reduction(reduction, op)
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)
