"""Repeating along an axis, and its adjoint, summing along it."""

import numpy as np
from generated import generated
from hypothesis import given
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import minicnn as mc
from minicnn.functional.broadcast import broadcast_to, sum_to

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("broadcast")


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3, min_side=0))
def test_they_are_adjoint(shapes):
    small, large = shapes.input_shapes[0], shapes.result_shape
    rng = np.random.default_rng(0)
    x, y = (mc.tensor(rng.integers(-9, 9, s).astype(float)) for s in (small, large))
    wide, narrow = broadcast_to(x, large), sum_to(y, small)
    assert wide.shape == large and narrow.shape == small
    assert (wide * y).sum().item() == (x * narrow).sum().item()


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3, min_side=0))
def test_the_gradients_of_a_product_have_the_shapes_of_its_factors(shapes):
    a, b = (mc.ones(s, requires_grad=True) for s in shapes.input_shapes)
    (a * b).sum().backward()
    count = int(np.prod(shapes.result_shape))
    for t in (a, b):
        assert t.grad.shape == t.shape
        assert t.grad.sum() == count


def test_where_nothing_is_repeated_the_tensor_itself_is_returned():
    x = mc.ones(2, 3)
    assert broadcast_to(x, (2, 3)) is x and sum_to(x, (2, 3)) is x
