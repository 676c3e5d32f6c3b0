"""Maxout: the largest of neighbouring channels."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("maxout")


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.integers(1, 4), st.data())
def test_is_the_maximum_of_slices(shape, k, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    shape[dim] *= k
    x = np.random.default_rng(0).permutation(int(np.prod(shape))).reshape(shape) / 8
    rows = np.moveaxis(x, dim, 0)
    expected = np.stack([rows[i : i + k].max(0) for i in range(0, len(rows), k)])
    np.testing.assert_array_equal(F.maxout(x, k, dim).data, np.moveaxis(expected, 0, dim))
    assert mc.gradcheck(lambda t: F.maxout(t, k, dim), [x])


def test_with_a_piece_held_at_zero_it_is_relu():
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    pieces = np.stack([x, np.zeros_like(x)], 2).reshape(3, 8, 5)
    np.testing.assert_array_equal(F.maxout(pieces, 2).data, F.relu(x).data)


def test_of_equal_ones_the_first_gets_the_gradient():
    x = mc.zeros(1, 6, requires_grad=True)
    F.maxout(x, 3).sum().backward()
    assert x.grad.tolist() == [[1, 0, 0, 1, 0, 0]]
    assert np.isnan(F.maxout(mc.tensor([[1.0, np.nan]]), 2).data).all()


def test_no_images():
    assert F.maxout(mc.zeros(0, 6, 2), 3).shape == (0, 2, 2)


@pytest.mark.parametrize("args, error, words", [
    ((4,), ValueError, r"maxout: pieces=4 must divide the 6 entries along dim=1 .*\(2, 6\)"),
    ((0,), ValueError, "pieces=0"),
    ((2.0,), TypeError, "maxout: pieces must be a whole number, got 2.0"),
    ((2, 2), IndexError, "maxout: axis 2 does not exist"),
])
def test_errors(args, error, words):
    with pytest.raises(error, match=words):
        F.maxout(mc.ones(2, 6), *args)
    with pytest.raises(TypeError, match="maxout: the input must be floats, got int64"):
        F.maxout(mc.ones(2, 6, dtype="int64"), 2)
