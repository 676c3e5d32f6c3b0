"""ROC curves and their areas, against scikit-learn and against counting pairs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import nothing_warns, same, scored, undefined_is_fine, warns

from minicnn import metrics

sk = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")


@given(scored(), st.booleans())
def test_curve(pair, drop):
    with undefined_is_fine():
        expected = sk.roc_curve(*pair, drop_intermediate=drop)
        found = metrics.roc_curve(*pair, drop_intermediate=drop)
    for ours, theirs in zip(found, expected, strict=True):
        same(ours, theirs)
        assert ours.dtype == np.float64


@given(scored(), st.sampled_from([0, 1]))
def test_positive_label(pair, positive):
    names = np.array(["sick", "well"])[pair[0]]
    options = {"pos_label": ["sick", "well"][positive]}
    with undefined_is_fine():
        for ours, theirs in zip(metrics.roc_curve(names, pair[1], **options),
                                sk.roc_curve(names, pair[1], **options), strict=True):
            same(ours, theirs)


def pairs_won(y, s):
    """P(an ill one scores higher than a healthy one), ties half: pair by pair."""
    won = [(a > b) + 0.5 * (a == b) for a in s[y == 1] for b in s[y == 0]]
    return sum(won) / len(won) if won else math.nan


@given(scored())
def test_area_is_the_share_of_pairs_won(pair):
    y, s = pair
    with undefined_is_fine():
        area = metrics.roc_auc_score(y, s)
        same(area, pairs_won(y, s))
        same(area, sk.roc_auc_score(y, s))
        same(area, metrics.auc(*metrics.roc_curve(y, s)[:2]))
    assert type(area) is float


@given(scored())
def test_only_the_order_counts(pair):
    y, s = pair
    with undefined_is_fine():
        area = metrics.roc_auc_score(y, s)
        same(metrics.roc_auc_score(y, np.unique(s, return_inverse=True)[1] ** 3), area)
        same(metrics.roc_auc_score(y, -s), 1 - area)
        same(metrics.roc_auc_score(1 - y, s), 1 - area)


@pytest.mark.parametrize("average", [None, "macro", "micro", "weighted"])
@given(scored(columns=3))
def test_label_by_label(average, pair):
    y, s = pair
    with undefined_is_fine():
        ours = metrics.roc_auc_score(y, s, average=average)
        if average == "weighted" and not y.any():
            assert math.isnan(ours)  # scikit-learn: 0
        else:
            same(ours, sk.roc_auc_score(y, s, average=average))
    if average is None:
        with undefined_is_fine():
            same(ours, [metrics.roc_auc_score(y[:, i], s[:, i]) for i in range(3)])


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=9))
def test_trapezoids(points):
    x, y = np.sort([p[0] for p in points]), np.array([p[1] for p in points])
    same(metrics.auc(x, y), sk.auc(x, y), 1e-11)
    same(metrics.auc(x[::-1], y[::-1]), sk.auc(x[::-1], y[::-1]), 1e-11)


def test_trapezoids_below_the_axis():
    assert metrics.auc([0, 1], [-1, -1]) == -1 and metrics.auc([1, 0], [-1, -1]) == -1


def test_points_of_a_small_curve():
    with nothing_warns():
        fpr, tpr, thresholds = metrics.roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    same(fpr, [0, 0, 0.5, 0.5, 1])
    same(tpr, [0, 0.5, 0.5, 1, 1])
    same(thresholds, [np.inf, 0.8, 0.4, 0.35, 0.1])


def test_undefined():
    with warns("roc_curve: the false-positive rate is undefined.*y_true has no negatives"):
        fpr, tpr, _ = metrics.roc_curve([1, 1], [0.1, 0.2])
    assert np.isnan(fpr).all() and tpr[-1] == 1
    with warns("the true-positive rate is undefined.*no positives"):
        fpr, tpr, _ = metrics.roc_curve([0, 0], [0.1, 0.2])
    assert np.isnan(tpr).all() and fpr[-1] == 1
    with warns("roc_auc_score is undefined.*only one label, 1"):
        assert math.isnan(metrics.roc_auc_score([1, 1], [0.1, 0.2]))
    with warns("only one label, 0"):
        found = metrics.roc_auc_score([[0, 0], [0, 1]], [[0.1, 0.2], [0.3, 0.4]], average=None)
    same(found, [np.nan, 1])


WRONG = {
    "three labels": (lambda: metrics.roc_auc_score([0, 1, 2], [1, 2, 3]), "3 labels, 0, 1, 2"),
    "no pos_label": (lambda: metrics.roc_curve([1, 2], [1, 2]), "labels are 1, 2: give pos_label"),
    "names": (lambda: metrics.roc_curve(["a", "b"], [1, 2]), "'a', 'b': give pos_label"),
    "shapes": (lambda: metrics.roc_auc_score([[0, 1]], [[0.1]]), r"\(1, 2\) and y_score \(1, 1\)"),
    "one column": (lambda: metrics.roc_auc_score([[0, 1]], [0.1]), r"must be \(N, C\)"),
    "not 0 or 1": (lambda: metrics.roc_auc_score([[0, 2]], [[0.1, 0.2]]), "y_true must be 0 or 1"),
    "average": (lambda: metrics.roc_auc_score([[0, 1]], [[0, 1]], average="all"), "'all' must be"),
    "one point": (lambda: metrics.auc([0], [1]), "two points or more, got 1"),
    "to and fro": (lambda: metrics.auc([0, 2, 1], [1, 1, 1]), "rise or fall all the way"),
    "lengths": (lambda: metrics.auc([0, 1], [1, 1, 1]), "x has 2 entries and y has 3"),
    "axes": (lambda: metrics.auc([[0, 1]], [[1, 1]]), r"\(N,\), got int64 of shape \(1, 2\)"),
}


@pytest.mark.parametrize("call, words", WRONG.values(), ids=WRONG)
def test_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
