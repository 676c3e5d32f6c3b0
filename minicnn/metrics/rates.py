"""Yes or no: the rates of a test, each a conditional probability read off four counts.

    sensitivity = P(+ | disease) = TP/(TP + FN)        PPV = P(disease | +) = TP/(TP + FP)
    specificity = P(− | normal)  = TN/(TN + FP)        NPV = P(normal | −)  = TN/(TN + FN)
    prevalence  = P(disease)     = (TP + FN)/N         accuracy = P(correct)

Sensitivity and specificity belong to the test; the predictive values, which the patient asks for,
depend on the prevalence as well: :func:`predictive_values` is Bayes' rule. Where there are more
labels than two, ``pos_label`` stands against all the rest.

Source: 000 and 001 "ROC curve and confusion matrix", 003 "Sensitivity, Specificity and Prevalence",
"PPV & NPV", "Confusion Matrix".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import is_array
from .arguments import as_array, label_arrays, one_device, same_kind
from .confusion import counted
from .undefined import ratio, some


def accuracy_score(y_true: Any, y_pred: Any, normalize: bool = True) -> float | int:
    """The share of samples whose label was found; their number for ``normalize=False``.

    sensitivity · prevalence + specificity · (1 − prevalence) where there are two labels.
    ``y_true``, ``y_pred``: labels (N,), two or many. NaN, with a warning, without samples. Source:
    003 "Sensitivity, Specificity and Prevalence".
    """
    truth, guess = label_arrays("accuracy_score", y_true=y_true, y_pred=y_pred)
    same_kind("accuracy_score", {"y_true": truth, "y_pred": guess})
    right = int((truth == guess).sum()) if truth.size else 0
    if not normalize:
        return right
    return ratio(right, truth.size, "accuracy_score", "there are no samples")


def sensitivity(y_true: Any, y_pred: Any, pos_label: Any = 1) -> float:
    """P(+ | disease) = TP/(TP + FN): the true-positive rate, which is the recall.

    ``y_true``, ``y_pred``: labels (N,). NaN, with a warning, where nobody is ill.
    """
    c = counted("sensitivity", y_true, y_pred, pos_label)
    return ratio(c.tp, c.tp + c.fn, "sensitivity", f"y_true has no positives ({pos_label!r})")


def specificity(y_true: Any, y_pred: Any, pos_label: Any = 1) -> float:
    """P(− | normal) = TN/(TN + FP): the true-negative rate, 1 − the false-positive rate.

    ``y_true``, ``y_pred``: labels (N,). NaN, with a warning, where everybody is ill.
    """
    c = counted("specificity", y_true, y_pred, pos_label)
    return ratio(c.tn, c.tn + c.fp, "specificity", f"y_true has nothing but {pos_label!r}")


def positive_predictive_value(y_true: Any, y_pred: Any, pos_label: Any = 1) -> float:
    """P(disease | +) = TP/(TP + FP): PPV, which is the precision.

    ``y_true``, ``y_pred``: labels (N,). NaN, with a warning, where nobody was called ill.
    """
    c = counted("positive_predictive_value", y_true, y_pred, pos_label)
    return ratio(c.tp, c.tp + c.fp, "positive_predictive_value",
                 f"y_pred has no positives ({pos_label!r})")


def negative_predictive_value(y_true: Any, y_pred: Any, pos_label: Any = 1) -> float:
    """P(normal | −) = TN/(TN + FN): NPV.

    ``y_true``, ``y_pred``: labels (N,). NaN, with a warning, where everybody was called ill.
    """
    c = counted("negative_predictive_value", y_true, y_pred, pos_label)
    return ratio(c.tn, c.tn + c.fn, "negative_predictive_value",
                 f"y_pred has nothing but {pos_label!r}")


def prevalence(y_true: Any, y_pred: Any = None, pos_label: Any = 1) -> float:
    """P(disease) = (TP + FN)/N: the share of ``pos_label`` in the truth.

    ``y_true``: labels (N,). ``y_pred`` may stand there, so that the five rates are called alike;
    its values do not matter. NaN, with a warning, without samples.
    """
    c = counted("prevalence", y_true, y_true if y_pred is None else y_pred, pos_label)
    return ratio(c.tp + c.fn, sum(c), "prevalence", "there are no samples")


def predictive_values(sensitivity: Any, specificity: Any, prevalence: Any) -> tuple[Any, Any]:
    """(PPV, NPV) of a test in a population of this prevalence, by Bayes' rule.

        PPV = s·π / (s·π + (1 − c)·(1 − π))        NPV = c·(1 − π) / (c·(1 − π) + (1 − s)·π)

    with s sensitivity, c specificity, π prevalence: numbers from 0 to 1 (two floats come back) or
    arrays, which broadcast. NaN, with a warning, where the test never says + (or −). Source: 003
    "PPV & NPV": P(disease | +) from P(+ | disease).
    """
    given = {"sensitivity": sensitivity, "specificity": specificity, "prevalence": prevalence}
    for name, value in given.items():
        array = as_array(value, f"predictive_values: {name}")
        if array.dtype.kind not in "biuf" or not ((array >= 0) & (array <= 1)).all():
            raise ValueError(f"predictive_values: {name} must be from 0 to 1, got {value!r}")
        given[name] = array if array.ndim or is_array(value) else float(array)
    arrays = {name: value for name, value in given.items() if is_array(value)}
    if arrays:
        one_device("predictive_values", arrays)
        shapes = [value.shape for value in arrays.values()]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            raise ValueError(
                f"predictive_values: shapes {some(shapes)} of {', '.join(arrays)} do not broadcast"
            ) from None
    s, c, p = given.values()
    true_positive, false_positive = s * p, (1 - c) * (1 - p)
    true_negative, false_negative = c * (1 - p), (1 - s) * p
    ppv = ratio(true_positive, true_positive + false_positive, "PPV", "the test never says +")
    npv = ratio(true_negative, true_negative + false_negative, "NPV", "the test never says −")
    return ppv, npv
