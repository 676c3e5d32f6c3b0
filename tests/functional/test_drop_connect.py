"""DropConnect: which connections are deleted, how often, and what is kept on average."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc
import minicnn.functional as F

_, test_odd_memory, test_each_alone, test_gradcheck = generated("drop_connect")


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_how_many_are_deleted_and_how_large_the_rest_is(p):
    mc.manual_seed(0)
    m = F.drop_connect(mc.ones(200, 300), p).data
    np.testing.assert_allclose(np.unique(m), [0, np.float32(1 / (1 - p))])
    for axis, count in ((None, 60_000), (0, 200), (1, 300)):  # no row and no column is favoured
        share = (m == 0).mean(axis)
        assert np.abs(share - p).max() < 5 * (p * (1 - p) / count) ** 0.5


def test_connections_not_nodes():
    """A node that drops one input keeps others, and all samples of a batch see the same mask."""
    mc.manual_seed(1)
    w = F.drop_connect(mc.ones(50, 40), 0.5)
    for axis in (0, 1):
        assert 0 < (w.data == 0).sum(axis).min() and (w.data != 0).sum(axis).min() > 0
    y = F.linear(mc.ones(3, 40), w).data
    assert (y == y[0]).all() and len(np.unique(y)) > 5


def test_the_mean_over_many_masks_is_the_weight():
    mc.manual_seed(2)
    w = mc.randn(4, 5, dtype="float64")
    drawn = np.mean([F.drop_connect(w, 0.3).data for _ in range(4000)], 0)
    # the standard deviation of one draw is |w|·√(p/(1 − p))
    assert (abs(drawn - w.data) < 5 * abs(w.data) * (0.3 / 0.7 / 4000) ** 0.5).all()


def test_the_gradient_goes_where_the_connections_were():
    w = mc.ones(30, 20, dtype="float64", requires_grad=True)
    y = F.drop_connect(w, 0.3)
    y.sum().backward()
    np.testing.assert_array_equal(w.grad, y.data)


def test_a_seed_repeats_and_each_call_draws_anew():
    w = mc.ones(10, 10)
    mc.manual_seed(5)
    first, second = F.drop_connect(w), F.drop_connect(w)
    mc.manual_seed(5)
    assert first.tolist() == F.drop_connect(w).tolist() != second.tolist()


def test_where_nothing_is_dropped_the_weight_itself_is_returned():
    w = mc.ones(2, 3)
    assert F.drop_connect(w, 0.5, training=False) is w and F.drop_connect(w, 0) is w
    assert not F.drop_connect(w, 1.0).data.any()


@pytest.mark.parametrize("p, error", [(-0.1, ValueError), (1.1, ValueError), ("0.5", TypeError)])
def test_errors(p, error):
    with pytest.raises(error, match=r"drop_connect: p=.*from 0 to 1"):
        F.drop_connect(mc.ones(2, 2), p)
