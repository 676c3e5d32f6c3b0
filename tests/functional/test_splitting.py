"""Pieces along an axis, and repeating."""

import pytest
from generated import generated

import minicnn as mc

test_against_pytorch, test_odd_memory, test_gradcheck = generated("splitting")


def test_repeat_interleave():
    x = mc.tensor([[1, 2], [3, 4]])
    assert mc.repeat_interleave(x, 2).tolist() == [1, 1, 2, 2, 3, 3, 4, 4]
    assert x.repeat_interleave(2, dim=0).tolist() == [[1, 2], [1, 2], [3, 4], [3, 4]]
    assert x.repeat_interleave(0, 1).shape == (2, 0)
    with pytest.raises(ValueError, match="repeats=-1"):
        mc.repeat_interleave(x, -1)
    with pytest.raises(TypeError, match="repeats"):
        mc.repeat_interleave(x, mc.tensor([1, 2]))
    with pytest.raises(IndexError, match="axis 2"):
        mc.repeat_interleave(x, 2, 2)
