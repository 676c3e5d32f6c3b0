"""How much do two regions share? Jaccard's index and Dice's coefficient of the sets A and B.

    J = |A ∩ B| / |A ∪ B|              D = 2·|A ∩ B| / (|A| + |B|)

Both are 1 for equal regions and 0 for disjoint ones, and each follows from the other,
D = 2J/(1 + J) and J = D/(2 − D), so they rank segmentations alike; but D is never the smaller, and
a "Dice of 0.85" (004 "Brain Tumor Segmentation: Results") is an overlap of 0.74. Of labels, the
Dice coefficient is the F1 score. What 002 calls Dice is 1 − D, a loss: ``F.dice_loss``.

Source: 000 and 001 "Other performance metrics" (Jaccard), 002 "LOSS FUNCTIONS FOR IMAGE
SEGMENTATION", 004 "Brain Tumor Segmentation".
"""

from __future__ import annotations

from math import nan
from typing import Any

from ..backend import array_module, is_array
from .arguments import as_array, same_shape
from .averages import _score
from .undefined import check_zero_division, ratio


def jaccard_score(
    y_true: Any,
    y_pred: Any,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    zero_division: float = nan,
) -> Any:
    """|A ∩ B| / |A ∪ B| = TP/(TP + FP + FN), for A where the truth is the label, B the prediction.

    ``y_true``, ``y_pred``: labels of one shape, of samples (N,) or of pixels, any number of axes:
    masks are labels False and True, or 0 and 1. ``average`` "binary" asks for ``pos_label`` among
    two labels (ValueError where there are more), None for an array, one entry for each of
    ``labels`` (by default all that occur, sorted); "macro", "weighted" and "micro" average over
    them as in scikit-learn. 0/0, a label that is nowhere, is ``zero_division``: NaN with a warning,
    or 0 or 1.
    """
    arrays = _alike("jaccard_score", y_true, y_pred)
    truth, guess = (a.reshape(-1) for a in arrays)
    return _score("jaccard_score", truth, guess, labels, pos_label, average, zero_division)


def dice_score(y_true: Any, y_pred: Any, zero_division: float = nan) -> float:
    """2·|A ∩ B| / (|A| + |B|) of two masks: 2·Σty / (Σt + Σy).

    ``y_true`` t, ``y_pred`` y: masks of one shape (any), of booleans, zeros and ones, or
    probabilities from 0 to 1. ValueError for other values; of labels pass ``labels == 3``.
    Two empty masks are 0/0: ``zero_division``, NaN with a warning or 0 or 1.
    """
    check_zero_division(zero_division, "dice_score")
    t, y = (
        _shares("dice_score", name, a)
        for name, a in zip(("y_true", "y_pred"), _alike("dice_score", y_true, y_pred), strict=True)
    )
    both, either = float((t * y).sum()), float(t.sum()) + float(y.sum())
    return ratio(2 * both, either, "dice_score", "both masks are empty", zero_division)


def dice_from_jaccard(jaccard: Any) -> Any:
    """D = 2J/(1 + J), of a number or of each entry of an array; ValueError outside 0 to 1."""
    j = _number_or_array("dice_from_jaccard", jaccard)
    return 2 * j / (1 + j)


def jaccard_from_dice(dice: Any) -> Any:
    """J = D/(2 − D), of a number or of each entry of an array; ValueError outside 0 to 1."""
    d = _number_or_array("jaccard_from_dice", dice)
    return d / (2 - d)


def _alike(metric: str, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Two arrays of one shape on one device."""
    t, y = as_array(y_true, f"{metric}: y_true"), as_array(y_pred, f"{metric}: y_pred")
    same_shape(metric, {"y_true": t, "y_pred": y}, "sample or pixel")
    return t, y


def _shares(metric: str, name: str, array: Any) -> Any:
    """How much of each pixel belongs to the region, as float64."""
    if array.dtype.kind in "US":
        raise TypeError(f"{metric}: {name} must be a mask of numbers, got {array.dtype}")
    array = array.astype("float64")
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(
            f"{metric}: {name} must be a mask with values from 0 to 1; of labels pass the mask of "
            f"one of them, such as labels == 1"
        )
    return array


def _number_or_array(metric: str, value: Any) -> Any:
    array = as_array(value, metric)
    if array.dtype.kind in "US":
        raise TypeError(f"{metric}: expected numbers, got {array.dtype}")
    array = array.astype("float64")
    if ((array < 0) | (array > 1)).any():
        raise ValueError(f"{metric}: the values must be from 0 to 1")
    single = not is_array(value) and array.ndim == 0
    return float(array) if single else array_module(array).asarray(array)
