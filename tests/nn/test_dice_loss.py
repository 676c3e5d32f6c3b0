import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn

RNG = np.random.default_rng(0)
Y, T = mc.tensor(RNG.uniform(size=(2, 3, 4))), RNG.integers(0, 2, (2, 3, 4))
X, LABELS = mc.tensor(RNG.normal(size=(2, 3, 4))), RNG.integers(0, 3, (2, 4))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_are_the_functions(reduction):
    for smooth, dim in ((0.0, None), (1, 2), (0.5, (1, 2)), (0.0, -1), (1.0, [0, -1]), (0.5, ())):
        loss = nn.DiceLoss(smooth, dim, reduction=reduction)
        assert loss(Y, T).tolist() == F.dice_loss(Y, T, smooth, dim, reduction).tolist()
    found = nn.PixelDiceLoss(reduction=reduction)(Y, T)
    assert found.tolist() == F.pixel_dice_loss(Y, T, reduction).tolist()


def test_both_together():
    for args in ((), (0.5,), (2, 1.0)):
        found = nn.CrossEntropyDiceLoss(*args)(X, LABELS)
        assert found.item() == F.cross_entropy_dice_loss(X, LABELS, *args).item()


def test_without_oracle_the_numbers_are_these():
    y, t = mc.tensor([1.0, 1.0, 0.0, 0.0]), [1, 0, 0, 0]
    assert nn.DiceLoss()(y, t).item() == pytest.approx(1 / 3)
    assert nn.PixelDiceLoss()(y, t).item() == 0.125
    assert nn.DiceLoss()(mc.zeros(3), [0, 0, 0]).item() == 0


def test_repr():
    assert repr(nn.DiceLoss()) == "DiceLoss()"
    assert repr(nn.DiceLoss(1, (2, 3), reduction="sum")) == (
        "DiceLoss(reduction='sum', smooth=1, dim=(2, 3))")
    assert repr(nn.PixelDiceLoss()) == "PixelDiceLoss()"
    assert repr(nn.CrossEntropyDiceLoss()) == "CrossEntropyDiceLoss()"
    assert repr(nn.CrossEntropyDiceLoss(0.5, 2.0)) == (
        "CrossEntropyDiceLoss(dice_weight=0.5, smooth=2.0)")


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.DiceLoss(-1), ValueError, "DiceLoss: smooth=-1 must be 0 or more"),
    (lambda: nn.DiceLoss("1"), TypeError, "smooth must be a number, got '1'"),
    (lambda: nn.DiceLoss(dim="HW"), TypeError, "dim must be a whole number, got 'HW'"),
    (lambda: nn.DiceLoss(dim=(2, 0.5)), TypeError, "dim must be a whole number, got 0.5"),
    (lambda: nn.DiceLoss(dim=(2, 3))(Y, T), IndexError, "axis 3"),
    (lambda: nn.DiceLoss(0.0, None, "sum"), TypeError, "positional"),
    (lambda: nn.DiceLoss(reduction="avg"), ValueError, "reduction='avg' must be one of"),
    (lambda: nn.PixelDiceLoss()(Y * 3, T), ValueError, "probabilities.*sigmoid or softmax"),
    (lambda: nn.CrossEntropyDiceLoss(float("inf")), ValueError, "dice_weight=inf must be finite"),
    (lambda: nn.CrossEntropyDiceLoss(smooth=-1), ValueError, "smooth=-1 must be 0 or more"),
    (lambda: nn.CrossEntropyDiceLoss()(X, LABELS + 1), IndexError, "class index 3"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
