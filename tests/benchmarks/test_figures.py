"""Figures from made-up numbers."""

import numpy as np
import pytest

from benchmarks.figures import geometric_mean, ratios, relative_error, spread


def test_a_ratio_is_taken_within_its_round():
    theirs, ours = [2.0, 8.0, 3.0], [1.0, 2.0, 6.0]
    np.testing.assert_array_equal(ratios(theirs, ours), [2.0, 4.0, 0.5])
    # The median of the ratios, which is not the ratio of the medians (3 / 2).
    assert np.median(ratios(theirs, ours)) == 2.0


def test_the_geometric_mean_balances_twice_and_half():
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)
    assert geometric_mean([1.0, 10.0, 100.0]) == pytest.approx(10.0)


def test_the_spread_is_half_the_quartiles_distance():
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(1 / 3)
    assert spread([7.0]) == 0.0


def test_the_relative_error_is_in_the_l2_norm():
    truth = np.array([3.0, 4.0])
    assert relative_error(np.array([3.0, 4.5]), truth) == pytest.approx(0.1)
    assert relative_error(truth.reshape(1, 2), truth) == float("inf")
    assert relative_error(np.array([3.0, np.nan]), truth) == float("inf")
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0
