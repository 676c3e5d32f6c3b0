"""Which values there are, how often, and where."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("counting")


def test_unique_of_several_axes(torch):
    x = np.array([[3, 1], [1, 2]])
    values, inverse, counts = mc.unique(x, return_inverse=True, return_counts=True)
    assert values.tolist() == [1, 2, 3] and counts.tolist() == [2, 1, 1]
    assert values[inverse].tolist() == x.tolist()
    assert mc.unique(x, return_counts=True)[1].tolist() == [2, 1, 1]
    assert mc.unique(mc.zeros(0)).shape == (0,)


def test_nonzero_as_an_index(torch):
    x = mc.tensor([[0.0, 2.0], [3.0, 0.0]])
    assert x[x.nonzero(as_tuple=True)].tolist() == [2.0, 3.0]
    assert mc.nonzero(x).dtype == np.int64 and mc.nonzero(mc.zeros(2, 2)).shape == (0, 2)
    for value in (0.0, 5.0):
        ours, theirs = mc.nonzero(mc.tensor(value)), torch.nonzero(torch.tensor(value))
        assert ours.shape == tuple(theirs.shape)


def test_bincount_of_what_it_does_not_count():
    with pytest.raises(TypeError, match="float32"):
        mc.bincount(mc.ones(2))
    with pytest.raises(ValueError, match=r"value -1"):
        mc.bincount(mc.tensor([0, -1]))
    with pytest.raises(ValueError, match=r"\(1, 2\)"):
        mc.bincount(mc.tensor([[0, 1]]))
    with pytest.raises(ValueError, match="minlength=-1"):
        mc.bincount(mc.tensor([0]), minlength=-1)
    assert mc.bincount(mc.tensor([], dtype=mc.long), minlength=2).tolist() == [0, 0]
    assert mc.bincount(np.array([1, 1], np.uint64)).tolist() == [0, 2]
