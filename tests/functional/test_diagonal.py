"""The diagonal of a matrix, and its triangles."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("diagonal")


def test_triangles_keep_the_dtype():
    mask = mc.ones(3, 3, dtype=mc.bool).tril()
    assert mask.dtype == np.bool_ and mask.sum().item() == 6
    assert mc.triu(mc.full((2, 2), np.inf), 1).tolist() == [[0.0, np.inf], [0.0, 0.0]]


@pytest.mark.parametrize("function", [mc.diag, mc.trace, mc.tril, mc.triu])
def test_what_is_no_matrix(function):
    with pytest.raises(ValueError, match=r"matrix.*\(\)"):
        function(mc.tensor(1.0))
