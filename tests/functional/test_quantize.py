"""Bit depth: the shift of 8-bit pixels, and the straight-through gradient."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close, cotangent

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, _, test_values = generated("quantize")

PIXELS = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("bits", range(1, 9))
def test_of_8_bit_pixels_it_is_the_shift(bits, dtype):
    expected = PIXELS >> (8 - bits)
    found = F.quantize(PIXELS.astype(dtype), bits)
    np.testing.assert_array_equal(found.data, expected)
    assert len(np.unique(found.data)) == 2**bits
    assert found.dtype == (dtype if "float" in dtype else "float32")
    if "float" in dtype:  # an image from 0 to 1
        found = F.quantize(PIXELS.astype(dtype) / 255, bits, low=0, high=1)
        np.testing.assert_array_equal(found.data, expected)


@given(st.integers(1, 16), st.floats(-100, 100), st.floats(0.5, 300))
def test_levels_are_in_order_equally_wide_and_all_there(bits, low, width):
    levels, high = 2**bits, low + width
    middles = low + (np.arange(levels) + 0.5) / levels * (high - low)
    np.testing.assert_array_equal(F.quantize(middles, bits, low, high).data, np.arange(levels))
    outside = np.array([low - 1, -np.inf, high, high + 1, np.inf])
    expected = [0, 0] + [levels - 1] * 3
    np.testing.assert_array_equal(F.quantize(outside, bits, low, high).data, expected)


def test_nan_stays():
    assert np.isnan(F.quantize(mc.tensor([np.nan]), 3).data).all()


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_the_gradient_is_straight_through(torch, bits):
    """The gradient of the line from the first level to the last, cut off outside."""
    x = np.random.default_rng(0).uniform(-2, 3, (4, 5))
    low, high = -1.0, 2.0
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = F.quantize(a, bits, low, high)
    line = (b.clamp(low, high) - low) / (high - low) * (2**bits - 1)
    steps = torch.tensor(y.data)
    expected = line + (steps - line).detach()
    close(y.data, expected.detach().numpy())
    g = cotangent(y.shape, y.dtype)
    y.backward(g)
    expected.backward(torch.tensor(g))
    close(a.grad, b.grad.numpy())


def test_at_the_bounds_and_at_a_second_order():
    x = mc.tensor([-0.1, 0.0, 255.0, 255.1], dtype="float64", requires_grad=True)
    (gx,) = mc.grad((F.quantize(x, 8) ** 2).sum(), [x], create_graph=True)
    assert gx.tolist() == [0.0, 0.0, 510.0, 0.0]  # 2k, times a slope of 1 from 0 to 255
    assert mc.grad(gx.sum(), [x])[0].tolist() == [0.0, 2.0, 2.0, 0.0]


def test_gradcheck_says_that_it_is_no_derivative():
    with pytest.raises(AssertionError):
        mc.gradcheck(lambda x: F.quantize(x, 2), [np.array([30.0, 100.0])])


def test_something_before_it_learns():
    """The brightness that puts pixels just over a sensor's threshold is found."""
    gain = mc.tensor([0.5], dtype="float64", requires_grad=True)
    x = np.array([100.0, 120.0, 200.0])
    for _ in range(200):
        loss = ((F.quantize(gain * x, 1) - np.array([0.0, 0.0, 1.0])) ** 2).sum()
        gain.data -= 0.01 * mc.grad(loss, [gain])[0].data
    assert F.quantize(gain * x, 1).tolist() == [0, 0, 1]


X = mc.ones(3)
WRONG = {
    "none": (lambda: F.quantize(X, 0), ValueError, "quantize: bits=0 must be from 1 to 16"),
    "many": (lambda: F.quantize(X, 17), ValueError, "bits=17"),
    "half": (lambda: F.quantize(X, 1.5), TypeError, "bits must be a whole number, got 1.5"),
    "bounds": (lambda: F.quantize(X, 3, 1, 1), ValueError, "low=1 must be below high=1"),
    "infinite": (lambda: F.quantize(X, 3, 0, float("inf")), ValueError, "both finite"),
    "nan": (lambda: F.quantize(X, 3, float("nan")), ValueError, "low=nan"),
    "word": (lambda: F.quantize(X, 3, "0"), TypeError, "quantize: low must be a number, got '0'"),
    "array": (lambda: F.quantize(X, 3, 0, mc.ones(30, 30)), TypeError, r"Tensor of shape \(30, 30"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
