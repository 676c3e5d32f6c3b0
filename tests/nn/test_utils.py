import math

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn
from minicnn.nn.utils import clip_grad_norm_, clip_grad_value_


def parameters(dtype="float64", scale=1.0):
    rng = np.random.default_rng(0)
    made = [nn.Parameter(np.zeros(shape, dtype)) for shape in [(3, 4), (5,), ()]]
    for p in made:
        p.grad = np.asarray(scale * rng.normal(size=p.shape), dtype)
    return [*made, nn.Parameter(np.zeros(2, dtype))]  # the last has no gradient


def torchs(torch, ours):
    made = [torch.zeros(p.shape, dtype=torch.float64, requires_grad=True) for p in ours]
    for q, p in zip(made, ours, strict=True):
        q.grad = None if p.grad is None else torch.tensor(p.grad)
    return made


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 1, 1e3])
@pytest.mark.parametrize("norm_type", [1, 2.0, 3.5, math.inf, "inf"])
def test_norm_is_pytorchs(torch, max_norm, norm_type):
    ours = parameters()
    theirs = torchs(torch, ours)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    total = clip_grad_norm_(iter(ours), max_norm, float(norm_type))
    assert isinstance(total, mc.Tensor) and total.shape == ()
    assert total.item() == pytest.approx(expected.item(), rel=1e-12)
    for p, q in zip(ours[:-1], theirs, strict=False):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-12)
    assert ours[-1].grad is None


def test_value_is_pytorchs(torch):
    ours = parameters()
    theirs = torchs(torch, ours)
    arrays = [p.grad for p in ours]
    torch.nn.utils.clip_grad_value_(theirs, 0.4)
    assert clip_grad_value_(ours, 0.4) is None
    for p, q, array in zip(ours[:-1], theirs, arrays, strict=False):
        np.testing.assert_array_equal(p.grad, q.grad.numpy())
        assert p.grad is array


def test_the_norm_is_bounded_and_the_direction_kept():
    ours = parameters("float32", scale=1e30)  # whose squares overflow float32
    before = ours[0].grad.astype(float)
    total = clip_grad_norm_(ours, 1.0)
    assert total.dtype == np.float32 and np.isfinite(total.item())
    norm = math.sqrt(sum(float((p.grad.astype(float) ** 2).sum()) for p in ours[:-1]))
    assert norm == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(ours[0].grad * total.item(), before, rtol=1e-5)


def test_one_tensor_and_none():
    p = parameters()[0]
    clip_grad_norm_(p, 0.1)
    assert np.linalg.norm(p.grad) == pytest.approx(0.1, rel=1e-4)
    assert clip_grad_norm_([], 1.0).item() == 0
    assert clip_grad_norm_([nn.Parameter([1.0])], 1.0).item() == 0


def test_a_norm_that_is_not_finite():
    ours = parameters()
    ours[0].grad[0, 0] = np.inf
    before = [p.grad.copy() for p in ours[:-1]]
    with pytest.raises(RuntimeError, match="the norm of the gradients is inf"):
        clip_grad_norm_(ours, 1.0, error_if_nonfinite=True)
    for p, g in zip(ours[:-1], before, strict=True):
        np.testing.assert_array_equal(p.grad, g)
    with np.errstate(invalid="ignore"):  # 0 · inf
        assert math.isinf(clip_grad_norm_(ours, 1.0).item())
    assert np.isnan(ours[0].grad[0, 0]) and (ours[1].grad == 0).all()


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: clip_grad_norm_(nn.Linear(1, 1), 1), TypeError, r"got Linear; pass model.param"),
        (lambda: clip_grad_norm_([1.0], 1), TypeError, "expected Tensors, got float"),
        (lambda: clip_grad_norm_(3, 1), TypeError, "expected Tensors, got int"),
        (lambda: clip_grad_norm_([], -1), ValueError, "max_norm=-1 must be 0 or more"),
        (lambda: clip_grad_norm_([], 1, 0), ValueError, "norm_type=0"),
        (lambda: clip_grad_norm_([], 1, 2, "no"), TypeError, "error_if_nonfinite must be True or"),
        (lambda: clip_grad_norm_([], float("nan")), ValueError, "max_norm=nan"),
        (lambda: clip_grad_value_([], "1"), TypeError, "clip_value must be a number"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
