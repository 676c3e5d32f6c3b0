"""Layer, group and instance norm: the same normalisation over other sets of entries."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("layer_norm")


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3),
       st.lists(st.integers(1, 3), max_size=3), st.booleans())
def test_shapes(torch, images, groups, each, size, affine):
    shape, channels = (images, groups * each, *size), groups * each
    x, w, b = random(*shape), random(channels, seed=1), random(channels, seed=2)
    w, b = (w, b) if affine else (None, None)
    theirs = [None if a is None else torch.tensor(a) for a in (x, w, b)]
    if images * each * np.prod(size) > 1:
        close(F.group_norm(mc.tensor(x), groups, w, b).data,
              torch.group_norm(theirs[0], groups, *theirs[1:]).numpy())
    for axes in range(1, len(shape) + 1):
        close(F.layer_norm(mc.tensor(x), shape[-axes:]).data,
              torch.nn.functional.layer_norm(theirs[0], shape[-axes:]).numpy())
    if np.prod(size) > 1:
        expected = torch.instance_norm(*theirs, None, None, True, 0.1, 1e-5, False)
        close(F.instance_norm(mc.tensor(x), weight=w, bias=b).data, expected.numpy())


def test_every_part_has_mean_0_and_variance_1():
    x = mc.tensor(random(3, 6, 4, 5) * 50 + 1000)
    for y in (F.layer_norm(x, (6, 4, 5)).data.reshape(3, -1),
              F.group_norm(x, 2).data.reshape(6, -1), F.instance_norm(x).data.reshape(18, -1)):
        np.testing.assert_allclose(y.mean(1), 0, atol=1e-12)
        np.testing.assert_allclose(y.var(1), 1, rtol=1e-5)


def test_a_constant_part_gives_beta_and_no_gradient():
    x = mc.tensor(np.full((2, 3, 2), 7.0), requires_grad=True)
    with np.errstate(all="raise"):
        for y in (F.layer_norm(x, 2, [2.0, 2.0], [3.0, 4.0]), F.group_norm(x, 3),
                  F.instance_norm(x, weight=[1.0, 1.0, 1.0])):
            y.sum().backward()
            assert set(np.unique(y.data)) <= {0.0, 3.0, 4.0}
    assert (x.grad == 0).all()
    assert F.layer_norm(mc.ones(2, 1), 1).tolist() == [[0.0], [0.0]]


def test_large_numbers_keep_their_variance():
    x = (random(2, 1000) + 1e4).astype("f4")
    expected = (x - x.mean(1, dtype="f8")[:, None]) / x.std(1, dtype="f8")[:, None]
    np.testing.assert_allclose(F.layer_norm(mc.tensor(x), 1000).data, expected, atol=2e-3)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_no_images():
    x = mc.zeros(0, 4, 2, requires_grad=True)
    for y in (F.layer_norm(x, (4, 2)), F.group_norm(x, 2), F.instance_norm(x)):
        assert y.shape == (0, 4, 2)
        (y * 2).sum().backward()
    assert x.grad.shape == (0, 4, 2)


X = mc.ones(2, 4, 3)
WRONG = {
    "integers": (lambda: F.layer_norm(mc.ones(2, 3, dtype="int64"), 3), TypeError,
                 "layer_norm: the input must be floats, got int64"),
    "no axis": (lambda: F.layer_norm(mc.tensor(1.0), ()), ValueError, "1 or more axes"),
    "sizes": (lambda: F.layer_norm(X, (4, 4)), ValueError,
              r"last sizes of the input \(2, 4, 3\) must be normalized_shape \(4, 4\)"),
    "no sizes": (lambda: F.layer_norm(X, ()), ValueError, r"normalized_shape \(\)"),
    "a fraction": (lambda: F.layer_norm(X, 3.0), TypeError,
                   "layer_norm: normalized_shape must be a whole number, got 3.0"),
    "weight": (lambda: F.layer_norm(X, 3, mc.ones(4)), ValueError,
               r"layer_norm: weight must have shape \(3,\), got \(4,\)"),
    "bias": (lambda: F.group_norm(X, 2, None, mc.ones(2)), ValueError,
             r"group_norm: bias must have shape \(4,\), got \(2,\)"),
    "dtypes": (lambda: F.layer_norm(X, 3, mc.ones(3, dtype="float64")), TypeError,
               "float32.*float64"),
    "eps": (lambda: F.layer_norm(X, 3, eps=-1e-5), ValueError, "layer_norm: eps=-1e-05"),
    "NaN eps": (lambda: F.group_norm(X, 1, eps=float("nan")), ValueError, "group_norm: eps=nan"),
    "groups": (lambda: F.group_norm(X, 3), ValueError,
               r"num_groups=3 must divide the 4 channels of the input \(2, 4, 3\)"),
    "no groups": (lambda: F.group_norm(X, 0), ValueError, "num_groups=0"),
    "half groups": (lambda: F.group_norm(X, 2.0), TypeError, "num_groups must be a whole number"),
    "a vector": (lambda: F.group_norm(mc.ones(3), 1), ValueError, "2 or more axes"),
    "one pixel": (lambda: F.instance_norm(mc.ones(2, 3, 1)), ValueError, "more than one pixel"),
    "no pixels": (lambda: F.instance_norm(mc.ones(2, 3)), ValueError, "3 or more axes"),
    "statistics": (lambda: F.instance_norm(X, running_mean=mc.zeros(4)), ValueError,
                   "running statistics are not kept"),
    "evaluation": (lambda: F.instance_norm(X, use_input_stats=False), ValueError,
                   "running statistics are not kept"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
