"""Sums, differences, products, quotients."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("arithmetic")

FUNCTIONS = {"add": mc.add, "sub": mc.sub, "mul": mc.mul, "div": mc.div}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtypes", [("int64", "int64"), ("int32", "int64"), ("uint8", "int16"),
                                    ("int64", "float64"), ("bool", "float32"), ("bool", "int64")],
                         ids=str)
def test_dtypes_are_pytorchs(torch, name, dtypes):
    if name == "sub" and dtypes[0] == "bool":
        dtypes = (dtypes[1], dtypes[1])  # no subtraction of booleans there
    a, b = (np.array([1, 0, 3]).astype(dtypes[0]), np.array([2, 1, 1]).astype(dtypes[1]))
    expected = getattr(torch, name)(torch.tensor(a), torch.tensor(b)).numpy()
    close(FUNCTIONS[name](mc.tensor(a), mc.tensor(b)).data, expected)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_empty(name):
    a = mc.zeros(0, 3, requires_grad=True)
    b = mc.ones(3, requires_grad=True)
    y = FUNCTIONS[name](a, b)
    y.backward(y.detach())
    assert y.shape == a.grad.shape == (0, 3) and b.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes_that_do_not_broadcast(name):
    with pytest.raises(ValueError, match=rf"(?i){name}: shapes \(2, 3\) and \(2,\).*broadcast"):
        FUNCTIONS[name](mc.ones(2, 3), mc.ones(2))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_two_float_dtypes_are_refused_by_name(name):
    x, y = mc.ones(2), mc.ones(2, dtype="float64")
    for a, b in ((x, y), (y, x)):
        with pytest.raises(TypeError, match=rf"{a.dtype}.*{b.dtype}.*\.to\('{a.dtype}'\)"):
            FUNCTIONS[name](a, b)


def test_infinities_and_nan(torch):
    values = np.array([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan], np.float32)
    a, b = (v.ravel() for v in np.meshgrid(values, values))
    with np.errstate(all="ignore"):
        for name, function in FUNCTIONS.items():
            expected = getattr(torch, name)(torch.tensor(a), torch.tensor(b)).numpy()
            np.testing.assert_array_equal(function(mc.tensor(a), mc.tensor(b)).data, expected)
