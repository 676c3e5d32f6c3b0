import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn


@pytest.mark.parametrize("make, shape", [
    (lambda: nn.LocallyConnected2d(2, 3, (3, 2), (6, 5), stride=(2, 1), padding=1), (4, 2, 6, 5)),
    (lambda: nn.LocallyConnected2d(2, 3, 3, 5, padding="same", bias=False), (1, 2, 5, 5)),
    (lambda: nn.LocallyConnected1d(2, 3, 3, 7, 2), (4, 2, 7)),
])
def test_is_the_function_of_its_parameters(make, shape):
    layer, x = make(), mc.randn(*shape)
    y = layer(x)
    name = "locally_connected" + type(layer).__name__[-2:]
    expected = getattr(F, name)(x, layer.weight, layer.bias, layer.stride, layer.padding)
    np.testing.assert_array_equal(y.data, expected.data)
    assert y.shape == (shape[0], 3, *layer.output_size)


def test_weights_are_many_and_counted():
    """002: unshared, P·Q sets of filters where a convolution has one."""
    conv, local = nn.Conv2d(3, 8, 5), nn.LocallyConnected2d(3, 8, 5, 32)
    assert local.output_size == (28, 28)
    (shared,) = mc.summary(conv, (3, 32, 32), print_fn=None).rows
    (unshared,) = mc.summary(local, (3, 32, 32), print_fn=None).rows
    assert shared.params == 608 and unshared.params == 608 * 28 * 28
    assert unshared.output_shape == shared.output_shape == (None, 8, 28, 28)


def test_first_weights_are_drawn_as_a_convolutions():
    mc.manual_seed(0)
    layer = nn.LocallyConnected2d(4, 6, 3, 10)
    bound = 1 / 36**0.5
    for p in (layer.weight, layer.bias):
        assert abs(p.data).max() <= bound and abs(p.data).max() > 0.95 * bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.02)
    before = layer.weight.data.copy()
    layer.reset_parameters()
    assert (layer.weight.data != before).any()


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.LocallyConnected2d(2, 3, 3), TypeError, "input_size"),
    (lambda: nn.LocallyConnected2d(0, 3, 3, 5), ValueError,
     "LocallyConnected2d: in_channels=0 must be at least 1"),
    (lambda: nn.LocallyConnected2d(2, 3, 7, 5), ValueError,
     "LocallyConnected2d: the kernel covers 7 pixels"),
    (lambda: nn.LocallyConnected2d(2, 3, 3, (5, 5, 5)), ValueError, "input_size=.*3 entries"),
    (lambda: nn.LocallyConnected1d(2, 3, 3, 5, stride=0), ValueError, "stride=0"),
    (lambda: nn.LocallyConnected2d(2, 3, 3, 5, padding="full"), ValueError, "'same', 'valid'"),
    (lambda: nn.LocallyConnected2d(2, 3, 3, 5, bias=1), TypeError, "bias must be True or False"),
    (lambda: nn.LocallyConnected2d(2, 3, 3, 5)(mc.ones(1, 2, 6, 5)), ValueError,
     r"LocallyConnected2d: .*size \(5, 5\).*shape \(1, 2, 6, 5\)"),
    (lambda: nn.LocallyConnected2d(2, 3, 3, 5)(mc.ones(1, 4, 5, 5)), ValueError, "4 channels"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
