"""Unfold and fold, pixel shuffle and back."""

import numpy as np
import pytest
from generated import generated
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import close, plain

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("patches")

two = st.tuples(st.integers(1, 3), st.integers(1, 3))


def whole(*shape):
    """Small whole numbers in float64: sums of them are exact."""
    return np.random.default_rng(0).integers(-9, 10, shape).astype("f8")


@given(st.integers(0, 2), st.integers(1, 3), st.tuples(st.integers(1, 6), st.integers(1, 6)), two,
       two, st.tuples(st.integers(0, 2), st.integers(0, 2)), two)
def test_windows(torch, images, channels, size, kernel, dilation, padding, stride):
    assume(all(n + 2 * p > d * (k - 1)
               for n, p, d, k in zip(size, padding, dilation, kernel, strict=True)))
    x = whole(images, channels, *size)
    columns = F.unfold(mc.tensor(x), kernel, dilation, padding, stride)
    y = whole(*columns.shape)
    folded = F.fold(mc.tensor(y), size, kernel, dilation, padding, stride)
    if images:  # PyTorch takes no empty batch
        settings = (kernel, dilation, padding, stride)
        expected = torch.nn.functional.unfold(torch.tensor(x), *settings).numpy()
        np.testing.assert_array_equal(columns.data, expected)
        expected = torch.nn.functional.fold(torch.tensor(y), size, *settings).numpy()
        np.testing.assert_array_equal(folded.data, expected)
    assert (columns.data * y).sum() == (x * folded.data).sum()  # each the other's adjoint


def test_fold_counts_the_windows_of_each_pixel():
    ones = mc.ones(1, 1, 3, 4)
    counts = F.fold(F.unfold(ones, 2), (3, 4), 2)
    assert counts.tolist() == [[[[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]]]


def test_convolution_is_unfold_then_a_product():
    x, w = mc.tensor(whole(2, 3, 5, 4)), mc.tensor(whole(4, 3, 2, 3))
    rows = mc.reshape(w, (4, -1)) @ F.unfold(x, (2, 3), padding=1, stride=2)
    y = F.conv2d(x, w, stride=2, padding=1)
    np.testing.assert_array_equal(rows.data.reshape(y.shape), y.data)


@given(st.integers(0, 2), st.integers(0, 3), st.integers(1, 3), st.integers(0, 3),
       st.integers(1, 4), st.sampled_from(["f4", "f8", "i8", "u1", "?"]))
def test_shuffles(torch, images, channels, factor, height, width, dtype):
    x = (whole(images, channels * factor**2, height, width) > 0).astype(dtype)
    y = F.pixel_shuffle(mc.tensor(x), factor)
    close(F.pixel_unshuffle(y, factor).data, x)
    if x.size:  # of empty images PyTorch's two are not each other's inverse
        expected = torch.nn.functional.pixel_shuffle(torch.tensor(plain(x)), factor)
        close(y.data, expected.numpy())


def test_the_formula_of_the_shuffle():
    x = whole(1, 8, 2, 3)
    y = F.pixel_shuffle(mc.tensor(x), 2).data
    for c, h, w, i, j in np.ndindex(2, 2, 3, 2, 2):
        assert y[0, c, h * 2 + i, w * 2 + j] == x[0, c * 4 + i * 2 + j, h, w]


X = mc.ones(1, 4, 4, 4)
WRONG = {
    "integers": (lambda: F.unfold(mc.ones(1, 1, 3, 3, dtype="int64"), 2), TypeError,
                 "unfold: the input must be floats, got int64"),
    "one image": (lambda: F.unfold(X[0], 2), ValueError, r"unfold: .*4 dimensions.*x\[None\]"),
    "too large": (lambda: F.unfold(X, 5), ValueError, "unfold: the kernel covers 5 pixels.*only 4"),
    "no kernel": (lambda: F.unfold(X, 0), ValueError, "unfold: kernel_size=0 must be"),
    "three": (lambda: F.unfold(X, (1, 1, 1)), ValueError, r"unfold: kernel_size=\(1, 1, 1\)"),
    "a fraction": (lambda: F.unfold(X, 1.5), TypeError, "kernel_size must be a whole number"),
    "stride": (lambda: F.unfold(X, 2, stride=0), ValueError, "unfold: stride=0"),
    "dilation": (lambda: F.unfold(X, 2, dilation=(1, 0)), ValueError, r"dilation=\(1, 0\)"),
    "padding": (lambda: F.unfold(X, 2, padding=-1), ValueError, "padding=-1"),
    "fold: an image": (lambda: F.fold(X, 4, 2), ValueError, r"\(N, C·2·2, L\).*\(1, 4, 4, 4\)"),
    "fold: rows": (lambda: F.fold(mc.ones(1, 6, 9), 4, 2), ValueError,
                   r"kernel_size \(2, 2\), got shape \(1, 6, 9\)"),
    "fold: columns": (lambda: F.fold(mc.ones(1, 4, 8), 4, 2), ValueError,
                      r"size \(4, 4\) have 3·3 = 9 windows, but the input \(1, 4, 8\) has 8"),
    "fold: size": (lambda: F.fold(mc.ones(1, 4, 9), (4, 0), 2), ValueError, "output_size"),
    "fold: integers": (lambda: F.fold(mc.ones(1, 4, 9, dtype="int64"), 4, 2), TypeError, "floats"),
    "shuffle: channels": (lambda: F.pixel_shuffle(X, 3), ValueError, r"\(N, C·r², H, W\).*r = 3"),
    "shuffle: one image": (lambda: F.pixel_shuffle(X[0], 2), ValueError, r"\(4, 4, 4\)"),
    "shuffle: 0": (lambda: F.pixel_shuffle(X, 0), ValueError, "r = 0"),
    "shuffle: a fraction": (lambda: F.pixel_shuffle(X, 2.0), TypeError,
                            "pixel_shuffle: upscale_factor must be a whole number, got 2.0"),
    "unshuffle: pixels": (lambda: F.pixel_unshuffle(X, 3), ValueError, r"\(N, C, H·r, W·r\)"),
    "unshuffle: a fraction": (lambda: F.pixel_unshuffle(X, 0.5), TypeError, "downscale_factor"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
