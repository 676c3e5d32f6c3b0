import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn

A, B, C = np.random.default_rng(0).normal(size=(3, 5, 4))


@pytest.mark.parametrize("kwargs", [
    {}, {"margin": 0.3, "reduction": "sum"}, {"p": 1, "reduction": "none"}, {"swap": True},
    {"p": float("inf"), "eps": 0.1}], ids=str)
def test_triplets_are_pytorchs(torch, kwargs):
    ours, theirs = nn.TripletMarginLoss(**kwargs), torch.nn.TripletMarginLoss(**kwargs)
    found, expected = ours(*map(mc.tensor, (A, B, C))), theirs(*map(torch.tensor, (A, B, C)))
    np.testing.assert_allclose(found.data, expected.numpy(), 1e-12)


def test_pairs_are_the_function():
    same = np.array([1, 0, 0, 1, 0])
    for kwargs in ({}, {"margin": 3.0, "reduction": "none"}):
        found = nn.ContrastiveLoss(**kwargs)(mc.tensor(A), B, same)
        assert found.tolist() == F.contrastive_loss(mc.tensor(A), B, same, **kwargs).tolist()


def test_without_pytorch_the_numbers_are_these():
    a, p, n = mc.tensor([[0.0, 0.0]]), mc.tensor([[3.0, 4.0]]), mc.tensor([[0.0, 2.0]])
    assert nn.TripletMarginLoss(eps=0)(a, p, n).item() == 4
    assert nn.ContrastiveLoss()(a, p, [1]).item() == 12.5
    assert nn.ContrastiveLoss(6.0)(a, p, [0]).item() == 0.5


def test_repr():
    assert repr(nn.TripletMarginLoss()) == "TripletMarginLoss()"
    assert repr(nn.TripletMarginLoss(2, swap=True, reduction="sum")) == (
        "TripletMarginLoss(reduction='sum', margin=2.0, swap=True)")
    assert repr(nn.ContrastiveLoss()) == "ContrastiveLoss()"
    assert repr(nn.ContrastiveLoss(0.5)) == "ContrastiveLoss(margin=0.5)"


@pytest.mark.parametrize("do, error, message", [
    (lambda: nn.TripletMarginLoss(0), ValueError, "TripletMarginLoss: margin=0 must .* than 0"),
    (lambda: nn.TripletMarginLoss(p=-1), ValueError, "p=-1 must"),
    (lambda: nn.TripletMarginLoss(p="2"), TypeError, "p must be a number, got str"),
    (lambda: nn.TripletMarginLoss(eps=float("nan")), ValueError, "eps=nan"),
    (lambda: nn.TripletMarginLoss(swap=1), TypeError, "swap must be True or False, got 1"),
    (lambda: nn.TripletMarginLoss()(mc.tensor(A), B, C[:1]), ValueError, r"negative \(1, 4\)"),
    (lambda: nn.ContrastiveLoss(-1), ValueError, "ContrastiveLoss: margin=-1"),
    (lambda: nn.ContrastiveLoss()(mc.tensor(A), B, [1]), ValueError, r"same must have shape \(5,"),
])
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
