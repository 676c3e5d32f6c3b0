"""Precision against recall, threshold by threshold, and the average precision.

    P(t) = TP/(TP + FP)        R(t) = TP/(TP + FN)        AP = Σ_n (R_n − R_{n−1}) P_n

Where few are ill, the many healthy ones make a false-positive rate small whatever happens;
precision counts the false alarms against the finds instead. Guessing has the prevalence as its
precision.

Source: 000 and 001 "In this case, use Precision and Recall", "ROC curve, Precision-Recall".
"""

from __future__ import annotations

from typing import Any

from ..backend import array_module
from .arguments import check_pos_label, label_arrays
from .thresholds import counts_at_thresholds, has_columns, over_labels
from .undefined import ratio


def precision_recall_curve(
    y_true: Any, y_score: Any, pos_label: Any = None, drop_intermediate: bool = False
) -> tuple[Any, Any, Any]:
    """(precision, recall, thresholds): float64 arrays, thresholds rising, so recall falling.

    ``y_true``, ``y_score`` and ``pos_label`` as in :func:`roc_curve`. Precision and recall have one
    entry more than the thresholds: the last point, (1, 0), belongs to none and is a convention.
    ``drop_intermediate`` leaves out points between others of the same recall. Without positives
    the recall is NaN, with a warning (scikit-learn: 1).
    """
    return _curve("precision_recall_curve", y_true, y_score, pos_label, drop_intermediate)


def average_precision_score(
    y_true: Any, y_score: Any, average: str | None = "macro", pos_label: Any = 1
) -> Any:
    """AP = Σ_n (R_n − R_{n−1}) P_n: the mean precision over the finds, no interpolation.

    ``y_true`` and ``y_score`` (N,), or (N, L) for several labels a sample, ``average`` as in
    :func:`roc_auc_score`. Not the area by trapezoids, which between two points would promise
    precisions that no threshold has. NaN, with a warning, without positives (scikit-learn: 0).
    """
    metric = "average_precision_score"
    y_true, several = has_columns(y_true, metric, average)
    if several and pos_label != 1:
        raise ValueError(
            f"{metric}: with several labels a sample pos_label is 1, got {pos_label!r}"
        )

    def average_precision(truth: Any, score: Any) -> float:
        precision, recall, _ = _curve(metric, truth, score, pos_label, False)
        return area_of_steps(precision, recall)

    if several:
        return over_labels(metric, average_precision, y_true, y_score, average)
    (truth,) = label_arrays(metric, y_true=y_true)
    labels = array_module(truth).unique(truth)
    if len(labels) > 2:
        raise ValueError(
            f"{metric}: y_true has {len(labels)} labels: the curve is of two. Give one column for "
            f"each label, 0 or 1, (N, L), and scores of that shape"
        )
    check_pos_label(pos_label, metric, {"y_true": truth})
    return average_precision(truth, y_score)


def area_of_steps(precision: Any, recall: Any) -> float:
    """Σ_n (R_n − R_{n−1}) P_n of a curve as :func:`precision_recall_curve` returns it."""
    return float(((recall[:-1] - recall[1:]) * precision[:-1]).sum())


def _curve(metric, y_true, y_score, pos_label, drop_intermediate):
    fp, tp, thresholds = counts_at_thresholds(metric, y_true, y_score, pos_label)
    xp = array_module(fp)
    if drop_intermediate and len(fp) > 2:
        changes = xp.diff(tp) != 0
        ends = xp.ones(1, bool)
        kept = xp.where(xp.concatenate([ends, changes[:-1] | changes[1:], ends]))[0]
        fp, tp, thresholds = fp[kept], tp[kept], thresholds[kept]
    precision = tp / (tp + fp)  # never 0/0: at each threshold, which is a score, there is a sample
    recall = ratio(tp, tp[-1:], f"{metric}: the recall", "y_true has no positives")
    return (
        xp.concatenate([precision[::-1], xp.ones(1)]),
        xp.concatenate([recall[::-1], xp.zeros(1)]),
        thresholds[::-1],
    )
