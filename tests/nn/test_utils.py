import math
import sys

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn
from minicnn.nn.utils import clip_grad_norm_, clip_grad_value_, skip_init


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


def test_skip_init_leaves_the_weights_zero_and_everything_else_as_it_is():
    def network(channels, *, classes):
        return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, classes))

    mc.manual_seed(0)
    made, ahead = skip_init(network, 2, classes=3), mc.rand(1).item()
    mc.manual_seed(0)
    assert mc.rand(1).item() == ahead  # nothing was drawn
    usual = network(2, classes=3)
    assert [p.shape for p in made.parameters()] == [p.shape for p in usual.parameters()]
    assert not made[0].weight.data.any() and not made[2].bias.data.any()
    assert usual[0].weight.data.all() and usual[2].bias.data.all()
    assert made[1].weight.data.all() and made[1].running_var.data.all()


def test_skip_init_ends_with_the_call_even_after_an_error():
    with pytest.raises(TypeError, match="out_features"):
        skip_init(nn.Linear, 3)
    with pytest.raises(TypeError, match="expected a class, as in .* got Linear"):
        skip_init(skip_init(nn.Linear, 3, 4))
    assert skip_init(lambda: skip_init(nn.Linear, 3, 4)).weight.data.max() == 0
    assert nn.Linear(3, 4).weight.data.all()


def test_skip_init_gives_weights_no_memory_until_they_are_written():
    resource = pytest.importorskip("resource", reason="counts the pages of memory given")
    if not sys.platform.startswith("linux"):
        pytest.skip("how zeros get memory differs between systems")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    skip_init(nn.Linear, 16384, 16384)  # 1 GiB
    given = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert given * resource.getpagesize() < 2**26
