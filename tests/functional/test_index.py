"""Indexing: every kind of key against NumPy, and the gradient put back where it came from."""

import array

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices, integer_array_indices
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("index")

SHAPE = (4, 3, 5)
VALUES = np.arange(60.0).reshape(SHAPE)


def check_against_numpy(key):
    """The entries are NumPy's; the gradient of Σ c·x[key] is Σ c put back entry by entry."""
    x = mc.tensor(VALUES, requires_grad=True)
    y = x[key]
    expected = VALUES[key]
    np.testing.assert_array_equal(y.data, expected)
    c = np.arange(1.0, 1 + expected.size).reshape(expected.shape)
    y.backward(c)
    gradient = np.zeros(SHAPE)
    np.add.at(gradient, key, c)
    np.testing.assert_array_equal(x.grad, gradient)


@given(basic_indices(SHAPE, allow_newaxis=True))
def test_basic_keys(key):
    check_against_numpy(key)


@given(integer_array_indices(SHAPE))
def test_arrays_of_places(key):
    check_against_numpy(key)


@given(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(-5, 4))
def test_masks(mask, place):
    check_against_numpy(np.array(mask))
    check_against_numpy((np.array(mask), slice(None), place))


KEYS = {
    "a tuple in a tuple": ((0, 0, 1),), "a tuple and a slice": ((0, 0), slice(None, None, -2)),
    "a range": range(1, 4), "an empty list": [], "a list of bools": [True, False, True, True],
    "a sequence of C": array.array("q", [2, 2]), "unsigned": np.uint8([3, 3]),
    "NumPy's integer": np.int8(-2), "0-d": np.array(1), "True": True, "False": False,
    "all": np.ones(SHAPE, bool), "two masks": (np.ones(4, bool), np.array([False, True, False])),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_other_keys(key):
    as_numpy = tuple(
        np.asarray(k, dtype=np.int64 if not np.size(k) else None)
        if isinstance(k, (tuple, list, range, array.array)) else k
        for k in (key if isinstance(key, tuple) else (key,))
    )
    x = mc.tensor(VALUES, requires_grad=True)
    y = x[key]
    np.testing.assert_array_equal(y.data, VALUES[as_numpy])
    y.sum().backward()
    gradient = np.zeros(SHAPE)
    np.add.at(gradient, as_numpy, 1.0)
    np.testing.assert_array_equal(x.grad, gradient)


def test_tensors_as_keys():
    x = mc.tensor(VALUES)
    i, mask = mc.tensor([2, 0, 2]), mc.tensor(VALUES) > 30
    np.testing.assert_array_equal(x[i].data, VALUES[[2, 0, 2]])
    np.testing.assert_array_equal(x[mask].data, VALUES[VALUES > 30])
    np.testing.assert_array_equal(x[mc.tensor(1), :, i].data, VALUES[1, :, [2, 0, 2]])
    np.testing.assert_array_equal(x[mc.tensor(1) : mc.tensor(3)].data, VALUES[1:3])
    np.testing.assert_array_equal(x[mc.tensor([[0], [1]]), [2, 1]].data, VALUES[[[0], [1]], [2, 1]])


def test_the_second_derivative_counts_each_entry():
    for key in ([0, 0, 1], slice(None, None, -1)):
        x = mc.tensor([1.0, 2.0, 3.0], requires_grad=True)
        (g,) = mc.grad((x[key] ** 3).sum(), [x], create_graph=True)
        (h,) = mc.grad((g * g).sum(), [x])
        times = np.zeros(3)
        np.add.at(times, key, 1)
        close(h.data, (4 * 9 * times**2 * np.array([1.0, 2.0, 3.0]) ** 3).astype("float32"))


OUTSIDE = {
    "too far": 4, "too far back": -5, "huge": 2**62, "second axis": (0, 3), "a list": [0, 4],
    "an array": np.array([-5]), "too many": (0, 0, 0, 0), "a float": 1.0, "text": "a",
    "a set": {1}, "bytes": b"\x01", "a float array": np.array([1.0]),
    "a mask's size": [True, False], "NumPy's float": np.float64(1), "two ellipses": (..., ...),
    "lists that do not fit": ([0, 1], [0, 1, 2]), "an object": object(),
}


@pytest.mark.parametrize("key", OUTSIDE.values(), ids=OUTSIDE)
def test_keys_outside(key):
    with pytest.raises(IndexError):
        mc.tensor(VALUES)[key]


def test_messages():
    x = mc.tensor(VALUES)
    with pytest.raises(IndexError, match="index 1: .*integers, slices.*got 1.5"):
        x[0, 1.5]
    with pytest.raises(IndexError, match="index 0: .*integers or booleans, got float64"):
        x[np.zeros(2)]
    with pytest.raises(IndexError, match="7.*size 3"):
        x[0, 7]


def test_a_key_may_be_used_twice_and_is_not_changed():
    key = np.array([-1, 0])
    x = mc.tensor(VALUES, requires_grad=True)
    (x[key].sum() + x[key].sum()).backward()
    assert x.grad.sum() == 2 * 30 and key.tolist() == [-1, 0]


def test_numbers_and_empties():
    assert mc.tensor(3.0)[()].item() == 3.0 and mc.tensor(3.0)[None].shape == (1,)
    x = mc.zeros(0, 3, requires_grad=True)
    y = x[:, [0, 0]]
    y.sum().backward()
    assert y.shape == (0, 2) and x.grad.shape == (0, 3)
    with pytest.raises(IndexError):
        x[0]


def test_index_select_of_what_does_not_exist():
    x = mc.ones(2, 3)
    with pytest.raises(IndexError, match=r"axis 2.*\(2, 3\)"):
        mc.index_select(x, 2, mc.tensor([0]))
    with pytest.raises(IndexError):
        mc.index_select(x, 1, mc.tensor([3]))
    with pytest.raises(IndexError, match="from 0, got -1"):
        mc.index_select(x, 1, mc.tensor([0, -1]))
    for wrong in ([0, 1], mc.tensor([[0]]), mc.tensor([0.0]), mc.tensor([True, False])):
        with pytest.raises(TypeError, match="of integers"):
            mc.index_select(x, 0, wrong)
    assert mc.index_select(x, 0, mc.tensor(1)).shape == (1, 3)
