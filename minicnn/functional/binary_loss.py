"""Binary cross-entropy: yes or no, for each entry on its own.

    L = −(t·ln y + (1 − t)·ln(1 − y)),    y = σ(x)

Several labels an image (CheXNet's 14 pathologies) are several such questions. With a weight β for
the positive ones, L = −(β·t·ln y + (1 − t)·ln(1 − y)), β > 1 punishes what was missed.

Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION", 004 "CheX-Net Approach".
"""

from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..backend import array_module
from ..tensor import FLOATS, Tensor
from .rectifiers import softplus
from .reduction import alike, check_share, factor, reduced
from .select import clip


class BoundedLog(Function):
    """ln y, but no less than −100:  ∂/∂y = 1/y, but no more than 10¹² (both PyTorch's bounds)."""

    def forward(self, y):
        xp = array_module(y)
        positive = y > 0
        least = y.dtype.type(-100)
        logarithm = xp.maximum(xp.log(xp.where(positive, y, y.dtype.type(1))), least)
        return xp.where(positive, logarithm, least)

    def backward(self, g: Tensor) -> Tensor:
        (y,) = self.inputs
        return g / clip(y, min=1e-12)


def binary_cross_entropy(
    input: Tensor, target: Any, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """−(t·ln y + (1 − t)·ln(1 − y)) for probabilities y and targets t from 0 to 1, one shape.

    Logarithms are no less than −100, so that 0 and 1 are allowed; the gradient divides by no less
    than 10⁻¹². (Where y = t is exactly 0 or 1 the slope is 1 or −1; PyTorch says 0.) Prefer
    :func:`binary_cross_entropy_with_logits`, which needs no bounds. ``weight`` multiplies each
    entry (broadcast).
    """
    op = "binary_cross_entropy"
    y, t = checked(op, input, target, reduction)
    check_probabilities(op, y, t)
    w = factor(weight, y, "weight", op)
    losses = -(t * BoundedLog()(y) + (1 - t) * BoundedLog()(1 - y))
    return reduced(losses if w is None else losses * w, reduction, op)


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
    op = "binary_cross_entropy_with_logits"
    x, t = checked(op, input, target, reduction)
    w = factor(weight, x, "weight", op)
    beta = factor(pos_weight, x, "pos_weight", op)
    missed = softplus(-x, threshold=float("inf"))
    if beta is not None:
        missed = (1 + (beta - 1) * t) * missed
    losses = (1 - t) * x + missed
    return reduced(losses if w is None else losses * w, reduction, op)


def checked(op: str, input: Any, target: Any, reduction: str) -> tuple[Tensor, Tensor]:
    """A prediction and its target, both floats of one shape."""
    x, t = alike(input, target, reduction, op)
    if t.dtype not in FLOATS:
        raise TypeError(f"{op}: the target must be floats, got {t.dtype}; use .to('{x.dtype}')")
    return x, t


def check_probabilities(op: str, y: Tensor, t: Tensor) -> None:
    """ValueError unless prediction and target are both from 0 to 1."""
    for name, values in (("input", y.data), ("target", t.data)):
        check_share(values, name, op, "logits go to binary_cross_entropy_with_logits")
