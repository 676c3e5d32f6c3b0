import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn

Y = mc.tensor([[0.2, 0.7, 0.5], [0.9, 0.1, 0.4]], dtype="float64")
T = mc.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype="float64")
LABELS = np.array([0.5, 2.0, 1.0])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weights", [(), (3.0,), (1, 0.25), (LABELS,), (2.0, LABELS)], ids=str)
def test_are_the_functions(weights, reduction):
    for module, function in ((nn.WeightedBCELoss, F.weighted_binary_cross_entropy),
                             (nn.MultilabelBCELoss, F.multilabel_binary_cross_entropy)):
        found = module(*weights, reduction=reduction)(Y, T)
        assert found.tolist() == function(Y, T, *weights, reduction=reduction).tolist()


def test_arrays_are_buffers_and_numbers_are_not():
    loss = nn.WeightedBCELoss(LABELS, 2).float()
    assert [n for n, _ in loss.named_buffers()] == ["positive_weight"]
    assert loss.positive_weight.dtype == np.float32 and loss.negative_weight == 2
    assert loss(Y.float(), T.float()).dtype == np.float32
    assert nn.MultilabelBCELoss(3.0).state_dict() == {}


def test_what_training_data_say():
    weights = F.balanced_class_weights(T)
    assert nn.MultilabelBCELoss(*weights)(Y, T).item() == pytest.approx(
        -np.log([0.2, 0.7, 0.5, 0.1, 0.9, 0.4]).sum() / 4)


def test_repr():
    assert repr(nn.WeightedBCELoss()) == "WeightedBCELoss()"
    assert repr(nn.WeightedBCELoss(LABELS, 0.5, reduction="sum")) == (
        "WeightedBCELoss(reduction='sum', negative_weight=0.5)")


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.WeightedBCELoss(-1), ValueError, "WeightedBCELoss: positive_weight=-1 must be 0"),
    (lambda: nn.WeightedBCELoss(1, -LABELS), ValueError, "negative_weight must be finite and not"),
    (lambda: nn.MultilabelBCELoss([1.0]), TypeError, "positive_weight must be .* array.*got list"),
    (lambda: nn.MultilabelBCELoss(None), TypeError, "MultilabelBCELoss: positive_.*got None"),
    (lambda: nn.MultilabelBCELoss(True), TypeError, "must be a number, got True"),
    (lambda: nn.MultilabelBCELoss(1, float("nan")), ValueError, "negative_weight=nan"),
    (lambda: nn.WeightedBCELoss(float("inf")), ValueError, "positive_weight=inf must be finite"),
    (lambda: nn.WeightedBCELoss(mc.ones(2, requires_grad=True)), ValueError, "is not learnt"),
    (lambda: nn.WeightedBCELoss(reduction="avg"), ValueError, "reduction='avg' must be one of"),
    (lambda: nn.WeightedBCELoss()(Y * 9, T), ValueError, "probabilities from 0 to 1.*with_logits"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
