"""A filter in four poses, and the response that does not tell them apart."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("rotation")


def integers(*shape, seed=0):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(float)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_the_four_poses(o, c, a):
    w = integers(o, c, a, a)
    bank = F.rotation_bank(w).data
    assert bank.shape == (4 * o, c, a, a)
    for r in range(4):
        np.testing.assert_array_equal(bank[r::4], np.rot90(w, r, (2, 3)))


@given(st.integers(1, 4), st.integers(0, 2), st.integers(4, 8), st.integers(4, 8),
       st.integers(1, 3))
def test_the_pooled_response_turns_with_the_image(a, padding, height, width, stride):
    """Bit for bit, on whole numbers; a single pose does not do it."""
    height += -(height + 2 * padding - a) % stride  # so that the windows lie symmetrically
    width += -(width + 2 * padding - a) % stride
    x, w = integers(2, 3, height, width, seed=1), integers(2, 3, a, a, seed=2)

    def response(image):
        y = F.conv2d(image, F.rotation_bank(w), None, stride, padding)
        return F.maxout(y, 4).data

    for r in (1, 2, 3):
        turned = response(np.ascontiguousarray(np.rot90(x, r, (2, 3))))
        np.testing.assert_array_equal(np.rot90(turned, -r, (2, 3)), response(x))
        np.testing.assert_array_equal(turned.max((2, 3)), response(x).max((2, 3)))


def test_a_single_pose_tells_the_turn():
    x, w = integers(1, 1, 6, 6), mc.tensor([[[[-1.0, 1.0], [-1.0, 1.0]]]], dtype="float64")
    turned = np.ascontiguousarray(np.rot90(x, 1, (2, 3)))
    assert F.conv2d(x, w).data.max() != F.conv2d(turned, w).data.max()


@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 1, 3, 2), (1, 2, 3, 3, 3)])
def test_errors(shape):
    with pytest.raises(ValueError, match=r"rotation_bank: .*square filters \(O, C, A, A\), got"):
        F.rotation_bank(mc.ones(shape))
