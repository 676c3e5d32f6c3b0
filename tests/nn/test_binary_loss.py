import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

LOGITS = np.random.default_rng(0).normal(size=(4, 3)) * 3
TARGET = np.random.default_rng(1).uniform(size=(4, 3)).round()
ROWS = np.array([[0.5], [1.0], [2.0], [0.0]])  # a weight for each image
LABELS = np.array([0.5, 2.0, 1.0])  # one for each label
CASES = [
    {},
    {"reduction": "sum"},
    {"weight": ROWS, "reduction": "none"},
]


@pytest.mark.parametrize("kwargs", CASES)
def test_of_probabilities_is_pytorchs(compare_loss, kwargs):
    compare_loss("BCELoss", kwargs, 1 / (1 + np.exp(-LOGITS)), TARGET)


@pytest.mark.parametrize("kwargs", [*CASES, {"pos_weight": LABELS},
                                    {"weight": ROWS, "pos_weight": LABELS}])
def test_of_logits_is_pytorchs(compare_loss, kwargs):
    compare_loss("BCEWithLogitsLoss", kwargs, LOGITS, TARGET)


def test_without_pytorch_the_numbers_are_these():
    half, yes = mc.tensor([0.5]), mc.tensor([1.0])
    assert nn.BCELoss()(half, yes).item() == pytest.approx(np.log(2))
    loss = nn.BCEWithLogitsLoss(pos_weight=mc.tensor([3.0]))
    assert loss(mc.zeros(1), yes).item() == pytest.approx(3 * np.log(2))
    assert loss(mc.zeros(1), mc.zeros(1)).item() == pytest.approx(np.log(2))


def test_the_weights_are_buffers_and_move():
    loss = nn.BCEWithLogitsLoss(ROWS, pos_weight=LABELS).float()
    assert [n for n, _ in loss.named_buffers()] == ["weight", "pos_weight"]
    assert all(b.dtype == np.float32 for b in loss.buffers()) and not list(loss.parameters())
    assert nn.BCELoss().weight is None and nn.BCELoss().state_dict() == {}


def test_repr():
    assert repr(nn.BCELoss()) == "BCELoss()"
    assert repr(nn.BCEWithLogitsLoss(reduction="sum")) == "BCEWithLogitsLoss(reduction='sum')"


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.BCELoss(reduction="avg"), ValueError, "BCELoss: reduction='avg' must be one"),
        (lambda: nn.BCELoss([1.0]), TypeError, "BCELoss: weight must be .* array.*got list"),
        (
            lambda: nn.BCEWithLogitsLoss(pos_weight=3.0), TypeError,
            "BCEWithLogitsLoss: pos_weight must be a Tensor or an array of floats, got float",
        ),
        (
            lambda: nn.BCEWithLogitsLoss(pos_weight=np.array([1, 2])), TypeError,
            "pos_weight must hold floats, got int64",
        ),
        (
            lambda: nn.BCEWithLogitsLoss(pos_weight=mc.ones(2, requires_grad=True)), ValueError,
            "pos_weight is not learnt",
        ),
        (
            lambda: nn.BCEWithLogitsLoss(pos_weight=np.ones((5, 1, 1), np.float32))(
                mc.ones(4, 3), mc.ones(4, 3)), ValueError, r"pos_weight of shape \(5, 1, 1\)",
        ),
        (
            lambda: nn.BCELoss()(mc.tensor([2.0]), mc.tensor([1.0])), ValueError,
            "probabilities from 0 to 1, got 2.0.*with_logits",
        ),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
