"""Precision, recall and F1: of one label, of each, and averaged over all.

    precision P = TP/(TP + FP)    of those called positive, how many are
    recall    R = TP/(TP + FN)    of the positive, how many were found
    F1          = 2/(1/P + 1/R) = 2·TP/(2·TP + FP + FN), their harmonic mean

001 prints F1 without its 2, (1/P + 1/R)⁻¹, which cannot exceed ½. With many labels each is the
positive one in turn; "macro" is the mean over labels, "weighted" the mean weighted by how often
each is true, "micro" sums the counts first, which for one label a sample is the accuracy.

Source: 000 "In this case, use Precision and Recall", 001 "ROC curve and confusion matrix".
"""

from __future__ import annotations

from math import nan
from typing import Any, NamedTuple

from ..backend import array_module
from .arguments import check_pos_label, known_labels, label_arrays, positions, positives
from .undefined import check_zero_division, ratio, some, undefined, warn

AVERAGES = (None, "binary", "macro", "micro", "weighted")


def precision_score(
    y_true: Any,
    y_pred: Any,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: float = nan,
) -> Any:
    """TP/(TP + FP): of the samples called positive, the share that is. PPV is the same.

    ``y_true``, ``y_pred``: labels (N,). ``average`` "binary" asks for ``pos_label`` among two
    labels (ValueError where there are more), None for an array, one entry for each of ``labels``
    (by default all that occur, sorted); "macro", "weighted", "micro" average over them. With
    "binary" ``labels`` counts for nothing, else ``pos_label`` (a UserWarning). 0/0, a label that
    was never predicted, is ``zero_division``: NaN with a warning, or 0 or 1; the
    averages leave NaN out, as in scikit-learn; a "weighted" one that has no weight left is NaN too
    (scikit-learn: the plain mean).
    """
    return _score("precision_score", y_true, y_pred, labels, pos_label, average, zero_division)


def recall_score(
    y_true: Any,
    y_pred: Any,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: float = nan,
) -> Any:
    """TP/(TP + FN): of the positive samples, the share that was found. Sensitivity is the same.

    Arguments as in :func:`precision_score`; 0/0 is a label that is never true.
    """
    return _score("recall_score", y_true, y_pred, labels, pos_label, average, zero_division)


def f1_score(
    y_true: Any,
    y_pred: Any,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: float = nan,
) -> Any:
    """2·TP/(2·TP + FP + FN): the harmonic mean 2/(1/P + 1/R) of precision and recall.

    Arguments as in :func:`precision_score`; 0/0 is a label that is neither true nor predicted. Of
    masks it is the Dice coefficient.
    """
    return _score("f1_score", y_true, y_pred, labels, pos_label, average, zero_division)


class _Totals(NamedTuple):
    """Of each label: right, how often predicted, how often true. Arrays (K,), or numbers."""

    right: Any
    predicted: Any
    true: Any


# Of each score: numerator, denominator, and what is missing where that is 0.
_FORMULAS = {
    "precision_score": (lambda t: (t.right, t.predicted), "y_pred has no"),
    "recall_score": (lambda t: (t.right, t.true), "y_true has no"),
    "f1_score": (lambda t: (2 * t.right, t.true + t.predicted), "y_true and y_pred have no"),
    "jaccard_score": (  # in overlap.py, which takes masks as well
        lambda t: (t.right, t.true + t.predicted - t.right), "y_true and y_pred have no",
    ),
}


def _score(metric, y_true, y_pred, labels, pos_label, average, zero_division):
    check_zero_division(zero_division, metric)
    if average not in AVERAGES:
        raise ValueError(
            f"{metric}: average={average!r} must be None, 'binary', 'macro', 'micro' or 'weighted'"
        )
    if average != "binary" and not (isinstance(pos_label, (int, float)) and pos_label == 1):
        warn(f"{metric}: pos_label={pos_label!r} counts for nothing with average={average!r}; of "
             f"one label's score ask with labels=[{pos_label!r}]", UserWarning)
    truth, guess = label_arrays(metric, y_true=y_true, y_pred=y_pred)
    terms, empty = _FORMULAS[metric]
    if average == "binary":
        totals = _binary_totals(metric, truth, guess, pos_label)
        return ratio(*terms(totals), metric, f"{empty} {pos_label!r}", zero_division)
    labels = known_labels(metric, labels, {"y_true": truth, "y_pred": guess})
    totals = _label_totals(truth, guess, labels)
    if average == "micro":
        totals = _Totals(*(int(t.sum()) for t in totals))
        names = some(labels.tolist()) or "samples"
        return ratio(*terms(totals), metric, f"{empty} {names}", zero_division)
    each = ratio(*terms(totals), metric, empty, zero_division, labels)
    if average is None:
        return each
    weight = totals.true if average == "weighted" else 0 * totals.true + 1
    return _mean(each, weight, metric, zero_division)


def _binary_totals(metric, truth, guess, pos_label) -> _Totals:
    present = {"y_true": truth, "y_pred": guess}
    count = len(known_labels(metric, None, present))
    if count > 2:
        raise ValueError(
            f"{metric}: average='binary' is for two labels and here are {count}; choose "
            f"average=None, 'macro', 'micro' or 'weighted'"
        )
    check_pos_label(pos_label, metric, present)
    ill = positives(truth, pos_label, metric, "y_true")
    found = positives(guess, pos_label, metric, "y_pred")
    return _Totals(int((ill & found).sum()), int(found.sum()), int(ill.sum()))


def _label_totals(truth: Any, guess: Any, labels: Any) -> _Totals:
    xp, count = array_module(labels), len(labels)
    rows, true = positions(truth, labels)
    columns, predicted = positions(guess, labels)
    right = true & predicted & (rows == columns)
    return _Totals(*(
        xp.bincount(place, minlength=count)
        for place in (rows[right], columns[predicted], rows[true])
    ))


def _mean(each: Any, weight: Any, metric: str, zero_division: float) -> float:
    """The weighted mean of what is a number; what is NaN has been warned of, and is left out."""
    xp = array_module(each)
    weight = xp.where(xp.isnan(each), 0, weight)
    total = float(weight.sum())
    if xp.isnan(each).all():
        return nan if each.size else undefined(metric, "there are no samples")
    each = xp.where(xp.isnan(each), 0.0, each)
    return ratio(float((each * weight).sum()), total, metric,
                 "of the labels that have a score, y_true has none", zero_division)
