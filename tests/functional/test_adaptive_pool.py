"""Adaptive pooling: the output's size is given, the windows follow."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close, cotangent

import minicnn as mc
import minicnn.functional as F
from minicnn.functional.resize import adaptive_window

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("adaptive_pool")


@pytest.mark.parametrize("kind", ["avg", "max"])
@given(st.lists(st.integers(1, 7), min_size=1, max_size=3), st.data())
def test_sizes(torch, kind, size, data):
    outs = [data.draw(st.integers(1, 8)) for _ in size]
    if len(size) > 1:  # PyTorch's one axis knows no None
        outs = [data.draw(st.sampled_from([n, None])) for n in outs]
    x = np.random.default_rng(0).permutation(2 * int(np.prod(size))).reshape(1, 2, *size) / 8
    name = f"adaptive_{kind}_pool{len(size)}d"
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, expected = getattr(F, name)(a, outs), getattr(torch.nn.functional, name)(b, tuple(outs))
    close(y.data, expected.detach().numpy())
    c = cotangent(y.shape, y.dtype)
    y.backward(c)
    expected.backward(torch.tensor(c))
    close(a.grad, b.grad.numpy())


@given(st.integers(1, 50), st.integers(1, 60))
def test_windows_cover_the_axis_in_order(size, out):
    windows = [adaptive_window(i, size, out) for i in range(out)]
    assert windows[0][0] == 0 and windows[-1][1] == size
    assert all(start < stop for start, stop in windows)
    assert all(b[0] <= a[1] and a[0] <= b[0] for a, b in zip(windows, windows[1:], strict=False))
    lengths = {stop - start for start, stop in windows}
    assert max(lengths) - min(lengths) <= 2


def test_of_equal_pixels_the_first_in_row_major_order_wins():
    x = mc.zeros(1, 1, 4, 4, requires_grad=True)
    F.adaptive_max_pool2d(x, 2).sum().backward()
    assert x.grad[0, 0].tolist() == [[1, 0, 1, 0], [0] * 4, [1, 0, 1, 0], [0] * 4]


def test_one_is_global_pooling():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    close(F.adaptive_avg_pool2d(mc.tensor(x), 1).data[..., 0, 0], x.mean((2, 3)))
    close(F.adaptive_max_pool2d(mc.tensor(x), 1).data[..., 0, 0], x.max((2, 3)))
    for keep in (None, (None, 5), (4, None)):
        close(F.adaptive_avg_pool2d(mc.tensor(x), keep).data, x)
        close(F.adaptive_max_pool2d(mc.tensor(x), keep).data, x)


def test_global_pooling_leaves_one_number_a_channel():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    close(F.global_avg_pool2d(mc.tensor(x)).data, x.mean((2, 3)))
    close(F.global_avg_pool2d(mc.tensor(x), keepdim=True).data, x.mean((2, 3), keepdims=True))
    assert F.global_avg_pool2d(mc.zeros(0, 3, 2, 2)).shape == (0, 3)
    with pytest.raises(ValueError, match=r"global_avg_pool2d: .*got shape \(2, 3, 4\).*x\[None\]"):
        F.global_avg_pool2d(mc.ones(2, 3, 4))


def test_nan_and_infinity_pass_through():
    x = mc.tensor([[[np.nan, 1.0, -np.inf, -np.inf]]])
    found = F.adaptive_max_pool1d(x, 2).data[0, 0]
    assert np.isnan(found[0]) and found[1] == -np.inf


def test_no_images():
    for name in ("adaptive_avg_pool2d", "adaptive_max_pool2d"):
        x = mc.zeros(0, 3, 4, 4, requires_grad=True)
        y = getattr(F, name)(x, (2, 3))
        assert y.shape == (0, 3, 2, 3)
        y.sum().backward()
        assert x.grad.shape == x.shape


X = mc.ones(1, 2, 4, 4)
WRONG = {
    "one image": (lambda: F.adaptive_avg_pool2d(X[0], 2), ValueError,
                  r"adaptive_avg_pool2d: .*4 dimensions.*got shape \(2, 4, 4\).*x\[None\]"),
    "a volume": (lambda: F.adaptive_max_pool3d(X, 2), ValueError, "5 dimensions"),
    "a signal": (lambda: F.adaptive_avg_pool1d(X, 2), ValueError, "3 dimensions"),
    "no pixels": (lambda: F.adaptive_avg_pool2d(mc.ones(1, 2, 0, 4), 2), ValueError, "none empty"),
    "integers": (lambda: F.adaptive_max_pool2d(mc.ones(1, 2, 4, 4, dtype="int64"), 2), TypeError,
                 "adaptive_max_pool2d: the input must be floats, got int64"),
    "zero": (lambda: F.adaptive_avg_pool2d(X, (2, 0)), ValueError,
             r"output_size=\(2, 0\) must be at least 1"),
    "three sizes": (lambda: F.adaptive_avg_pool2d(X, (2, 2, 2)), ValueError,
                    "one entry for each of 2 axes"),
    "a fraction": (lambda: F.adaptive_avg_pool2d(X, 2.5), TypeError,
                   "output_size must be a whole number, got 2.5"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
