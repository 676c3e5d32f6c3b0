import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


def test_training_deletes_and_scales():
    mc.manual_seed(0)
    x = mc.ones(100, 100, requires_grad=True)
    y = nn.Dropout(0.25)(x)
    assert set(np.unique(y.data)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (y.data == 0).mean() == pytest.approx(0.25, abs=0.02)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)


def test_evaluation_is_the_identity():
    x = mc.randn(3, 4)
    assert nn.Dropout(0.5).eval()(x) is x


@pytest.mark.parametrize("layer, axes", [(nn.Dropout1d, 1), (nn.Dropout2d, 2), (nn.Dropout3d, 3)])
def test_whole_channels_are_deleted(layer, axes):
    mc.manual_seed(0)
    x = mc.ones(100, 100, *(2,) * axes, requires_grad=True)
    y = layer(0.25)(x)
    channels = y.data.reshape(10_000, -1)
    assert (channels == channels[:, :1]).all()
    assert set(np.unique(y.data)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (channels == 0).mean() == pytest.approx(0.25, abs=0.02)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)
    assert layer().eval()(x) is x
    with pytest.raises(ValueError, match=f"dropout{axes}d: .*{axes + 2} dimensions"):
        layer()(mc.ones(2, 2))


def test_the_seed_decides_the_mask():
    layer, x = nn.Dropout(), mc.ones(50)
    mc.manual_seed(1)
    first = layer(x).data
    assert (layer(x).data != first).any()
    mc.manual_seed(1)
    np.testing.assert_array_equal(layer(x).data, first)


def test_repr_is_pytorchs(torch):
    for name in ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d"):
        for args in [(), (0.1,), (0, True)]:
            assert repr(getattr(nn, name)(*args)) == repr(getattr(torch.nn, name)(*args))


@pytest.mark.parametrize(
    "args, error, message",
    [
        ((1.5,), ValueError, "Dropout: p=1.5 must be from 0 to 1"),
        ((-0.1,), ValueError, "Dropout: p=-0.1"),
        ((float("nan"),), ValueError, "Dropout: p=nan"),
        (("0.5",), TypeError, "Dropout: p must be a number, got '0.5'"),
        ((0.5, 1), TypeError, "Dropout: inplace must be True or False, got 1"),
    ],
)
def test_refused(args, error, message):
    with pytest.raises(error, match=message):
        nn.Dropout(*args)
