"""Exponential, logarithm, powers, sine and cosine."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("elementwise")

FUNCTIONS = {"exp": mc.exp, "log": mc.log, "sqrt": mc.sqrt, "sin": mc.sin, "cos": mc.cos}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_integers_become_float32_and_empties_stay_empty(torch, name):
    i = np.array([1, 2, 3])
    close(FUNCTIONS[name](mc.tensor(i)).data, getattr(torch, name)(torch.tensor(i)).numpy())
    assert FUNCTIONS[name]([1, 2]).dtype == np.float32
    x = mc.zeros(0, 2, requires_grad=True)
    FUNCTIONS[name](x).sum().backward()
    assert x.grad.shape == (0, 2)
    with pytest.raises(TypeError, match="str"):
        FUNCTIONS[name]("a")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_extreme_values(torch, name):
    values = np.array([0.0, -1.0, 1e-40, 1e30, -1e30, np.inf, -np.inf, np.nan], np.float32)
    x, oracle = mc.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    if name in ("sin", "cos"):
        values[3:5] = 100.0, -100.0
    y, expected = FUNCTIONS[name](x), getattr(torch, name)(oracle)
    y.backward(np.ones(8))
    expected.backward(torch.ones(8))
    np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(x.grad, oracle.grad.numpy(), rtol=1e-6)


def test_powers_of_integers():
    i = mc.tensor([1, 2, 3])
    for exponent, expected, dtype in (
        (2, [1, 4, 9], "int64"), (0, [1, 1, 1], "int64"), (2.0, [1, 4, 9], "float32"),
        (-1, [1, 1 / 2, 1 / 3], "float32"), (np.float64(2), [1, 4, 9], "float32"),
        (np.int8(2), [1, 4, 9], "int64"), (mc.tensor([2, 1, 0]), [1, 2, 1], "int64"),
        (mc.tensor([2.0, 1.0, 0.0]), [1, 2, 1], "float32"),
    ):
        close((i**exponent).data, np.array(expected, dtype))
    assert (2**i).tolist() == [2, 4, 8] and (2.0**i).dtype == np.float32


@pytest.mark.parametrize("exponent", [2, 2.0, np.float64(2), np.float32(2), np.int64(2), True, 0])
def test_a_power_keeps_float32(exponent):
    x = mc.tensor([1.0, 3.0], requires_grad=True)
    y = x**exponent
    assert y.dtype == np.float32
    y.sum().backward()
    close(x.grad, (float(exponent) * x.data ** (float(exponent) - 1)).astype("float32"))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_powers_at_zero(torch):
    a = np.array([0.0, 0.0, 0.0, 0.0, 2.0, 2.0])
    b = np.array([0.0, 1.0, 2.0, 3.0, 0.0, 1.0])
    x, y = mc.tensor(a, requires_grad=True), mc.tensor(b, requires_grad=True)
    p, q = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
    (x**y).sum().backward()
    (p**q).sum().backward()
    close(x.grad, p.grad.numpy())
    close(y.grad, q.grad.numpy())
    for n in (0, 1, 2, 3):
        z = mc.tensor([0.0], requires_grad=True)
        (z**n).sum().backward()
        assert z.grad.tolist() == [1.0 if n == 1 else 0.0]


def test_the_mixed_derivative_at_the_exponent_zero():
    # ∂²(a^b)/∂a∂b = a^(b−1)·(1 + b·ln a), at b = 0: 1/a. A slope taken for constant there gives 1.
    a, b = (mc.tensor(np.array([v]), requires_grad=True) for v in (2.0, 0.0))
    for first, second in ((a, b), (b, a)):
        (g,) = mc.grad((a**b).sum(), [first], create_graph=True)
        (h,) = mc.grad(g.sum(), [second])
        close(h.data, np.array([0.5]))
