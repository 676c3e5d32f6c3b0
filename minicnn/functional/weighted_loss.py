"""Cross-entropy for rare findings: what is missed and what is found wrongly weigh differently.

    L = −(w₊·t·ln y + w₋·(1 − t)·ln(1 − y))

With w₊ = β and w₋ = 1 this is the lecture's weighted cross-entropy: β > 1 makes fewer false
negatives, β < 1 fewer false positives. CheXNet takes both weights from how rare a finding is among
P positive and N negative images,

    w₊ = N/(P + N)        w₋ = P/(P + N)

so that all positive images together weigh as much as all negative ones, and adds up L over its 14
labels.

Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION", 004 "CheX-Net Approach"; Rajpurkar et al.
2017, arXiv 1711.05225.
"""

from __future__ import annotations

import math
from typing import Any

from ..backend import array_module
from ..tensor import FLOATS, Tensor
from .binary_loss import BoundedLog, check_probabilities, checked
from .operands import as_tensor
from .reduce import Dim, axes_of, sum
from .reduction import check_bits, reduced, weights


def weighted_binary_cross_entropy(
    input: Tensor,
    target: Any,
    positive_weight: Any = 1.0,
    negative_weight: Any = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """−(w₊·t·ln y + w₋·(1 − t)·ln(1 − y)) for probabilities y and targets t, one shape.

    Both weights are numbers, or arrays that broadcast over the input (one number a label stands on
    the last axis); they are not negative. The mean divides by the number of entries, not by the
    weights. Logarithms are bounded as in :func:`binary_cross_entropy`, which this is where both
    weights are 1. For logits use :func:`binary_cross_entropy_with_logits`, whose ``pos_weight``
    is w₊ (and w₋ = 1).

    ValueError for what is no probability, for a negative weight and for shapes that do not fit.
    Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION" (β is ``positive_weight``).
    """
    op = "weighted_binary_cross_entropy"
    return reduced(_losses(op, input, target, positive_weight, negative_weight, reduction),
                   reduction, op)


def multilabel_binary_cross_entropy(
    input: Tensor,
    target: Any,
    positive_weight: Any = 1.0,
    negative_weight: Any = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Σ_l of :func:`weighted_binary_cross_entropy` over the L labels of each image.

    Probabilities (N, L) and targets (N, L); weights are numbers or (L,), as
    :func:`balanced_class_weights` makes them. "mean" and "sum" reduce over the N images, "none"
    leaves (N,). It is L times the mean over all entries: what is added up is not divided by L.

    ValueError for another number of axes, and as above.
    Source: 004 "CheX-Net Approach" (L = 14); Rajpurkar et al. 2017, arXiv 1711.05225.
    """
    op = "multilabel_binary_cross_entropy"
    y = as_tensor(input)
    if y.ndim != 2:
        raise ValueError(f"{op}: the input must be (N, L), L labels an image, got shape {y.shape}")
    losses = _losses(op, y, target, positive_weight, negative_weight, reduction)
    return reduced(sum(losses, 1), reduction, op)


def balanced_class_weights(target: Any, dim: Dim = 0) -> tuple[Any, Any]:
    """(w₊, w₋) = (N/(P + N), P/(P + N)) for P ones and N zeros along ``dim``: two arrays.

    ``target`` holds zeros and ones (or booleans) of any shape, such as the (images, labels) of a
    training set; ``dim`` None counts everything. The arrays have the target's shape without
    ``dim``, its dtype if that is a float's and else float64, and live where it does. A label that
    is never seen has w₊ = 1 and w₋ = 0: its loss is 0, and nothing is learnt about it.

    ValueError for other values, and if there is nothing to count.
    Source: 004 "CheX-Net Approach"; Rajpurkar et al. 2017, arXiv 1711.05225.
    """
    op = "balanced_class_weights"
    t = as_tensor(target).data
    check_bits(t, op, "the target must be zeros and ones")
    axes = axes_of(dim, t.ndim, op)
    count = math.prod(t.shape[i] for i in axes)
    if not count:
        raise ValueError(f"{op}: shape {t.shape} has nothing to count along dim={dim}")
    dtype = t.dtype if t.dtype in FLOATS else "float64"
    positive = (t != 0).sum(axis=axes).astype("float64")
    xp = array_module(t)
    return (xp.asarray((count - positive) / count).astype(dtype),
            xp.asarray(positive / count).astype(dtype))


def _losses(
    op: str, input: Any, target: Any, positive: Any, negative: Any, reduction: str
) -> Tensor:
    y, t = checked(op, input, target, reduction)
    missed = weights(positive, y, "positive_weight", op)
    invented = weights(negative, y, "negative_weight", op)
    check_probabilities(op, y, t)
    return -(missed * t * BoundedLog()(y) + invented * (1 - t) * BoundedLog()(1 - y))
