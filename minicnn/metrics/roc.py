"""The receiver operating characteristic: sensitivity against 1 − specificity, for every threshold.

    TPR(t) = TP/(TP + FN) = P(score ≥ t | disease)
    FPR(t) = FP/(FP + TN) = P(score ≥ t | normal)

The area under the curve, by the trapezoid rule, is the probability that an ill patient scores
higher than a healthy one, where a tie counts half: ½ is guessing, 1 perfect, and no threshold is
chosen.

Source: 000 and 001 "ROC curve and confusion matrix", "Area under the curve (AUC): Integral of ROC
curve", 003 "Receiver Operating Characteristic (ROC) Curve", 004 "CheX-Net: Results" (AUROC).
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from ..backend import array_module
from .arguments import as_array, label_arrays, same_place
from .thresholds import counts_at_thresholds, has_columns, over_labels
from .undefined import ratio, some, undefined


def roc_curve(
    y_true: Any, y_score: Any, pos_label: Any = None, drop_intermediate: bool = True
) -> tuple[Any, Any, Any]:
    """(FPR, TPR, thresholds): float64 arrays, from (0, 0) at threshold ∞ to (1, 1) at the lowest.

    ``y_true``: labels (N,); ``y_score`` (N,): the higher, the more probably positive. Positive is
    ``pos_label``, by default 1 where the labels are 0 and 1 or −1 and 1. At a threshold t all with
    score ≥ t are called positive; tied scores make one point. ``drop_intermediate`` leaves out
    points within a straight piece. Without negatives the FPR is NaN, without positives the TPR,
    with a warning. ValueError for scores that are not finite.
    """
    fp, tp, thresholds = counts_at_thresholds("roc_curve", y_true, y_score, pos_label)
    xp = array_module(fp)
    if drop_intermediate and len(fp) > 2:
        # No corner where both counts go on as they came. (A straight piece with steps of different
        # sizes keeps its points, as in scikit-learn.)
        corner = (xp.diff(fp, 2) != 0) | (xp.diff(tp, 2) != 0)
        ends = xp.ones(1, bool)
        kept = xp.where(xp.concatenate([ends, corner, ends]))[0]
        fp, tp, thresholds = fp[kept], tp[kept], thresholds[kept]
    start = xp.zeros(1)
    fp, tp = xp.concatenate([start, fp]), xp.concatenate([start, tp])
    thresholds = xp.concatenate([xp.full(1, inf), thresholds])  # nothing is called positive
    fpr = ratio(fp, fp[-1:], "roc_curve: the false-positive rate", "y_true has no negatives")
    tpr = ratio(tp, tp[-1:], "roc_curve: the true-positive rate", "y_true has no positives")
    return fpr, tpr, thresholds


def auc(x: Any, y: Any) -> float:
    """Σ ½ (y_i + y_{i+1}) |x_{i+1} − x_i|: the area under a curve, by the trapezoid rule.

    ``x`` and ``y`` (N,), two points or more; ``x`` rises or falls all the way (ValueError).
    """
    x, y = as_array(x, "auc: x"), as_array(y, "auc: y")
    for name, array in (("x", x), ("y", y)):
        if array.ndim != 1 or array.dtype.kind not in "biuf":
            raise ValueError(
                f"auc: {name} must be numbers (N,), got {array.dtype} of shape {array.shape}"
            )
    same_place("auc", {"x": x, "y": y})
    if len(x) < 2:
        raise ValueError(f"auc: an area needs two points or more, got {len(x)}")
    x, y = x.astype(np.float64), y.astype(np.float64)
    step = x[1:] - x[:-1]
    falls = bool((step < 0).any())
    if falls and not (step <= 0).all():
        raise ValueError("auc: x must rise or fall all the way; it does both")
    area = float((step * (y[1:] + y[:-1]) / 2).sum())
    return -area if falls else area


def roc_auc_score(y_true: Any, y_score: Any, average: str | None = "macro") -> Any:
    """The area under the ROC curve: P(s₊ > s₋) + ½ P(s₊ = s₋) for one ill and one healthy sample.

    ``y_true`` (N,) of two labels, of which the larger is positive, and ``y_score`` (N,); or several
    labels a sample, as the 14 findings of CheXNet: ``y_true`` (N, L) of 0 and 1 and ``y_score``
    (N, L). Then ``average=None`` gives an array, one AUROC for each label, "macro" their mean,
    "weighted" the mean weighted by the number of positives, "micro" one curve of all entries. NaN,
    with a warning, where y_true has one label only.
    """
    y_true, several = has_columns(y_true, "roc_auc_score", average)
    if several:
        return over_labels("roc_auc_score", _area, y_true, y_score, average)
    return _area(y_true, y_score)


def _area(y_true: Any, y_score: Any) -> float:
    (truth,) = label_arrays("roc_auc_score", y_true=y_true)
    labels = array_module(truth).unique(truth)
    if len(labels) > 2:
        raise ValueError(
            f"roc_auc_score: y_true has {len(labels)} labels, {some(labels.tolist())}: the curve "
            f"is of two. Give one column for each label, 0 or 1, (N, L), and scores of that shape"
        )
    positive = truth == labels[-1] if len(labels) else truth
    fp, tp, _ = counts_at_thresholds("roc_auc_score", positive, y_score, 1)
    if len(labels) == 1:
        return undefined("roc_auc_score", f"y_true has only one label, {labels.tolist()[0]!r}")
    start = array_module(fp).zeros(1)
    fp, tp = (array_module(fp).concatenate([start, c]) for c in (fp, tp))
    return auc(fp / fp[-1], tp / tp[-1])
