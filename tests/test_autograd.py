"""The walk back through the graph: orders, sharing, releasing, and what goes wrong, told."""

import weakref

import numpy as np
import pytest
from oracles import close

import minicnn as mc
import minicnn.functional as F


def leaf(*values, dtype="float64"):
    return mc.tensor(np.array(values, dtype), requires_grad=True)


class Cube(mc.Function):
    """y = x³: an op of one's own in ten lines."""

    def forward(self, x):
        return x**3

    def backward(self, grad):
        (x,) = self.inputs
        return grad * 3 * x * x


class Scale(mc.Function):
    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return self.factor * x

    def backward(self, grad):
        return self.factor * grad


# Graphs ---------------------------------------------------------------------------------


def test_fan_out():
    a = leaf(3.0)
    b = a + a
    c = b + b
    c.sum().backward()
    assert a.grad.tolist() == [4.0]


def test_a_diamond_is_walked_in_topological_order():
    x = leaf(2.0)
    y = x * x
    z = y * x + y * y + x  # x³ + x⁴ + x: y waits for all that used it
    z.sum().backward()
    assert x.grad.tolist() == [3 * 4 + 4 * 8 + 1]


def test_every_node_is_visited_once():
    visits = []

    class Count(Scale):
        def backward(self, grad):
            visits.append(self.factor)
            return super().backward(grad)

    x = leaf(1.0)
    y = Count(1.0)(x)
    for _ in range(30):  # 2³⁰ paths
        y = y + y
    y.sum().backward()
    assert visits == [1.0] and x.grad.tolist() == [2.0**30]


def test_shared_leaves_and_repeated_calls_add_up():
    w = leaf(2.0, 3.0)
    (w * w).sum().backward()
    first = w.grad
    (w * 5).sum().backward()
    assert w.grad.tolist() == [9.0, 11.0]
    assert first.tolist() == [4.0, 6.0], "the array that was handed out before has changed"


def test_broadcasting_is_summed():
    row, column = leaf(1.0, 2.0, 3.0), mc.ones(2, 1, dtype="float64", requires_grad=True)
    (row * column + row).sum().backward()
    assert row.grad.tolist() == [4.0, 4.0, 4.0]
    assert column.grad.tolist() == [[6.0], [6.0]]


def test_what_needs_no_gradient_is_skipped():
    called = []

    class Watch(Scale):
        def backward(self, grad):
            called.append(self.needs)
            return super().backward(grad)

    image, w = mc.ones(3, dtype="float64"), leaf(1.0, 2.0, 3.0)
    y = Watch(2.0)(image) * w
    y.sum().backward()
    assert called == [] and image.grad is None and w.grad.tolist() == [2.0] * 3


@pytest.mark.parametrize("backward", [True, False], ids=["backward", "dropped"])
def test_a_chain_of_50000_operations(backward):
    x = leaf(1.0)
    y = x
    for _ in range(50_000):
        y = y + 1.0
    if backward:
        y.sum().backward()
        assert x.grad.tolist() == [1.0]
    node = weakref.ref(y.creator)
    del y
    assert node() is None


def test_a_long_chain_in_the_backward_pass_of_a_backward_pass():
    x = leaf(0.5)
    y = x
    for _ in range(3000):
        y = y * 1.0001
    (g,) = mc.grad(y.sum(), [x], create_graph=True)
    (h,) = mc.grad((g * x * x).sum(), [x])
    close(h.data, 2 * x.data * g.data)


# Several passes -------------------------------------------------------------------------


def test_a_second_backward_names_retain_graph_and_changes_nothing():
    x = leaf(1.0, 2.0)
    y = mc.exp(x).sum()
    y.backward()
    before = x.grad.copy()
    with pytest.raises(RuntimeError, match=r"released.*retain_graph=True"):
        y.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        mc.grad(y, [x])
    np.testing.assert_array_equal(x.grad, before)


def test_a_graph_that_is_partly_released_changes_nothing():
    x, w = leaf(1.0), leaf(5.0)
    shared = x * x
    shared.sum().backward()
    both = (shared * w).sum()
    before = x.grad.copy()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        both.backward()
    assert w.grad is None and x.grad == before


