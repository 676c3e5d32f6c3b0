"""Labels as vectors."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, _, test_gradcheck = generated("encode")


@given(st.lists(st.integers(1, 3), max_size=3), st.integers(1, 5),
       st.sampled_from(["i1", "u1", "i4", "i8", "u8"]))
def test_every_row_has_one_1_where_the_label_says(shape, classes, dtype):
    labels = np.random.default_rng(0).integers(0, classes, shape).astype(dtype)
    y = F.one_hot(mc.tensor(labels), classes)
    assert y.shape == (*shape, classes) and y.dtype == np.int64
    assert (y.data.sum(-1) == 1).all() and (y.data.argmax(-1) == labels).all()


def test_kinds_of_labels(torch):
    for labels in ([0, 2], np.array([0, 2]), mc.tensor([0, 2])):
        assert F.one_hot(labels).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert F.one_hot(2, 4).tolist() == [0, 0, 1, 0]
    close(F.one_hot(mc.tensor(3)).data, torch.nn.functional.one_hot(torch.tensor(3)).numpy())
    assert F.one_hot(mc.zeros(0, 2, dtype="int64"), 3).shape == (0, 2, 3)
    assert F.one_hot([1, 0], num_classes=np.int64(2)).shape == (2, 2)


WRONG = {
    "floats": (lambda: F.one_hot(mc.ones(2)), TypeError, "labels must be integers, got float32"),
    "booleans": (lambda: F.one_hot([True]), TypeError, "labels must be integers, got bool"),
    "too large": (lambda: F.one_hot([0, 3], 3), IndexError,
                  r"labels from 0 to 3 do not fit 3 classes \(0 to 2\)"),
    "negative": (lambda: F.one_hot([-1, 2]), IndexError, "labels from -1 to 2"),
    "only negative": (lambda: F.one_hot([-3]), (IndexError, ValueError), "one_hot"),
    "no classes": (lambda: F.one_hot([0], 0), ValueError, "num_classes=0 must be at least 1"),
    "minus two": (lambda: F.one_hot([0], -2), ValueError, "num_classes=-2"),
    "a fraction": (lambda: F.one_hot([0], 2.0), TypeError, "num_classes must be a whole number"),
    "nothing": (lambda: F.one_hot(mc.zeros(0, dtype="int64")), ValueError, "empty Tensor"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
