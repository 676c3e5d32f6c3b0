"""Top-k accuracy against scikit-learn, ties and all."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import GRID, nothing_warns, same, scored, undefined_is_fine, warns

from minicnn import metrics

sk = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")


@st.composite
def guesses(draw):
    """Labels, and scores with many ties, of C classes."""
    count, classes = draw(st.integers(1, 12)), draw(st.integers(3, 6))
    names = draw(st.sampled_from([list("abcdef"), list(range(6)), [-5, 0, 1, 8, 9, 12]]))[:classes]
    y = draw(st.lists(st.sampled_from(names), min_size=count, max_size=count))
    size = count * classes
    s = draw(st.lists(GRID, min_size=size, max_size=size))
    return np.array(y), np.array(s).reshape(count, classes), names


@given(guesses(), st.integers(1, 7))
def test_many_labels(given_, k):
    y, s, names = given_
    with undefined_is_fine():
        ours = metrics.top_k_accuracy_score(y, s, k, labels=names)
        same(ours, sk.top_k_accuracy_score(y, s, k=k, labels=names))
        number = metrics.top_k_accuracy_score(y, s, k, names, normalize=False)
    assert type(ours) is float and number == round(ours * len(y))
    if k == 1:  # of those tied, the later is the guess
        guess = np.array(names)[len(names) - 1 - s[:, ::-1].argmax(1)]
        same(ours, (guess == y).mean())


@given(scored(), st.integers(1, 2))
def test_two_labels_and_one_column(pair, k):
    y, s = pair
    with undefined_is_fine():
        same(metrics.top_k_accuracy_score(y, s, k, labels=[0, 1]),
             sk.top_k_accuracy_score(y, s, k=k, labels=[0, 1]))


def test_labels_as_they_come():
    y, s = [2, 0, 1], [[1, 2, 3], [3, 2, 1], [3, 1, 2]]
    with nothing_warns():
        assert metrics.top_k_accuracy_score(y, s) == 2 / 3
        assert metrics.top_k_accuracy_score(y, s, k=1) == 2 / 3
    assert metrics.top_k_accuracy_score([0, 1], [[1, 2], [1, 2]], k=1) == 0.5


def test_always_right_and_undefined():
    with warns("k=3 guesses among 3 labels are always right"):
        assert metrics.top_k_accuracy_score([0], [[3, 2, 1]], k=3, labels=range(3)) == 1
    with warns("no samples"):
        assert math.isnan(metrics.top_k_accuracy_score([], np.ones((0, 3)), labels=range(3)))


WRONG = {
    "k": (([0, 1], [[1, 2], [1, 2]], 0), {}, "k=0 must be a whole number from 1 on"),
    "k's kind": (([0, 1], [[1, 2], [1, 2]], 1.0), {}, "k=1.0 must be"),
    "lacking": (([0, 1], np.ones((2, 3))), {}, r"2 labels.*scores for 3.*range\(3\)"),
    "too many": (([0, 1], np.ones((2, 3))), {"labels": range(4)}, "there are 4 labels"),
    "unknown": (([0, 7], np.ones((2, 3))), {"labels": range(3)}, r"none of \[0, 1, 2\]"),
    "order": (([0, 1], np.ones((2, 3))), {"labels": [2, 1, 0]}, r"in order, got \[2, 1, 0\]"),
    "samples": (([0, 1], np.ones((3, 2))), {}, "y_true has 2 entries and y_score has 3"),
    "axes": (([0, 1], np.ones((2, 2, 2))), {}, r"got shape \(2, 2, 2\)"),
}


@pytest.mark.parametrize("arguments, options, words", WRONG.values(), ids=WRONG)
def test_refused(arguments, options, words):
    with pytest.raises(ValueError, match=f"top_k_accuracy_score: .*{words}"):
        metrics.top_k_accuracy_score(*arguments, **options)