def test_retain_graph():
    x = leaf(1.0, 2.0)
    y = (x**3).sum()
    y.backward(retain_graph=True)
    y.backward()
    close(x.grad, 6 * x.data**2)
    with pytest.raises(RuntimeError):
        y.backward()


@pytest.mark.parametrize("make", [lambda x: x**4, lambda x: x * x * x * x, lambda x: Cube()(x) * x],
                         ids=["power", "product", "own op"])
def test_create_graph_to_fourth_order(make):
    x = leaf(2.0)
    y = make(x).sum()
    derivatives = []
    for _ in range(4):
        (y,) = mc.grad(y, [x], create_graph=True)
        derivatives.append(y.item())
        y = y.sum()
    assert derivatives == [32.0, 48.0, 48.0, 24.0]


@pytest.mark.parametrize("function, third", [
    (mc.exp, np.exp), (mc.sin, lambda x: -np.cos(x)), (mc.log, lambda x: 2 / x**3),
    (mc.sqrt, lambda x: 3 / 8 * x**-2.5),
    (F.sigmoid, lambda x: (s := 1 / (1 + np.exp(-x))) * (1 - s) * (1 - 6 * s + 6 * s * s)),
    (F.tanh, lambda x: -2 * (1 - np.tanh(x) ** 2) * (1 - 3 * np.tanh(x) ** 2)),
], ids=["exp", "sin", "log", "sqrt", "sigmoid", "tanh"])
@pytest.mark.parametrize("shape", [(), (3,)], ids=["a number", "a vector"])
def test_third_order_where_the_output_is_kept(function, third, shape):
    x = mc.tensor(np.full(shape, 0.7), requires_grad=True)
    y = function(x).sum()
    for _ in range(3):
        (y,) = mc.grad(y.sum(), [x], create_graph=True)
    close(y.data, np.full(shape, third(0.7)), tolerance=1e-10)


def test_a_penalty_on_the_gradient():
    x, w = leaf(1.0, -2.0), leaf(0.5, 3.0)
    (g,) = mc.grad((F.sigmoid(w * x)).sum(), [x], create_graph=True)
    (g * g).sum().backward()
    s = 1 / (1 + np.exp(-w.data * x.data))
    slope = s * (1 - s)
    expected = 2 * (w.data * slope) * (slope + w.data * slope * (1 - 2 * s) * x.data)
    close(w.grad, expected)


def test_create_graph_keeps_the_graph_unless_told_otherwise():
    x = leaf(3.0)
    y = (x * x).sum()
    mc.grad(y, [x], create_graph=True)
    mc.grad(y, [x], retain_graph=False)
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        mc.grad(y, [x])


# grad -----------------------------------------------------------------------------------


def test_grad_stores_nothing_and_takes_inner_nodes():
    x = leaf(2.0)
    y = x * x
    z = (y * y + x).sum()
    gy, gx, gz = mc.grad(z, [y, x, z])
    assert (gy.item(), gx.item(), gz.item()) == (8.0, 33.0, 1.0)
    assert x.grad is None and y.grad is None
    assert not gx.requires_grad


def test_grad_of_an_input_that_is_upstream_of_another():
    x = leaf(2.0)
    a = x * 3
    b = a * a
    (gb, ga, gx) = mc.grad((b * a).sum(), (b, a, x))
    assert (gb.item(), ga.item(), gx.item()) == (6.0, 3 * 36.0, 9 * 36.0)


def test_grad_of_one_tensor_and_of_none():
    x = leaf(2.0)
    (g,) = mc.grad((x * x).sum(), x)
    assert g.item() == 4.0
    assert mc.grad((x * x).sum(), []) == ()


def test_only_what_leads_to_an_input_is_computed():
    asked = []

    class Product(mc.Function):
        def forward(self, a, b):
            return a * b

        def backward(self, grad):
            asked.append(self.needs)
            a, b = self.inputs
            return grad * b, grad * a

    a, b = leaf(2.0), leaf(5.0)
    y = Product()(a, b * 1)
    mc.grad(y, [a], retain_graph=True)
    y.sum().backward()
    assert asked == [(True, False), (True, True)] and b.grad.tolist() == [2.0]


