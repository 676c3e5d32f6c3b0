"""The walk back through the graph: orders, sharing, releasing, and what goes wrong, told."""

import re
import threading
import weakref

import numpy as np
import pytest
from oracles import close

import minicnn as mc
import minicnn.functional as F
from minicnn.autograd import Edge


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


# no_grad --------------------------------------------------------------------------------


def test_no_grad():
    x = leaf(1.0)
    with mc.no_grad():
        assert not mc.is_grad_enabled()
        y = x * 2
        with mc.set_grad_enabled(True):
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    assert mc.is_grad_enabled() and not y.requires_grad and y.is_leaf
    with pytest.raises(RuntimeError, match="no_grad"):
        y.backward()


def test_no_grad_decorates_and_survives_errors_and_recursion():
    @mc.no_grad()
    def count(n):
        assert not mc.is_grad_enabled()
        if n == 0:
            raise KeyError
        count(n - 1)

    for _ in range(2):
        with pytest.raises(KeyError):
            count(3)
        assert mc.is_grad_enabled()


def test_gradients_inside_no_grad():
    x = leaf(3.0)
    y = (x * x).sum()
    with mc.no_grad():
        (g,) = mc.grad(y, [x], create_graph=True)
        assert g.requires_grad
        y.backward()
    assert x.grad.tolist() == [6.0]


def test_a_thread_has_a_mode_of_its_own():
    found = []
    with mc.no_grad():
        thread = threading.Thread(target=lambda: found.append(mc.is_grad_enabled()))
        thread.start()
        thread.join()
    assert found == [True]


def test_one_decorated_function_in_two_threads():
    inside, leave = threading.Event(), threading.Event()
    found = []

    @mc.no_grad()
    def work(first):
        if first:
            inside.set()
            leave.wait(10)
        else:  # entered after the other thread, which leaves before it
            leave.set()
            thread.join(10)

    def other():
        work(True)
        found.append(mc.is_grad_enabled())

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    with mc.no_grad():
        work(False)
    assert found == [True] and mc.is_grad_enabled()


# Ops of one's own -----------------------------------------------------------------------


def test_an_op_of_ones_own():
    x = leaf(1.0, -2.0)
    y = Cube()(x)
    assert re.search("creator=Cube", repr(y))
    y.sum().backward()
    close(x.grad, 3 * x.data**2)
    assert mc.gradcheck(lambda x: Cube()(x), x.data)
    assert mc.gradcheck(lambda x: Scale(2.5)(x), x.data)


def test_an_op_takes_arrays_and_numbers_beside_a_tensor():
    class Affine(mc.Function):
        names = ("x", "w", "b")

        def forward(self, x, w, b):
            return x * w + b

        def backward(self, grad):
            x, w, b = self.inputs
            return grad * w, (grad * x).sum(), grad.sum()

    x = leaf(1.0, 2.0, dtype="float32")
    y = Affine()(x, 3, np.float64(0.5))
    assert y.dtype == np.float32 and y.data.tolist() == [3.5, 6.5]
    w = mc.tensor(3.0, requires_grad=True)
    Affine()([1.0, 2.0], w, 1).sum().backward()
    assert w.grad == 3.0
    with pytest.raises(TypeError, match="Affine: x is float32 and w is float64"):
        Affine()(x, leaf(1.0), 1)
    with pytest.raises(TypeError, match="str"):
        Affine()(x, "3", 1)


MISUSES = {
    "too few": (lambda self, g: g, RuntimeError, "Wrong returned 1 gradients for 2 inputs"),
    "too many": (lambda self, g: (g, g, g), RuntimeError, "returned 3 gradients for 2 inputs"),
    "nothing": (lambda self, g: None, RuntimeError, "returned 1 gradients for 2"),
    "an array": (lambda self, g: (g.data, g), TypeError, "returned a ndarray for input 0.*Tensor"),
    "a number": (lambda self, g: (g, 1.0), TypeError, "returned a float for input 1"),
    "shape": (lambda self, g: (g, g.sum()), RuntimeError, r"shape \(\).*input 1.*\(2,\)"),
    "dtype": (lambda self, g: (g.float(), g), RuntimeError, "float32.*input 0.*float64"),
    "error": (lambda self, g: 1 / 0, ZeroDivisionError, "division"),
}


