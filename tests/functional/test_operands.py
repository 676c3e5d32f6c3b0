"""What may stand beside a Tensor, on either side, and what dtype comes out."""

import operator

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("operands")

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow,
             operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]
BESIDE = {
    "int": 2, "float": 2.5, "bool": True, "float32": np.float32(2.5), "float64": np.float64(2.5),
    "int8": np.int8(2), "int64": np.int64(2), "uint8": np.uint8(2), "bool_": np.bool_(True),
    "0-d": np.array(2.5), "list": [1, 2.5, 3], "tuple": (1, 2, 3), "nested": [[1.0], [2.0]],
    "float64 array": np.array([1.0, 2.5, 3.0]), "int array": np.array([1, 2, 3]),
    "bool array": np.array([True, False, True]), "big-endian": np.array([1.0, 2.5, 3.0], ">f8"),
    "int Tensor": mc.tensor([1, 2, 3]), "bool Tensor": mc.tensor([True, False, True]),
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("function", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_a_float_tensor_keeps_its_dtype(function, beside, dtype):
    x = mc.tensor([1.0, 2.0, 3.0], dtype=dtype, requires_grad=True)
    number = beside.data if isinstance(beside, mc.Tensor) else np.asarray(beside)
    number = number.astype(dtype)
    comparison = function.__name__ in ("lt", "le", "eq", "ne", "gt", "ge")
    for y, expected in ((function(x, beside), function(x.data, number)),
                        (function(beside, x), function(number, x.data))):
        assert isinstance(y, mc.Tensor) and y.requires_grad is not comparison
        assert y.dtype == ("bool" if comparison else dtype)
        close(y.data, expected, tolerance=1e-3 if dtype == "float16" else None)
        if not comparison:
            x.grad = None
            y.sum().backward()
            assert x.grad.dtype == dtype and x.grad.shape == (3,)


@pytest.mark.parametrize("beside", [2, np.int64(2), np.int8(2), 2.5, np.float64(2.5), True, [1, 2],
                                    np.array([1, 2]), np.array([1.5, 2.5])], ids=repr)
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool"])
def test_beside_integers_pytorchs_rules_hold(torch, beside, dtype):
    i = np.array([1, 3]).astype(dtype)
    if isinstance(beside, np.generic):
        oracle = beside.item()
    else:
        oracle = torch.tensor(beside) if isinstance(beside, (list, np.ndarray)) else beside
    for function in (operator.add, operator.mul):
        expected = function(torch.tensor(i), oracle).numpy()
        close(function(mc.tensor(i), beside).data, expected)
        close(function(beside, mc.tensor(i)).data, expected)


def test_integers_that_do_not_fit():
    i = mc.tensor(np.array([250], "uint8"))
    for big in (300, np.int64(300), -1, np.int16(-1)):
        assert (i + big).tolist() == [250 + int(big)] and (i == big).tolist() == [False]
    assert (i + 5).dtype == np.uint8 and (i + np.int64(5)).dtype == np.uint8
    with pytest.raises(TypeError, match="int"):
        i + 2**70
    with pytest.raises(TypeError, match=r"int64.*uint64.*\.to\('int64'\)"):
        mc.tensor([1]) + mc.tensor(np.array([1], "uint64"))


WRONG = {
    "None": (None, "NoneType"), "text": ("1.5", "str"), "bytes": (b"1", "bytes"),
    "complex": (1j, "complex"), "complex array": (np.ones(2) * 1j, "complex"),
    "text array": (np.array(["1", "2"]), "U1"), "dates": (np.array(["2020"] * 2, "M8[Y]"), "date"),
    "objects": (np.array([None, 1]), "object"), "a dict": ({}, "dict"),
    "an object": (object(), "obj"),
    "Tensors": ([mc.tensor(1.0), mc.tensor(2.0)], "minicnn.stack"),
    "numbers and a Tensor": ([1.0, mc.tensor(2.0)], "minicnn.stack"),
}


@pytest.mark.parametrize("beside, message", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("x", [mc.ones(2), mc.tensor([1, 2])], ids=["floats", "integers"])
def test_what_may_not_stand_beside_a_tensor(x, beside, message):
    for function in (operator.add, operator.truediv, operator.matmul, operator.lt):
        for a, b in ((x, beside), (beside, x)):
            with pytest.raises(TypeError, match=message):
                function(a, b)


def test_ragged_lists():
    with pytest.raises(ValueError, match="one length"):
        mc.ones(2) + [[1, 2], [3]]


def test_casts_carry_gradients_in_the_tensors_own_dtype():
    x = mc.tensor([1.5, 2.5], requires_grad=True)
    (x.double() * np.array([1.0, 3.0])).sum().backward()
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [1.0, 3.0]
    assert not x.long().requires_grad and x.long().tolist() == [1, 2]
    half = x.to("float16")
    half.sum().backward()
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [2.0, 4.0]


def test_cast_makes_no_copy_where_nothing_changes():
    x = mc.ones(2)
    assert x.to("float32") is x and x.to(np.float32) is x and F.relu(x).float().data is not None
    assert x.clone() is not x and not np.shares_memory(x.clone().data, x.data)


def test_nothing_given_is_changed():
    array = np.array([1.0, 2.0, 3.0])
    array.flags.writeable = False
    x = mc.tensor([1.0, 2.0, 3.0], dtype="float64", requires_grad=True)
    (x * array).sum().backward()
    x.grad += 1
    assert array.tolist() == [1.0, 2.0, 3.0]
