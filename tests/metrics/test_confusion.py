"""The confusion matrix against scikit-learn, its counts against counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import nothing_warns, pairs, same, undefined_is_fine, warns

from minicnn import metrics
from minicnn.metrics import Counts

sk = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")


@given(pairs())
def test_as_scikit_learn_counts(pair):
    with undefined_is_fine():
        expected = sk.confusion_matrix(*pair)
    with nothing_warns():
        matrix = metrics.confusion_matrix(*pair)
    same(matrix, expected)
    assert matrix.dtype == np.int64 and matrix.sum() == len(pair[0])


@given(pairs(), st.data())
def test_labels_choose_and_order(pair, data):
    present = sorted({*pair[0].tolist(), *pair[1].tolist()})
    labels = data.draw(st.permutations(present))[: data.draw(st.integers(1, len(present)))]
    if not set(labels) & set(pair[0].tolist()):
        with pytest.raises(ValueError, match="none of labels=.* is in y_true"):
            metrics.confusion_matrix(*pair, labels=labels)
        return
    with undefined_is_fine():
        same(metrics.confusion_matrix(*pair, labels=labels),
             sk.confusion_matrix(*pair, labels=labels))


@given(pairs(), st.sampled_from(["true", "pred", "all"]))
def test_normalised(pair, how):
    with undefined_is_fine():
        ours = metrics.confusion_matrix(*pair, normalize=how)
        same(np.nan_to_num(ours), sk.confusion_matrix(*pair, normalize=how))
    counts = metrics.confusion_matrix(*pair)
    axis = {"true": 1, "pred": 0, "all": None}[how]
    empty = np.broadcast_to(counts.sum(axis, keepdims=True) == 0, counts.shape)
    np.testing.assert_array_equal(np.isnan(ours), empty)


def test_rows_are_the_truth():
    y, p = [1, 0, 0], [1, 1, 1]
    same(metrics.confusion_matrix(y, p), [[0, 2], [0, 1]])
    same(metrics.confusion_matrix(y, p, labels=[1, 0]), [[1, 0], [2, 0]])  # [[TP, FN], [FP, TN]]


def test_what_is_empty_is_named():
    with warns("confusion_matrix is undefined.*no sample is truly 2$"):
        metrics.confusion_matrix([0, 1], [0, 2], labels=[0, 1, 2], normalize="true")
    with warns("no sample was taken for 1$"):
        metrics.confusion_matrix([0, 1], [0, 2], labels=[0, 1, 2], normalize="pred")
    with warns("there is nothing in row 1$"):
        same(metrics.row_percentages([[1, 3], [0, 0]]), [[25, 75], [np.nan, np.nan]])
    with warns("no sample has these labels"):
        assert np.isnan(metrics.confusion_matrix([], [], labels=[0], normalize="all")).all()
    same(metrics.confusion_matrix([], [], labels=[0, 1]), np.zeros((2, 2)))


@given(pairs())
def test_percentages_are_a_hundred_times_the_shares(pair):
    matrix = metrics.confusion_matrix(*pair)
    with undefined_is_fine():
        percent = metrics.row_percentages(matrix)
        same(percent, 100 * metrics.confusion_matrix(*pair, normalize="true"))
    total = percent.sum(1)
    same(total[~np.isnan(total)], 100 * np.ones((~np.isnan(total)).sum()))


@given(pairs(st.just([0, 1, 2])), st.integers(0, 2))
def test_counts_of_one_against_the_rest(pair, positive):
    y, p = (a == positive for a in pair)
    if not (y.any() or p.any()) and len({*pair[0], *pair[1]}) > 1:
        with pytest.raises(ValueError, match=f"pos_label={positive} is none of the labels"):
            metrics.binary_counts(*pair, pos_label=positive)
        return
    counts = metrics.binary_counts(*pair, pos_label=positive)
    tn, fp, fn, tp = sk.confusion_matrix(y, p, labels=[False, True]).ravel()
    assert counts == Counts(tp, fn, fp, tn) and sum(counts) == len(y)
    assert all(type(c) is int for c in counts)


WRONG = {
    "normalize": (lambda: metrics.confusion_matrix([0], [0], normalize="rows"), "'rows' must be"),
    "nothing": (lambda: metrics.confusion_matrix([], []), "no samples and no labels"),
    "a vector": (lambda: metrics.row_percentages([1, 2]), r"two axes.*\(2,\)"),
    "negative": (lambda: metrics.row_percentages([[1, -1], [2, 3]]), "a negative entry"),
    "pos_label": (lambda: metrics.binary_counts([2, 3], [2, 2]), "pos_label=1 is none of.* 2, 3"),
    "names": (lambda: metrics.binary_counts(["a"], ["b"]), "pos_label=1 is none of.*'a'"),
    "no names": (lambda: metrics.binary_counts([1], [1], "ill"), "pos_label='ill' is none of"),
}


@pytest.mark.parametrize("call, words", WRONG.values(), ids=WRONG)
def test_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
