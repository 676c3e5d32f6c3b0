"""Binary cross-entropy: yes or no, for each entry on its own.

    L = −(t·ln y + (1 − t)·ln(1 − y)),    y = σ(x)

Several labels an image (CheXNet's 14 pathologies) are several such questions. With a weight β for
the positive ones, L = −(β·t·ln y + (1 − t)·ln(1 − y)), β > 1 punishes what was missed.

Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION", 004 "CheX-Net Approach".
"""

from __future__ import annotations

from math import exp as exp_number
from typing import Any

from ..tensor import FLOATS, Tensor
from .elementwise import log
from .operands import as_tensor
from .rectifiers import softplus
from .reduction import reduced
from .select import clip


def binary_cross_entropy(
    input: Tensor, target: Any, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """−(t·ln y + (1 − t)·ln(1 − y)) for probabilities y and targets t from 0 to 1, one shape.

    Logarithms are no less than −100, as in PyTorch; where that bound holds (y below e⁻¹⁰⁰) the
    gradient is 0 here, so prefer :func:`binary_cross_entropy_with_logits`, which needs no bound.
    ``weight`` multiplies each entry (broadcast).
    """
    y, t = _pair("binary_cross_entropy", input, target)
    for name, values in (("input", y.data), ("target", t.data)):
        outside = ~((values >= 0) & (values <= 1))
        if outside.any():
            raise ValueError(
                f"binary_cross_entropy: the {name} must be probabilities from 0 to 1, got "
                f"{values[outside].reshape(-1)[0]}; logits go to binary_cross_entropy_with_logits"
            )
    tiny = exp_number(-100)
    losses = -(t * log(clip(y, min=tiny)) + (1 - t) * log(clip(1 - y, min=tiny)))
    return _weighted(losses, weight, reduction, "binary_cross_entropy")


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Any,
    weight: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:
    """−(β·t·ln σ(x) + (1 − t)·ln(1 − σ(x))) for logits x, finite for all of them.

    With −ln σ(x) = softplus(−x):  (1 − t)·x + (1 + (β − 1)·t)·softplus(−x). ``pos_weight`` β
    broadcasts over the last axes (one number a label), ``weight`` multiplies each entry.
    """
    x, t = _pair("binary_cross_entropy_with_logits", input, target)
    losses = (1 - t) * x
    missed = softplus(-x, threshold=float("inf"))
    if pos_weight is None:
        losses = losses + missed
    else:
        losses = losses + (1 + (as_tensor(pos_weight, x) - 1) * t) * missed
    if losses.shape != x.shape:
        raise ValueError(
            f"binary_cross_entropy_with_logits: pos_weight of shape "
            f"{as_tensor(pos_weight, x).shape} does not broadcast over the input {x.shape}"
        )
    return _weighted(losses, weight, reduction, "binary_cross_entropy_with_logits")


def _pair(op: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    x = as_tensor(input)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}")
    t = as_tensor(target, x)
    if t.dtype not in FLOATS:
        raise TypeError(f"{op}: the target must be floats, got {t.dtype}; use .to('{x.dtype}')")
    if x.shape != t.shape:
        raise ValueError(f"{op}: input {x.shape} and target {t.shape} must have the same shape")
    return x, t


def _weighted(losses: Tensor, weight: Any, reduction: str, op: str) -> Tensor:
    if weight is not None:
        losses = losses * as_tensor(weight, losses)
    return reduced(losses, reduction, op)
