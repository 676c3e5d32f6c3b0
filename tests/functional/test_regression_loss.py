"""Losses of numbers: squares, distances, and a mixture of both."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated(
    "regression_loss")

LOSSES = [F.mse_loss, F.l1_loss, F.smooth_l1_loss]
DIFFERENCES = np.array([0.0, -0.0, 1.0, -1.0, 0.999, 1.001, 1e-20, -30.0, 1e4, -1e4], "f4")


@pytest.mark.parametrize("function", LOSSES)
def test_corners_and_large_differences(torch, function):
    a = mc.tensor(DIFFERENCES, requires_grad=True)
    b = torch.tensor(DIFFERENCES, requires_grad=True)
    with np.errstate(all="raise", under="ignore"):
        y = function(a, mc.zeros(10), reduction="none")
        y.sum().backward()
    expected = getattr(torch.nn.functional, function.__name__)(b, torch.zeros(10), reduction="none")
    expected.sum().backward()
    close(y.data, expected.detach().numpy())
    np.testing.assert_array_equal(a.grad, b.grad.numpy())


def test_distances_do_not_overflow_where_squares_would():
    x = mc.tensor([1e30, -1e30, float("inf")], requires_grad=True)
    with np.errstate(all="raise"):
        y = F.smooth_l1_loss(x, mc.zeros(3), reduction="none", beta=0.5)
        y.sum().backward()
    close(y.data, np.array([1e30, 1e30, np.inf], "f4"))
    assert x.grad.tolist() == [1, -1, 1]


@pytest.mark.parametrize("beta", [1e-3, 0.25, 1, 7.0, np.float64(2)])
def test_smooth_l1_joins_its_pieces_smoothly(beta):
    for side in (1 - 1e-7, 1 + 1e-7):
        x = mc.tensor([beta * side], dtype="float64", requires_grad=True)
        y = F.smooth_l1_loss(x, mc.zeros(1, dtype="float64"), beta=beta)
        y.backward()
        assert y.item() == pytest.approx(beta / 2, rel=1e-6)
        assert x.grad[0] == pytest.approx(1, rel=1e-6)
    assert F.smooth_l1_loss(mc.ones(2), mc.zeros(2), beta=beta).dtype == np.float32


def test_at_zero_the_parabola_bends():
    x = mc.zeros(1, dtype="float64", requires_grad=True)
    for function, bend in ((F.mse_loss, 2.0), (F.smooth_l1_loss, 1.0)):
        (g,) = mc.grad(function(x, [0.0]), [x], create_graph=True)
        assert g.item() == 0 and mc.grad(g.sum(), [x])[0].item() == bend


@pytest.mark.parametrize("function", LOSSES)
def test_kinds_of_inputs(function):
    x = mc.tensor([1.0, 4.0], dtype="float64")
    for target in ([1, 2], np.array([1, 2]), np.array([1, 2], "f4"), mc.tensor([1, 2])):
        assert function(x, target).dtype == np.float64
        assert function(x, target).item() == function(x, [1.0, 2.0]).item()
    assert function([1.0, 4.0], x).item() == 0
    assert function(mc.zeros(0), mc.zeros(0), reduction="none").shape == (0,)
    assert np.isnan(function(mc.zeros(0), mc.zeros(0)).item())
    assert np.isnan(function(mc.tensor([np.nan]), [1.0]).item())
    t = mc.tensor([1.0, 2.0], dtype="float64", requires_grad=True)
    function(x, t).backward()
    assert t.grad[1] < 0


@pytest.mark.parametrize("function", LOSSES)
def test_errors(function):
    name = function.__name__
    for x, t, error, words in (
        (mc.ones(2, 3), mc.ones(3), ValueError,
         rf"{name}: input \(2, 3\) and target \(3,\) must have the same shape"),
        (mc.ones(2, 1), mc.ones(2), ValueError, r"\(2, 1\) and target \(2,\)"),
        (mc.ones(2, dtype="int64"), mc.ones(2), TypeError, f"{name}: the input must be floats"),
        (mc.tensor([True]), mc.tensor([True]), TypeError, "must be floats, got bool"),
        (mc.ones(2), mc.ones(2, dtype="float64"), TypeError, "float32.*float64"),
        (mc.ones(1), None, TypeError, "expected a Tensor.*NoneType"),
    ):
        with pytest.raises(error, match=words):
            function(x, t)
    with pytest.raises(ValueError, match=f"{name}: reduction='avg' must be 'mean', 'sum' or 'no"):
        function(mc.ones(2), mc.ones(2), "avg")


def test_beta():
    for beta in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"smooth_l1_loss: beta={beta} must not be negative"):
            F.smooth_l1_loss(mc.ones(2), mc.ones(2), beta=beta)
