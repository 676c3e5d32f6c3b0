import copy
import pickle

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


def test_wraps_an_array_without_a_copy_and_requires_a_gradient():
    array = np.ones((2, 3), np.float32)
    p = nn.Parameter(array)
    assert p.data is array and p.requires_grad and p.is_leaf and isinstance(p, mc.Tensor)
    assert not nn.Parameter(array, requires_grad=False).requires_grad


def test_of_a_computed_tensor_takes_the_array_and_leaves_the_history():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    p = nn.Parameter(y)
    assert p.is_leaf and p.data is y.data
    (p * p).sum().backward()
    assert x.grad is None
    np.testing.assert_array_equal(p.grad, [4, 8])


def test_lists_become_float32():
    assert nn.Parameter([1.0, 2.0]).dtype == np.float32


def test_integers_are_refused_unless_no_gradient_is_wanted():
    with pytest.raises(TypeError, match="int64.*cannot require a gradient"):
        nn.Parameter(np.arange(3))
    assert nn.Parameter(np.arange(3), requires_grad=False).dtype == np.int64


def test_what_is_computed_from_it_is_a_plain_tensor():
    assert type(nn.Parameter([1.0]) * 2) is mc.Tensor


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))], ids=["deepcopy", "pickle"]
)
def test_copies_are_parameters(copied, requires_grad):
    p = nn.Parameter(np.arange(3.0), requires_grad)
    q = copied(p)
    assert type(q) is nn.Parameter and q.requires_grad is requires_grad and q is not p
    np.testing.assert_array_equal(q.data, p.data)
    q.data[0] = 7
    assert p.data[0] == 0


def test_a_deep_copy_has_its_own_gradient():
    p = nn.Parameter([1.0])
    p.grad = np.ones(1, np.float32)
    q = copy.deepcopy(p)
    q.grad += 1
    assert p.grad == 1 and q.grad == 2


def test_repr():
    assert repr(nn.Parameter([1.0])) == (
        "Parameter containing:\ntensor([1.], requires_grad=True)"
    )
