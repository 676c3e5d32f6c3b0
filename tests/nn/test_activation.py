import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("ReLU", (), {}),
    ("ReLU", (), {"inplace": False}),
    ("Sigmoid", (), {}),
    ("Tanh", (), {}),
    ("Softmax", (1,), {}),
    ("Softmax", (), {"dim": -1}),
    ("LogSoftmax", (0,), {}),
]


@pytest.mark.parametrize("name, args, kwargs", CASES)
def test_is_pytorchs(compare, name, args, kwargs):
    compare(name, args, kwargs, (3, 4, 2))


def test_inplace_changes_nothing_in_place():
    x = mc.tensor([-1.0, 1.0])
    layer = nn.ReLU(inplace=True)
    assert layer(x).tolist() == [0, 1] and x.tolist() == [-1, 1]
    assert repr(layer) == "ReLU(inplace=True)"


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.Softmax(), ValueError, r"Softmax: say along which axis, Softmax\(dim=1\)"),
        (lambda: nn.LogSoftmax(), ValueError, "LogSoftmax: say along which axis"),
        (lambda: nn.Softmax(1.0), TypeError, "Softmax: dim must be a whole number, got 1.0"),
        (lambda: nn.ReLU(3), TypeError, "ReLU: inplace must be True or False, got 3"),
        (lambda: nn.Softmax(2)(mc.ones(2, 2)), IndexError, "2"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
