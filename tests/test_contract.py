"""An op of one's own: ten lines, and every way to get them wrong, told clearly."""

import re

import numpy as np
import pytest
from oracles import close

import minicnn as mc
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
    "text": (lambda self, x: "abc", TypeError, "U3"),
    "complex numbers": (lambda self, x: x * 1j, TypeError, "complex128"),
    "objects": (lambda self, x: x.astype(object), TypeError, "object"),
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
