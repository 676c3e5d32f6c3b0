"""Batch normalisation: statistics, running averages, gradients through both."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("norm")

X = np.random.default_rng(0).normal(2, 3, (4, 3, 5, 2))


@pytest.mark.parametrize("momentum", [0.1, 0.0, 1.0, 0.7])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_running_statistics_move_as_pytorchs(torch, momentum, dtype):
    x = X.astype(dtype)
    mean, var = mc.tensor(np.arange(3.0), dtype), np.ones(3, dtype)
    theirs = torch.arange(3.0, dtype=getattr(torch, dtype)), torch.ones(
        3, dtype=getattr(torch, dtype))
    arrays = mean.data, var
    for _ in range(3):
        F.batch_norm(mc.tensor(x), mean, var, training=True, momentum=momentum)
        torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True, momentum=momentum)
    assert mean.data is arrays[0]
    close(mean.data, theirs[0].numpy())
    close(var, theirs[1].numpy())


def test_evaluation_changes_nothing_and_training_may_go_on_before_backward():
    mean, var = np.zeros(3), np.ones(3)
    x = mc.tensor(X, requires_grad=True)
    w = mc.tensor(np.array([1.0, 2.0, 3.0]), requires_grad=True)
    y = F.batch_norm(x, mean, var, w)
    assert mean.tolist() == [0, 0, 0] and var.tolist() == [1, 1, 1]
    F.batch_norm(x, mean, var, training=True)
    y.sum().backward()
    close(w.grad, X.sum((0, 2, 3)) / np.sqrt(1 + 1e-5))


def test_the_output_has_mean_0_and_variance_1_even_far_from_zero():
    for shift in (0, 1e3):
        y = F.batch_norm(mc.tensor((X + shift).astype("float32")), training=True).data
        np.testing.assert_allclose(y.mean((0, 2, 3)), 0, atol=1e-3)
        np.testing.assert_allclose(y.var((0, 2, 3)), 1, atol=1e-3)


def test_a_constant_channel_gives_the_bias():
    x = mc.tensor(np.full((4, 2), 7.0), requires_grad=True)
    y = F.batch_norm(x, bias=mc.tensor(np.array([1.0, 2.0])), training=True)
    close(y.data, np.tile([1.0, 2.0], (4, 1)))
    y.sum().backward()
    assert not x.grad.any()


def test_the_fused_gradient_is_that_of_the_formulas():
    w, b = np.array([0.5, 2.0, -1.0]), np.array([1.0, 0.0, 3.0])
    c = np.random.default_rng(1).normal(size=X.shape)
    found = []
    for create_graph in (False, True):
        tensors = [mc.tensor(a, requires_grad=True) for a in (X, w, b)]
        y = F.batch_norm(tensors[0], weight=tensors[1], bias=tensors[2], training=True)
        found.append(mc.grad(y, tensors, c, create_graph=create_graph))
    for fused, formula in zip(*found, strict=True):
        close(fused.data, formula.data)


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_any_of_the_gradients_alone(wanted, create_graph):
    arrays = X, np.array([0.5, 2.0, -1.0]), np.array([1.0, 0.0, 3.0])

    def gradients(which):
        tensors = [mc.tensor(a, requires_grad=i in which) for i, a in enumerate(arrays)]
        y = F.batch_norm(tensors[0], None, None, *tensors[1:], training=True)
        return mc.grad((y * y * y).sum(), [tensors[i] for i in which], create_graph=create_graph)

    every = gradients((0, 1, 2))
    for i, g in zip(wanted, gradients(wanted), strict=True):
        close(g.data, every[i].data)


def test_lists_and_arrays_take_the_inputs_dtype():
    x = mc.tensor(X.astype("float32"))
    y = F.batch_norm(x, np.zeros(3), np.ones(3), [1, 2, 3], np.zeros(3))
    assert y.dtype == np.float32
    F.batch_norm(x, np.zeros(3), np.ones(3), [1, 2, 3], [0, 0, 1], training=True)


ROWS = mc.ones(4, 3)
OTHER = mc.ones(3, dtype="float64")
WRONG = {
    "integers": (lambda: F.batch_norm(mc.tensor([[1, 2]])), TypeError, "floats, got int64"),
    "rank": (lambda: F.batch_norm(mc.ones(3), training=True), ValueError,
             r"\(N, C, \.\.\.\).*\(3,"),
    "one value": (lambda: F.batch_norm(mc.ones(1, 3), training=True), ValueError,
                  r"more than one value a channel.*\(1, 3\)"),
    "empty": (lambda: F.batch_norm(mc.ones(0, 3), training=True), ValueError, r"\(0, 3\)"),
    "no statistics": (lambda: F.batch_norm(ROWS), ValueError, "running_mean and running_var"),
    "weight": (lambda: F.batch_norm(ROWS, weight=mc.ones(4), training=True), ValueError,
               r"weight must have shape \(3,\).*\(4, 3\), got \(4,\)"),
    "bias": (lambda: F.batch_norm(ROWS, bias=[1.0], training=True), ValueError,
             r"bias must have shape \(3,\).*got \(1,\)"),
    "mean": (lambda: F.batch_norm(ROWS, mc.ones(1), mc.ones(3)), ValueError, "running_mean must"),
    "var": (lambda: F.batch_norm(ROWS, mc.ones(3), mc.ones(3, 1)), ValueError, "running_var must"),
    "eps": (lambda: F.batch_norm(ROWS, training=True, eps=-1e-5), ValueError, "eps=-1e-05"),
    "dtype": (lambda: F.batch_norm(ROWS, weight=OTHER, training=True), TypeError,
              "BatchNorm: input is float32 and weight is float64"),
    "a list of statistics": (lambda: F.batch_norm(ROWS, [0] * 3, [1] * 3, training=True), TypeError,
                             "list"),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG)
def test_what_does_not_fit(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_an_error_leaves_the_running_statistics_alone():
    mean, var = np.zeros(3, np.float32), np.ones(3, np.float32)
    frozen = np.ones(3, np.float32)
    frozen.flags.writeable = False
    for call in (
        lambda: F.batch_norm(ROWS, mean, var, OTHER, training=True),
        lambda: F.batch_norm(ROWS, mean, var, training=True, momentum=None),
        lambda: F.batch_norm(ROWS, mean, var, training=True, momentum="a"),
        lambda: F.batch_norm(ROWS, mean, frozen, training=True),
        lambda: F.batch_norm(ROWS, mean, np.ones(3, int), training=True),
        lambda: F.batch_norm(ROWS[:1], mean, var, training=True),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()
        assert mean.tolist() == [0] * 3 and var.tolist() == [1] * 3


def test_no_channels():
    x = mc.zeros(4, 0, requires_grad=True)
    F.batch_norm(x, training=True).sum().backward()
    assert x.grad.shape == (4, 0)
