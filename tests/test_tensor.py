"""A Tensor: what it is made of, what it answers, what it refuses."""

import copy
import pickle

import numpy as np
import pytest
from odd_arrays import LAYOUTS
from oracles import close

import minicnn as mc

MADE_OF = {
    "float": (1.5, "float32"), "int": (3, "int64"), "bool": (True, "bool"),
    "floats": ([1.0, 2.5], "float32"), "ints": ([[1], [2]], "int64"),
    "mixed": ([1, 2.5], "float32"),
    "bools": ([True, False], "bool"), "tuple": ((1.0, 2.0), "float32"), "empty": ([], "float32"),
    "float64": (np.zeros(2), "float64"), "float16": (np.zeros(2, "float16"), "float16"),
    "uint8": (np.zeros(2, "uint8"), "uint8"), "scalar": (np.float64(2), "float64"),
    "scalars": ([np.float64(2), np.float64(3)], "float64"), "range": (range(3), "int64"),
    "rows": ([np.zeros(2), np.ones(2)], "float64"), "0-d": (np.array(2.0), "float64"),
    "big": (2**40, "int64"),
}


@pytest.mark.parametrize("data, dtype", MADE_OF.values(), ids=MADE_OF)
def test_what_a_tensor_is_made_of(data, dtype):
    for t in (mc.tensor(data), mc.Tensor(data), mc.tensor(mc.tensor(data))):
        assert t.dtype == dtype and type(t.data) is np.ndarray
        np.testing.assert_array_equal(t.data, np.array(data, t.dtype))
        assert t.is_leaf and t.grad is None and not t.requires_grad and t.device == "cpu"


NOT_MADE_OF = {
    "None": (None, TypeError, "NoneType"), "text": ("abc", TypeError, "str"),
    "complex": (1j, TypeError, "complex"),
    "a complex array": (np.ones(2) * 1j, TypeError, "complex"),
    "objects": (np.array([None]), TypeError, "object"),
    "dates": (np.array(["2020"], "M8[Y]"), TypeError, "datetime"),
    "long doubles": (np.zeros(2, np.longdouble), TypeError, "float128|longdouble|float96"),
    "ragged": ([[1, 2], [3]], ValueError, "length"), "a dict": ({1: 2}, TypeError, "dict"),
    "huge": (2**70, TypeError, "int"),
    "a mask": (np.ma.array([1.0, 2.0], mask=[0, 1]), TypeError, r"mask.*filled"),
    "Tensors": ([mc.tensor(1.0)], TypeError, "minicnn.stack"),
    "nested Tensors": ([[1.0], [mc.tensor(1.0)]], TypeError, "minicnn.stack"),
}


@pytest.mark.parametrize("data, error, message", NOT_MADE_OF.values(), ids=NOT_MADE_OF)
def test_what_no_tensor_is_made_of(data, error, message):
    for make in (mc.tensor, mc.Tensor):
        with pytest.raises(error, match=message):
            make(data)


def test_tensor_copies_and_the_class_does_not():
    array = np.zeros(3)
    assert not np.shares_memory(mc.tensor(array).data, array)
    assert mc.Tensor(array).data is array
    t = mc.Tensor(array)
    assert not np.shares_memory(mc.tensor(t).data, array)
    assert mc.Tensor(t).data is array and mc.Tensor(t).dtype == np.float64


@pytest.mark.parametrize("layout", LAYOUTS)
def test_odd_arrays(layout):
    array = np.arange(12.0).reshape(3, 4)
    odd = LAYOUTS[layout](array)
    for t in (mc.tensor(odd), mc.Tensor(odd)):
        assert t.dtype == np.float64 and t.dtype.isnative
        np.testing.assert_array_equal(t.data, array)
    copied = mc.tensor(odd).data
    assert copied.flags.c_contiguous and copied.flags.aligned and copied.flags.writeable


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_subclasses_of_an_array_are_arrays(tmp_path):
    mapped = np.memmap(tmp_path / "a", np.float32, "w+", shape=(2, 2))
    for array in (mapped, np.matrix([[1.0, 2.0]])):
        t = mc.Tensor(array)
        assert type(t.data) is np.ndarray and t.shape == array.shape
        assert (t * t).shape == array.shape


def test_dtypes_by_every_name():
    for dtype in ("float64", np.float64, np.dtype("float64"), ">f8", float):
        t = mc.tensor([1, 2], dtype=dtype)
        assert t.dtype == np.float64 and t.dtype.isnative
        assert mc.tensor([1.0]).to(dtype).dtype.isnative
    assert mc.tensor([1.9, -1.9], dtype=int).tolist() == [1, -1]
    for wrong in ("complex64", "object", "U3", "M8[s]"):
        with pytest.raises(TypeError, match="floats.*integers or booleans"):
            mc.tensor([1], dtype=wrong)
        with pytest.raises(TypeError):
            mc.tensor([1.0]).to(wrong)


def test_only_floats_can_require_a_gradient():
    for data in (1, [True], np.zeros(2, "uint8")):
        with pytest.raises(TypeError, match=r"(int64|bool|uint8).*cannot require.*float32"):
            mc.tensor(data, requires_grad=True)
        t = mc.tensor(data)
        with pytest.raises(TypeError):
            t.requires_grad = True
        with pytest.raises(TypeError):
            t.requires_grad_()
        assert not t.requires_grad
    for dtype in ("float16", "float32", "float64"):
        assert mc.tensor([1.0], dtype=dtype, requires_grad=True).requires_grad


