"""Stochastic depth: torchvision's meaning, which is written out here."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

_, test_odd_memory, test_each_alone, test_gradcheck = generated("stochastic_depth")


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.sampled_from(["row", "batch"]),
       st.floats(0.05, 0.95), st.integers(0, 99))
def test_every_sample_is_kept_or_deleted_as_a_whole(shape, mode, p, seed):
    """torchvision: noise (N, 1, ...) or (1, ...), 0 or 1/(1 − p); input · noise."""
    mc.manual_seed(seed)
    x = np.random.default_rng(seed).uniform(1, 2, shape)
    t = mc.tensor(x, requires_grad=True)
    y = F.stochastic_depth(t, p, mode)
    noise = (y.data / x).reshape(shape[0], -1)
    assert np.isclose(noise, noise[:, :1]).all()
    assert all(np.isclose(m, 0) or np.isclose(m, 1 / (1 - p)) for m in noise[:, 0])
    if mode == "batch":
        assert np.isclose(noise, noise[0, 0]).all()
    g = np.random.default_rng(1).normal(size=shape)
    y.backward(g)
    np.testing.assert_allclose(t.grad, g * noise[:, :1].reshape(-1, *(1,) * (len(shape) - 1)))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_how_often(p):
    mc.manual_seed(0)
    rows = F.stochastic_depth(mc.ones(20_000, 2), p, "row").data[:, 0]
    batches = [F.stochastic_depth(mc.ones(1, 1), p, "batch").item() for _ in range(2000)]
    for draws in (rows, np.asarray(batches)):
        assert abs((draws == 0).mean() - p) < 4.5 * (p * (1 - p) / len(draws)) ** 0.5
        np.testing.assert_allclose(np.unique(draws), [0, 1 / (1 - p)], rtol=1e-6)
    lag = np.corrcoef(rows[1:] == 0, rows[:-1] == 0)[0, 1]  # neighbours are independent
    assert abs(lag) < 5 / len(rows) ** 0.5


def test_a_residual_block_without_its_branch_is_the_identity():
    mc.manual_seed(3)
    x = mc.randn(64, 3)
    y = x + F.stochastic_depth(F.relu(x) + 1, 0.5, "row")
    same = (y.data == x.data).all(1)
    assert 10 < same.sum() < 54


def test_a_seed_repeats():
    def draw():
        return F.stochastic_depth(mc.ones(40), 0.5, "row").tolist()

    mc.manual_seed(5)
    first, second = draw(), draw()
    mc.manual_seed(5)
    assert first == draw() != second


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_where_nothing_is_deleted_the_tensor_itself_is_returned(mode):
    x = mc.ones(3, 2)
    assert F.stochastic_depth(x, 0.5, mode, training=False) is x
    assert F.stochastic_depth(x, 0.0, mode) is x
    assert not F.stochastic_depth(x, 1.0, mode).data.any()
    assert F.stochastic_depth(mc.zeros(0, 2), 0.5, mode).shape == (0, 2)


@pytest.mark.parametrize("args, error, words", [
    ((0.5, "rows"), ValueError, "stochastic_depth: mode='rows' must be 'batch' or 'row'"),
    ((1.5, "row"), ValueError, "stochastic_depth: p=1.5 .*from 0 to 1"),
    (("0.5", "row"), TypeError, "p='0.5'"),
])
def test_errors(args, error, words):
    for training in (True, False):
        with pytest.raises(error, match=words):
            F.stochastic_depth(mc.ones(2), *args, training)
    with pytest.raises(ValueError, match="needs samples"):
        F.stochastic_depth(mc.tensor(1.0), 0.5, "row")
    assert F.stochastic_depth(mc.tensor(1.0), 0.5, "batch").shape == ()
