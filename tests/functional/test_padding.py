"""Padding: borders of a constant or of pixels from inside, and negative ones that cut."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close, cotangent

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("padding")

MODES = ["constant", "reflect", "replicate", "circular"]


def fits(mode, n, before, after):
    """What the docstring allows along one axis of n pixels."""
    left = n + min(0, before) + min(0, after)
    most = {"constant": 99, "replicate": 99 * (left > 0), "reflect": left - 1, "circular": left}
    return left >= 0 and -before <= n and -after <= n and max(0, before, after) <= max(
        0, most[mode])


@pytest.mark.parametrize("mode", MODES)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=2), st.data())
def test_widths(torch, mode, size, data):
    widths = [(data.draw(st.integers(-3, 4)), data.draw(st.integers(-3, 4))) for _ in size]
    x = np.arange(2.0 * np.prod(size)).reshape(1, 2, *size)
    given = [w for pair in reversed(widths) for w in pair]
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    if not all(fits(mode, n, *pair) for n, pair in zip(size, widths, strict=True)):
        with pytest.raises(ValueError, match=f"pad: .*{size[-1]}"):
            F.pad(a, given, mode)
        return
    y = F.pad(a, given, mode)
    if 0 in y.shape:
        assert y.shape == (1, 2, *(n + sum(p) for n, p in zip(size, widths, strict=True)))
        return  # which PyTorch refuses in some modes
    expected = torch.nn.functional.pad(b, given, mode)
    close(y.data, expected.detach().numpy())
    c = cotangent(y.shape, y.dtype)
    y.backward(c)
    expected.backward(torch.tensor(c))
    close(a.grad, b.grad.numpy())


def test_the_pictures_of_the_module():
    row = mc.tensor([[1.0, 2.0, 3.0, 4.0]])
    assert F.pad(row, (2, 2)).tolist() == [[0, 0, 1, 2, 3, 4, 0, 0]]
    assert F.pad(row, (2, 2), "reflect").tolist() == [[3, 2, 1, 2, 3, 4, 3, 2]]
    assert F.pad(row, (2, 2), "replicate").tolist() == [[1, 1, 1, 2, 3, 4, 4, 4]]
    assert F.pad(row, (2, 2), "circular").tolist() == [[3, 4, 1, 2, 3, 4, 1, 2]]
    assert F.pad(row, (-1, 2), "reflect").tolist() == [[2, 3, 4, 3, 2]]


def test_a_pixel_repeated_in_the_border_gets_all_its_gradients():
    x = mc.tensor([[1.0, 2.0]], requires_grad=True)
    F.pad(x, (3, 2), "replicate").sum().backward()
    assert x.grad.tolist() == [[4, 3]]


def test_values():
    x = mc.ones(1, 2)
    assert F.pad(x, (1, 0), value=float("-inf")).tolist() == [[-np.inf, 1, 1]]
    assert np.isnan(F.pad(x, (1, 0), value=float("nan")).data[0, 0])
    for dtype in ("int64", "uint8", "bool", "float64"):
        for mode in MODES:
            assert F.pad(mc.ones(1, 3, dtype=dtype), (1, 2), mode).dtype == dtype
    assert F.pad(input=x, pad=(0, 0)) is x and F.pad(x, ()) is x
    assert F.pad(mc.zeros(0, 3), (1, 1)).shape == (0, 5)
    assert F.pad(mc.zeros(0, 3), (1, 1), "reflect").shape == (0, 5)
    assert F.pad(mc.zeros(2, 0), (1, 2)).tolist() == [[0] * 3] * 2


X = mc.ones(1, 1, 3, 3)
WRONG = {
    "one number": (lambda: F.pad(X, 1), TypeError, r"pad: give \(before, after\) .* got 1"),
    "three": (lambda: F.pad(X, (1, 1, 1)), ValueError, r"\(1, 1, 1\) must hold \(before, after\)"),
    "too many": (lambda: F.pad(X, (1,) * 10), ValueError, "at most 4 axes"),
    "a fraction": (lambda: F.pad(X, (1, 0.5)), TypeError, "whole numbers"),
    "mode": (lambda: F.pad(X, (1, 1), "edge"), ValueError, "mode='edge' must be 'constant'"),
    "value": (lambda: F.pad(X, (1, 1), "reflect", 0.0), ValueError,
              "value=0.0 is for mode='constant', not 'reflect'"),
    "reflect": (lambda: F.pad(X, (3, 0), "reflect"), ValueError,
                "'reflect' can add at most 2 to an axis of 3 pixels"),
    "what was cut": (lambda: F.pad(X, (-2, 1), "reflect"), ValueError,
                     "at most 0 to an axis of 1 pixels"),
    "circular": (lambda: F.pad(X, (0, 4), "circular"), ValueError, "at most 3"),
    "of nothing": (lambda: F.pad(mc.ones(1, 0), (1, 1), "replicate"), ValueError, "at most 0"),
    "cut": (lambda: F.pad(X, (-2, -2)), ValueError, "cuts more off shape .* than there is"),
    "cut and added": (lambda: F.pad(X, (-4, 4)), ValueError, "cuts more off"),
    "much": (lambda: F.pad(X, (0, 10**12)), ValueError, "more than any memory holds"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
