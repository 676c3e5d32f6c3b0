"""Binary cross-entropy, of probabilities and of logits."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F
from minicnn.functional.binary_loss import BoundedLog

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("binary_loss")

EXTREME = [1e4, -1e4, 1e30, -1e30, 100.0, -100.0, 20.5, -20.5, 0.0, -0.0]


@pytest.mark.parametrize("target", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_logits_are_finite(torch, dtype, target):
    x, t = np.array(EXTREME, dtype), np.full(len(EXTREME), target, dtype)
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    with np.errstate(all="raise", under="ignore"):
        y = F.binary_cross_entropy_with_logits(a, t, reduction="none", pos_weight=[2.0])
        y.sum().backward()
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        b, torch.tensor(t), reduction="none", pos_weight=torch.tensor([2.0], dtype=b.dtype))
    expected.sum().backward()
    assert np.isfinite(y.data).all() and np.isfinite(a.grad).all()
    np.testing.assert_allclose(y.data, expected.detach().numpy(), 1e-6, 1e-12)
    np.testing.assert_allclose(a.grad, b.grad.numpy(), 1e-5, 1e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_certain_probabilities(torch, dtype):
    """0 and 1 cost 100 where they are wrong, with PyTorch's gradient; no warning, no infinity."""
    y, t = (np.array(v, dtype) for v in ([0, 1, 0, 1, 1e-42, 0.5], [1, 0, 0, 1, 1, 0.5]))
    a, b = mc.tensor(y, requires_grad=True), torch.tensor(y, requires_grad=True)
    with np.errstate(all="raise", under="ignore"):
        losses = F.binary_cross_entropy(a, t, reduction="none")
        losses.sum().backward()
    expected = torch.nn.functional.binary_cross_entropy(b, torch.tensor(t), reduction="none")
    expected.sum().backward()
    np.testing.assert_allclose(losses.data, expected.detach().numpy(), 1e-6)
    wrong, right = [0, 1, 4], [2, 3]
    np.testing.assert_allclose(a.grad[wrong], b.grad.numpy()[wrong], 1e-5)
    assert a.grad[right].tolist() == [1, -1] and a.grad[5] == 0  # PyTorch: 0 and 0


def test_a_logarithm_with_bounds():
    x = np.array([0.25, 1e-3, 1.0])
    assert mc.gradcheck(lambda x: BoundedLog()(x), x)
    zero = mc.tensor([0.0, 1e-300], dtype="float64", requires_grad=True)
    y = BoundedLog()(zero)
    (g,) = mc.grad(y, [zero], [1.0, 1.0], create_graph=True)
    assert y.tolist() == [-100, -100] and g.tolist() == [1e12, 1e12]
    assert mc.grad(g.sum(), [zero])[0].tolist() == [0, 0]  # of a bound


def test_both_forms_agree():
    x, t = np.linspace(-8, 8, 33), np.random.default_rng(0).uniform(size=33)
    close(F.binary_cross_entropy_with_logits(mc.tensor(x), t).data,
          F.binary_cross_entropy(F.sigmoid(mc.tensor(x)), t).data)
    undecided = F.binary_cross_entropy_with_logits(mc.zeros(3), [1.0, 0.0, 0.5])
    assert undecided.item() == pytest.approx(np.log(2))


def test_what_was_missed_counts_more():
    x, t = mc.tensor([[-1.0, -1.0]]), mc.tensor([[1.0, 0.0]])
    plain = F.binary_cross_entropy_with_logits(x, t, reduction="none").data
    heavy = F.binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=[3.0, 3.0]).data
    close(heavy, plain * np.array([[3, 1]], "f4"))


def test_kinds_of_targets():
    y = mc.tensor([0.2, 0.8], dtype="float64")
    for target in ([0, 1], [False, True], np.array([0, 1]), np.array([0.0, 1.0], "f4"),
                   mc.tensor([0.0, 1.0], dtype="float64")):
        loss = F.binary_cross_entropy(y, target)
        assert loss.dtype == np.float64 and loss.item() == pytest.approx(-np.log(0.8))
    t = mc.tensor([0.0, 1.0], requires_grad=True, dtype="float64")
    F.binary_cross_entropy(y, t, reduction="sum").backward()
    close(t.grad, np.log([4, 0.25]))
    assert F.binary_cross_entropy(mc.zeros(0), mc.zeros(0), reduction="sum").item() == 0
    assert F.binary_cross_entropy_with_logits(mc.zeros(0, 2), mc.zeros(0, 2),
                                              reduction="none").shape == (0, 2)


Y, T = mc.full((2, 3), 0.5), mc.ones(2, 3)
bce, bcel = F.binary_cross_entropy, F.binary_cross_entropy_with_logits
WRONG = {
    "logits": (lambda: bce(Y * 10, T), ValueError, "input must be probabilities.*5.0.*with_logits"),
    "negative": (lambda: bce(-Y, T), ValueError, "got -0.5"),
    "NaN": (lambda: bce(Y * float("nan"), T), ValueError, "got nan"),
    "labels": (lambda: bce(Y, T * 2), ValueError, "the target must be probabilities"),
    "shapes": (lambda: bcel(Y, mc.ones(3)), ValueError,
               r"input \(2, 3\) and target \(3,\) must have the same shape"),
    "integers": (lambda: bce(mc.ones(2, dtype="int64"), [1, 1]), TypeError, "must be floats"),
    "integer labels": (lambda: bcel(Y, mc.ones(2, 3, dtype="int64")), TypeError,
                       r"target must be floats, got int64; use .to\('float32'\)"),
    "dtypes": (lambda: bcel(Y, mc.ones(2, 3, dtype="float64")), TypeError, "float32.*float64"),
    "reduction": (lambda: bce(Y * 10, T, reduction="avg"), ValueError, "reduction='avg'"),
    "weight": (lambda: bce(Y, T, mc.ones(4)), ValueError,
               r"binary_cross_entropy: weight of shape \(4,\) does not broadcast over .*\(2, 3\)"),
    "a larger weight": (lambda: bcel(Y, T, mc.ones(5, 2, 3)), ValueError, r"weight of .*\(5, 2, 3"),
    "pos_weight": (lambda: bcel(Y, T, pos_weight=mc.ones(2)), ValueError,
                   r"pos_weight of shape \(2,\) does not broadcast over the input \(2, 3\)"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