def test_unused_inputs():
    x, other = leaf(1.0), leaf(1.0)
    y = (x * x).sum()
    with pytest.raises(RuntimeError, match=r"inputs\[1\].*\(1,\).*allow_unused=True"):
        mc.grad(y, [x, other])
    g, none = mc.grad(y, [x, other], allow_unused=True)
    assert g.item() == 2.0 and none is None


def test_what_grad_refuses():
    x, plain = leaf(1.0), mc.ones(2)
    y = (x * x).sum()
    with pytest.raises(RuntimeError, match=r"inputs\[0\] \(shape \(2,\)\).*require"):
        mc.grad(y, [plain])
    with pytest.raises(TypeError, match=r"inputs\[0\] is a ndarray"):
        mc.grad(y, [x.data])
    with pytest.raises(TypeError, match="float"):
        mc.grad(3.0, [x])
    with pytest.raises(RuntimeError, match="does not depend"):
        plain.sum().backward()
    with pytest.raises(RuntimeError, match=r"one entry.*\(2,\).*sum or mean.*gradient="):
        (mc.ones(2, requires_grad=True) * 2).backward()


SEEDS = {
    "shape": (np.ones(3), ValueError, r"\(3,\).*\(2,\)"),
    "number": (1.0, ValueError, r"\(\).*\(2,\)"),
    "dtype": (mc.ones(2), TypeError, "float32.*float64"),
    "text": ("ab", TypeError, "str"),
    "Tensors": ([leaf(1.0), leaf(1.0)], TypeError, "stack"),
}


@pytest.mark.parametrize("seed, error, message", SEEDS.values(), ids=SEEDS)
def test_gradients_that_do_not_fit_the_output(seed, error, message):
    x = leaf(1.0, 2.0)
    for y in (x * x, x):
        with pytest.raises(error, match=message):
            y.backward(seed)
    assert x.grad is None


def test_a_given_gradient():
    x = leaf(1.0, 2.0)
    for given in (np.array([1.0, 10.0]), [1, 10], mc.tensor(np.array([1.0, 10.0])),
                  np.array([1, 10])):
        x.grad = None
        (x * x).backward(given)
        assert x.grad.tolist() == [2.0, 40.0]
    x.backward(np.array([1.0, 1.0]))  # of the leaf itself
    assert x.grad.tolist() == [3.0, 41.0]


# Ownership ------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: (a + b).T.T, lambda a, b: mc.stack([a, b]),
    lambda a, b: mc.cat([a, b]), lambda a, b: mc.where(np.ones((2, 3), bool), a, b),
    lambda a, b: (a + b).reshape(3, 2), lambda a, b: (a + b)[::-1], lambda a, b: a.sum() + b.sum(),
    lambda a, b: a.T + b.T, lambda a, b: a.mean() * 1 + b.expand(2, 2, 3).sum(),
])
def test_gradients_are_owned(function):
    a, b = (mc.tensor(np.ones((2, 3)), requires_grad=True) for _ in range(2))
    y = function(a, b)
    seed = np.ones(y.shape)
    y.backward(seed)
    for mine, others in ((a.grad, (b.grad, seed, a.data, y.data)), (b.grad, (a.grad, seed))):
        assert type(mine) is np.ndarray
        assert mine.flags.writeable and mine.flags.c_contiguous and mine.flags.owndata
        assert not any(np.shares_memory(mine, other) for other in others)
    a.grad += 100
    assert b.grad.max() < 100 and seed.max() == 1


def test_the_gradient_of_a_number_stays_an_array():
    x = mc.tensor(2.0, requires_grad=True)
    for expected in (3.0, 6.0, 9.0):
        (x * 3).backward()
        assert type(x.grad) is np.ndarray and x.grad.shape == () and x.grad == expected
    x.grad[...] = 0
    assert x.grad.flags.writeable
