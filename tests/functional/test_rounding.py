"""Rounding, signs and remainders: slopes of 0, and of 1."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("rounding")


def test_a_half_goes_to_the_even_number():
    assert mc.tensor([0.5, 1.5, 2.5, -0.5]).round().tolist() == [0.0, 2.0, 2.0, -0.0]


def test_whole_numbers(torch):
    i = np.array([-7, 7, 5])
    assert mc.tensor(i).floor().tolist() == i.tolist() and mc.tensor(i).round().dtype == np.int64
    for name in ("remainder", "floor_divide"):
        for other in (3, -3):
            ours, theirs = getattr(mc, name)(i, other), getattr(torch, name)(torch.tensor(i), other)
            close(ours.data, theirs.numpy())
    assert mc.sign(i).tolist() == [-1, 1, 1]


def test_what_cannot_be():
    for function in (mc.remainder, mc.floor_divide):
        with pytest.raises(ValueError, match="divided by 0"):
            function(mc.arange(3), mc.tensor([1, 0, 2]))
    with pytest.raises(TypeError, match="booleans"):
        mc.sign(mc.tensor(True))


def test_gradients_through_steps_are_zeros():
    x = mc.tensor([0.3, 1.7], requires_grad=True)
    (x.round() * x).sum().backward()
    assert x.grad.tolist() == [0.0, 2.0]
    x.grad = None
    (x // 0.5).sum().backward(np.float32(np.inf))
    assert x.grad.tolist() == [0.0, 0.0]
