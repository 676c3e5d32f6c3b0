"""Triplets against PyTorch in every setting; pairs against the paper's formula."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("metric_loss")

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
reductions = st.sampled_from(["mean", "sum", "none"])


@given(shapes, st.floats(0.01, 5), st.sampled_from([1, 1.5, 2, 2.0, 3, 7.5, float("inf")]),
       st.booleans(), st.sampled_from([0.0, 1e-6, 0.2]), reductions, st.integers(0, 99))
def test_triplets_are_pytorchs(shape, margin, p, swap, eps, reduction, seed):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is the oracle")
    arrays = np.random.default_rng(seed).normal(size=(3, *shape))
    ours = [mc.tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    setting = {"margin": margin, "p": p, "swap": swap, "eps": eps, "reduction": reduction}
    y, expected = F.triplet_margin_loss(*ours, **setting), torch.nn.functional.triplet_margin_loss(
        *theirs, **setting)
    np.testing.assert_allclose(y.data, expected.detach().numpy(), 1e-12, 1e-12)
    y.sum().backward()
    expected.sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        close(a.grad, b.grad.numpy(), tolerance=1e-12)


@pytest.mark.parametrize("swap", [False, True])
def test_ties_and_corners_are_pytorchs(torch, swap):
    """All three equal (a loss of the margin), two equal, and exactly on the corner."""
    a = np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    p = np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    n = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 2.0], [0.5, 0.0]])
    ours = [mc.tensor(v, requires_grad=True) for v in (a, p, n)]
    theirs = [torch.tensor(v, requires_grad=True) for v in (a, p, n)]
    y = F.triplet_margin_loss(*ours, swap=swap, eps=0.0, reduction="none")
    expected = torch.nn.functional.triplet_margin_loss(*theirs, swap=swap, eps=0.0,
                                                       reduction="none")
    np.testing.assert_array_equal(y.data, expected.detach().numpy())
    assert y[0].item() == 1 and y[1].item() == 0 and y[2].item() == 0
    y.sum().backward()
    expected.sum().backward()
    for x, oracle in zip(ours, theirs, strict=True):
        close(x.grad, oracle.grad.numpy(), tolerance=1e-12)


def test_kinds_of_triplets():
    a = mc.tensor([[0.0, 0.0]], dtype="float64")
    for p, n in (([[0, 0]], [[0, 1]]), (np.zeros((1, 2), "f4"), np.eye(2)[1:])):
        loss = F.triplet_margin_loss(a, p, n, margin=1.5)
        assert loss.dtype == np.float64 and loss.item() == pytest.approx(0.5, abs=1e-5)
    assert F.triplet_margin_loss(np.zeros((1, 2)), a, a).item() == 1
    assert F.triplet_margin_loss(mc.zeros(0, 2), mc.zeros(0, 2), mc.zeros(0, 2),
                                 reduction="none").shape == (0,)


@given(shapes, st.floats(0.01, 5), reductions, st.integers(0, 99))
def test_pairs(shape, margin, reduction, seed):
    rng = np.random.default_rng(seed)
    (a, b), same = rng.normal(size=(2, *shape)), rng.integers(0, 2, shape[:-1])
    d = np.sqrt(((a - b) ** 2).sum(-1))
    expected = np.where(same == 1, d**2, np.maximum(margin - d, 0) ** 2) / 2
    expected = expected if reduction == "none" else getattr(expected, reduction)()
    for s in (same, same.astype(bool), mc.tensor(same), same.tolist(), same.astype("float64")):
        found = F.contrastive_loss(mc.tensor(a), b, s, margin, reduction)
        np.testing.assert_allclose(found.data, expected, 1e-12, 1e-12)


def test_pairs_that_are_equal():
    x = mc.zeros(2, 3, dtype="float64", requires_grad=True)
    with np.errstate(all="raise"):
        losses = F.contrastive_loss(x, np.zeros((2, 3)), [1, 0], margin=2.0, reduction="none")
        losses.sum().backward()
    assert losses.tolist() == [0, 2] and not x.grad.any()
    (g,) = mc.grad(F.contrastive_loss(x, np.zeros((2, 3)), [1, 1], reduction="sum"), [x],
                   create_graph=True)
    assert mc.grad(g.sum(), [x])[0].tolist() == [[1] * 3] * 2  # ½d² bends at 0


def test_far_apart_costs_nothing():
    x = mc.tensor([[3.0, 4.0]], requires_grad=True)
    loss = F.contrastive_loss(x, [[0.0, 0.0]], [0], margin=4.9)
    loss.backward()
    assert loss.item() == 0 and not x.grad.any()


A, B = mc.ones(4, 3), mc.zeros(4, 3)
triplet, pairs = F.triplet_margin_loss, F.contrastive_loss
WRONG = {
    "shapes": (lambda: triplet(A, B, mc.ones(4, 2)), ValueError,
               r"anchor \(4, 3\) and negative \(4, 2\) must have the same shape"),
    "no broadcasting": (lambda: triplet(A, B[:1], B), ValueError, r"positive \(1, 3\)"),
    "integers": (lambda: triplet(A, mc.ones(4, 3, dtype="int64"), B), TypeError,
                 "positive must be floats, got int64"),
    "dtypes": (lambda: triplet(A, B, B.double()), TypeError, "float32.*float64"),
    "a number": (lambda: triplet(1.0, 2.0, 3.0), ValueError, r"vectors \(..., D\)"),
    "margin": (lambda: triplet(A, B, B, 0), ValueError, "margin=0 must be .* greater than 0"),
    "p": (lambda: triplet(A, B, B, p=0), ValueError, "triplet_margin_loss: p=0 must be"),
    "p of text": (lambda: triplet(A, B, B, p="fro"), TypeError, "p must be a number, got str"),
    "eps": (lambda: triplet(A, B, B, eps=-1e-6), ValueError, "eps=-1e-06 must be"),
    "swap": (lambda: triplet(A, B, B, swap="no"), TypeError, "swap must be True or False"),
    "reduction": (lambda: triplet(A, B, B, reduction="avg"), ValueError, "reduction='avg'"),
    "pairs": (lambda: pairs(A, mc.ones(3), [1] * 4), ValueError, r"x1 \(4, 3\) and x2 \(3,\)"),
    "same": (lambda: pairs(A, B, [1, 0]), ValueError, r"same must have shape \(4,\).*got \(2,\)"),
    "Y": (lambda: pairs(A, B, [1, 0, -1, 1]), ValueError, "1 .the same. or 0 .different., got -1"),
    "halves": (lambda: pairs(A, B, [1, 0, 0.5, 1]), ValueError, "got 0.5"),
    "a margin": (lambda: pairs(A, B, [1] * 4, -2), ValueError, "contrastive_loss: margin=-2 must"),
    "how": (lambda: pairs(A, B, [1] * 4, reduction=None), ValueError, "reduction=None"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
