"""What metrics of classification take, and what they refuse."""

import numpy as np
import pytest
from labelled import same

import minicnn as mc
from minicnn import metrics

TRUE, PRED = [0, 1, 1, 0], [0, 1, 0, 0]
KINDS = {
    "lists": list,
    "tuples": tuple,
    "int8": lambda y: np.array(y, np.int8),
    "uint8": lambda y: np.array(y, np.uint8),
    "float32": lambda y: np.array(y, np.float32),
    "float16": lambda y: np.array(y, np.float16),
    "booleans": lambda y: np.array(y, bool),
    "Tensors": mc.tensor,
    "strided": lambda y: np.repeat(np.array(y), 2)[::2],
    "read-only": lambda y: np.broadcast_to(np.array(y), (1, 4))[0],
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_all_kinds_of_arrays(kind):
    same(metrics.confusion_matrix(kind(TRUE), kind(PRED)), [[2, 0], [1, 1]])
    assert metrics.binary_counts(kind(TRUE), kind(PRED)) == (1, 1, 0, 2)
    assert metrics.f1_score(kind(TRUE), kind(PRED)) == pytest.approx(2 / 3)
    assert metrics.roc_auc_score(kind(TRUE), kind(PRED)) == 0.75
    assert metrics.majority_vote(kind(TRUE)) == 0


def test_columns_of_names_as_pandas_keeps_them():
    names = np.array(["sick", "well", "sick"], dtype=object)
    assert metrics.sensitivity(names, ["sick", "sick", "well"], pos_label="sick") == 0.5
    assert metrics.majority_vote(names) == "sick"


def test_nothing_given_is_changed():
    y, s = np.array([1, 0, 1]), np.array([0.3, 0.3, 0.1])
    before = y.copy(), s.copy()
    metrics.roc_curve(y, s), metrics.confusion_matrix(y, y), metrics.majority_vote(y)
    metrics.bootstrap_interval(metrics.accuracy_score, y, y, resamples=2, seed=0)
    same(y, before[0]), same(s, before[1])


PAIR = (metrics.confusion_matrix, metrics.accuracy_score, metrics.precision_score,
        metrics.recall_score, metrics.f1_score, metrics.binary_counts, metrics.sensitivity,
        metrics.specificity, metrics.positive_predictive_value,
        metrics.negative_predictive_value, metrics.prevalence)
WRONG = {
    "lengths": (([0, 1], [0, 1, 1]), ValueError, "y_true has 2 entries and y_pred has 3"),
    "probabilities": (([0, 1], [0.2, 0.8]), ValueError, r"y_pred.*0\.2, 0\.8 are no whole"),
    "nan": (([0, np.nan], [0, 1]), ValueError, "y_true.*nan"),
    "two axes": (([[0, 1]], [[0, 1]]), ValueError, r"\(1, 2\); for masks .reshape\(-1\)"),
    "scores": (([[0.2, 0.8]], [1]), ValueError, r"\(1, 2\); of scores take .argmax\(1\)"),
    "a number": ((1, 1), ValueError, r"\(N,\).*shape \(\)"),
    "names and numbers": ((["a", "b"], [0, 1]), (TypeError, ValueError), "names|pos_label=1"),
    "ragged": (([[0], [0, 1]], [0, 1]), ValueError, "different lengths"),
    "None": (([0, None], [0, 1]), TypeError, "y_true must be a Tensor.*got list"),
    "complex": ((np.ones(2, complex), [0, 1]), TypeError, "complex128"),
    "a mixed list": (([1, "a"], ["1", "a"]), TypeError, "y_true has numbers and names"),
}


@pytest.mark.parametrize("metric", PAIR, ids=lambda m: m.__name__)
@pytest.mark.parametrize("arguments, error, words", WRONG.values(), ids=WRONG)
def test_refused(metric, arguments, error, words):
    with pytest.raises(error, match=f"(?s)^{metric.__name__}: .*({words})"):
        metric(*arguments)


SCORES = {
    "nan": (([0, 1], [0.1, np.nan]), ValueError, "must be finite"),
    "infinity": (([0, 1], [0.1, np.inf]), ValueError, "must be finite"),
    "columns": (([0, 1], [[0.1, 0.9], [0.2, 0.8]]), ValueError, r"shape \(2, 2\).*\[:, 1\]"),
    "names": (([0, 1], ["a", "b"]), TypeError, "must be numbers"),
    "lengths": (([0, 1], [0.1]), ValueError, "y_true has 2 entries and y_score has 1"),
    "empty": (([], []), ValueError, "there are no samples"),
}


@pytest.mark.parametrize(
    "metric", [metrics.roc_curve, metrics.roc_auc_score, metrics.precision_recall_curve,
               metrics.average_precision_score], ids=lambda m: m.__name__,
)
@pytest.mark.parametrize("arguments, error, words", SCORES.values(), ids=SCORES)
def test_scores_refused(metric, arguments, error, words):
    with pytest.raises(error, match=f"^{metric.__name__}: .*{words}"):
        metric(*arguments)


BINARY = [metrics.f1_score, metrics.sensitivity, metrics.average_precision_score,
          metrics.roc_curve, metrics.jaccard_score, metrics.prevalence]


@pytest.mark.parametrize("metric", BINARY, ids=lambda m: m.__name__)
@pytest.mark.parametrize("pos_label", [[1], np.array([0, 1]), (0, 1)], ids=["list", "array", "two"])
def test_one_label_is_positive(metric, pos_label):
    with pytest.raises(TypeError, match=f"{metric.__name__}: pos_label must be one label"):
        metric([0, 1], [0, 1], pos_label=pos_label)


def test_bytes_are_no_names():
    same(metrics.confusion_matrix([b"b", b"a"], [b"a", b"a"]), [[1, 0], [1, 0]])
    assert metrics.sensitivity([b"b", b"a"], [b"b", b"b"], pos_label=b"b") == 1
    with pytest.raises(TypeError, match="y_true holds bytes and y_pred holds names"):
        metrics.confusion_matrix([b"a"], ["a"])
    with pytest.raises(ValueError, match="pos_label=b'a' is none of the labels"):
        metrics.sensitivity(["a"], ["a"], pos_label=b"a")


@pytest.mark.parametrize("metric", [metrics.roc_auc_score, metrics.average_precision_score])
@pytest.mark.parametrize("arrays", [([0, 1], [0.1, 0.9]), ([[0], [1]], [[0.1], [0.9]])])
def test_an_average_that_does_not_exist(metric, arrays):
    with pytest.raises(ValueError, match=f"{metric.__name__}: average='samples' must be None"):
        metric(*arrays, average="samples")


def test_labels_must_be_different_and_of_the_kind():
    with pytest.raises(ValueError, match=r"named once, got \[0, 0\]"):
        metrics.confusion_matrix([0], [0], labels=[0, 0])
    with pytest.raises(ValueError, match="labels is empty"):
        metrics.confusion_matrix([0], [0], labels=[])
    with pytest.raises(TypeError, match="y_true holds numbers and labels holds names"):
        metrics.confusion_matrix([0], [0], labels=["a"])