def test_requires_grad_of_a_computed_tensor():
    x = mc.tensor([1.0], requires_grad=True)
    y = x * 2
    y.requires_grad_()
    with pytest.raises(RuntimeError, match=r"detach\(\)"):
        y.requires_grad = False
    d = y.detach()
    assert d.data is y.data and d.is_leaf and not d.requires_grad
    assert not x.requires_grad_(False).requires_grad


def test_questions():
    t = mc.tensor(np.zeros((2, 3)), requires_grad=True)
    assert (t.shape, t.ndim, t.dim(), t.numel(), len(t)) == ((2, 3), 2, 2, 6, 2)
    assert t.size() == (2, 3) and t.size(1) == t.size(-1) == 3
    assert t.numpy() is t.data and np.asarray(t) is t.data
    assert np.array(t, dtype="float32").dtype == np.float32
    assert not np.shares_memory(np.array(t), t.data)
    assert t.tolist() == [[0.0] * 3] * 2
    assert [row.shape for row in t] == [(3,), (3,)] and next(iter(t)).requires_grad
    with pytest.raises(TypeError, match="no length"):
        len(mc.tensor(1.0))


def test_numbers():
    for t in (mc.tensor(2.5), mc.tensor([2.5]), mc.tensor([[2.5]])):
        assert t.item() == float(t) == 2.5 and int(t) == 2 and type(t.item()) is float
    assert type(mc.tensor(3).item()) is int and type(mc.tensor(True).item()) is bool
    assert bool(mc.tensor(0.0)) is False and bool(mc.tensor([1])) is True
    assert [10, 20, 30][mc.tensor(1)] == 20 and range(5)[mc.tensor(1):mc.tensor(3)] == range(1, 3)
    two = mc.tensor([1.0, 2.0])
    for ask in (two.item, lambda: float(two), lambda: int(two), lambda: bool(two),
                lambda: bool(mc.tensor([]))):
        with pytest.raises(ValueError, match=r"\(2,\)|\(0,\)"):
            ask()
    for t in (mc.tensor([1]), mc.tensor(1.0)):
        with pytest.raises(TypeError, match="index"):
            [1][t]


def test_truth_and_equality():
    t = mc.tensor([1.0, 2.0])
    assert (t == t).tolist() == [True, True] and (t != 2).tolist() == [True, False]
    assert (t == None) is False and (t != None) is True and (t == "a") is False  # noqa: E711
    assert len({t, mc.tensor([1.0, 2.0]), t}) == 2  # hashed by what it is
    with pytest.raises(TypeError):
        assert t < "a"
    with pytest.raises(TypeError):
        assert t == object()


def test_no_writing_in_place():
    t = mc.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"t\.data\[\.\.\.\].*where"):
        t[0] = 5
    before = t = t * 1
    t += 1
    assert t is not before and before.tolist() == [1.0, 2.0] and t.tolist() == [2.0, 3.0]


def test_repr():
    assert repr(mc.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    assert repr(mc.tensor(3)) == "tensor(3)"
    assert repr(mc.tensor([1.0], dtype="float64")) == "tensor([1.], dtype=float64)"
    assert repr(mc.tensor([1.0], requires_grad=True)) == "tensor([1.], requires_grad=True)"
    assert "creator=Mul" in repr(mc.tensor([1.0], requires_grad=True) * 2)
    assert len(repr(mc.zeros(1000, 1000))) < 2000


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))],
                         ids=["deepcopy", "pickle"])
def test_copies_of_leaves(copier):
    t = mc.tensor([1.0, 2.0], requires_grad=True)
    (t * t).sum().backward()
    other = copier(t)
    assert other.requires_grad and other.is_leaf and not np.shares_memory(other.data, t.data)
    close(other.data, t.data)
    both = copier([t, t])
    assert both[0] is both[1]
    with pytest.raises(RuntimeError, match=r"leaf.*detach\(\)"):
        copier(t * 2)


def test_a_deep_copy_has_a_gradient_of_its_own():
    t = mc.tensor([1.0, 2.0], requires_grad=True)
    (t * t).sum().backward()
    other = copy.deepcopy(t)
    other.grad[0] = 99
    assert t.grad.tolist() == [2.0, 4.0]


def test_methods_are_the_functions():
    t = mc.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert t.sum(0).tolist() == [4.0, 2.0] and t.clamp(0).tolist() == t.clip(min=0).tolist()
    assert t.view(4).shape == (4,) and t.view(2, -1).shape == (2, 2)
    assert t.abs().tolist() == abs(t).tolist()
    assert t.T.tolist() == t.t().tolist() == t.transpose(0, 1).tolist()
    assert t.float() is t and t.double().dtype == np.float64 and t.long().dtype == np.int64
    assert t.cpu() is t and t.to("cpu") is t and t.to("float32") is t and t.to() is t
    assert t.to(mc.tensor(1)).dtype == np.int64
    assert t.to("cpu", "float16").dtype == np.float16 == t.to(dtype="float16").dtype


def test_to_refuses():
    t = mc.tensor([1.0])
    for wrong, error, message in (
        ("tpu", ValueError, "'tpu'.*'cpu'"), ("cuda:x", ValueError, "cuda:x"),
        ("cpu:", ValueError, "cpu:"), (5, TypeError, "5"),
    ):
        with pytest.raises(error, match=message):
            t.to(wrong)
    with pytest.raises(TypeError, match="5"):
        t.to(device=5)
