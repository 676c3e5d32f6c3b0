"""The first and the last step of a loss: two of one shape, and the mean or sum of the entries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..tensor import FLOATS, Tensor
from .arithmetic import broadcast_shape
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


def check_share(values: Any, name: str, op: str, instead: str) -> None:
    """ValueError unless all entries of an array are probabilities; ``instead`` says what helps."""
    outside = ~((values >= 0) & (values <= 1))  # NaN too
    if outside.any():
        raise ValueError(
            f"{op}: the {name} must be probabilities from 0 to 1, got "
            f"{values[outside].reshape(-1)[0]}; {instead}"
        )


def factor(value: Any, x: Tensor, name: str, op: str) -> Tensor | None:
    """What multiplies the losses of x, which it must not make more of."""
    if value is None:
        return None
    w = as_tensor(value, x)
    if broadcast_shape(w.shape, x.shape) != x.shape:
        raise ValueError(
            f"{op}: {name} of shape {w.shape} does not broadcast over the input {x.shape}"
        )
    return w


def weights(value: Any, x: Tensor, name: str, op: str) -> Tensor:
    """:func:`factor` for weights that a loss cannot do without: finite ones, none negative."""
    try:
        w = as_tensor(value, x)
    except TypeError as error:
        raise TypeError(f"{op}: {name}: {error}") from None
    check_weights(w.data, name, op)
    return factor(w, x, name, op)


def check_bits(values: Any, op: str, rule: str) -> None:
    """ValueError, saying ``rule``, unless all entries of an array are 0 or 1."""
    wrong = (values != 0) & (values != 1)  # NaN too
    if wrong.any():
        raise ValueError(f"{op}: {rule}, got {values[wrong].reshape(-1)[0]}")


def check_weights(values: Any, name: str, op: str) -> None:
    """ValueError unless all entries of an array are finite and none is negative."""
    wrong = ~((values >= 0) & (values < math.inf))  # NaN too
    if wrong.any():
        raise ValueError(
            f"{op}: {name} must be finite and not negative, got {values[wrong].reshape(-1)[0]}"
        )


def setting(value: Any, name: str, op: str, positive: bool = False) -> float:
    """A finite number, 0 or more (more than 0 if ``positive``): a margin, a width, a weight."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{op}: {name} must be a number, got {type(value).__name__}")
    if not 0 <= value < math.inf or (positive and value == 0):
        least = "greater than 0" if positive else "0 or more"
        raise ValueError(f"{op}: {name}={value!r} must be a finite number, {least}")
    return float(value)


def reduced(losses: Tensor, reduction: str, op: str) -> Tensor:
    """The mean or the sum of ``losses``, or all of them ("none")."""
    check_reduction(reduction, op)
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)
