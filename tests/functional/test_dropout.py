"""Dropout: what is kept, how often, how large, and when nothing is dropped."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc
import minicnn.functional as F

_, test_odd_memory, test_each_alone, test_gradcheck = generated("dropout")

SHAPES = {"dropout": (200, 300), "dropout1d": (100, 200, 3), "dropout2d": (100, 200, 2, 3),
          "dropout3d": (100, 200, 1, 2, 2)}


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", SHAPES)
def test_how_many_are_dropped_and_how_large_the_rest_is(name, p):
    mc.manual_seed(0)
    y = getattr(F, name)(mc.ones(SHAPES[name]), p).data
    values = np.unique(y)
    np.testing.assert_allclose(values, [0, np.float32(1 / (1 - p))])
    draws = y.reshape(*y.shape[:2], -1)
    if name != "dropout":  # whole channels
        assert (draws == draws[..., :1]).all()
    draws = draws[..., 0]
    deviation = (p * (1 - p) / draws.size) ** 0.5
    assert abs((draws == 0).mean() - p) < 4 * deviation
    for axis in (0, 1):  # no row and no column is favoured
        share = (draws == 0).mean(axis)
        assert abs(share - p).max() < 5 * (p * (1 - p) / draws.shape[axis]) ** 0.5


@pytest.mark.parametrize("name", SHAPES)
def test_where_nothing_is_dropped_the_tensor_itself_is_returned(name):
    x = mc.ones(SHAPES[name][:2] + (2,) * (len(SHAPES[name]) - 2))
    function = getattr(F, name)
    assert function(x, 0.5, training=False) is x and function(x, 0) is x
    assert not function(x, 1.0).data.any()


def test_the_gradient_goes_where_the_entries_went():
    x = mc.ones(50, 50, dtype="float64", requires_grad=True)
    y = F.dropout(x, 0.3)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)
    assert y.dtype == np.float64


def test_each_call_draws_anew_and_a_seed_repeats():
    x = mc.ones(100)
    mc.manual_seed(5)
    first, second = F.dropout(x), F.dropout(x)
    mc.manual_seed(5)
    again = F.dropout(x)
    assert first.tolist() != second.tolist() and first.tolist() == again.tolist()


@pytest.mark.parametrize("name", SHAPES)
def test_probabilities_out_of_range(name):
    x = mc.ones(SHAPES[name][:2] + (2,) * (len(SHAPES[name]) - 2))
    for p, error in ((-0.1, ValueError), (1.1, ValueError), (float("nan"), ValueError),
                     ("0.5", TypeError), (None, TypeError), (True, TypeError), ([0.5], TypeError)):
        for training in (True, False):
            with pytest.raises(error, match=rf"{name}: p=.*from 0 to 1"):
                getattr(F, name)(x, p, training)
    assert getattr(F, name)(x, np.float32(0.25)).dtype == np.float32


@pytest.mark.parametrize("name", ["dropout1d", "dropout2d", "dropout3d"])
def test_ranks(name):
    rank = int(name[-2]) + 2
    for axes in (rank - 1, rank + 1):
        with pytest.raises(ValueError, match=rf"{name}.*{rank} dimensions \(N, C, size"):
            getattr(F, name)(mc.ones((2,) * axes))
    assert getattr(F, name)(mc.ones((0,) * rank)).shape == (0,) * rank
