"""ReLU's relatives."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("rectifiers")

NAMES = ["leaky_relu", "elu", "softplus", "gelu", "silu", "relu6", "hardtanh"]
VALUES = np.array([0.0, -0.0, 1e-9, -1e-9, -1e-5, 1.0, -1.0, 6.0, 30.0, -30.0, 1e4, -1e4], "f4")


@pytest.mark.parametrize("name", NAMES)
def test_extreme_and_cornering_values(torch, name):
    x, oracle = mc.tensor(VALUES, requires_grad=True), torch.tensor(VALUES, requires_grad=True)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        y = getattr(F, name)(x)
        y.sum().backward()
    expected = getattr(torch.nn.functional, name)(oracle)
    expected.sum().backward()
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(x.grad, oracle.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_elu_keeps_the_digits_of_small_numbers():
    small = np.array([-1e-5, -1e-7, -1e-12], np.float32)
    np.testing.assert_allclose(F.elu(mc.tensor(small)).data, np.expm1(small), rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_other_kinds(name):
    function = getattr(F, name)
    assert function(mc.zeros(0, 2)).shape == (0, 2) and np.isnan(function(mc.tensor(np.nan)).item())
    assert function(mc.tensor([1.0], dtype="float64")).dtype == np.float64
    for wrong in (None, "a"):
        with pytest.raises(TypeError):
            function(wrong)


def test_settings_of_numpy_keep_float32():
    x, two = mc.ones(2), np.float64(2)
    for y in (F.softplus(x, two, two), F.leaky_relu(x, two), F.elu(x, two),
              F.hardtanh(x, -two, two)):
        assert y.dtype == np.float32


def test_settings_out_of_range():
    x = mc.ones(2)
    for beta in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=f"softplus: beta={beta}"):
            F.softplus(x, beta)
    with pytest.raises(ValueError, match="approximate='fast'.*'none' or 'tanh'"):
        F.gelu(x, approximate="fast")
    with pytest.raises(ValueError, match="hardtanh: min_val=1.*max_val=1"):
        F.hardtanh(x, 1, 1)
