"""``p -= lr * p.grad`` under no_grad changes a leaf; elsewhere ``x -= y`` makes a new Tensor."""

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

OPERATORS = {
    "+=": lambda x, y: x.__iadd__(y), "-=": lambda x, y: x.__isub__(y),
    "*=": lambda x, y: x.__imul__(y), "/=": lambda x, y: x.__itruediv__(y),
}
EXPECTED = {"+=": [3.0, 6.0], "-=": [1.0, 2.0], "*=": [2.0, 8.0], "/=": [2.0, 2.0]}


@pytest.mark.parametrize("symbol", OPERATORS)
def test_a_leaf_under_no_grad_is_changed_where_it_is(symbol):
    w = mc.tensor([2.0, 4.0], requires_grad=True)
    array = w.data
    with mc.no_grad():
        result = OPERATORS[symbol](w, mc.tensor([1.0, 2.0]))
    assert result is w and w.data is array and w.requires_grad and w.is_leaf
    assert w.tolist() == EXPECTED[symbol]


def test_gradient_descent_by_hand_trains_a_model():
    mc.manual_seed(0)
    model = nn.Linear(3, 1)
    x = mc.randn(20, 3)
    y = x @ mc.tensor([[1.0], [2.0], [-1.0]])
    before = list(model.parameters())
    for _ in range(200):
        loss = ((model(x) - y) ** 2).mean()
        model.zero_grad()
        loss.backward()
        with mc.no_grad():
            for p in model.parameters():
                p -= 0.1 * p.grad
    assert loss.item() < 1e-8
    assert all(a is b for a, b in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("symbol", OPERATORS)
def test_a_leaf_is_not_replaced_while_the_graph_is_recorded(symbol):
    w = mc.tensor([2.0, 4.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"no_grad\(\)"):
        OPERATORS[symbol](w, 1.0)
    assert w.tolist() == [2.0, 4.0]


def test_what_does_not_fit_changes_nothing():
    w = mc.tensor([2.0, 4.0], requires_grad=True)
    with mc.no_grad():
        with pytest.raises(ValueError, match=r"\(2,\) cannot become one of \(3, 2\)"):
            w += mc.ones(3, 2)
        with pytest.raises(ValueError, match="broadcast"):
            w += mc.ones(3)
        with pytest.raises(TypeError, match="float64"):
            w += mc.ones(2, dtype="float64")
    assert w.tolist() == [2.0, 4.0]


def test_other_tensors_get_a_new_value_under_the_name():
    x = mc.tensor([1.0, 2.0])
    other = x
    x += 1
    assert x.tolist() == [2.0, 3.0] and other.tolist() == [1.0, 2.0] and x is not other
    with mc.no_grad():
        x *= 2
    assert x.tolist() == [4.0, 6.0]
    w = mc.tensor([3.0], requires_grad=True)
    y = w * w
    y += w
    y /= 2
    y.backward()
    assert w.grad.tolist() == [3.5]
    count = mc.tensor(0)
    count += mc.tensor([True, True]).sum()
    count -= 0.5
    assert count.item() == 1.5


def test_a_backward_that_writes_grad_times_equals_harms_nobody():
    class Twice(mc.Function):
        def forward(self, x):
            return 2 * x

        def backward(self, grad):
            grad *= 2
            return grad

    x = mc.tensor([1.0], requires_grad=True)
    y = x + Twice()(x)  # the gradient of the sum goes to both
    y.backward()
    assert x.grad.tolist() == [3.0]
    np.testing.assert_array_equal(y.data, [3.0])
