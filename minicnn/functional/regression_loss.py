"""Losses of numbers: how far a prediction x is from its target t, entry by entry.

    mse        (x − t)²
    l1         |x − t|
    smooth l1  ½(x − t)²/β where |x − t| < β, else |x − t| − ½β      Girshick 2015, 1504.08083

Source: 002 "IMAGE REGRESSION" (the corners of a box, the age of a brain).
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from .reduction import alike, reduced
from .select import abs_, clip, where


def mse_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """(x − t)², averaged, summed or ("none") entry by entry; both of one shape."""
    x, t = alike(input, target, reduction, "mse_loss")
    return reduced((x - t) ** 2, reduction, "mse_loss")


def l1_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """|x − t|, averaged, summed or ("none") entry by entry; both of one shape."""
    x, t = alike(input, target, reduction, "l1_loss")
    return reduced(abs_(x - t), reduction, "l1_loss")


def smooth_l1_loss(
    input: Tensor, target: Any, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """½(x − t)²/β where |x − t| < β, else |x − t| − ½β; β = 0 is :func:`l1_loss`."""
    x, t = alike(input, target, reduction, "smooth_l1_loss")
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta={beta} must not be negative")
    if beta == 0:
        return l1_loss(x, t, reduction)
    difference = x - t
    distance = abs_(difference)
    small = clip(difference, -float(beta), float(beta))  # the square of a large one would overflow
    losses = where(distance.data < beta, small * small * (0.5 / beta), distance - 0.5 * beta)
    return reduced(losses, reduction, "smooth_l1_loss")
