import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn


def test_joins_what_it_is_given():
    join, skip, x = nn.CropAndConcatenate(), mc.randn(2, 3, 6, 5), mc.randn(2, 4, 4, 3)
    np.testing.assert_array_equal(join(skip, x).data, F.crop_and_concatenate(skip, x).data)
    found = mc.summary(join, [(3, 6, 5), (4, 4, 3)], print_fn=None)
    assert found.rows[0].output_shape == (None, 7, 4, 3) and found.total_params == 0
    with pytest.raises(ValueError, match="no smaller than x"):
        join(x, skip)
