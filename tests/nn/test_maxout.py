import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


def test_after_a_layer_of_twice_as_many_channels():
    net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.Maxout(2))
    x = mc.randn(2, 1, 5, 4)
    responses = net[0](x).data
    np.testing.assert_array_equal(net(x).data, np.maximum(responses[:, ::2], responses[:, 1::2]))
    rows = mc.summary(net, (1, 5, 4), print_fn=None).rows
    assert [r.params for r in rows] == [60, 0] and rows[1].output_shape == (None, 3, 3, 2)
    assert repr(nn.Maxout(3, -1)) == "Maxout(pieces=3, dim=-1)"
    assert nn.Maxout(3, -1)(mc.ones(2, 6)).shape == (2, 2)


def test_an_absolute_value_is_learnt():
    """Two affine pieces make |x|, which no single one does."""
    net = nn.Sequential(nn.Linear(1, 2), nn.Maxout(2)).double()
    net[0].weight.data[...] = [[0.5], [-0.3]]  # of one sign they would stay so: a local minimum
    x = mc.tensor(np.linspace(-1, 1, 41)[:, None])
    for _ in range(400):
        loss = ((net(x) - abs(x)) ** 2).mean()
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.3 * p.grad
    assert loss.item() < 1e-3


@pytest.mark.parametrize("args, error, message", [
    ((0,), ValueError, "Maxout: pieces=0 must be at least 1"),
    ((2.0,), TypeError, "Maxout: pieces must be a whole number"),
    ((2, 0.5), TypeError, "Maxout: dim must be a whole number"),
])
def test_refused(args, error, message):
    with pytest.raises(error, match=message):
        nn.Maxout(*args)
