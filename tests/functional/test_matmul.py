"""Products of matrices, stacks of them, and the layer that is one."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("matmul")


def test_the_operator_takes_arrays_on_both_sides():
    x, a = mc.tensor([[1.0, 2.0]], requires_grad=True), np.array([[3.0], [4.0]])
    for y, expected in ((x @ a, [[11.0]]), (a @ x, [[3.0, 6.0], [4.0, 8.0]]),
                        (x @ [3, 4], [11.0]), ([2] @ x, [2.0, 4.0])):
        assert y.dtype == np.float32 and y.tolist() == expected and y.requires_grad


def test_integers():
    i = mc.tensor([[1, 2], [3, 4]])
    assert (i @ i).dtype == np.int64 and (i @ i).tolist() == [[7, 10], [15, 22]]
    assert (i @ mc.ones(2)).dtype == np.float32


@pytest.mark.parametrize("a, b", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0)),
                                  ((0, 2, 3), (3, 4)), ((0,), (0,)), ((0, 2), (2,))], ids=str)
def test_empty(torch, a, b):
    x, y = mc.zeros(*a, requires_grad=True), mc.zeros(*b, requires_grad=True)
    z = x @ y
    close(z.data, (torch.zeros(a) @ torch.zeros(b)).numpy())
    z.sum().backward()
    assert x.grad.shape == a and y.grad.shape == b and not x.grad.any() and not y.grad.any()


@pytest.mark.parametrize("a, b", [((2, 3), (2, 3)), ((3,), (2,)), ((2, 3), (2,)), ((2,), (3, 2)),
                                  ((2, 3, 4), (3, 4, 5)), ((), (2, 2)), ((2, 2), ())], ids=str)
def test_shapes_that_do_not_fit(a, b):
    with pytest.raises(ValueError) as caught:
        mc.ones(a) @ mc.ones(b)
    assert f"shapes {a} and {b}" in str(caught.value)


def test_dtypes_that_do_not_fit():
    with pytest.raises(TypeError, match="float32.*float64"):
        mc.ones(2, 2) @ mc.ones(2, 2, dtype="float64")
    with pytest.raises(TypeError, match="str"):
        mc.ones(2) @ "ab"


def test_linear_takes_arrays_and_lists():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    y = F.linear(x, np.array([[1.0, 1.0]]), [0.5])
    assert y.dtype == np.float32 and y.tolist() == [3.5]
    w = mc.ones(1, 2, dtype="float64", requires_grad=True)
    assert F.linear([[1, 2]], w).dtype == np.float64


LINEAR = {
    "input": ((mc.ones(3, 5), mc.ones(2, 4)), ValueError, r"\(3, 5\).*\(out, in\), here \(2, 4\)"),
    "weight": ((mc.ones(3, 4), mc.ones(4)), ValueError, r"\(4,\)"),
    "number": ((mc.tensor(1.0), mc.ones(1, 1)), ValueError, r"\(\)"),
    "bias": ((mc.ones(3, 4), mc.ones(2, 4), mc.ones(4)), ValueError, r"\(2,\), got \(4,\)"),
    "bias that broadcasts": ((mc.ones(3, 4), mc.ones(2, 4), mc.ones(1)), ValueError, r"\(2,\)"),
    "dtype": ((mc.ones(3, 4), mc.ones(2, 4, dtype="float64")), TypeError, "float32.*float64"),
    "bias dtype": ((mc.ones(3, 4), mc.ones(2, 4), mc.ones(2, dtype="float64")), TypeError,
                   "float32.*float64"),
    "None": ((mc.ones(3, 4), None), TypeError, "None"),
}


@pytest.mark.parametrize("args, error, message", LINEAR.values(), ids=LINEAR)
def test_linear_refuses(args, error, message):
    with pytest.raises(error, match=message):
        F.linear(*args)


def test_products_for_so_many_axes():
    a, b, v = mc.ones(2, 3), mc.ones(3, 4), mc.ones(3)
    stack = mc.ones(5, 2, 3)
    shapes = [y.shape for y in (a.mm(b), a.mv(v), v.dot(v), v.outer(v), stack.bmm(stack.mT))]
    assert shapes == [(2, 4), (2,), (), (3, 3), (5, 2, 2)]
    for bad in (lambda: a.mm(v), lambda: v.mm(a), lambda: a.mv(b), lambda: a.dot(a),
                lambda: a.outer(v), lambda: stack.bmm(b), lambda: mc.mm(stack, b)):
        with pytest.raises(ValueError, match=r"needs.*got shapes"):
            bad()
    with pytest.raises(ValueError, match=r"\(5, 2, 3\) and \(1, 3, 2\).*one length"):
        stack.bmm(mc.ones(1, 3, 2))
