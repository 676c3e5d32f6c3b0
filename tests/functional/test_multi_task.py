"""Weighted sums of the losses of several tasks."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("multi_task")


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 9)), min_size=1, max_size=5))
def test_is_the_weighted_sum(pairs):
    values, weights = zip(*pairs, strict=True)
    tensors = [mc.tensor(v, dtype="float64", requires_grad=True) for v in values]
    loss = F.multi_task_loss(tensors, weights)
    assert loss.shape == () and loss.item() == pytest.approx(np.dot(values, weights), abs=1e-12)
    loss.backward()
    assert [float(t.grad) for t in tensors] == list(weights)
    plain = F.multi_task_loss(iter(tensors)).item()
    assert plain == pytest.approx(sum(values), abs=1e-12)
    named = {f"task {i}": t for i, t in enumerate(tensors)}
    turned = {f"task {i}": w for i, w in reversed(list(enumerate(weights)))}
    assert F.multi_task_loss(named, turned).item() == loss.item()
    assert F.multi_task_loss(named).item() == plain


@pytest.mark.parametrize("weights", [[1, 0.5], (1, 0.5), np.array([1, 0.5], "float32"),
                                     mc.tensor([1, 0.5])], ids=lambda w: type(w).__name__)
def test_weights_of_any_kind(weights):
    losses = mc.tensor([2.0, 4.0], requires_grad=True)
    for given_ in (losses, list(losses)):
        loss = F.multi_task_loss(given_, weights)
        assert loss.item() == 4 and loss.dtype == np.float32
    loss.backward()
    assert losses.grad.tolist() == [1, 0.5]


def test_a_weight_of_zero_switches_a_task_off():
    a, b = (mc.tensor(v, requires_grad=True) for v in (1.0, 2.0))
    F.multi_task_loss([a, b], [1, 0]).backward()
    assert float(b.grad) == 0


ONE, TWO = mc.tensor(1.0), mc.tensor(2.0)
together = F.multi_task_loss
WRONG = {
    "none": (lambda: together([]), ValueError, "there is no loss"),
    "no names": (lambda: together({}, {}), ValueError, "there is no loss"),
    "a number": (lambda: together(ONE), TypeError, "losses must be a list or a dict.*got Tensor"),
    "not reduced": (lambda: together([ONE, mc.ones(3)]), ValueError,
                    r"losses\[1\] must be one number, got shape \(3,\): take its mean or sum"),
    "integers": (lambda: together({"a": mc.tensor(1)}), TypeError, r"losses\['a'\] must be a floa"),
    "too few": (lambda: together([ONE, TWO], [1]), ValueError, "2 losses need as many.*got 1"),
    "negative": (lambda: together([ONE], [-1]), ValueError, r"weights\[0\]=-1 must be a finite n"),
    "NaN": (lambda: together({"a": ONE}, {"a": float("nan")}), ValueError, r"weights\['a'\]=nan"),
    "text": (lambda: together([ONE], ["1"]), TypeError, r"weights\[0\] must be a number, got str"),
    "one weight": (lambda: together([ONE], 2.0), TypeError, "weights must be a list.*got float"),
    "other names": (lambda: together({"a": ONE}, {"b": 1}), ValueError, r"\['a'\].*\['b'\]"),
    "weights without names": (lambda: together({"a": ONE}, [1]), TypeError, "weights as a dict"),
    "losses without names": (lambda: together([ONE], {"a": 1}), TypeError, "losses as a dict"),
    "dtypes": (lambda: together([ONE, TWO.double()]), TypeError, "float32.*float64"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
