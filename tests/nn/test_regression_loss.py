import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("MSELoss", {}),
    ("MSELoss", {"reduction": "none"}),
    ("L1Loss", {}),
    ("L1Loss", {"reduction": "sum"}),
    ("SmoothL1Loss", {}),
    ("SmoothL1Loss", {"reduction": "none", "beta": 0.3}),
    ("SmoothL1Loss", {"beta": 0.0}),
]


@pytest.mark.parametrize("name, kwargs", CASES)
def test_is_pytorchs(compare_loss, name, kwargs):
    x, target = np.random.default_rng(0).normal(size=(2, 4, 3))
    compare_loss(name, kwargs, x, target)


def test_without_pytorch_the_numbers_are_these():
    x, t = mc.tensor([1.0, 4.0]), mc.tensor([0.0, 0.0])
    found = [loss(x, t).item() for loss in (nn.MSELoss(), nn.L1Loss(), nn.SmoothL1Loss())]
    assert found == [8.5, 2.5, 2.0]


def test_repr():
    assert repr(nn.L1Loss()) == "L1Loss()"
    assert repr(nn.MSELoss(reduction="none")) == "MSELoss(reduction='none')"
    assert repr(nn.SmoothL1Loss()) == "SmoothL1Loss()"
    assert repr(nn.SmoothL1Loss(reduction="sum", beta=2)) == (
        "SmoothL1Loss(reduction='sum', beta=2)"
    )


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.L1Loss(reduction="avg"), ValueError, "L1Loss: reduction='avg' must be one of"),
        (lambda: nn.L1Loss("sum"), TypeError, "positional"),
        (lambda: nn.SmoothL1Loss(beta=-1), ValueError, "SmoothL1Loss: beta=-1 must be 0 or more"),
        (lambda: nn.SmoothL1Loss(beta="1"), TypeError, "beta must be a number, got '1'"),
        (
            lambda: nn.MSELoss()(mc.ones(4, 1), mc.ones(4)), ValueError,
            r"\(4, 1\).*\(4,\)",
        ),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
