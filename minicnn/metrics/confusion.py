"""The confusion matrix: who was taken for whom. Rows are the truth, columns the prediction.

                        prediction
                        +      −
        truth   +       TP     FN        Disease
                −       FP     TN        Normal

So 003 draws it ("Confusion matrix", GT down, model output across), and 000 and 001 ("Confusion
Matrix: 2+ categories"); scikit-learn has the same axes. 003's last table has them the other way
round: that is ``matrix.T``. Labels stand in their order (0 before 1), so that the matrix of two
classes starts with TN; ``labels=[1, 0]`` gives the lecture's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..backend import array_module
from .arguments import (
    as_array,
    check_pos_label,
    known_labels,
    label_arrays,
    positions,
    positives,
)
from .undefined import ratio

NORMALIZE = (None, "true", "pred", "all")


class Counts(NamedTuple):
    """How often: true positive, false negative, false positive, true negative."""

    tp: int
    fn: int
    fp: int
    tn: int


def confusion_matrix(
    y_true: Any, y_pred: Any, labels: Any = None, normalize: str | None = None
) -> Any:
    """M[i, j] = how many samples of label i were taken for label j: integers (K, K).

    Rows are the truth, columns the prediction, both in the order of ``labels``, which by default
    are all that occur, sorted; a sample with a label that is not among them is left out.
    ``normalize`` divides by the row's sum ("true": the diagonal is then each label's recall), the
    column's ("pred": precision) or everything ("all"). A row or column without samples is then
    NaN, with a warning (scikit-learn: 0). ``y_true``, ``y_pred``: labels (N,). ValueError if none
    of ``labels`` is in y_true. Source: 003 "Confusion matrix", 001 "Confusion Matrix: 2+
    categories".
    """
    if normalize not in NORMALIZE:
        raise ValueError(
            f"confusion_matrix: normalize={normalize!r} must be None, 'true', 'pred' or 'all'"
        )
    truth, guess = label_arrays("confusion_matrix", y_true=y_true, y_pred=y_pred)
    labels = known_labels("confusion_matrix", labels, {"y_true": truth, "y_pred": guess})
    xp, count = array_module(truth), len(labels)
    if not count:
        raise ValueError("confusion_matrix: there are no samples and no labels")
    rows, known_rows = positions(truth, labels)
    columns, known_columns = positions(guess, labels)
    if truth.size and not known_rows.any():
        raise ValueError(f"confusion_matrix: none of labels={labels.tolist()} is in y_true")
    both = known_rows & known_columns
    cell = (rows * count + columns)[both]
    matrix = xp.bincount(cell, minlength=count * count).reshape(count, count)  # (K, K)
    if normalize == "true":
        return ratio(matrix, matrix.sum(1, keepdims=True), "confusion_matrix",
                     "no sample is truly", labels=labels.reshape(-1, 1))
    if normalize == "pred":
        return ratio(matrix, matrix.sum(0, keepdims=True), "confusion_matrix",
                     "no sample was taken for", labels=labels.reshape(1, -1))
    if normalize == "all":
        return ratio(matrix, matrix.sum(), "confusion_matrix", "no sample has these labels")
    return matrix


def row_percentages(matrix: Any) -> Any:
    """100 · M[i, j] / Σ_j M[i, j]: of the samples of label i, how many per cent went to j.

    Rows are the truth, so each row sums to 100 and the diagonal is the recall of each label in per
    cent. A row without samples is NaN, with a warning. Source: 001 "Confusion Matrix: 2+
    categories".
    """
    matrix = as_array(matrix, "row_percentages: matrix")
    if matrix.ndim != 2 or matrix.dtype.kind not in "biuf":
        raise ValueError(
            f"row_percentages: a confusion matrix has two axes and holds numbers, got "
            f"{matrix.dtype} of shape {matrix.shape}"
        )
    if (matrix < 0).any():
        raise ValueError("row_percentages: a confusion matrix counts: there is a negative entry")
    total = matrix.sum(1, keepdims=True)  # (K, 1)
    xp = array_module(matrix)
    rows = xp.arange(len(matrix)).reshape(-1, 1)
    return 100 * ratio(matrix, total, "row_percentages", "there is nothing in row", labels=rows)


def binary_counts(y_true: Any, y_pred: Any, pos_label: Any = 1) -> Counts:
    """TP, FN, FP, TN: ``pos_label`` against all the rest.

    ``y_true``, ``y_pred``: labels (N,). ValueError where ``pos_label`` is neither in y_true nor in
    y_pred and there are two labels or more. Source: 000 and 001 "ROC curve and confusion matrix",
    003 "Confusion matrix".
    """
    return counted("binary_counts", y_true, y_pred, pos_label)


def counted(metric: str, y_true: Any, y_pred: Any, pos_label: Any) -> Counts:
    """:func:`binary_counts` for ``metric``, which its errors name."""
    truth, guess = label_arrays(metric, y_true=y_true, y_pred=y_pred)
    ill = positives(truth, pos_label, metric, "y_true")
    found = positives(guess, pos_label, metric, "y_pred")
    tp, p, predicted = int((ill & found).sum()), int(ill.sum()), int(found.sum())
    if not p and not predicted:
        check_pos_label(pos_label, metric, {"y_true": truth, "y_pred": guess})
    return Counts(tp, p - tp, predicted - tp, truth.size - p - predicted + tp)
