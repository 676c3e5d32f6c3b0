"""Sums, means, extremes, variances, and where the extremes are."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("reduce")

NAMES = ("sum", "mean", "var", "std", "max", "min")


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int32", "int64"])
def test_integers_are_summed_as_int64(dtype):
    i = np.full(300, 1).astype(dtype)
    y = mc.tensor(i).sum()
    assert y.dtype == np.int64 and y.item() == 300
    assert mc.tensor(i).max().dtype == dtype
    for name in ("mean", "var", "std"):
        with pytest.raises(TypeError, match=f"floats, got {dtype}"):
            getattr(mc, name)(mc.tensor(i))


def test_of_equal_entries_the_first_gets_the_gradient():
    values = np.array([[1.0, 3.0, 3.0], [3.0, 0.0, 1.0]])
    for name, expected in (("max", [[0, 1, 0], [1, 0, 0]]), ("min", [[1, 0, 0], [0, 1, 0]])):
        x = mc.tensor(values, requires_grad=True)
        getattr(x, name)(1).sum().backward()
        assert x.grad.tolist() == expected
        assert getattr(x, f"arg{name}")(1).tolist() == np.argmax(expected, 1).tolist()
    x = mc.tensor(values, requires_grad=True)
    x.max().backward()
    assert x.grad.sum() == 1 and x.grad[0, 1] == 1 and x.argmax().item() == 1


@pytest.mark.parametrize("name", ["max", "min"])
def test_nan_wins(name):
    x = mc.tensor([[1.0, np.nan, 3.0, np.nan]], requires_grad=True)
    y = getattr(x, name)(1)
    assert np.isnan(y.data).all() and getattr(x, f"arg{name}")(1).tolist() == [1]
    y.sum().backward()
    assert x.grad.tolist() == [[0, 1, 0, 0]]


def test_no_axes_and_one_entry():
    for shape in ((), (1,), (1, 1)):
        x = mc.tensor(np.full(shape, 2.0), requires_grad=True)
        for name in NAMES:
            y = getattr(x, name)(correction=0) if name in ("var", "std") else getattr(x, name)()
            assert y.shape == () and y.item() == (0.0 if name in ("var", "std") else 2.0)
            x.grad = None
            y.backward()
            assert x.grad.shape == shape
            assert x.grad.sum() == (0.0 if name in ("var", "std") else 1.0)
    x = mc.tensor([1.0, 2.0])
    assert x.sum(()).tolist() == x.max(()).tolist() == [1.0, 2.0]


def test_empty():
    x = mc.zeros(0, 3, requires_grad=True)
    assert x.sum().item() == 0.0 and np.isnan(x.mean().item()) and np.isnan(x.var().item())
    assert x.sum(0).tolist() == [0, 0, 0] and x.sum(1).shape == x.mean(1).shape == (0,)
    assert x.max(1).shape == x.argmin(1).shape == (0,)
    for function in (mc.max, mc.min, mc.argmax, mc.argmin):
        for dim in (None, 0):
            with pytest.raises(ValueError, match=rf"\(0, 3\) has no entries along dim={dim}"):
                function(x, dim)
    x.sum().backward()
    assert x.grad.shape == (0, 3)


def test_a_variance_of_too_few_is_nan():
    x = mc.tensor([[1.0, 2.0]])
    assert np.isnan(x.var(0).data).all() and np.isnan(x.var(1, correction=2).data).all()
    assert x.var(0, correction=0).tolist() == [0.0, 0.0]


def test_the_deviation_of_a_constant_has_the_gradient_zero(torch):
    values = np.array([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]])
    x, oracle = mc.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    x.std(1).sum().backward()
    oracle.std(1).sum().backward()
    close(x.grad, oracle.grad.numpy())


def test_a_large_mean_does_not_spoil_the_variance():
    x = mc.tensor(np.array([1e8, 1e8 + 1, 1e8 + 2]))
    assert x.var().item() == 1.0
    ones = mc.ones(2**24 + 8)
    assert ones.mean().item() == 1.0 and ones.sum().item() == 2**24 + 8


def test_any_and_all():
    assert mc.any([False, True]) and not mc.all([False, True]) and mc.any([np.nan])
    assert not mc.any(mc.zeros(0)) and mc.all(mc.zeros(0)) and mc.tensor([0.0, 2.0]).any()
    assert mc.tensor([[0, 1], [1, 1]]).all(1).tolist() == [False, True]


@pytest.mark.parametrize("name", [*NAMES, "argmax", "argmin"])
def test_axes_that_do_not_exist(name):
    x = mc.ones(2, 3)
    function = getattr(mc, name)
    for dim in (2, -3, 2**62):
        with pytest.raises(IndexError, match=rf"dim={dim}.*axis {dim}.*2 axes \(-2 to 1\)"):
            function(x, dim)
    for dim in (0.5, "0", 1j, mc.tensor(0.0)):
        with pytest.raises(TypeError, match="dim must be"):
            function(x, dim)
    with pytest.raises(IndexError):
        function(mc.tensor(1.0), 0)
    if name.startswith("arg"):
        with pytest.raises(TypeError, match=r"one axis or None, got \(0,\)"):
            function(x, (0,))
    else:
        for dim in ((0, 0), (1, -1)):
            with pytest.raises(ValueError, match="axis twice"):
                function(x, dim)
        assert function(x, [np.int64(1), 0]).shape == ()


def test_products_of_whole_numbers_and_of_nothing():
    assert mc.tensor([200, 100], dtype=mc.uint8).prod().item() == 20000
    assert mc.prod(mc.zeros(0)).item() == 1.0 and mc.prod(mc.zeros(0, 2), 0).tolist() == [1.0, 1.0]
    assert mc.tensor([True, True]).prod().dtype == np.int64


@pytest.mark.parametrize("values", [[2.0, 0, 3], [0.0, 0, 3], [0.0, 0, 0], [1.0, 2, 3]], ids=str)
def test_the_gradient_of_a_product_to_the_third_order(values):
    """Without the special case a zero would give 0/0."""
    x = mc.tensor(np.array(values), requires_grad=True)
    (first,) = mc.grad(x.prod(), x, create_graph=True)
    (second,) = mc.grad(first[0], x, create_graph=True)
    (third,) = mc.grad(second[1], x)
    a, b, c = values
    assert first.tolist() == [b * c, a * c, a * b]
    assert second.tolist() == [0.0, c, b] and third.tolist() == [0.0, 0.0, 1.0]


def test_truth_along_axes():
    x = mc.tensor([[1.0, 0.0], [2.0, 3.0]])
    assert x.any(0).tolist() == [True, True] and x.all((0, 1)).item() is False
    assert x.all(1, keepdim=True).shape == (2, 1) and x.any().dtype == np.bool_
    assert x.amax(1).tolist() == x.max(1).tolist() and x.amin(0).tolist() == x.min(0).tolist()
