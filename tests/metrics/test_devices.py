"""On another device: every metric computes there, on arrays that refuse NumPy, and moves nothing.

Numbers come out as Python's, arrays on the device of what was given.
"""

import inspect

import numpy as np
import pytest
import strict_array  # noqa: F401  (the device "strict")
from labelled import same, undefined_is_fine
from strict_array import StrictArray

import minicnn as mc
from minicnn import backend, metrics

Y = np.array([0, 1, 1, 0, 2, 1])
P = np.array([0, 1, 2, 0, 2, 2])
B, Q = (Y > 0).astype(int), (P > 1).astype(int)
S = np.array([0.1, 0.4, 0.35, 0.1, 0.8, 0.4])
ROWS = np.array([[0.2, 0.5, 0.5], [0.1, 0.1, 0.1], [3, 2, 1], [0, 0, 1], [5, 4, 4], [1, 1, 2.0]])
MANY = np.array([[0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0], [1, 0, 0]])
TREE = {"all": ["some", 2], "some": [0, 1]}
CALLS = {
    "confusion_matrix": (lambda y, p: metrics.confusion_matrix(y, p), Y, P),
    "confusion_matrix labels": (lambda y, p: metrics.confusion_matrix(y, p, [2, 5, 0]), Y, P),
    "confusion_matrix true": (lambda y, p: metrics.confusion_matrix(y, p, [1, 5], "true"), Y, P),
    "confusion_matrix pred": (lambda y, p: metrics.confusion_matrix(y, p, [1, 5], "pred"), Y, P),
    "confusion_matrix all": (lambda y, p: metrics.confusion_matrix(y, p, None, "all"), Y, P),
    "row_percentages": (metrics.row_percentages, ROWS),
    "binary_counts": (lambda y, p: metrics.binary_counts(y, p, 2), Y, P),
    "accuracy_score": (metrics.accuracy_score, Y, P),
    "sensitivity": (metrics.sensitivity, B, Q),
    "specificity": (metrics.specificity, B, Q),
    "positive_predictive_value": (metrics.positive_predictive_value, B, Q),
    "negative_predictive_value": (metrics.negative_predictive_value, B, Q),
    "prevalence": (metrics.prevalence, B),
    "predictive_values": (lambda s: metrics.predictive_values(s, 1 - s, 0.1), S),
    "precision_score": (lambda y, p: metrics.precision_score(y, p, average=None), Y, P),
    "recall_score": (lambda y, p: metrics.recall_score(y, p, average="macro"), Y, P),
    "f1_score": (lambda y, p: metrics.f1_score(y, p, average="weighted"), Y, P),
    "f1_score micro": (lambda y, p: metrics.f1_score(y, p, average="micro"), Y, P),
    "f1_score binary": (metrics.f1_score, B, Q),
    "roc_curve": (metrics.roc_curve, B, S),
    "roc_curve undefined": (metrics.roc_curve, 0 * B, S),
    "auc": (lambda x: metrics.auc(x, x * x), np.arange(5.0)),
    "roc_auc_score": (metrics.roc_auc_score, B, S),
    "roc_auc_score each": (lambda y, s: metrics.roc_auc_score(y, s, average=None), MANY, ROWS),
    "roc_auc_score weighted": (
        lambda y, s: metrics.roc_auc_score(y, s, average="weighted"), MANY, ROWS),
    "precision_recall_curve": (metrics.precision_recall_curve, B, S),
    "precision_recall_curve drop": (
        lambda y, s: metrics.precision_recall_curve(y, s, drop_intermediate=True), B, S),
    "average_precision_score": (metrics.average_precision_score, B, S),
    "average_precision_score macro": (metrics.average_precision_score, MANY, ROWS),
    "top_k_accuracy_score": (metrics.top_k_accuracy_score, Y, ROWS),
    "top_k_accuracy_score two": (lambda y, s: metrics.top_k_accuracy_score(y, s, 1), B, S),
    "majority_vote": (metrics.majority_vote, MANY),
    "consensus": (lambda v: metrics.consensus(v, 0.5, axis=1), MANY),
    "bootstrap_interval": (
        lambda y, p: metrics.bootstrap_interval(metrics.accuracy_score, y, p, resamples=9, seed=1),
        Y, P),
    "taxonomy_probabilities": (lambda p: metrics.taxonomy_probabilities(p, TREE), ROWS),
    "taxonomy_probabilities one": (lambda p: metrics.taxonomy_probabilities(p[0], TREE), ROWS),
}


def parts(value):
    """The numbers and arrays in a result."""
    if isinstance(value, dict):
        return [p for v in value.values() for p in parts(v)]
    return [p for v in value for p in parts(v)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrap", [lambda a: a, mc.Tensor], ids=["arrays", "Tensors"])
def test_same_on_the_strict_device(name, wrap):
    call, *arrays = CALLS[name]
    with undefined_is_fine():
        here = parts(call(*arrays))
        there = parts(call(*(wrap(backend.to_device(a, "strict")) for a in arrays)))
    assert len(here) == len(there) > 0
    for a, b in zip(here, there, strict=True):
        assert isinstance(b, StrictArray) == isinstance(a, np.ndarray), f"{type(a)}, {type(b)}"
        same(backend.to_numpy(b) if isinstance(b, StrictArray) else b, a)


@pytest.mark.parametrize("name", [n for n, (_, *arrays) in CALLS.items() if len(arrays) == 2])
def test_two_devices_do_not_mix(name):
    call, a, b = CALLS[name]
    there = backend.to_device(b, "strict")
    with pytest.raises(TypeError, match=r"on cpu and .* on strict:0; nothing is moved implicitly"):
        call(a, there)
    with pytest.raises(TypeError, match=r"on strict:0 and .* on cpu"):
        call(backend.to_device(a, "strict"), b)


NO_ARRAYS = {"majority_accuracy"}  # of numbers only
FILES = "averages bootstrap confusion precision_recall rates roc taxonomy top_k voting".split()


def test_no_metric_of_classification_is_missing():
    functions = {
        name for name in metrics.__all__
        if inspect.isfunction(f := getattr(metrics, name)) and f.__module__.split(".")[-1] in FILES
    }
    assert functions - NO_ARRAYS == {name.partition(" ")[0] for name in CALLS}
