import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn

X, T = mc.zeros(1, 2, 3, 3), np.eye(3, dtype=int)[None]
CELLS = np.array([[[1, 0, 2], [1, 0, 2], [0, 0, 0]]])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_is_the_function(reduction):
    w = F.unet_weight_map(CELLS)
    found = nn.PixelWeightedCrossEntropyLoss(reduction=reduction)(X, T, w)
    assert found.tolist() == F.pixel_weighted_cross_entropy(X, T, w, reduction).tolist()
    expected = np.log(2) * (w if reduction == "none" else getattr(w, reduction)())
    np.testing.assert_allclose(found.data, expected, 1e-6)


def test_repr():
    assert repr(nn.PixelWeightedCrossEntropyLoss(reduction="sum")) == (
        "PixelWeightedCrossEntropyLoss(reduction='sum')")


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.PixelWeightedCrossEntropyLoss()(X, T), TypeError, "'weight_map'"),
    (lambda: nn.PixelWeightedCrossEntropyLoss()(X, T, -T), ValueError, "not negative, got -1"),
    (lambda: nn.PixelWeightedCrossEntropyLoss(reduction=1), TypeError, "reduction must be a name"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
