"""Votes against SciPy's mode and binomial distribution, and against counting."""

import itertools
from collections import Counter

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from labelled import same

from minicnn import metrics

SHAPES = st.tuples(st.integers(1, 6), st.integers(0, 3), st.integers(1, 3))


@given(SHAPES.flatmap(lambda s: arrays(np.int64, s, elements=st.integers(-2, 3))),
       st.sampled_from([0, 2, -1]))
def test_majority_is_the_mode(votes, axis):
    winner = metrics.majority_vote(votes, axis)
    same(winner, scipy.stats.mode(votes, axis=axis).mode)
    assert winner.dtype == votes.dtype


@given(st.lists(st.sampled_from(["benign", "malignant", "no idea"]), min_size=1, max_size=9))
def test_majority_of_names(votes):
    winner = metrics.majority_vote(votes)
    counts = Counter(votes)
    assert winner == min(counts, key=lambda name: (-counts[name], name)) and type(winner) is str


def test_ties_go_to_the_lowest():
    assert metrics.majority_vote([2, 1, 2, 1]) == 1
    same(metrics.majority_vote([[0, 3], [5, 3], [5, 0]]), [5, 3])
    same(metrics.majority_vote(np.array([[True, False], [False, False]])), [False, False])


@given(SHAPES.flatmap(lambda s: arrays(bool, s)), st.data())
def test_consensus_counts(votes, data):
    voters = len(votes)
    quorum = data.draw(st.integers(1, voters))
    agreed = metrics.consensus(votes, quorum)
    np.testing.assert_array_equal(agreed, votes.sum(0) >= quorum)
    np.testing.assert_array_equal(metrics.consensus(votes.astype(int), 1.0), votes.all(0))
    np.testing.assert_array_equal(metrics.consensus(votes, 1), votes.any(0))
    np.testing.assert_array_equal(metrics.consensus(votes, quorum / voters), agreed)
    if voters % 2:
        np.testing.assert_array_equal(metrics.consensus(votes, 0.5), metrics.majority_vote(votes))


def test_a_share_is_not_lost_in_rounding():
    votes = [1] * 7 + [0] * 18
    assert 0.28 * 25 > 7 and metrics.consensus(votes, 0.28) is True
    assert metrics.consensus(votes, 0.29) is False
    np.testing.assert_array_equal(metrics.consensus([[1, 1], [0, 1]], 2, axis=1), [True, False])


@given(st.integers(1, 400), st.sampled_from([0.0, 1.0]) | st.floats(0.01, 0.99))
def test_majority_accuracy_is_binomial(voters, p):
    right = scipy.stats.binom(voters, p)
    expected = right.sf(voters // 2) + (right.pmf(voters // 2) / 2 if voters % 2 == 0 else 0)
    found = metrics.majority_accuracy(voters, p)
    same(found, expected, 1e-10)  # SciPy's own error
    assert type(found) is float


@pytest.mark.parametrize("voters", [1, 2, 3, 4, 7, 10])
def test_majority_accuracy_outcome_by_outcome(voters):
    p, total = 0.6, 0.0
    for outcome in itertools.product([0, 1], repeat=voters):
        k = sum(outcome)
        share = 1 if 2 * k > voters else 0.5 if 2 * k == voters else 0
        total += share * p**k * (1 - p) ** (voters - k)
    same(metrics.majority_accuracy(voters, p), total)


def test_more_voters_are_better_above_a_half():
    for n in (1, 3, 9, 99):
        same(metrics.majority_accuracy(n, 0.5), 0.5)
        assert metrics.majority_accuracy(n + 2, 0.6) > metrics.majority_accuracy(n, 0.6)
        assert metrics.majority_accuracy(n + 2, 0.4) < metrics.majority_accuracy(n, 0.4)
        same(metrics.majority_accuracy(n, 0.6), metrics.majority_accuracy(n + 1, 0.6))


WRONG = {
    "nobody": (lambda: metrics.majority_vote(np.ones((0, 3))), ValueError, "no voters along"),
    "one": (lambda: metrics.majority_vote(3), ValueError, "a single one"),
    "axis": (lambda: metrics.majority_vote([1, 2], axis=1), IndexError, "axis 1 does not exist"),
    "nan": (lambda: metrics.majority_vote([1, np.nan]), ValueError, "a vote is NaN"),
    "half an axis": (lambda: metrics.majority_vote([1, 2], 0.5), TypeError, "axis must be a whole"),
    "maybe": (lambda: metrics.consensus([0, 2], 1), ValueError, "yes or no"),
    "no quorum": (lambda: metrics.consensus([0, 1], 0), ValueError, "quorum=0.*1 to 2"),
    "too many": (lambda: metrics.consensus([0, 1], 3), ValueError, "quorum=3"),
    "share": (lambda: metrics.consensus([0, 1], 1.5), ValueError, "quorum=1.5"),
    "text": (lambda: metrics.consensus([0, 1], "all"), TypeError, "quorum.*'all'"),
    "yes": (lambda: metrics.consensus([0, 1], True), TypeError, "quorum.*True"),
    "voters": (lambda: metrics.majority_accuracy(0, 0.5), ValueError, "voters=0"),
    "half a voter": (lambda: metrics.majority_accuracy(1.5, 0.5), TypeError, "got 1.5"),
    "accuracy": (lambda: metrics.majority_accuracy(3, 60), ValueError, "accuracy=60"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
