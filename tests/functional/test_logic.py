"""Masks put together."""

import pytest
from generated import generated

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("logic")


def test_numbers_beside_masks():
    mask = mc.tensor([True, False])
    assert (mask & True).tolist() == [True, False] and (False | mask).tolist() == [True, False]
    assert (mc.tensor([5, 6]) & 1).tolist() == [1, 0] and (~mc.tensor([0, 5])).tolist() == [-1, -6]
    assert mc.tensor([0.5, 0.0]).logical_and(mask).tolist() == [True, False]


@pytest.mark.parametrize("combine", [
    lambda x: x & (x > 0), lambda x: (x > 0) | x, lambda x: x ^ x, lambda x: ~x,
    lambda x: (x > 0) & 1.0,
])
def test_floats_are_no_masks(combine):
    with pytest.raises(TypeError, match="compare first"):
        combine(mc.ones(2))
