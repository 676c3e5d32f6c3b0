"""Optimisers on arrays of another device (the strict stand-in): nothing runs on the CPU instead."""

import numpy as np
import pytest
from strict_array import StrictArray

import minicnn as mc
from minicnn import optim

REMEMBERING = [
    (optim.SGD, {"momentum": 0.9}),
    (optim.Adam, {"amsgrad": True}),
    (optim.AdamW, {}),
    (optim.RMSprop, {"momentum": 0.5, "centered": True}),
    (optim.Adagrad, {}),
]


def leaf(*shape):
    return mc.tensor(np.random.default_rng(0).normal(size=shape), dtype="float32",
                     requires_grad=True)


@pytest.mark.parametrize(("rule", "options"), REMEMBERING)
def test_steps_equal_those_on_the_cpu(rule, options):
    start = leaf(3, 2)
    here = [mc.tensor(start.data, requires_grad=True)]
    there = [mc.tensor(start.data, requires_grad=True, device="strict")]
    near = rule(here, weight_decay=0.1, maximize=True, **options)
    far = rule(there, weight_decay=0.1, maximize=True, **options)
    for step in range(3):
        g = np.full((3, 2), step + 0.5, "float32")
        here[0].grad, there[0].grad = g, StrictArray(g.copy())
        near.step()
        far.step()
    np.testing.assert_array_equal(there[0].data._array, here[0].data)
    far.zero_grad(set_to_none=False)
    assert there[0].grad._array.max() == 0


@pytest.mark.parametrize(("rule", "options"), REMEMBERING)
def test_state_moves_to_the_parameters_device_when_loaded(rule, options):
    p = leaf(3, 2)
    near = rule([p], **options)
    p.grad = np.ones((3, 2), "float32")
    near.step()
    q = mc.tensor(p.data, requires_grad=True, device="strict")
    far = rule([q], **options)
    far.load_state_dict(near.state_dict())
    for saved in (far.state_dict(), near.state_dict()):  # and from there
        near.load_state_dict(saved)
    q.grad = StrictArray(np.ones((3, 2), "float32"))
    near.step()
    far.step()
    np.testing.assert_array_equal(q.data._array, p.data)


def test_gradient_on_another_device_is_refused():
    p = leaf(2)
    optimizer = optim.SGD([p], lr=0.1)
    p.grad = StrictArray(np.ones(2, "float32"))
    with pytest.raises(TypeError, match="on strict:0: nothing is moved implicitly"):
        optimizer.step()
