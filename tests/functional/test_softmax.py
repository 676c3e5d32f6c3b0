"""Softmax, its logarithm, and the logarithm of a sum of exponentials."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("softmax")

ROWS = np.array([[1e4, 0.0, -1e4], [1e30, 1e30, 0.0], [-np.inf, 1.0, 2.0], [-1e30, -1e30, -1e30],
                 [np.inf, 1.0, 2.0], [-np.inf, -np.inf, -np.inf], [np.nan, 1.0, 2.0]], np.float32)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_extreme_scores(torch, name):
    close(getattr(F, name)(mc.tensor(ROWS), 1).data, getattr(torch, name)(
        torch.tensor(ROWS), 1).numpy())


def test_finite_scores_raise_no_warning():
    with np.errstate(all="raise", under="ignore"):
        x = mc.tensor(ROWS[:4], requires_grad=True)
        (F.softmax(x, 1).sum() + F.logsumexp(x, 1).sum()).backward()


def test_probabilities_add_up_to_one():
    x = mc.randn(3, 1000)
    close(F.softmax(x, -1).data.sum(1), np.ones(3, np.float32))
    close(np.exp(F.log_softmax(x, 1).data), F.softmax(x, 1).data)


def test_an_impossible_class_gets_no_gradient():
    x = mc.tensor([[-np.inf, 1.0, 2.0]], requires_grad=True)
    F.log_softmax(x, 1)[0, 2].backward()
    assert x.grad[0, 0] == 0 and np.isfinite(x.grad).all()


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_sizes():
    assert F.softmax(mc.zeros(0, 3), 1).shape == F.log_softmax(mc.zeros(0, 3), 0).shape == (0, 3)
    assert F.logsumexp(mc.tensor(2.0), ()).item() == 2.0
    assert F.logsumexp(mc.ones(2, 3, 4), (0, -1), keepdim=True).shape == (1, 3, 1)
    assert F.softmax([1, 2], 0).dtype == np.float32 and mc.ones(2).softmax(0).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_the_axis_is_one_axis(name):
    function = getattr(F, name)
    with pytest.raises(IndexError, match=f"{name}: axis 2 .*there are 2"):
        function(mc.ones(2, 3), 2)
    for dim in (None, 0.7, "0", (0, 1), 1j):
        with pytest.raises(TypeError, match=f"{name}: dim must be"):
            function(mc.ones(2, 3), dim)
