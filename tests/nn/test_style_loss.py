import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn

A, B = np.random.default_rng(0).normal(size=(2, 2, 3, 4, 5))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_are_the_functions(reduction):
    x = mc.tensor(A)
    for module, function, rest in ((nn.ContentLoss, F.content_loss, [B]),
                                   (nn.StyleLoss, F.style_loss, [B]),
                                   (nn.TotalVariationLoss, F.total_variation, [])):
        found = module(reduction=reduction)(x, *rest)
        assert found.tolist() == function(x, *rest, reduction=reduction).tolist()


def test_without_oracle_the_numbers_are_these():
    x = mc.tensor([[[1.0, 2.0], [0.0, 3.0]]])  # C = 2, M = 2: Gram (5 6; 6 9)
    assert F.gram_matrix(x).tolist() == [[[5, 6], [6, 9]]]
    assert nn.StyleLoss()(x, mc.zeros(1, 2, 2)).item() == (25 + 36 + 36 + 81) / 64
    assert nn.ContentLoss()(x, mc.zeros(1, 2, 2)).item() == 7
    assert nn.TotalVariationLoss()(x).item() == 4


def test_repr():
    assert repr(nn.StyleLoss()) == "StyleLoss()"
    assert repr(nn.TotalVariationLoss(reduction="sum")) == "TotalVariationLoss(reduction='sum')"


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.ContentLoss("sum"), TypeError, "positional"),
    (lambda: nn.StyleLoss(reduction="avg"), ValueError, "StyleLoss: reduction='avg'"),
    (lambda: nn.StyleLoss()(mc.tensor(A), B[:1]), ValueError, "must have the same shape"),
    (lambda: nn.TotalVariationLoss()(mc.ones(4, 4)), ValueError, r"x\[None\]"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
