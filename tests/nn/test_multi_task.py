import pytest

import minicnn as mc
from minicnn import nn

ONE, TWO = mc.tensor(1.0), mc.tensor(2.0)


def test_adds_up():
    assert nn.MultiTaskLoss()([ONE, TWO]).item() == 3
    assert nn.MultiTaskLoss((0.5, 2))([ONE, TWO]).item() == 4.5
    weights = {"mask": 0.5, "age": 2.0}
    loss = nn.MultiTaskLoss(weights)
    assert loss({"age": ONE, "mask": TWO}).item() == 3
    weights["age"] = 9.0  # its own dict
    assert loss({"age": ONE, "mask": TWO}).item() == 3


def test_repr():
    assert repr(nn.MultiTaskLoss()) == "MultiTaskLoss()"
    assert repr(nn.MultiTaskLoss({"age": 2})) == "MultiTaskLoss(weights={'age': 2.0})"
    assert repr(nn.MultiTaskLoss([1, 2])) == "MultiTaskLoss(weights=[1.0, 2.0])"


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.MultiTaskLoss(2.0), TypeError, "weights must be a list or a dict .*, got float"),
    (lambda: nn.MultiTaskLoss([1, -2]), ValueError, r"MultiTaskLoss: weights\[1\]=-2"),
    (lambda: nn.MultiTaskLoss({"age": "2"}), TypeError, r"weights\['age'\] must be a number"),
    (lambda: nn.MultiTaskLoss([1.0])([ONE, TWO]), ValueError, "2 losses need as many weights"),
    (lambda: nn.MultiTaskLoss({"age": 1})([ONE]), TypeError, "the weights have names"),
    (lambda: nn.MultiTaskLoss()([]), ValueError, "no loss"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
