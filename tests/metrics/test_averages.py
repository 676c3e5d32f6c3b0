"""Precision, recall and F1 against scikit-learn: one label, each, all averages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import nothing_warns, pairs, same, undefined_is_fine, warns

from minicnn import metrics

sk = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
SCORES = ["precision_score", "recall_score", "f1_score"]
each_score = pytest.mark.parametrize("name", SCORES)
ZERO = st.sampled_from([np.nan, 0, 1])


@each_score
@given(pair=pairs(st.sampled_from([[0, 1], [1], [0], ["a", "b"], [2.0, 3.0]])), zero=ZERO,
       data=st.data())
def test_binary(name, pair, zero, data):
    labels = sorted({*pair[0].tolist(), *pair[1].tolist()})
    options = {"pos_label": data.draw(st.sampled_from(labels)), "zero_division": zero}
    with undefined_is_fine():
        ours = getattr(metrics, name)(*pair, **options)
        same(ours, getattr(sk, name)(*pair, **options))
    assert type(ours) is float


@each_score
@given(pair=pairs(), zero=ZERO, average=st.sampled_from([None, "macro", "micro", "weighted"]))
def test_many_labels(name, pair, zero, average):
    options = {"average": average, "zero_division": zero}
    with undefined_is_fine():
        ours = getattr(metrics, name)(*pair, **options)
        each = getattr(metrics, name)(*pair, **{**options, "average": None})
        if average == "weighted" and not np.isin(pair[0], np.unique(pair)[~np.isnan(each)]).any():
            assert math.isnan(ours)  # 0/0; scikit-learn ignores the weights then
        else:
            same(ours, getattr(sk, name)(*pair, **options))
    assert type(ours) is (np.ndarray if average is None else float)


@each_score
@given(pair=pairs(st.just([0, 1, 2, 3])), average=st.sampled_from([None, "macro", "micro"]),
       labels=st.permutations(range(6)), count=st.integers(1, 6))
def test_chosen_labels(name, pair, average, labels, count):
    options = {"average": average, "labels": labels[:count], "zero_division": np.nan}
    with undefined_is_fine():
        same(getattr(metrics, name)(*pair, **options), getattr(sk, name)(*pair, **options))


@given(pairs(st.just([0, 1])))
def test_f1_is_the_harmonic_mean(pair):
    with undefined_is_fine():
        p, r = metrics.precision_score(*pair), metrics.recall_score(*pair)
    if p > 0 and r > 0:
        same(metrics.f1_score(*pair), 2 / (1 / p + 1 / r))
        assert min(p, r) - 1e-15 <= metrics.f1_score(*pair) <= max(p, r) + 1e-15


@given(pairs())
def test_micro_is_the_accuracy(pair):
    for name in SCORES:
        same(getattr(metrics, name)(*pair, average="micro"), metrics.accuracy_score(*pair))


def test_undefined_is_named():
    y, p = [0, 0, 2], [0, 2, 0]
    with warns("recall_score is undefined.*y_true has no 1$"):
        value = metrics.recall_score(y, [0, 1, 0], average=None)
    same(value, [0.5, np.nan, 0])
    with warns("precision_score.*y_pred has no 1, 7$"):
        metrics.precision_score(y, p, labels=[0, 1, 7], average=None)
    with warns("f1_score.*y_true and y_pred have no 1"):
        assert math.isnan(metrics.f1_score([0, 0], [0, 0]))
    with warns("y_pred has no 1"):
        assert math.isnan(metrics.precision_score([0, 1], [0, 0]))
    with warns("f1_score is undefined"):
        assert math.isnan(metrics.f1_score([], [], average="macro"))
    with warns("of the labels that have a score, y_true has none"):
        assert math.isnan(metrics.precision_score([0, 0], [0, 1], labels=[1], average="weighted"))
    with nothing_warns():
        assert metrics.precision_score([0, 1], [0, 0], zero_division=0) == 0


@each_score
def test_a_pos_label_that_counts_for_nothing(name):
    with pytest.warns(UserWarning, match=f"{name}: pos_label=2 .*average='macro'.*labels=.2."):
        value = getattr(metrics, name)([0, 1, 2], [0, 1, 2], pos_label=2, average="macro")
    assert value == 1


@each_score
@pytest.mark.parametrize("arguments, options, words", [
    (([0, 1, 2], [0, 1, 2]), {}, "average='binary' is for two labels and here are 3"),
    (([0, 1], [0, 1]), {"average": "samples"}, "average='samples' must be"),
    (([2, 3], [2, 2]), {}, "pos_label=1 is none of the labels 2, 3"),
    (([0, 1], [0, 1]), {"zero_division": 2}, "zero_division=2 must be nan, 0 or 1"),
], ids=["three labels", "average", "pos_label", "zero_division"])
def test_refused(name, arguments, options, words):
    with pytest.raises(ValueError, match=f"{name}: {words}"):
        getattr(metrics, name)(*arguments, **options)
