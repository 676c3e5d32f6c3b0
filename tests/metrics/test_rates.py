"""The rates of a test, against scikit-learn and as the conditional probabilities that they are."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import nothing_warns, pairs, same, undefined_is_fine, warns

from minicnn import metrics

sk = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the oracle")
BINARY = pairs(st.sampled_from([[0, 1], [False, True], [-1, 1], [1]]))

# 003 "Sensitivity, Specificity and Prevalence" and "PPV & NPV": D disease, N normal.
FIRST = ("NNDNNDNDNN", "--+----++-")
SECOND = ("NDNNNDNDNN", "-++----++-")


def patients(truth, model):
    return [int(t == "D") for t in truth], [int(m == "+") for m in model]


def test_the_lectures_patients():
    first, second = patients(*FIRST), patients(*SECOND)
    with nothing_warns():
        assert metrics.binary_counts(*first) == (2, 1, 1, 6)
        assert metrics.sensitivity(*first) == 2 / 3 and metrics.specificity(*first) == 6 / 7
        assert metrics.prevalence(*first) == metrics.prevalence(first[0]) == 0.3
        assert metrics.accuracy_score(*first) == 0.8
        assert metrics.positive_predictive_value(*second) == 0.5
        assert metrics.negative_predictive_value(*second) == 5 / 6


@given(BINARY)
def test_as_scikit_learn_has_them(pair):
    y, p = pair
    with undefined_is_fine():
        options = {"zero_division": np.nan}
        negative = {"pos_label": 0, **options}
        t, q = (np.asarray(a == 1, int) for a in pair)
        same(metrics.sensitivity(y, p), sk.recall_score(t, q, **options))
        same(metrics.specificity(y, p), sk.recall_score(t, q, **negative))
        same(metrics.positive_predictive_value(y, p), sk.precision_score(t, q, **options))
        same(metrics.negative_predictive_value(y, p), sk.precision_score(t, q, **negative))
    assert metrics.prevalence(y, p) == t.mean()


@given(pairs())
def test_accuracy(pair):
    same(metrics.accuracy_score(*pair), sk.accuracy_score(*pair))
    assert metrics.accuracy_score(*pair, normalize=False) == (pair[0] == pair[1]).sum()


@given(BINARY)
def test_accuracy_is_weighted_by_prevalence(pair):
    with undefined_is_fine():
        s, c, pi = (f(*pair) for f in (metrics.sensitivity, metrics.specificity,
                                       metrics.prevalence))
    if 0 < pi < 1:
        same(metrics.accuracy_score(*pair), s * pi + c * (1 - pi))


UNDEFINED = {
    "sensitivity": ([0, 0], [0, 1], r"sensitivity.*y_true has no positives \(1\)"),
    "specificity": ([1, 1], [0, 1], "specificity.*y_true has nothing but 1"),
    "positive_predictive_value": ([0, 1], [0, 0], "y_pred has no positives"),
    "negative_predictive_value": ([0, 1], [1, 1], "y_pred has nothing but 1"),
    "prevalence": ([], [], "no samples"),
    "accuracy_score": ([], [], "no samples"),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_undefined(name):
    y, p, words = UNDEFINED[name]
    with warns(words):
        value = getattr(metrics, name)(y, p)
    assert math.isnan(value) and type(value) is float


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_bayes_is_counting(tp, fn, fp, tn):
    """With the rates of a table in it, Bayes' rule gives the table's predictive values back."""
    if not (tp + fn and fp + tn and tp + fp and tn + fn):
        return
    n = tp + fn + fp + tn
    ppv, npv = metrics.predictive_values(tp / (tp + fn), tn / (tn + fp), (tp + fn) / n)
    same(ppv, float(Fraction(tp, tp + fp)))
    same(npv, float(Fraction(tn, tn + fn)))
    assert type(ppv) is float


def test_predictive_values_of_arrays():
    prevalence = np.array([0.0, 0.1, 0.5, 1.0])
    with nothing_warns():
        ppv, npv = metrics.predictive_values(0.9, 0.8, prevalence)
    same(ppv, [0, 1 / 3, 0.9 / 1.1, 1])
    same(npv, [1, 0.72 / 0.73, 0.8 / 0.9, 0])
    with warns(r"PPV is undefined.*never says \+"):
        ppv, npv = metrics.predictive_values(0, 1, prevalence)  # a test that always says −
    assert np.isnan(ppv).all()
    same(npv, 1 - prevalence)


@pytest.mark.parametrize("arguments, words", [
    ((1.5, 0.5, 0.5), "sensitivity must be from 0 to 1, got 1.5"),
    ((0.5, -0.1, 0.5), "specificity must be"),
    ((0.5, 0.5, math.nan), "prevalence must be"),
    ((0.5, 0.5, [0.5, 2.0]), "prevalence must be"),
    (([0.5] * 2, [0.5] * 3, 0.5), r"shapes \(2,\), \(3,\) of sensitivity, specificity do not"),
])
def test_no_probability(arguments, words):
    with pytest.raises(ValueError, match=words):
        metrics.predictive_values(*arguments)
