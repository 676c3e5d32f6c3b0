import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

LABELS = np.array([2, 0, 1, 2])
WEIGHT = np.array([0.5, 2.0, 1.0])
CASES = [
    ("CrossEntropyLoss", {}, LABELS),
    ("CrossEntropyLoss", {"weight": WEIGHT, "reduction": "sum"}, LABELS),
    ("CrossEntropyLoss", {"ignore_index": 2, "label_smoothing": 0.1}, LABELS),
    ("CrossEntropyLoss", {"weight": WEIGHT}, np.full((4, 3), 1 / 3)),
    ("NLLLoss", {}, LABELS),
    ("NLLLoss", {"weight": WEIGHT, "ignore_index": 0, "reduction": "none"}, LABELS),
]


@pytest.mark.parametrize("name, kwargs, target", CASES)
def test_is_pytorchs(compare_loss, name, kwargs, target):
    compare_loss(name, kwargs, np.random.default_rng(0).normal(size=(4, 3)), target)


def test_the_class_weight_is_a_buffer_and_moves():
    loss = nn.CrossEntropyLoss(WEIGHT).float()
    assert loss.weight.dtype == np.float32 and list(loss.state_dict()) == ["weight"]
    assert nn.CrossEntropyLoss().state_dict() == {}


def test_the_tensor_given_as_weight_stays_as_it_is():
    weight = mc.tensor(WEIGHT)
    loss = nn.CrossEntropyLoss(weight).float()
    assert weight.dtype == np.float64 and loss.weight.dtype == np.float32


def test_repr():
    assert repr(nn.NLLLoss()) == "NLLLoss()"
    assert repr(nn.NLLLoss(reduction="sum")) == "NLLLoss(reduction='sum')"


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.NLLLoss(reduction="avg"), ValueError, "NLLLoss: reduction='avg' must be one"),
        (lambda: nn.CrossEntropyLoss([1, 2]), TypeError, "weight must be a Tensor or an array"),
        (lambda: nn.CrossEntropyLoss(np.ones((2, 2))), ValueError, r"shape \(2, 2\)"),
        (lambda: nn.NLLLoss(np.array([1, 2])), TypeError, "weight must hold floats, got int64"),
        (
            lambda: nn.NLLLoss(mc.ones(3, requires_grad=True)), ValueError,
            "weight is not learnt.*detach",
        ),
        (lambda: nn.NLLLoss(ignore_index=0.5), TypeError, "ignore_index must be a whole number"),
        (lambda: nn.CrossEntropyLoss(label_smoothing=2), ValueError, "label_smoothing=2 must be"),
        (lambda: nn.CrossEntropyLoss(None, True), TypeError, "positional"),
        (lambda: nn.CrossEntropyLoss()(mc.ones(2, 3), mc.tensor([0, 3])), IndexError, "index 3"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
