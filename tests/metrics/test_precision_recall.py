"""Precision against recall and the average precision, against scikit-learn and by its formula."""

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
        expected = sk.precision_recall_curve(*pair, drop_intermediate=drop)
        found = metrics.precision_recall_curve(*pair, drop_intermediate=drop)
    same(found[0], expected[0])
    same(found[2], expected[2])
    if pair[0].any():
        same(found[1], expected[1])
    else:  # scikit-learn: 1
        assert np.isnan(found[1][:-1]).all() and found[1][-1] == 0


@given(scored())
def test_each_point_is_the_score_at_its_threshold(pair):
    y, s = pair
    with undefined_is_fine():
        precision, recall, thresholds = metrics.precision_recall_curve(y, s)
        for p, r, t in zip(precision[:-1], recall[:-1], thresholds, strict=True):
            called = (s >= t).astype(int)
            same(p, metrics.precision_score(y, called))
            same(r, metrics.recall_score(y, called))


@given(scored(), st.sampled_from([0, 1]))
def test_average_precision(pair, positive):
    y, s = pair
    if not (y == positive).any():
        return
    options = {} if positive else {"pos_label": 0}
    if not positive and y.all():
        return
    with nothing_warns():
        ours = metrics.average_precision_score(y, s, **options)
    same(ours, sk.average_precision_score(y, s, **options))
    assert type(ours) is float


@pytest.mark.parametrize("average", [None, "macro", "micro", "weighted"])
@given(scored(columns=3))
def test_label_by_label(average, pair):
    y, s = pair
    with undefined_is_fine():
        ours = metrics.average_precision_score(y, s, average=average)
        if average == "weighted" or y.any(0).all() or (average == "micro" and y.any()):
            expected = sk.average_precision_score(y, s, average=average)
            same(ours, expected if y.any() else math.nan)
        elif average is None:
            theirs = sk.average_precision_score(y, s, average=None)
            same(ours, np.where(y.any(0), theirs, np.nan))  # scikit-learn: 0
        else:
            assert math.isnan(ours)


def test_a_small_curve():
    with nothing_warns():
        precision, recall, thresholds = metrics.precision_recall_curve(
            [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    same(precision, [1 / 2, 2 / 3, 1 / 2, 1, 1])
    same(recall, [1, 1, 0.5, 0.5, 0])
    same(thresholds, [0.1, 0.35, 0.4, 0.8])


def test_undefined():
    with warns("precision_recall_curve: the recall is undefined.*y_true has no positives"):
        metrics.precision_recall_curve([0, 0], [0.1, 0.2])
    with warns("average_precision_score: the recall.*no positives"):
        assert math.isnan(metrics.average_precision_score([0, 0], [0.1, 0.2]))


WRONG = {
    "three labels": (lambda: metrics.average_precision_score([0, 1, 2], [1, 2, 3]), "3 labels"),
    "pos_label": (lambda: metrics.average_precision_score([2, 3], [1, 2]), "pos_label=1 is none"),
    "many": (lambda: metrics.average_precision_score([[0, 1]], [[1, 2]], pos_label=0),
             "pos_label is 1, got 0"),
    "no pos_label": (lambda: metrics.precision_recall_curve([1, 2], [1, 2]), "give pos_label"),
}


@pytest.mark.parametrize("call, words", WRONG.values(), ids=WRONG)
def test_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
