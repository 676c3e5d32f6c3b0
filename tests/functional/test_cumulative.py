"""Running sums."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("cumulative")


def test_whole_numbers_and_single_ones():
    y = mc.cumsum(mc.tensor([200, 100], dtype=mc.uint8), 0)
    assert y.dtype == np.int64 and y.tolist() == [200, 300]
    assert mc.tensor([True, False, True]).cumsum(0).tolist() == [1, 1, 2]
    assert mc.cumsum(mc.tensor(3.0), 0).item() == 3.0
    assert mc.cumsum(mc.zeros(2, 0), 1).shape == (2, 0)


def test_axes_that_do_not_exist():
    with pytest.raises(IndexError, match="axis 2"):
        mc.cumsum(mc.ones(2, 2), 2)
