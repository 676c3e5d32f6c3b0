"""Cropping: the middle that torchvision takes, and U-Net's sizes."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("crop")


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_the_middle_is_torchvisions(height, width, data):
    h, w = data.draw(st.integers(1, height)), data.draw(st.integers(1, width))
    x = np.arange(2 * height * width).reshape(2, height, width)
    top, left = int(round((height - h) / 2.0)), int(round((width - w) / 2.0))
    found = F.center_crop(x, (h, w))
    np.testing.assert_array_equal(found.data, x[:, top : top + h, left : left + w])
    assert found.dtype == x.dtype  # labels stay labels
    if h == w:
        np.testing.assert_array_equal(F.center_crop(x, h).data, found.data)


def test_one_and_three_axes():
    x = np.arange(2 * 3 * 5 * 7).reshape(2, 3, 5, 7)
    np.testing.assert_array_equal(F.center_crop(x, [3]).data, x[..., 2:5])
    np.testing.assert_array_equal(F.center_crop(x, (1, 3, 3)).data, x[:, 1:2, 1:4, 2:5])


@pytest.mark.parametrize("down, up, cut", [(64, 56, 4), (136, 104, 16), (280, 200, 40),
                                           (568, 392, 88)])
def test_the_crops_of_u_net(down, up, cut):
    """Figure 1 of the paper (002 "SEGMENTATION ARCHITECTURES - U-NET")."""
    skip = mc.arange(down, dtype="float32").expand(1, 1, down, down)
    y = F.crop_and_concatenate(skip, mc.zeros(1, 2, up, up))
    assert y.shape == (1, 3, up, up)
    assert y[0, 0, 0, 0].item() == cut and y[0, 0, 0, -1].item() == down - 1 - cut
    assert not y.data[:, 1:].any()


@given(st.integers(0, 2), st.lists(st.integers(1, 5), min_size=1, max_size=3), st.data())
def test_joined(n, size, data):
    small = [data.draw(st.integers(1, s)) for s in size]
    skip, x = mc.randn(n, 2, *size), mc.randn(n, 3, *small)
    y = F.crop_and_concatenate(skip, x)
    assert y.shape == (n, 5, *small)
    np.testing.assert_array_equal(y.data[:, :2], F.center_crop(skip, small).data)
    np.testing.assert_array_equal(y.data[:, 2:], x.data)


X = mc.ones(1, 2, 5, 4)
WRONG = {
    "too large": (lambda: F.center_crop(X, (5, 5)), ValueError,
                  r"center_crop: size=\(5, 5\) must be from 1 .*\(1, 2, 5, 4\)"),
    "nothing": (lambda: F.center_crop(X, 0), ValueError, "size=0"),
    "no axes": (lambda: F.center_crop(X, ()), ValueError, r"size=\(\)"),
    "five axes": (lambda: F.center_crop(X, (1,) * 5), ValueError, "center_crop"),
    "a fraction": (lambda: F.center_crop(X, 2.0), TypeError, "size must be a whole number"),
    "a word": (lambda: F.center_crop(X, "ab"), TypeError, "size must be a whole number, got 'ab'"),
    "smaller": (lambda: F.crop_and_concatenate(X, mc.ones(1, 2, 6, 4)), ValueError,
                r"crop_and_concatenate: skip \(1, 2, 5, 4\) and x \(1, 2, 6, 4\).*no smaller"),
    "batches": (lambda: F.crop_and_concatenate(X, mc.ones(2, 2, 5, 4)), ValueError, "one batch"),
    "axes": (lambda: F.crop_and_concatenate(X, mc.ones(1, 2, 5)), ValueError, "one batch"),
    "features": (lambda: F.crop_and_concatenate(mc.ones(1, 2), mc.ones(1, 2)), ValueError,
                 r"\(N, C, size...\)"),
    "dtypes": (lambda: F.crop_and_concatenate(X, X.double()), TypeError, "float32.*float64"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
