"""Controlled rounding: every entry, every row and every column right."""

import random
from fractions import Fraction
from math import ceil, floor

from hypothesis import given, settings
from hypothesis import strategies as st

from minicnn.data.apportion import apportion


def assert_right(counts, shares, table):
    for n, row in zip(counts, table, strict=True):
        assert sum(row) == n
        for entry, f in zip(row, shares, strict=True):
            assert floor(n * f) <= entry <= ceil(n * f)
    for column, f in zip(zip(*table, strict=True), shares, strict=True):
        assert floor(sum(counts) * f) <= sum(column) <= ceil(sum(counts) * f)


@settings(max_examples=400, deadline=None)
@given(
    counts=st.lists(st.integers(0, 30), min_size=1, max_size=20),
    weights=st.lists(st.integers(1, 12), min_size=2, max_size=6),
)
def test_rounded_up_or_down_everywhere(counts, weights):
    shares = [Fraction(w, sum(weights)) for w in weights]
    assert_right(counts, shares, apportion(counts, shares))


def test_whole_numbers_are_left():
    assert apportion([10, 20], [Fraction(4, 5), Fraction(1, 10), Fraction(1, 10)]) == [
        [8, 1, 1], [16, 2, 2],
    ]


def test_totals_that_a_first_choice_misses_are_repaired(monkeypatch):
    """Without the repair some of these tables have a wrong total, so it is needed and works."""
    rng = random.Random(0)
    cases = []
    for _ in range(600):
        weights = [rng.randint(1, 9) for _ in range(rng.randint(3, 6))]
        shares = [Fraction(w, sum(weights)) for w in weights]
        cases.append(([rng.randint(1, 9) for _ in range(rng.randint(2, 9))], shares))
    for counts, shares in cases:
        assert_right(counts, shares, apportion(counts, shares))
    monkeypatch.setattr("minicnn.data.apportion._repair", lambda *a: None)
    wrong = 0
    for counts, shares in cases:
        try:
            assert_right(counts, shares, apportion(counts, shares))
        except AssertionError:
            wrong += 1
    assert wrong > 0
