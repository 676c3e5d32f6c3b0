"""Sorting along an axis, and taking entries by their places."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("rank")

shapes = st.lists(st.integers(0, 5), min_size=1, max_size=3)


@given(shapes, st.data(), st.sampled_from(["f4", "f8", "i8", "u1"]), st.booleans())
def test_order(torch, shape, data, dtype, descending):
    """Equal entries (there are many) stay in their order, in both directions."""
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.random.default_rng(0).integers(0, 4, shape).astype(dtype)
    if dtype[0] == "f" and x.size:
        x.flat[0] = np.nan
    values, places = mc.sort(mc.tensor(x), dim, descending)
    expected = torch.sort(torch.tensor(x), dim=dim, descending=descending, stable=True)
    close(values.data, expected.values.numpy())
    close(places.data, expected.indices.numpy())
    close(mc.argsort(mc.tensor(x), dim, descending).data, places.data)
    k = data.draw(st.integers(0, x.shape[dim]))
    best = mc.topk(mc.tensor(x), k, dim, largest=descending)
    axis = dim % len(shape)
    close(best.values.data, values.data.take(range(k), axis))
    close(best.indices.data, places.data.take(range(k), axis))
    close(mc.gather(mc.tensor(x), dim, places).data, values.data)


@given(shapes, st.data())
def test_gather_follows_its_formula(torch, shape, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    wanted = [data.draw(st.integers(0, n)) for n in shape]
    wanted[dim] = data.draw(st.integers(0, 4)) if shape[dim] else 0
    index = np.random.default_rng(0).integers(0, max(1, shape[dim]), wanted)
    y = mc.gather(mc.tensor(x), dim, index)
    close(y.data, torch.gather(torch.tensor(x), dim, torch.tensor(index)).numpy())


def test_an_entry_taken_twice_gets_both_gradients():
    x = mc.tensor([[1.0, 2.0]], requires_grad=True)
    mc.gather(x, 1, [[1, 1, 0]]).sum().backward()
    assert x.grad.tolist() == [[1, 2]]


def test_the_gradient_goes_back_to_where_the_entry_was():
    x = mc.tensor([3.0, 1.0, 2.0], requires_grad=True)
    (x.sort().values * mc.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [100, 1, 10]
    x.grad = None
    (x.topk(2).values * mc.tensor([1.0, 10.0])).sum().backward()
    assert x.grad.tolist() == [1, 0, 10]


def test_results_have_names():
    ranked = mc.tensor([2, 1]).sort()
    assert ranked.values.tolist() == [1, 2] and ranked.indices.tolist() == [1, 0]
    values, indices = mc.tensor([2, 1]).topk(1)
    assert values.tolist() == [2] and indices.tolist() == [0] and indices.dtype == np.int64


def test_filling():
    x = mc.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.masked_fill([True, False], -np.inf)
    assert y.tolist() == [[-np.inf, 2], [-np.inf, 4]]
    y.softmax(1).sum().backward()
    assert np.isfinite(x.grad).all() and (x.grad[:, 0] == 0).all()


X = mc.ones(2, 3)
WRONG = {
    "no axis": (lambda: mc.sort(X, 2), IndexError, "sort: axis 2 does not exist"),
    "no axis, gather": (lambda: mc.gather(X, 2, [[0]]), IndexError, "gather: axis 2"),
    "axis": (lambda: mc.argsort(X, None), TypeError, "argsort: dim must be a whole number"),
    "k": (lambda: mc.topk(X, 4), ValueError,
          r"topk: k=4 must be from 0 to 3, the size of axis -1 of \(2, 3\)"),
    "negative k": (lambda: mc.topk(X, -1), ValueError, "k=-1"),
    "half a k": (lambda: mc.topk(X, 1.5), TypeError, "topk: k must be a whole number, got 1.5"),
    "float index": (lambda: mc.gather(X, 0, [[0.0]]), TypeError, "must hold integers.*float32"),
    "mask": (lambda: mc.gather(X, 0, [[True]]), TypeError, "must hold integers.*bool"),
    "index axes": (lambda: mc.gather(X, 1, [0, 1]), ValueError, r"as many axes as x \(2, 3\)"),
    "long index": (lambda: mc.gather(X, 1, [[0]] * 3), ValueError, "none longer but axis 1"),
    "far index": (lambda: mc.gather(X, 1, [[3]]), IndexError,
                  r"reaches from 3 to 3, but axis 1 of x \(2, 3\) has the places 0 to 2"),
    "no class": (lambda: mc.gather(X, 1, [[0], [-1]]), IndexError, "from -1 to 0"),
    "numbers as mask": (lambda: X.masked_fill([1, 0, 1], 0.0), TypeError, "must be booleans"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
