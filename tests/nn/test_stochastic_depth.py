import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


class Block(nn.Module):
    """A residual block whose branch may be left out."""

    def __init__(self, p):
        super().__init__()
        self.branch = nn.Linear(3, 3)
        self.drop = nn.StochasticDepth(p, "row")

    def forward(self, x):
        return x + self.drop(self.branch(x))


def test_in_a_residual_block():
    mc.manual_seed(0)
    block, x = Block(0.3).double(), mc.randn(500, 3).double()
    y, full = block(x).data, block.branch(x).data
    left_out = (y == x.data).all(1)
    assert left_out.mean() == pytest.approx(0.3, abs=5 * (0.21 / 500) ** 0.5)
    np.testing.assert_allclose((y - x.data)[~left_out], full[~left_out] / 0.7)
    np.testing.assert_allclose(block.eval()(x).data, x.data + full)
    rows = mc.summary(block, (3,), print_fn=None).rows
    assert [(r.type, r.params) for r in rows] == [("Linear", 12), ("StochasticDepth", 0)]


def test_batches_and_seeds():
    layer, x = nn.StochasticDepth(0.5, "batch"), mc.ones(4, 2)
    mc.manual_seed(1)
    first = [layer(x).data for _ in range(30)]
    assert {tuple(np.unique(y)) for y in first} == {(0.0,), (2.0,)}
    mc.manual_seed(1)
    for y in first:
        np.testing.assert_array_equal(layer(x).data, y)
    assert layer.eval()(x) is x


def test_repr_and_refusals():
    assert repr(nn.StochasticDepth(0.2, "row")) == "StochasticDepth(p=0.2, mode=row)"
    for args, error, message in (
        ((0.5,), TypeError, "mode"),
        ((1.5, "row"), ValueError, "StochasticDepth: p=1.5 must be from 0 to 1"),
        ((0.5, "rows"), ValueError, "mode='rows' must be one of 'batch', 'row'"),
    ):
        with pytest.raises(error, match=message):
            nn.StochasticDepth(*args)
