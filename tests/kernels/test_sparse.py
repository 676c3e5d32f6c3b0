"""kernels/sparse.py: the lecture's matrix W. (Its sums are held by test_convolution.py.)"""

import numpy as np
import pytest
import scipy.sparse

import minicnn as mc
from minicnn.geometry import Geometry
from minicnn.kernels import direct
from minicnn.kernels.sparse import conv_matrix, index_triples


def dense(w, input_shape, **settings):
    """W column by column: the image of every unit image under the definition."""
    geometry = Geometry.conv((1, *input_shape), w.shape, axes=len(input_shape) - 1, **settings)
    units = np.eye(int(np.prod(input_shape))).reshape(-1, *input_shape)
    return direct.forward(units, w, geometry).reshape(len(units), -1).T


CASES = {
    "image": ((1, 5, 6), (1, 1, 3, 2), {}),
    "channels": ((3, 5, 4), (4, 3, 3, 3), dict(padding=1)),
    "signal": ((2, 9), (3, 2, 4), dict(stride=2, padding=((2, 1),))),
    "volume": ((1, 3, 4, 3), (2, 1, 2, 2, 3), dict(padding="same")),
    "stride": ((2, 7, 6), (2, 2, 3, 2), dict(stride=(3, 2), padding=(1, 0))),
    "dilation": ((1, 7, 6), (2, 1, 2, 3), dict(dilation=(3, 2))),
    "groups": ((4, 4, 4), (6, 2, 2, 2), dict(groups=2)),
    "depthwise": ((3, 4, 4), (3, 1, 3, 3), dict(groups=3, padding=1)),
    "1x1": ((3, 2, 4), (2, 3, 1, 1), {}),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_it_is_the_matrix_of_the_convolution(name, dtype):
    input_shape, weight_shape, settings = CASES[name]
    rng = np.random.default_rng(0)
    w = rng.integers(-4, 5, weight_shape).astype(dtype)
    matrix = conv_matrix(w, input_shape, **settings)
    assert isinstance(matrix, scipy.sparse.csr_matrix) and matrix.dtype == dtype
    np.testing.assert_array_equal(matrix.toarray(), dense(w, input_shape, **settings))
    x = rng.integers(-4, 5, input_shape).astype(dtype)
    y = getattr(mc.functional, f"conv{len(input_shape) - 1}d")(
        mc.Tensor(x[None]), mc.Tensor(w), kernel="direct", **settings
    )
    np.testing.assert_array_equal(matrix @ x.ravel(), y.data.ravel())


@pytest.mark.parametrize("name", CASES)
def test_its_stored_entries_are_the_triples(name):
    """Each term of the sum once: as many entries as `direct` visits, weights of zero too."""
    input_shape, weight_shape, settings = CASES[name]
    geometry = Geometry.conv((1, *input_shape), weight_shape, axes=len(input_shape) - 1, **settings)
    channels, filters = input_shape[0], weight_shape[0]
    visited = list(direct.triples(1, filters, channels, geometry))
    assert conv_matrix(np.zeros(weight_shape), input_shape, **settings).nnz == len(visited)

    shapes = (1, *input_shape), weight_shape, (1, filters, *geometry.output)
    listed = {
        tuple(int(np.ravel_multi_index(at, shape)) for at, shape in zip(term, shapes, strict=True))
        for term in visited
    }
    at_x, at_w, at_y = index_triples(channels, filters, geometry)
    assert at_x.dtype == at_w.dtype == at_y.dtype == np.int64
    assert len(at_x) == len(listed)
    assert set(zip(at_x.tolist(), at_w.tolist(), at_y.tolist(), strict=True)) == listed


@pytest.mark.parametrize("h, w", [(1, 1), (3, 3), (4, 7), (20, 13)])
def test_non_zeros_of_a_3x3_same_matrix(h, w):
    matrix = conv_matrix(np.ones((1, 1, 3, 3)), (1, h, w), padding="same")
    assert matrix.shape == (h * w, h * w)
    assert matrix.nnz == (3 * h - 2) * (3 * w - 2)
    assert (matrix.toarray() != 0).sum() == matrix.nnz


def test_the_lectures_two_matrices():
    """002 "CONVOLUTION AS MATRIX VECTOR OPERATION": ¼[1, 2, 1] and [1, 0, −1] on six pixels.

    The lecture's convolution flips the filter; conv_matrix, like every CNN library, does not.
    """
    x = np.array([1.0, 4, 9, 16, 25, 36])

    def matrix(taps):
        flipped = np.array(taps, float)[::-1].reshape(1, 1, 3)
        return conv_matrix(flipped.copy(), (1, 6), padding="same")

    smooth = matrix([0.25, 0.5, 0.25])
    expected = 0.25 * (2 * np.eye(6) + np.eye(6, k=1) + np.eye(6, k=-1))
    np.testing.assert_array_equal(smooth.toarray(), expected)
    np.testing.assert_array_equal(smooth @ x, [1.5, 4.5, 9.5, 16.5, 25.5, 24.25])

    slope = matrix([1, 0, -1])
    np.testing.assert_array_equal(slope.toarray(), np.eye(6, k=1) - np.eye(6, k=-1))
    np.testing.assert_array_equal(slope @ x, [4, 8, 12, 16, 20, -25])
    assert slope.nnz == 3 * 6 - 2  # the middle tap is zero, and stored


def test_the_lectures_wx_plus_b_with_images_as_columns():
    rng = np.random.default_rng(0)
    images, w = rng.integers(-5, 6, (3, 1, 5, 4)), rng.integers(-5, 6, (1, 1, 3, 2))
    matrix = conv_matrix(w.astype(float), (1, 5, 4), stride=(1, 2))
    assert matrix.shape == (6, 20)
    columns = matrix @ images.reshape(3, 20).T + 7  # (6, 20) @ (20, 3)
    y = mc.functional.conv2d(
        mc.tensor(images, "float64"), mc.tensor(w, "float64"), mc.tensor([7.0], "float64"), (1, 2)
    )
    np.testing.assert_array_equal(columns.T.reshape(y.shape), y.data)


def test_what_it_takes():
    w = np.arange(4.0).reshape(1, 1, 2, 2)
    expected = conv_matrix(w, (1, 3, 3)).toarray()
    for other in (mc.Tensor(w), mc.Tensor(w, requires_grad=True), w.astype(">f8"),
                  np.asfortranarray(w), w[:, :, ::-1, ::-1].copy()[:, :, ::-1, ::-1]):
        np.testing.assert_array_equal(conv_matrix(other, [1, np.int64(3), 3]).toarray(), expected)
    matrix = conv_matrix(w, (1, 3, 3))
    matrix.data[:] = 7
    np.testing.assert_array_equal(w.ravel(), np.arange(4))  # the matrix is its own


W = np.ones((6, 4, 3, 2))


@pytest.mark.parametrize("arguments, error, words", [
    (([[1.0]], (1, 3, 3)), TypeError, ["array or a Tensor", "list"]),
    ((None, (1, 3, 3)), TypeError, ["NoneType"]),
    ((W.astype(int), (4, 8, 9)), TypeError, ["float32 or float64", "int64"]),
    ((W.astype("float16"), (4, 8, 9)), TypeError, ["float16"]),
    ((W.astype(complex), (4, 8, 9)), TypeError, ["complex128"]),
    ((W, (8,)), ValueError, ["one image's", "(8,)"]),
    ((W, ()), ValueError, ["one image's", "()"]),
    ((W, (1, 2, 3, 4, 5)), ValueError, ["(1, 2, 3, 4, 5)"]),
    ((W, (4, -8, 9)), ValueError, ["no negative", "(4, -8, 9)"]),
    ((W, (4, -8, 9), 1, 20), ValueError, ["no negative", "(4, -8, 9)"]),
    ((W, (4, 8.0, 9)), TypeError, ["whole numbers", "(4, 8.0, 9)"]),
    ((W, 8), TypeError, ["whole numbers", "8"]),
    ((W, (4, 9)), ValueError, ["conv_matrix", "weight", "(6, 4, 3, 2)"]),
    ((W, (5, 8, 9)), ValueError, ["5 channels", "takes 4"]),
    ((W, (4, 2, 9)), ValueError, ["covers 3 pixels", "only 2"]),
    ((W, (4, 8, 9), 0), ValueError, ["stride=0"]),
    ((W, (4, 8, 9), 1, 0, 1, 3), ValueError, ["groups=3"]),
    ((W, (4, 8, 9), 1, 2**62), ValueError, [str(2**62)]),
], ids=lambda v: str(v)[:40])
def test_errors(arguments, error, words):
    with pytest.raises(error) as caught:
        conv_matrix(*arguments)
    assert str(caught.value).startswith("conv_matrix")
    for word in words:
        assert word in str(caught.value)
