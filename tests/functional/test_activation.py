"""ReLU, sigmoid, hyperbolic tangent."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("activation")

VALUES = np.array([0.0, -0.0, 1e-30, -1e-30, 90.0, -90.0, 1e4, -1e4, np.inf, -np.inf], np.float32)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_extreme_values(torch, name):
    x, oracle = mc.tensor(VALUES, requires_grad=True), torch.tensor(VALUES, requires_grad=True)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = getattr(F, name)(x)
        y.sum().backward()
    expected = getattr(torch, name)(oracle)
    expected.sum().backward()
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(x.grad, oracle.grad.numpy(), rtol=1e-5, atol=1e-37)
    assert np.isnan(getattr(F, name)(mc.tensor([np.nan])).item())


def test_relu_stops_infinite_gradients():
    x = mc.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    F.relu(x).backward(np.array([np.inf, np.nan, np.inf]))
    assert x.grad.tolist() == [0.0, 0.0, np.inf]


def test_second_order_of_relu_is_zero():
    x = mc.tensor([-1.0, 2.0], requires_grad=True)
    (g,) = mc.grad(F.relu(x).sum(), [x], create_graph=True)
    assert g.tolist() == [0.0, 1.0] and not g.requires_grad
    (g,) = mc.grad((F.relu(x) ** 2).sum(), [x], create_graph=True)
    (h,) = mc.grad(g.sum(), [x])
    assert h.tolist() == [0.0, 2.0]


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_other_kinds(name):
    function = getattr(F, name)
    assert function(mc.tensor([-1, 2])).dtype == (np.int64 if name == "relu" else np.float32)
    assert function([1.0, 2.0]).dtype == np.float32
    assert function(mc.zeros(0, 2)).shape == (0, 2)
    x = mc.tensor(0.5, requires_grad=True)
    y = function(x)
    y.backward()
    assert y.shape == () and x.grad.shape == ()
    for wrong in (None, "a", {}):
        with pytest.raises(TypeError):
            function(wrong)
