"""PyTorch's names for dtypes and devices, and the conversions that use them."""

import builtins
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import minicnn as mc

NAMES = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool",
         "half", "float", "double", "short", "int", "long")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_dtype_that_pytorch_means(torch, name):
    dtype = getattr(mc, name)
    assert isinstance(dtype, np.dtype)
    assert f"torch.{dtype}" == str(getattr(torch, name))
    x = mc.ones(2, dtype=dtype)
    assert x.dtype == dtype and x.dtype is dtype


def test_the_names_of_python_are_untouched():
    assert isinstance(mc.tensor(2.5).item(), builtins.float)
    assert isinstance(mc.tensor(True).item(), builtins.bool)


@pytest.mark.parametrize("name", ["half", "float", "double", "int", "long", "bool"])
def test_methods_convert(torch, name):
    values = [0.0, 1.9, -2.7]
    y, expected = getattr(mc.tensor(values), name)(), getattr(torch.tensor(values), name)()
    assert y.dtype == getattr(mc, name) and y.tolist() == expected.tolist()
    assert mc.tensor(values).type(getattr(mc, name)).tolist() == expected.tolist()
    assert mc.tensor(values).type_as(y).dtype == y.dtype


def test_conversions_are_differentiable():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    (x.double() * 2).float().sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_questions():
    assert mc.is_tensor(mc.zeros(1)) and not mc.is_tensor(np.zeros(1))
    assert mc.zeros(1).is_floating_point() and not mc.arange(3).is_floating_point()


def test_a_number_is_formatted_as_one():
    loss = (mc.tensor([1.0, 2.0], requires_grad=True) ** 2).sum()
    assert f"{loss:.2f}" == "5.00" and f"{loss}" == "5.0" and f"{mc.tensor(7):03d}" == "007"
    assert f"{mc.tensor([1.0])}" == "tensor([1.])"
    with pytest.raises(TypeError, match="format"):
        f"{mc.tensor([1.0]):.2f}"


def test_new_tensors_like_an_old_one():
    x = mc.ones(2, dtype="float64")
    for y, values in ((x.new_zeros(2, 1), [[0], [0]]), (x.new_ones((2,)), [1, 1]),
                      (x.new_full((1,), 7), [7]), (x.new_tensor([1, 2]), [1, 2])):
        assert y.dtype == np.float64 and y.tolist() == values
    assert x.new_zeros(1, dtype=mc.long).dtype == np.int64
    assert mc.empty(2, 3).shape == mc.empty_like(mc.ones(2, 3)).shape == x.new_empty(2, 3).shape


def test_device():
    assert mc.device("cpu") == "cpu" and mc.device("cuda", 1) == "cuda:1"
    assert mc.device("cuda:3").type == "cuda" and mc.device("cpu").type == "cpu"
    x = mc.zeros(2, device=mc.device("cpu")).to(mc.device("cpu"))
    assert x.device == mc.device("cpu") and mc.nn.Linear(1, 1).to(mc.device("cpu"))
    for wrong in ("gpu", "cuda:x", "cuda:", ""):
        with pytest.raises(ValueError, match="unknown device"):
            mc.device(wrong)
    with pytest.raises(TypeError, match="string"):
        mc.device(0)


def test_is_there_a_gpu(monkeypatch):
    def cupy(count):
        return SimpleNamespace(cuda=SimpleNamespace(runtime=SimpleNamespace(getDeviceCount=count)))

    def no_driver():
        raise OSError("no driver")

    monkeypatch.setitem(sys.modules, "cupy", None)  # importing it raises ImportError
    assert mc.cuda.is_available() is False and mc.cuda.device_count() == 0
    monkeypatch.setitem(sys.modules, "cupy", cupy(no_driver))
    assert mc.cuda.is_available() is False
    monkeypatch.setitem(sys.modules, "cupy", cupy(lambda: 2))
    assert mc.cuda.is_available() is True and mc.cuda.device_count() == 2
