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
    ("MSELoss", {}, np.ones((4, 3))),
    ("MSELoss", {"reduction": "none"}, np.ones((4, 3))),
]


@pytest.mark.parametrize("name, kwargs, target", CASES)
def test_is_pytorchs(torch, name, kwargs, target):
    def with_tensors(make):
        return {k: make(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}

    x = np.random.default_rng(0).normal(size=(4, 3))
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = getattr(nn, name)(**with_tensors(mc.tensor))(a, mc.tensor(target))
    z = getattr(torch.nn, name)(**with_tensors(torch.tensor))(b, torch.tensor(target))
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12)
    y.sum().backward()
    z.sum().backward()
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_the_class_weight_is_a_buffer_and_moves():
    loss = nn.CrossEntropyLoss(WEIGHT).float()
    assert loss.weight.dtype == np.float32 and list(loss.state_dict()) == ["weight"]
    assert nn.CrossEntropyLoss().state_dict() == {}


def test_repr():
    assert repr(nn.MSELoss()) == "MSELoss()"
    assert repr(nn.NLLLoss(reduction="sum")) == "NLLLoss(reduction='sum')"


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.MSELoss(reduction="avg"), ValueError, "MSELoss: reduction='avg' must be one"),
        (lambda: nn.CrossEntropyLoss([1, 2]), TypeError, "weight must be a Tensor or an array"),
        (lambda: nn.CrossEntropyLoss(np.ones((2, 2))), ValueError, r"shape \(2, 2\)"),
        (lambda: nn.NLLLoss(np.array([1, 2])), ValueError, "one float for each class.*int64"),
        (lambda: nn.NLLLoss(ignore_index=0.5), TypeError, "ignore_index must be a whole number"),
        (lambda: nn.CrossEntropyLoss(label_smoothing=2), ValueError, "label_smoothing=2 must be"),
        (lambda: nn.CrossEntropyLoss(None, True), TypeError, "positional"),
        (lambda: nn.CrossEntropyLoss()(mc.ones(2, 3), mc.tensor([0, 3])), IndexError, "index 3"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
