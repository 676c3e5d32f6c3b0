"""New Tensors: filled, counted up, drawn, and made of what there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc

DTYPES = ["float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bool"]
FILLED = {
    "zeros": (lambda **k: mc.zeros(2, 3, **k), 0),
    "zeros of a tuple": (lambda **k: mc.zeros((2, 3), **k), 0),
    "ones": (lambda **k: mc.ones([2, 3], **k), 1),
    "empty": (lambda **k: mc.empty(2, 3, **k), 0),
    "full": (lambda **k: mc.full((2, 3), 1, **k), 1),
}
LIKE = {
    "zeros_like": (mc.zeros_like, 0), "ones_like": (mc.ones_like, 1),
    "empty_like": (mc.empty_like, 0),
    "full_like": (lambda x, **k: mc.full_like(x, 1, **k), 1),
    "new_zeros": (lambda x, **k: x.new_zeros(2, 3, **k), 0),
    "new_ones": (lambda x, **k: x.new_ones((2, 3), **k), 1),
    "new_full": (lambda x, **k: x.new_full((2, 3), 1, **k), 1),
    "new_tensor": (lambda x, **k: x.new_tensor([[1] * 3] * 2, **k), 1),
}


@pytest.mark.parametrize("make, value", FILLED.values(), ids=FILLED)
@pytest.mark.parametrize("dtype", DTYPES)
def test_filled(make, value, dtype):
    for given_dtype in (dtype, np.dtype(dtype), np.dtype(dtype).newbyteorder(">"),
                        getattr(mc, dtype)):
        close(make(dtype=given_dtype).data, np.full((2, 3), value, dtype), tolerance=0)
    x = make(dtype="float64", requires_grad=True, device="cpu")
    assert x.requires_grad and x.is_leaf and x.data.flags.writeable and x.data.flags.c_contiguous


@pytest.mark.parametrize("make, value", LIKE.values(), ids=LIKE)
def test_like_another(make, value):
    for dtype in DTYPES:
        x = mc.Tensor(np.asfortranarray(np.zeros((2, 3), dtype)))
        close(make(x).data, np.full((2, 3), value, dtype), tolerance=0)
        assert make(x, dtype="float32", requires_grad=True).requires_grad
        assert make(x, dtype="int32").dtype == np.int32
    leaf = mc.ones(2, 3, requires_grad=True)
    assert not make(leaf).requires_grad and not make(leaf * 2).requires_grad


def test_default_dtypes_are_pytorchs(torch):
    for call in ("zeros(1)", "ones(1)", "full((1,), 2)", "full((1,), 2.0)", "full((1,), True)",
                 "arange(3)", "arange(3.0)", "arange(0, 1, 0.25)", "eye(2)", "linspace(0, 1, 2)",
                 "rand(1)", "randn(1)", "randint(5, (1,))", "randperm(3)", "tensor([1])",
                 "tensor([1.0])", "tensor([True])", "as_tensor(2)", "as_tensor([0.5])"):
        ours, theirs = eval(f"mc.{call}"), eval(f"torch.{call}", {"torch": torch})
        assert ours.dtype == theirs.numpy().dtype and ours.shape == tuple(theirs.shape), call


def test_sizes():
    assert mc.zeros().shape == mc.ones(()).shape == mc.full((), 1).shape == ()
    assert mc.zeros(0, 3).shape == (0, 3) and mc.full(4, 1.5).tolist() == [1.5] * 4
    assert mc.zeros(np.int64(2), 1).shape == (2, 1) == mc.rand([2, 1]).shape
    assert mc.zeros(mc.ones(2, 3).shape).shape == (2, 3)


# Counted up -----------------------------------------------------------------------------


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-7, 7).filter(bool))
def test_arange_of_whole_numbers(start, end, step):
    close(mc.arange(start, end, step).data, np.arange(start, end, step))
    assert mc.arange(start, end, step, dtype="float32").dtype == np.float32


@pytest.mark.parametrize("dtype", [None, "float32", "float64"])
@pytest.mark.parametrize("steps", [(5,), (1, 4), (0, 1, 0.1), (1, -1, -0.25), (0.5, 100, 0.1),
                                   (-3.0, 0, 0.5), (2.5,)])
def test_arange_is_pytorchs(torch, steps, dtype):
    settings = {} if dtype is None else {"dtype": getattr(torch, dtype)}
    expected = torch.arange(*steps, **settings).numpy()
    close(mc.arange(*steps, dtype=dtype).data, expected, tolerance=1e-7)


def test_arange_converts_once_it_has_counted():
    assert mc.arange(0, 2, 0.5, dtype="int64").tolist() == [0, 0, 1, 1]
    assert mc.arange(-2, 2, 0.5, dtype="int32").tolist() == [-2, -1, -1, 0, 0, 0, 1, 1]
    assert mc.arange(5, 0).shape == (0,) and mc.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert mc.arange(2**40, 2**40 + 2).tolist() == [2**40, 2**40 + 1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(st.floats(-10, 10), st.floats(-10, 10), st.integers(0, 12))
def test_linspace_is_pytorchs(torch, dtype, start, end, steps):
    expected = torch.linspace(start, end, steps, dtype=getattr(torch, dtype)).numpy()
    found = mc.linspace(start, end, steps, dtype=dtype).data
    np.testing.assert_allclose(found, expected, 1e-6, 1e-5 if dtype == "float32" else 1e-12)
    assert found.dtype == dtype
    if steps > 1:
        assert found[0] == np.array(start, dtype) and found[-1] == np.array(end, dtype)


def test_eye():
    assert mc.eye(2).tolist() == [[1, 0], [0, 1]] and mc.eye(0).shape == (0, 0)
    close(mc.eye(3, 2, dtype="int64").data, np.eye(3, 2, dtype="int64"))
    assert mc.eye(2, 3, requires_grad=True).requires_grad


# Drawn ----------------------------------------------------------------------------------


def test_drawn_numbers_have_their_distribution():
    mc.manual_seed(0)
    u, n = mc.rand(100, 1000).data, mc.randn(100, 1000, dtype="float64").data
    assert u.dtype == np.float32 and u.min() >= 0 and u.max() < 1
    assert abs(u.mean() - 0.5) < 0.005 and abs(u.var() - 1 / 12) < 0.002
    assert abs(n.mean()) < 0.01 and abs(n.var() - 1) < 0.02
    i = mc.randint(-3, 4, (70_000,)).data
    assert i.dtype == np.int64 and (np.bincount(i + 3) > 9_500).all() and len(set(i)) == 7
    assert sorted(mc.randperm(50).tolist()) == list(range(50)) != mc.randperm(50).tolist()


def test_the_seed_decides():
    def drawn():
        mc.manual_seed(5)
        like = mc.zeros(3)
        return [mc.rand(3), mc.randn(3), mc.rand_like(like), mc.randn_like(like),
                mc.randint(9, (3,)), mc.randperm(3), mc.randn_like(like, dtype="float64")]

    for a, b in zip(drawn(), drawn(), strict=True):
        close(a.data, b.data, tolerance=0)
    first, second = mc.rand(3), mc.rand(3)
    assert first.tolist() != second.tolist()


def test_kinds_of_drawn_numbers():
    x = mc.ones(2, 3, dtype="float64")
    for y in (mc.rand_like(x, requires_grad=True), mc.randn_like(x, requires_grad=True)):
        assert y.shape == (2, 3) and y.dtype == np.float64 and y.requires_grad
    assert mc.rand_like(mc.ones(2, dtype="int64"), dtype="float32").dtype == np.float32
    assert mc.randint(2, 3, ()).item() == 2 and mc.randint(2, 3, (0, 1)).shape == (0, 1)
    assert mc.randint(5, (2,), dtype="float32").dtype == np.float32
    assert mc.randperm(0).shape == (0,) and mc.rand().shape == ()


# Made of what there is ------------------------------------------------------------------


def test_digits_are_not_lost_on_the_way_to_float64():
    """0.1 as float32 is another number than 0.1, also when it is float64 again."""
    for make in (mc.tensor, mc.as_tensor):
        assert make(0.1, dtype="float64").item() == 0.1
        assert make([[0.1]], dtype=np.float64).tolist() == [[0.1]]
        assert make(16777217.0, dtype="int64").item() == 16777217
        assert make([0.1]).item() == np.float32(0.1)
    assert mc.full((1,), 0.1, dtype="float64").item() == 0.1
    assert mc.arange(0, 0.3, 0.1, dtype="float64").data[1] == 0.1


def test_as_tensor_copies_only_what_it_must():
    x = mc.tensor([1.0, 2.0])
    assert mc.as_tensor(x) is x and mc.as_tensor(x, dtype="float32", device="cpu") is x
    array = np.ones(2)
    assert np.shares_memory(mc.as_tensor(array).data, array)
    assert mc.as_tensor(array, dtype="float32").dtype == np.float32
    assert mc.as_tensor([1, 2], dtype="float32").tolist() == [1, 2]
    assert mc.as_tensor(array.astype(">f8")).dtype == np.float64


def test_gradients_flow_through_a_conversion():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    y = mc.as_tensor(x, dtype="float64")
    (y * y).sum().backward()
    close(x.grad, np.array([2, 4], "f4"))


def test_from_numpy_shares_memory():
    array = np.arange(3.0)
    x = mc.from_numpy(array)
    array[0] = 7
    assert x.tolist() == [7, 1, 2]
    for wrong in ([1.0], 1.0, x):
        with pytest.raises(TypeError, match=f"NumPy array, got {type(wrong).__name__}"):
            mc.from_numpy(wrong)


X = mc.ones(2, 3)
WRONG = {
    "negative": (lambda: mc.zeros(2, -1), ValueError, r"whole numbers from 0 on, got \(2, -1\)"),
    "a fraction": (lambda: mc.ones(2.0), TypeError, r"whole numbers from 0 on, got \(2.0,\)"),
    "a truth": (lambda: mc.rand(True), TypeError, "whole numbers"),
    "text": (lambda: mc.full("ab", 1), TypeError, "whole numbers"),
    "dtype": (lambda: mc.zeros(2, dtype="complex64"), TypeError, "not complex64"),
    "no dtype": (lambda: mc.zeros(2, dtype="real"), TypeError, "real"),
    "device": (lambda: mc.ones(2, device="gpu"), ValueError, "unknown device 'gpu'"),
    "integers that learn": (lambda: mc.zeros(2, dtype="int64", requires_grad=True), TypeError,
                            "int64 cannot require a gradient"),
    "counted ones that learn": (lambda: mc.arange(3, requires_grad=True), TypeError, "int64"),
    "no number": (lambda: mc.full((2,), None), TypeError, "NoneType"),
    "step 0": (lambda: mc.arange(0, 5, 0), ValueError, "arange: step must not be zero"),
    "without end": (lambda: mc.arange(float("inf")), ValueError, ""),
    "steps": (lambda: mc.linspace(0, 1, -2), ValueError, "whole numbers from 0 on"),
    "half a step": (lambda: mc.linspace(0, 1, 2.5), TypeError, "whole numbers"),
    "eye": (lambda: mc.eye(2, -1), ValueError, "whole numbers from 0 on"),
    "drawn integers": (lambda: mc.rand(2, dtype="int64"), TypeError,
                       "random numbers are float32 or float64, not int64"),
    "drawn like integers": (lambda: mc.randn_like(mc.zeros(2, dtype="int64")), TypeError, "int64"),
    "no range": (lambda: mc.randint(3, 3, (2,)), ValueError, "low=3 must be less than high=3"),
    "half a range": (lambda: mc.randint(0, 2.5, (2,)), TypeError, "high must be a whole number"),
    "no size": (lambda: mc.randint(0, 5), TypeError, r"give a size as well.*randint\(0, 5, \(2"),
    "permutation": (lambda: mc.randperm(-1), ValueError, "whole numbers from 0 on"),
    "ragged": (lambda: mc.as_tensor([[1], [2, 3]]), ValueError, "one length"),
    "no tensor": (lambda: mc.as_tensor("abc"), TypeError, "got str"),
    "Tensors": (lambda: mc.as_tensor([X, X]), TypeError, "minicnn.stack"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words or None):
        call()
