"""Questions that are answered with yes or no."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("compare")

numbers = st.floats(width=32)


def test_kinds():
    for dtype in ("int64", "uint8", "bool"):
        x = mc.ones(3, dtype=dtype)
        assert mc.isfinite(x).tolist() == [True] * 3
        assert mc.isnan(x).tolist() == mc.isinf(x).tolist() == [False] * 3
    x = mc.tensor([np.nan, 1.0], requires_grad=True)
    assert not x.isnan().requires_grad and x.isnan().dtype == np.bool_
    assert mc.isnan(float("nan")).item() and mc.isfinite([]).shape == (0,)


@given(st.lists(numbers, max_size=4), st.lists(numbers, max_size=4))
def test_equal(torch, a, b):
    x, y = np.array(a, "f4"), np.array(b, "f4")
    assert mc.equal(mc.tensor(x), mc.tensor(y)) is torch.equal(torch.tensor(x), torch.tensor(y))
    assert mc.equal(mc.tensor(x), x) is not bool(np.isnan(x).any())


@given(numbers, numbers, st.booleans())
def test_close(torch, a, b, equal_nan):
    settings = {"rtol": 1e-3, "atol": 1e-2, "equal_nan": equal_nan}
    expected = torch.allclose(torch.tensor([a]), torch.tensor([b]), **settings)
    assert mc.allclose(mc.tensor([a]), mc.tensor([b]), **settings) is expected


def test_beside_a_tensor_its_dtype_holds():
    x = mc.tensor([0.1, 0.2], dtype="float64")
    for same in ([0.1, 0.2], np.array([0.1, 0.2]), x):
        assert mc.allclose(x, same, 0, 0) and mc.allclose(same, x, 0, 0) and mc.equal(x, same)
    assert mc.allclose(x * 0 + 0.1, 0.1, 0, 0) and x.allclose(x) and x.equal(x)


def test_what_wraps_round_is_not_close():
    a, b = mc.tensor([1], dtype="uint8"), mc.tensor([2], dtype="uint8")
    assert mc.allclose(a, b, rtol=0, atol=1) and not mc.allclose(a, b, rtol=0, atol=0.5)
    assert mc.allclose(mc.tensor([True]), mc.tensor([True]))
    assert not mc.allclose(mc.tensor([2**53]), mc.tensor([2**53 + 2]), rtol=0, atol=1)


def test_infinities():
    inf = float("inf")
    with np.errstate(all="raise"):
        assert mc.allclose([inf, -inf, 1.0], [inf, -inf, 1.0])
        assert not mc.allclose([inf], [-inf]) and not mc.allclose([1.0], [inf])
    assert not mc.allclose(mc.tensor([np.nan]), mc.tensor([np.nan]))


def test_shapes():
    assert mc.allclose(mc.ones(2, 3), mc.ones(3)) and not mc.equal(mc.ones(2, 3), mc.ones(3))
    assert mc.equal(mc.zeros(0), mc.zeros(0)) and not mc.equal(mc.zeros(0), mc.zeros(0, 1))
    with pytest.raises(ValueError, match=r"AllClose: shapes \(2,\) and \(3,\) do not broadcast"):
        mc.allclose(mc.ones(2), mc.ones(3))


def test_two_float_dtypes_are_refused():
    for question in (mc.allclose, mc.equal):
        with pytest.raises(TypeError, match="float32.*float64"):
            question(mc.ones(1), mc.ones(1, dtype="float64"))
    for nothing in (None, "a"):
        with pytest.raises(TypeError):
            mc.isnan(nothing)
