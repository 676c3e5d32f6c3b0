"""Locally connected layers: against a direct loop, and as what lies between conv and dense."""

import itertools

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated(
    "locally_connected"
)


def looped(x, w, bias, stride, padding):
    """The sum as it stands in the docstring, number by number: (N, O, P, Q)."""
    _, _, height, width = x.shape
    o, c, a, b, p, q = w.shape
    y = np.zeros((len(x), o, p, q)) + bias
    for place in itertools.product(range(o), range(c), range(a), range(b), range(p), range(q)):
        oo, cc, aa, bb, i, j = place
        row, column = i * stride[0] + aa - padding[0], j * stride[1] + bb - padding[1]
        if 0 <= row < height and 0 <= column < width:
            y[:, oo, i, j] += x[:, cc, row, column] * w[place]
    return y


def drawn(data, axes):
    """Sizes that fit each other: image, window, stride, padding, places."""
    sizes = []
    for _ in range(axes):
        n, pad, s = (data.draw(st.integers(*b)) for b in ((1, 6), (0, 2), (1, 3)))
        a = data.draw(st.integers(1, n + 2 * pad))
        sizes.append((n, a, s, pad, (n + 2 * pad - a) // s + 1))
    return zip(*sizes, strict=True)


def integers(rng, *shape):
    return rng.integers(-4, 5, shape).astype(float)


@given(st.data(), st.integers(0, 2), st.integers(1, 3), st.integers(1, 3))
def test_is_the_loop_bit_for_bit(data, n, c, o):
    size, window, stride, padding, places = drawn(data, 2)
    rng = np.random.default_rng(0)
    x, w = integers(rng, n, c, *size), integers(rng, o, c, *window, *places)
    bias = integers(rng, o, *places)
    y = F.locally_connected2d(x, w, bias, stride, padding).data
    np.testing.assert_array_equal(y, looped(x, w, bias, stride, padding))
    # one axis is the same with a second axis of one pixel
    if n and size[1] == window[1] == places[1] == 1 and padding[1] == 0:
        line = F.locally_connected1d(
            x[..., 0], w[:, :, :, 0, :, 0], bias[..., 0], stride[0], padding[0]
        )
        np.testing.assert_array_equal(line.data, y[..., 0])


@given(st.data())
def test_gradients_to_second_order(data):
    size, window, stride, padding, places = drawn(data, 1)
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=s) for s in ((2, 2, *size), (2, 2, *window, *places), (2, *places))]
    assert mc.gradcheck(
        lambda x, w, b: F.locally_connected1d(x, w, b, stride, padding), arrays
    )


def everywhere(w, *places):
    """One set of filters at all places."""
    return np.broadcast_to(w[(...,) + (None,) * len(places)], (*w.shape, *places))


@pytest.mark.parametrize("stride, padding", [(1, 0), (2, 1), ((1, 2), "same"), (1, "valid")])
def test_with_shared_filters_it_is_the_convolution(stride, padding):
    rng = np.random.default_rng(2)
    x, w, b = integers(rng, 2, 3, 6, 5), integers(rng, 4, 3, 3, 2), integers(rng, 4)
    y = F.conv2d(x, w, b, stride, padding).data
    places = y.shape[2:]
    filters, biases = everywhere(w, *places), everywhere(b, *places)
    found = F.locally_connected2d(x, filters, biases, stride, padding)
    np.testing.assert_array_equal(found.data, y)
    # and the gradient of the shared filter is the sum over the places
    local = mc.tensor(filters, requires_grad=True)
    shared = mc.tensor(w, requires_grad=True)
    g = integers(rng, *y.shape)
    F.locally_connected2d(x, local, None, stride, padding).backward(g)
    F.conv2d(x, shared, None, stride, padding).backward(g)
    np.testing.assert_array_equal(local.grad.sum((4, 5)), shared.grad)


def test_with_a_window_as_large_as_the_image_it_is_the_dense_layer():
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(6, 60)), rng.normal(size=6)
    found = F.locally_connected2d(x, w.reshape(6, 3, 4, 5, 1, 1), b.reshape(6, 1, 1))
    close(found.data.reshape(2, 6), F.linear(x.reshape(2, 60), w, b).data)


X, W = mc.ones(1, 2, 4, 4), mc.ones(3, 2, 2, 2, 3, 3)
WRONG = {
    "one image": (lambda: F.locally_connected2d(X[0], W), ValueError,
                  r"locally_connected2d: .*4 dimensions.*x\[None\]"),
    "a convolution's weight": (lambda: F.locally_connected2d(X, W[..., 0, 0]), ValueError,
                               r"6 dimensions \(O, C, kernel..., output...\).*\(3, 2, 2, 2\)"),
    "channels": (lambda: F.locally_connected2d(X[:, :1], W), ValueError, "has 1 channels"),
    "places": (lambda: F.locally_connected2d(X, W, stride=2), ValueError,
               r"\(2, 2\) places.*for \(3, 3\).*\(3, 2, 2, 2, 2, 2\)"),
    "bias": (lambda: F.locally_connected2d(X, W, mc.ones(3)), ValueError,
             r"bias must have shape \(3, 3, 3\).*got \(3,\)"),
    "dtypes": (lambda: F.locally_connected2d(X.double(), W), TypeError, "float64.*float32"),
    "integers": (lambda: F.locally_connected1d(X[0].int(), W), TypeError, "float32 or float64"),
    "none": (lambda: F.locally_connected2d(X, None), TypeError, "the weight is None"),
    "window": (lambda: F.locally_connected2d(X[..., :1], W), ValueError, "covers 2 pixels"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