@pytest.mark.parametrize("backward, error, message", MISUSES.values(), ids=MISUSES)
def test_backwards_that_return_something_wrong(backward, error, message):
    Wrong = type("Wrong", (mc.Function,), {
        "forward": lambda self, a, b: a + b, "backward": backward})
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with pytest.raises(error, match=message):
        Wrong()(a, b).sum().backward()
    assert a.grad is None and b.grad is None


def test_a_gradient_that_is_not_wanted_may_be_anything():
    class Half(mc.Function):
        def forward(self, a, b):
            return a * b

        def backward(self, grad):
            assert self.needs == (True, False)
            return grad * self.inputs[1], "not looked at"

    a = leaf(2.0)
    Half()(a, mc.tensor(np.array([5.0]))).sum().backward()
    assert a.grad.tolist() == [5.0]


FORWARDS = {
    "a Tensor": (lambda self, x: mc.Tensor(x), TypeError, "Wrong must.*one array, got Tensor"),
    "a tuple": (lambda self, x: (x, x), TypeError, "one array, got tuple"),
    "nothing": (lambda self, x: None, TypeError, "one array, got NoneType"),
    "missing": (None, NotImplementedError, r"Wrong has no forward\(self, \*arrays\)"),
}


@pytest.mark.parametrize("forward, error, message", FORWARDS.values(), ids=FORWARDS)
def test_forwards_that_return_something_wrong(forward, error, message):
    Wrong = type("Wrong", (mc.Function,), {} if forward is None else {"forward": forward})
    with pytest.raises(error, match=message):
        Wrong()(leaf(1.0))


def test_an_op_without_backward_says_so():
    NoWay = type("NoWay", (mc.Function,), {"forward": lambda self, x: x + 1})
    x = leaf(1.0)
    y = NoWay()(x)
    with pytest.raises(NotImplementedError, match=r"NoWay cannot be differentiated.*backward"):
        y.sum().backward()


def test_one_instance_serves_one_call():
    scale = Scale(2.0)
    scale(leaf(1.0))
    with pytest.raises(RuntimeError, match=r"Scale has been called before.*Scale\(\.\.\.\)\(x\)"):
        scale(leaf(1.0))


def test_calls_without_tensors():
    with pytest.raises(TypeError, match="Scale needs at least one Tensor"):
        Scale(2.0)()
    assert Scale(2.0)(np.ones(2)).dtype == np.float64


def test_an_input_that_is_not_kept_says_so():
    class Forgetful(mc.Function):
        reads = ((1,), ())  # wrong: the gradient of input 0 reads input 0 too

        def forward(self, a, b):
            return a * a * b

        def backward(self, grad):
            a, b = self.inputs
            return 2 * a * b * grad, None

    a, b = leaf(2.0), leaf(5.0)
    y = Forgetful()(a * 1, b)  # of a leaf that requires a gradient nothing is saved by forgetting
    with pytest.raises(RuntimeError, match=r"Forgetful did not keep.*\(1,\).*`reads`"):
        y.sum().backward()


def test_an_edge_knows_what_it_stands_for():
    x = leaf(1.0, 2.0) * 2
    edge = Edge(x, "Op")
    assert (edge.shape, edge.ndim, edge.dtype, edge.device) == ((2,), 1, np.float64, "cpu")
    assert edge.requires_grad and edge.creator is x.creator
    with pytest.raises(RuntimeError, match="Op"):
        edge + 1


def test_the_result_of_an_op_on_integers_has_no_history():
    i = mc.tensor([1, 2])
    assert not (i * i).requires_grad
    assert not (leaf(1.0) > 0).requires_grad
    assert leaf(1.0).argmax().is_leaf
