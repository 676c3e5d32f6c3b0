"""The slides' filters, and what they are for."""

import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import filters

PRINTED = {
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "laplacian": [[0, -1, 0], [-1, 4, -1], [0, -1, 0]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "averaging": [[0.25, 0.5, 0.25]],
    "difference": [[1, 0, -1]],
    "edge_bank": [
        [[-1, -1, -1], [1, 1, 1], [0, 0, 0]], [[-1, 1, 0]] * 3,
        [[0, 0, 0], [1, 1, 1], [-1, -1, -1]], [[0, 1, -1]] * 3,
    ],
}


@pytest.mark.parametrize("name", PRINTED)
def test_as_printed(name):
    made = getattr(filters, name)()
    assert made.dtype == np.float64 and made.tolist() == PRINTED[name]
    made[...] = 7  # a copy: the next one is not spoilt
    assert getattr(filters, name)().tolist() == PRINTED[name]


def test_box_and_gaussian():
    scipy = pytest.importorskip("scipy.ndimage")
    assert filters.box(3).tolist() == [[1 / 9] * 3] * 3 and filters.box((1, 2)).shape == (1, 2)
    for size, sigma in ((7, 1.0), ((5, 9), (0.8, 1.7)), ((1, 3), 2)):
        found = filters.gaussian(size, sigma)
        assert found.sum() == pytest.approx(1, abs=1e-15)
        impulse = np.zeros(found.shape)
        impulse[found.shape[0] // 2, found.shape[1] // 2] = 1
        radius = [n // 2 for n in found.shape]
        theirs = scipy.gaussian_filter(impulse, sigma, radius=radius, mode="constant")
        np.testing.assert_allclose(found, theirs, rtol=1e-13)
    even = filters.gaussian(2, 1e-3)  # between the pixels, and so narrow that e^{-x²} is 0
    assert even.tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert filters.gaussian((4, 1), 1e-3)[:, 0].tolist() == [0, 0.5, 0.5, 0]
    assert filters.gaussian((1, 3), 1e-200).tolist() == [[0, 1, 0]]
    narrow = filters.gaussian(3, 1e-3)
    assert narrow.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def respond(image, kernel):
    return F.conv2d(mc.tensor(image[None, None]), mc.tensor(kernel[None, None])).numpy()[0, 0]


def test_what_they_answer_to():
    even = np.full((6, 6), 3.0)
    for kernel in (filters.box(3), filters.gaussian(5, 1), filters.sharpen(), filters.averaging()):
        np.testing.assert_allclose(respond(even, kernel), 3, rtol=1e-14)
    for kernel in (filters.sobel_x(), filters.sobel_y(), filters.laplacian(), filters.difference(),
                   *filters.edge_bank()):
        assert (respond(even, kernel) == 0).all()
    ramp = np.broadcast_to(np.arange(6.0), (6, 6))
    assert (respond(ramp, filters.sobel_x()) == 8).all()
    assert (respond(ramp, filters.sobel_y()) == 0).all()
    assert (respond(ramp.T.copy(), filters.sobel_y()) == -8).all()
    assert (respond(ramp, filters.laplacian()) == 0).all()
    np.testing.assert_array_equal(filters.sobel_y(), np.rot90(filters.sobel_x()))
    bank = filters.edge_bank()
    np.testing.assert_array_equal(bank[0], bank[2][::-1])
    np.testing.assert_array_equal(bank[1], bank[3][:, ::-1])


@pytest.mark.parametrize("call, error, message", [
    (lambda: filters.box(0), ValueError, "size=0 must be at least 1"),
    (lambda: filters.box(2.5), TypeError, "size must be a whole number, got 2.5"),
    (lambda: filters.gaussian((1, 2, 3), 1), ValueError, "has 3 entries"),
    (lambda: filters.gaussian(3, 0), ValueError, "sigma=0 must be a positive number"),
    (lambda: filters.gaussian(3, (1, 2, 3)), ValueError, "one for each of two axes"),
    (lambda: filters.gaussian(3, "1"), ValueError, "sigma='1' must be"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
