import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


def test_evaluation_is_the_linear_layer():
    layer, plain = nn.DropConnectLinear(4, 3, 0.5).eval(), nn.Linear(4, 3)
    plain.load_state_dict(layer.state_dict())
    x = mc.randn(5, 4)
    np.testing.assert_array_equal(layer(x).data, plain(x).data)
    assert mc.summary(layer, (4,), print_fn=None).total_params == 15


def test_training_deletes_connections_and_keeps_the_bias():
    mc.manual_seed(0)
    layer = nn.DropConnectLinear(200, 100, 0.25)
    nn.init.ones_(layer.weight)
    nn.init.constant_(layer.bias, 7.0)
    seen = layer(mc.tensor(np.eye(200, dtype="float32"))).data - 7  # the weights that were used
    np.testing.assert_allclose(np.unique(seen.round(4)), [0, np.float32(1.3333)])
    assert (seen == 0).mean() == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 20_000) ** 0.5)
    layer(mc.ones(1, 200)).sum().backward()
    assert set(np.unique(layer.weight.grad)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (layer.bias.grad == 1).all()


def test_the_mean_of_many_passes_is_evaluation():
    mc.manual_seed(1)
    layer, x = nn.DropConnectLinear(6, 2, 0.4).double(), mc.randn(3, 6).double()
    passes = np.stack([layer(x).data for _ in range(4000)])
    error = passes.mean(0) - layer.eval()(x).data
    assert (abs(error) < 5 * passes.std(0) / 4000**0.5).all()


def test_the_seed_decides_the_mask():
    layer, x = nn.DropConnectLinear(20, 5), mc.ones(1, 20)
    mc.manual_seed(1)
    first = layer(x).data
    assert (layer(x).data != first).any()
    mc.manual_seed(1)
    np.testing.assert_array_equal(layer(x).data, first)


def test_repr_and_refusals():
    assert repr(nn.DropConnectLinear(4, 3, 0.2, bias=False)) == (
        "DropConnectLinear(in_features=4, out_features=3, bias=False, p=0.2)"
    )
    for args, error, message in (
        ((4, 3, 1.5), ValueError, "DropConnectLinear: p=1.5 must be from 0 to 1"),
        ((4, 3, "1"), TypeError, "DropConnectLinear: p must be a number"),
        ((0, 3), ValueError, "DropConnectLinear: in_features=0 must be at least 1"),
    ):
        with pytest.raises(error, match=message):
            nn.DropConnectLinear(*args)
