"""Resizing: every output pixel is a weighted average of input pixels."""

import numpy as np
import pytest
from generated import generated
from hypothesis import assume, given
from hypothesis import strategies as st
from oracles import close, cotangent

import minicnn as mc
import minicnn.functional as F
from minicnn.functional.resize import average_matrix, linear_matrix, nearest_matrix

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("resize")

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@given(st.lists(st.integers(1, 6), min_size=1, max_size=3), st.data())
def test_sizes_and_factors(torch, size, data):
    mode = data.draw(st.sampled_from(["nearest", LINEAR[len(size)]]))
    corners = data.draw(st.sampled_from([None, False, True] if mode != "nearest" else [None]))
    if data.draw(st.booleans()):
        how = {"size": [data.draw(st.integers(1, 9)) for _ in size]}
    else:
        factors = [data.draw(st.sampled_from([0.5, 0.7, 1, 1.5, 2, 2.3, 3.0])) for _ in size]
        assume(all(int(n * f) > 0 for n, f in zip(size, factors, strict=True)))
        # 2 pixels by 2.3 are 4: there PyTorch's two axes repeat each twice, its one axis does not
        assume(mode != "nearest" or all(
            f == 2 or int(n * f) != 2 * n for n, f in zip(size, factors, strict=True)))
        how = {"scale_factor": factors}
    x = np.random.default_rng(0).normal(size=(2, 1, *size))
    a = mc.tensor(x, requires_grad=True)
    y = F.interpolate(a, mode=mode, align_corners=corners, **how)
    how = {k: tuple(v) for k, v in how.items()}
    theirs = torch.nn.functional.interpolate(
        torch.tensor(x), mode=mode, align_corners=corners, **how)
    close(y.data, theirs.numpy())
    c = cotangent(y.shape, y.dtype)
    y.backward(c)
    # The gradient of a linear map is its adjoint. (PyTorch's is not, for "nearest" and 2.3.)
    assert np.vdot(y.data, c) == pytest.approx(np.vdot(x, a.grad), rel=1e-12, abs=1e-12)


def test_nearest_is_the_floor_without_rounding(torch):
    """For float64 PyTorch agrees; its float32 is one pixel off in places, as the docstring says."""
    for n in range(1, 9):
        for out in range(1, 90):
            x = np.arange(n, dtype="f4")
            y = F.interpolate(mc.tensor(x[None, None]), size=out).data[0, 0]
            assert (y == np.arange(out) * n // out).all()
    two = torch.tensor([[[0.0, 1.0]]])
    theirs = torch.nn.functional.interpolate(two, size=82)[0, 0].numpy()
    ours = F.interpolate(mc.tensor([[[0.0, 1.0]]]), size=82).data[0, 0]
    assert (ours == np.repeat([0, 1], 41)).all() and (ours != theirs).sum() == 1


@given(st.integers(1, 12), st.integers(1, 30))
def test_the_weights_of_each_output_pixel_add_up_to_1(size, out):
    for matrix in (nearest_matrix(size, out, (out, size)), average_matrix(size, out),
                   linear_matrix(size, out, (out, size), False),
                   linear_matrix(size, out, (out, size), True)):
        assert matrix.shape == (out, size) and (matrix >= 0).all()
        np.testing.assert_allclose(matrix.sum(1), 1)


def test_a_worked_example():
    row = mc.tensor([[[0.0, 4.0]]])
    assert F.interpolate(row, 4, mode="linear").tolist() == [[[0, 1, 3, 4]]]
    assert F.interpolate(row, 5, mode="linear", align_corners=True).tolist() == [[[0, 1, 2, 3, 4]]]
    assert F.interpolate(row, scale_factor=2).tolist() == [[[0, 0, 4, 4]]]
    assert F.interpolate(row, scale_factor=2.3).tolist() == [[[0, 0, 0, 4]]]


def test_the_same_size_is_the_same_image():
    x = mc.randn(1, 2, 3, 4)
    for mode in ("nearest", "bilinear"):
        close(F.interpolate(x, (3, 4), mode=mode).data, x.data)


def test_no_images_and_extreme_pixels():
    assert F.interpolate(mc.zeros(0, 2, 3, 3), 5, mode="bilinear").shape == (0, 2, 5, 5)
    x = mc.tensor([[[1e4, -1e4, 3e38]]], requires_grad=True)
    with np.errstate(over="raise", invalid="raise"):
        F.interpolate(x, 7, mode="linear").backward(np.ones((1, 1, 7), "f4"))
    assert np.isfinite(x.grad).all()


X = mc.ones(1, 1, 4, 4)
WRONG = {
    "integers": (lambda: F.interpolate(mc.ones(1, 1, 2, 2, dtype="int64"), 4), TypeError,
                 "interpolate: the input must be floats, got int64"),
    "a matrix": (lambda: F.interpolate(mc.ones(4, 4), 2), ValueError,
                 r"must be \(N, C, size...\), got shape \(4, 4\).*x\[None\]"),
    "mode": (lambda: F.interpolate(X, 2, mode="bicubic"), ValueError,
             "mode='bicubic' must be 'nearest' or 'bilinear' .* 2 spatial axes"),
    "mode of a signal": (lambda: F.interpolate(X, 2, mode="linear"), ValueError, "'bilinear'"),
    "corners": (lambda: F.interpolate(X, 2, align_corners=True), ValueError,
                "align_corners is for the linear modes"),
    "neither": (lambda: F.interpolate(X), ValueError, "give either size or scale_factor"),
    "both": (lambda: F.interpolate(X, 2, 2), ValueError, "give either size or scale_factor"),
    "three sizes": (lambda: F.interpolate(X, (2, 2, 2)), ValueError,
                    "3 entries for 2 spatial axes"),
    "zero": (lambda: F.interpolate(X, (2, 0)), ValueError, r"size=\(2, 0\)"),
    "negative": (lambda: F.interpolate(X, -2), ValueError, "size=-2"),
    "a fraction": (lambda: F.interpolate(X, 2.0), TypeError, "size must be a whole number, got 2"),
    "much": (lambda: F.interpolate(X, 10**12), ValueError, "no more than memory holds"),
    "factor 0": (lambda: F.interpolate(X, scale_factor=0), ValueError, "positive and finite"),
    "factor NaN": (lambda: F.interpolate(X, scale_factor=float("nan")), ValueError,
                   "scale_factor=nan"),
    "factor infinity": (lambda: F.interpolate(X, scale_factor=float("inf")), ValueError,
                        "scale_factor=inf"),
    "factor text": (lambda: F.interpolate(X, scale_factor="2"), TypeError,
                    "scale_factor must be a number, got '2'"),
    "small factor": (lambda: F.interpolate(X, scale_factor=0.2), ValueError, "scale_factor=0.2"),
    "no pixels": (lambda: F.interpolate(mc.ones(1, 1, 0, 4), 2), ValueError, "has no pixels"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
