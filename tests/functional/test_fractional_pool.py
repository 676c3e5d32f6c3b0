"""Fractional max pooling: PyTorch's places bit for bit, and its distribution of them."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated(
    "fractional_pool"
)


def settings_of(data, most=12):
    """Image, window and output sizes that fit each other."""
    drawn = []
    for _ in range(2):
        n = data.draw(st.integers(1, most))
        a = data.draw(st.integers(1, n))
        drawn.append((n, a, data.draw(st.integers(1, n - a + 1))))
    return zip(*drawn, strict=True)


@given(st.data(), st.sampled_from(["float32", "float64"]), st.integers(0, 999))
def test_is_pytorchs_bit_for_bit(torch, data, dtype, seed):
    size, window, out = settings_of(data, 30)
    rng = np.random.default_rng(seed)
    x = rng.integers(-9, 10, (2, 3, *size)).astype(dtype)  # with ties
    u = rng.random((2, 3, 2)).astype(dtype)
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = F.fractional_max_pool2d(a, window, out, _random_samples=u)
    expected = torch.nn.functional.fractional_max_pool2d(
        b, window, out, _random_samples=torch.tensor(u)
    )
    np.testing.assert_array_equal(y.data, expected.detach().numpy())
    g = rng.integers(-9, 10, y.shape).astype(dtype)  # whole numbers: sums in any order
    y.backward(g)
    expected.backward(torch.tensor(g))
    np.testing.assert_array_equal(a.grad, b.grad.numpy())


@given(st.data())
def test_gradients_to_second_order(data):
    size, window, out = settings_of(data, 6)
    rng = np.random.default_rng(0)
    x = rng.permutation(2 * int(np.prod(size))).reshape(1, 2, *size) / 8
    u = rng.random((1, 2, 2))
    assert mc.gradcheck(
        lambda t: F.fractional_max_pool2d(t, window, out, _random_samples=u), [x]
    )


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.05, 0.95))
def test_ratios_are_pytorchs(torch, height, width, ratio):
    x = mc.zeros(1, 1, height, width)
    if min(int(height * ratio), int(width * ratio)) < 1:
        with pytest.raises(ValueError, match="do not fit"):
            F.fractional_max_pool2d(x, 1, output_ratio=ratio)
        return
    expected = torch.nn.functional.fractional_max_pool2d(
        torch.zeros(1, 1, height, width), 1, output_ratio=(ratio, ratio)
    ).shape
    for given_as in (ratio, (ratio, ratio)):
        assert F.fractional_max_pool2d(x, 1, output_ratio=given_as).shape == tuple(expected)


def starts(pooled, width):
    """Of windows of one pixel over an image of 0, 1, 2, ...: rows and columns where they lie."""
    pooled = pooled.astype(int)
    return pooled[:, :, :, 0] // width, pooled[:, :, 0] % width


def test_places_are_drawn_as_pytorchs(torch):
    """Each start of each window comes as often, and rows and columns are independent."""
    planes, size, out = 6000, (11, 9), (7, 6)
    x = np.broadcast_to(np.arange(99, dtype="float32").reshape(1, 1, *size), (1, planes, *size))
    mc.manual_seed(0)
    torch.manual_seed(0)
    ours = starts(F.fractional_max_pool2d(x, 1, out).data, 9)
    theirs = starts(torch.nn.functional.fractional_max_pool2d(
        torch.tensor(x.copy()), 1, out).numpy(), 9)
    for a, b, n in zip(ours, theirs, size, strict=True):
        for window in range(a.shape[-1]):
            p, q = (np.bincount(s[0, :, window], minlength=n) / planes for s in (a, b))
            assert ((p > 0) == (q > 0)).all()
            assert (abs(p - q) < 5 * (np.maximum(p * (1 - p), 1e-4) * 2 / planes) ** 0.5).all()
    rows, columns = (s[0, :, 2] for s in ours)
    assert abs(np.corrcoef(rows, columns)[0, 1]) < 5 / planes**0.5


def test_steps_are_the_ratios_neighbours():
    """With H − A = 10 and P − 1 = 7 windows are 1 or 2 pixels apart, from pixel 0 to the end."""
    mc.manual_seed(1)
    x = np.broadcast_to(np.arange(11.0).reshape(1, 1, 11, 1), (5, 8, 11, 1))
    rows = F.fractional_max_pool2d(x, 1, (8, 1)).data[..., 0]
    assert (rows[..., 0] == 0).all() and (rows[..., -1] == 10).all()
    assert set(np.unique(np.diff(rows))) == {1, 2}
    assert len(np.unique(rows.reshape(-1, 8), axis=0)) > 5


def test_a_seed_repeats():
    def draw():
        return F.fractional_max_pool2d(mc.arange(64, dtype="float32").reshape(1, 1, 8, 8).expand(
            1, 20, 8, 8), 2, 5).tolist()

    mc.manual_seed(5)
    first, second = draw(), draw()
    mc.manual_seed(5)
    assert first == draw() != second


def test_images_none_and_nan():
    assert F.fractional_max_pool2d(mc.zeros(0, 3, 5, 5), 2, 3).shape == (0, 3, 3, 3)
    x = mc.tensor(np.full((1, 1, 4, 4), np.nan))
    assert np.isnan(F.fractional_max_pool2d(x, 2, 2).data).all()
    u = np.full((1, 1, 2), 0.25)
    close(F.fractional_max_pool2d(np.ones((1, 1, 4, 4)), 2, 2, _random_samples=u).data,
          np.ones((1, 1, 2, 2)))


X = mc.ones(1, 2, 5, 6)
WRONG = {
    "one image": (lambda: F.fractional_max_pool2d(X[0], 2, 2), ValueError,
                  r"fractional_max_pool2d: .*4 dimensions.*x\[None\]"),
    "integers": (lambda: F.fractional_max_pool2d(X.long(), 2, 2), TypeError, "floats, got int64"),
    "neither": (lambda: F.fractional_max_pool2d(X, 2), ValueError, "either output_size or output"),
    "both": (lambda: F.fractional_max_pool2d(X, 2, 2, 0.5), ValueError, "either output_size or"),
    "too many": (lambda: F.fractional_max_pool2d(X, 3, 4), ValueError,
                 r"\(4, 4\) windows of \(3, 3\).*here 4 \+ 3 − 1 and 5"),
    "window": (lambda: F.fractional_max_pool2d(X, 6, 1), ValueError, "do not fit"),
    "ratio": (lambda: F.fractional_max_pool2d(X, 2, output_ratio=1.0), ValueError,
              "output_ratio=1.0 must be .* between 0 and 1"),
    "ratios": (lambda: F.fractional_max_pool2d(X, 2, output_ratio=(0.5,) * 3), ValueError,
               "one number or two"),
    "a word": (lambda: F.fractional_max_pool2d(X, 2, output_ratio="half"), TypeError, "'half'"),
    "a fraction": (lambda: F.fractional_max_pool2d(X, 2, 2.5), TypeError,
                   "output_size must be a whole number, got 2.5"),
    "indices": (lambda: F.fractional_max_pool2d(X, 2, 2, return_indices=True), ValueError,
                "return_indices=True is not supported"),
    "samples": (lambda: F.fractional_max_pool2d(X, 2, 2, _random_samples=mc.ones(1, 2)),
                ValueError, r"must have shape \(1, 2, 2\).*got \(1, 2\)"),
    "dtype": (lambda: F.fractional_max_pool2d(X, 2, 2, _random_samples=mc.zeros(
        1, 2, 2, dtype="float64")), TypeError, "float64.*float32"),
    "negative": (lambda: F.fractional_max_pool2d(X, 2, 2, _random_samples=-mc.ones(1, 2, 2)),
                 ValueError, "from 0 up to 1"),
    "five": (lambda: F.fractional_max_pool2d(X, 2, 2, _random_samples=5 * mc.ones(1, 2, 2)),
             ValueError, "from 0 up to 1"),
    "no number": (lambda: F.fractional_max_pool2d(X, 2, 2, _random_samples=mc.ones(
        1, 2, 2) * np.nan), ValueError, "none NaN"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
