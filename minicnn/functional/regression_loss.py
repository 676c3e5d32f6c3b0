"""Losses of numbers: how far a prediction x is from its target t, entry by entry.

    mse        (x − t)²
    l1         |x − t|
    smooth l1  ½(x − t)²/β where |x − t| < β, else |x − t| − ½β      Girshick 2015, 1504.08083

Source: 002 "IMAGE REGRESSION" (the corners of a box, the age of a brain).
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from .operands import as_tensor
from .reduction import check_reduction, reduced
from .select import abs_, where


def mse_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """(x − t)², averaged, summed or ("none") entry by entry; both of one shape."""
    x, t = _pair("mse_loss", input, target, reduction)
    return reduced((x - t) ** 2, reduction, "mse_loss")


def l1_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """|x − t|, averaged, summed or ("none") entry by entry; both of one shape."""
    x, t = _pair("l1_loss", input, target, reduction)
    return reduced(abs_(x - t), reduction, "l1_loss")


def smooth_l1_loss(
    input: Tensor, target: Any, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """½(x − t)²/β where |x − t| < β, else |x − t| − ½β; β = 0 is :func:`l1_loss`."""
    x, t = _pair("smooth_l1_loss", input, target, reduction)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta={beta} must not be negative")
    if beta == 0:
        return l1_loss(x, t, reduction)
    difference = x - t
    distance = abs_(difference)
    near = distance.data < beta
    losses = where(near, difference * difference * (0.5 / beta), distance - 0.5 * beta)
    return reduced(losses, reduction, "smooth_l1_loss")


def _pair(op: str, input: Any, target: Any, reduction: str) -> tuple[Tensor, Tensor]:
    check_reduction(reduction, op)
    x = as_tensor(input)
    t = as_tensor(target, x)
    if x.shape != t.shape:
        raise ValueError(f"{op}: input {x.shape} and target {t.shape} must have the same shape")
    return x, t
