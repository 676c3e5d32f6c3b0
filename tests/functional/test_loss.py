"""Cross-entropy and the negative log-likelihood."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("loss")

LOGITS = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def test_who_knows_nothing_starts_at_ln_c():
    assert abs(F.cross_entropy(mc.zeros(5, 10), np.arange(5)).item() - 2.302585) < 1e-6


@pytest.mark.parametrize("labels", [
    [0, 2, 1, 1], np.array([0, 2, 1, 1], "uint8"), np.array([0, 2, 1, 1], ">i4"),
    mc.tensor([0, 2, 1, 1]), np.array([0, 2, 1, 1], "uint64")], ids=lambda v: str(type(v)))
def test_labels_of_any_integers(labels):
    x = mc.tensor(LOGITS, requires_grad=True)
    loss = F.cross_entropy(x, labels)
    loss.backward()
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    close(loss.data, -np.log(p[np.arange(4), [0, 2, 1, 1]]).mean())
    close(x.grad, (p - np.eye(3, dtype="float32")[[0, 2, 1, 1]]) / 4)


@pytest.mark.parametrize("target", [np.full((4, 3), 1 / 3), [[1 / 3] * 3] * 4],
                         ids=["array", "list"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_take_the_inputs_dtype(target, dtype):
    loss = F.cross_entropy(mc.tensor(LOGITS, dtype=dtype), target)
    assert loss.dtype == dtype
    with pytest.raises(TypeError, match="float32.*float64"):
        F.cross_entropy(mc.tensor(LOGITS), mc.tensor(np.full((4, 3), 1 / 3)))


def test_targets_can_be_learnt_too(torch):
    p = np.full((4, 3), 1 / 3, "float32")
    x, t = mc.tensor(LOGITS), mc.tensor(p, requires_grad=True)
    F.cross_entropy(x, t).backward()
    oracle = torch.tensor(p, requires_grad=True)
    torch.nn.functional.cross_entropy(torch.tensor(LOGITS), oracle).backward()
    close(t.grad, oracle.grad.numpy())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_ignored_targets_count_for_nothing(torch, reduction, smoothing):
    logits = LOGITS.copy()
    logits[1] = [-np.inf, 0, np.inf]  # not even if the scores are infinite
    labels = np.array([0, -100, 2, -100])
    keep = labels >= 0
    x = mc.tensor(logits, requires_grad=True)
    with np.errstate(invalid="ignore"):
        loss = F.cross_entropy(x, labels, reduction=reduction, label_smoothing=smoothing)
    y = mc.tensor(logits[keep], requires_grad=True)
    kept = F.cross_entropy(y, labels[keep], reduction=reduction, label_smoothing=smoothing)
    if reduction == "none":
        assert loss.data[~keep].tolist() == [0, 0]
        close(loss.data[keep], kept.data)
        loss, kept = loss[keep].sum(), kept.sum()
    close(loss.data, kept.data)
    loss.backward()
    kept.backward()
    close(x.grad[keep], y.grad)
    assert not x.grad[3].any()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nothing_to_average(torch):
    for target in (np.full(4, -100), np.zeros(0, int)):
        x = mc.zeros(len(target), 3, requires_grad=True)
        assert np.isnan(F.cross_entropy(x, target).item())
        assert F.cross_entropy(x, target, reduction="sum").item() == 0.0
        assert F.cross_entropy(x, target, reduction="none").tolist() == [0.0] * len(target)
    assert np.isnan(F.cross_entropy(mc.zeros(0, 3), np.zeros((0, 3))).item())


@pytest.mark.parametrize("size", [50.0, 1e4, 1e30])
def test_confident_scores_overflow_nowhere(size):
    for label, expected in ((0, 0.0), (1, size)):
        x = mc.tensor([[size, 0.0]], requires_grad=True)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            loss = F.cross_entropy(x, [label])
            loss.backward()
        close(loss.data, np.float32(expected))
        close(x.grad, np.array([[0, 0], [1, -1]], "float32")[label : label + 1])


def test_an_ignored_index_may_be_a_class():
    x = mc.tensor(LOGITS)
    close(F.cross_entropy(x, [0, 1, 1, 2], ignore_index=1).data,
          F.cross_entropy(x[mc.tensor([0, 3])], [0, 2]).data)


X, IMAGES = mc.tensor(LOGITS), mc.zeros(2, 3, 4, 5)
WRONG = {
    "above": ((X, [0, 1, 2, 3]), {}, IndexError, "class index 3 is outside 0 to 2, the 3 classes"),
    "below": ((X, [0, -1, 2, 2]), {}, IndexError, r"-1.*\(4, 3\)"),
    "ignored elsewhere": ((X, [0, -100, 2, 2]), {"ignore_index": 1}, IndexError, "-100"),
    "too few": ((X, [0, 1]), {}, ValueError, r"\(4, 3\).*\(4,\), got \(2,\)"),
    "columns": ((X, [[0], [1], [2], [0]]), {}, ValueError, r"\(4,\), got \(4, 1\)"),
    "pixels": ((IMAGES, np.zeros((2, 5, 4), int)), {}, ValueError, r"\(2, 4, 5\), got \(2, 5, 4\)"),
    "a single sample": ((mc.ones(3), 1), {}, ValueError, r"\(3,\).*x\[None\]"),
    "a number": ((mc.tensor(1.0), 1), {}, ValueError, r"\(\)"),
    "booleans": ((X, [True] * 4), {}, TypeError, "bool"),
    "floats as labels": ((X, [0.0, 1.0, 2.0, 2.0]), {}, ValueError, r"probabilities.*\(4, 3\)"),
    "integer scores": ((mc.tensor([[1, 2]]), [0]), {}, TypeError, "floats, got int64"),
    "weight": ((X, [0] * 4), {"weight": [1.0, 2.0]}, ValueError, r"\(3,\).*got \(2,\)"),
    "reduction": ((X, [0] * 4), {"reduction": "avg"}, ValueError, "'avg' must be 'mean', 'sum'"),
    "smoothing": ((X, [0] * 4), {"label_smoothing": 1.5}, ValueError, "label_smoothing=1.5"),
    "text": ((X, ["a"] * 4), {}, TypeError, "list"),
}


@pytest.mark.parametrize("args, kwargs, error, message", WRONG.values(), ids=WRONG)
def test_what_does_not_fit(args, kwargs, error, message):
    with pytest.raises(error, match=message):
        F.cross_entropy(*args, **kwargs)
    if "label_smoothing" not in kwargs and "probabilities" not in message:
        with pytest.raises(error, match=message):
            F.nll_loss(*args, **kwargs)


def test_nll_loss_refuses_probabilities():
    with pytest.raises(TypeError, match="integers, got float32"):
        F.nll_loss(X, np.full((4, 3), 1 / 3, "float32"))
