"""Ownership: an array is taken only from a list that alone holds it, with memory of its own."""

import numpy as np
import pytest

import minicnn as mc
from minicnn import ownership
from minicnn.kernels import cpp

HELD = []


def fresh(n=6):
    return np.arange(float(n))


def shared(n=6):
    HELD.append(fresh(n))
    return HELD[-1]


MAKERS = {  # what is handed over, and whether it may be kept
    "fresh": (fresh, True),
    "held elsewhere": (shared, False),
    "a view": (lambda: fresh()[1:], False),
    "a whole view": (lambda: fresh().reshape(2, 3), False),
    "read-only": (lambda: np.frombuffer(fresh().tobytes()), False),
    "Fortran order": (lambda: np.asfortranarray(np.ones((2, 3))), False),
    "repeated": (lambda: np.broadcast_to(fresh(1), 6), False),
    "a subclass": (lambda: np.ma.array(fresh()), False),
}


@pytest.mark.parametrize("make, free", MAKERS.values(), ids=MAKERS)
def test_only_what_is_nobody_elses_is_taken(make, free):
    box = [make()]
    place, values = box[0].__array_interface__["data"], np.array(box[0])
    got = ownership.owned(box)
    np.testing.assert_array_equal(got, values)
    assert (got.__array_interface__["data"] == place) == free
    assert got.flags.c_contiguous and got.flags.writeable


@pytest.mark.parametrize("make, free", MAKERS.values(), ids=MAKERS)
def test_only_what_is_nobody_elses_is_added_to(make, free):
    box = [make()]
    place, values = box[0].__array_interface__["data"], np.array(box[0])
    held = HELD[-1].copy() if HELD else None
    got = ownership.added(box, np.ones(values.shape))
    np.testing.assert_array_equal(got, values + 1)
    assert (got.__array_interface__["data"] == place) == free
    if HELD:
        np.testing.assert_array_equal(HELD[-1], held)


def test_other_shapes_and_dtypes_are_added_as_ever():
    assert ownership.added([np.ones(3)], np.ones((2, 3))).shape == (2, 3)
    assert ownership.added([np.ones(3, "float32")], np.ones(3)).dtype == np.float64
    assert isinstance(ownership.added([np.array(1.0)], np.array(2.0)), np.ndarray)


@pytest.mark.skipif(cpp.missing() is not None, reason="the extension is not built")
def test_a_block_of_the_pool_is_taken_and_a_view_of_it_is_not():
    x = np.ones((100, 1000))
    box = [cpp.relu(x)]
    place = box[0].ctypes.data
    view = box[0][:]  # holds the array, so the list is not alone
    assert ownership.owned(box).ctypes.data != place
    del view
    assert ownership.owned(box).ctypes.data == place
    part = [cpp.relu(x)[:50]]
    place = part[0].ctypes.data
    assert ownership.owned(part).ctypes.data != place


# In the walk ----------------------------------------------------------------------------


class Twice(mc.Function):
    """y = a + b, whose backward returns one and the same Tensor for both inputs."""

    reads = ()

    def forward(self, a, b):
        return a + b

    def backward(self, g):
        doubled = g * 1.0
        return doubled, doubled


def test_one_tensor_as_two_gradients_is_not_added_to():
    a, b = (mc.tensor(fresh(), requires_grad=True) for _ in range(2))
    y = (a * 3.0 + Twice()(a, b) + a * 5.0).sum()
    y.backward()
    assert a.grad.tolist() == [9.0] * 6 and b.grad.tolist() == [1.0] * 6
    assert not np.shares_memory(a.grad, b.grad)


def test_an_array_that_an_operation_keeps_is_not_given_away():
    kept = []

    class Keeps(mc.Function):
        reads = ()

        def forward(self, x):
            return x + 0

        def backward(self, g):
            kept.append(g.data * 2)
            return mc.Tensor(kept[-1])

    x = mc.tensor(fresh(), requires_grad=True)
    for _ in range(2):
        (Keeps()(x) + Keeps()(x)).sum().backward()
    assert x.grad.tolist() == [8.0] * 6
    assert all(k.tolist() == [2.0] * 6 for k in kept)
    assert not any(np.shares_memory(x.grad, k) for k in kept)


def test_a_gradient_that_someone_looks_at_is_not_added_to():
    x = mc.tensor(fresh(), requires_grad=True)
    (x * 2.0).sum().backward()
    before = x.grad
    (x * 2.0).sum().backward()
    assert before.tolist() == [2.0] * 6 and x.grad.tolist() == [4.0] * 6


def test_a_gradient_alone_is_added_to_in_place():
    x = mc.tensor(fresh(), requires_grad=True)
    (x * 2.0).sum().backward()
    place = x.grad.ctypes.data
    (x * 2.0).sum().backward()
    assert x.grad.ctypes.data == place and x.grad.tolist() == [4.0] * 6


def test_a_gradient_that_cannot_be_added_to_stays():
    x = mc.tensor(fresh(), requires_grad=True)
    x.grad = mine = np.ones(4)
    with pytest.raises(ValueError):
        (x * 2.0).sum().backward()
    assert x.grad is mine
