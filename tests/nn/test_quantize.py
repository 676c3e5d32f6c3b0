import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


def test_before_a_network():
    sensor = nn.Quantize(2)
    x = mc.tensor(np.arange(0, 256, 17, dtype="float32"), requires_grad=True)
    np.testing.assert_array_equal(sensor(x).data, np.arange(0, 256, 17) >> 6)
    np.testing.assert_array_equal(sensor.eval()(x).data, np.arange(0, 256, 17) >> 6)
    sensor(x).sum().backward()
    np.testing.assert_allclose(x.grad, 3 / 255, rtol=1e-6)
    assert repr(sensor) == "Quantize(bits=2, low=0, high=255)"
    assert nn.Quantize(1, 0, 1)(mc.tensor([0.2, 0.8])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("args, error, message", [
    ((0,), ValueError, "Quantize: bits=0 must be from 1 to 16"),
    ((2.5,), TypeError, "Quantize: bits must be a whole number"),
    ((2, 1, 0), ValueError, "Quantize: low=1 must be below high=0"),
    ((2, "a"), TypeError, "Quantize: low must be a number"),
])
def test_refused(args, error, message):
    with pytest.raises(error, match=message):
        nn.Quantize(*args)
