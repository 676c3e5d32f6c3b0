"""Where, maximum, minimum, clip, the absolute value, comparisons."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("select")

TIES = np.array([1.0, 2.0, 2.0, np.nan, 3.0], np.float32), np.array([1, 2, 1, 3, np.nan], "f4")


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_ties_share_and_nan_stays(torch, name):
    a, b = TIES
    y = getattr(mc, name)(mc.tensor(a), mc.tensor(b))
    np.testing.assert_array_equal(y.data, getattr(torch, name)(*map(torch.tensor, (a, b))).numpy())
    x, z = mc.tensor(a[:3], requires_grad=True), mc.tensor(b[:3], requires_grad=True)
    p, q = torch.tensor(a[:3], requires_grad=True), torch.tensor(b[:3], requires_grad=True)
    getattr(mc, name)(x, z).sum().backward()
    getattr(torch, name)(p, q).sum().backward()
    close(x.grad, p.grad.numpy())
    close(z.grad, q.grad.numpy())


@pytest.mark.parametrize("low, high", [(0.0, 1.0), (0, 1), (None, 1), (0.0, None), (1.0, 0.0),
                                       (np.float64(0), np.float32(1)), (np.int64(0), True)])
def test_clip_at_its_bounds(torch, low, high):
    values = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan, np.inf, -np.inf], np.float32)
    x, oracle = mc.tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    y = x.clip(low, high)
    assert y.dtype == np.float32
    expected = torch.clamp(oracle, *(None if v is None else float(v) for v in (low, high)))
    y.sum().backward()
    expected.sum().backward()
    np.testing.assert_array_equal(y.data, expected.detach().numpy())
    np.testing.assert_array_equal(x.grad, oracle.grad.numpy())


def test_clip_of_integers():
    i = mc.tensor([1, 5, 9])
    assert i.clip(2, 6).dtype == np.int64 and i.clip(2, 6).tolist() == [2, 5, 6]
    assert i.clip(2.5).dtype == np.float32 and i.clip(2.5).tolist() == [2.5, 5.0, 9.0]
    assert i.clip() is i and i.clamp(max=3).tolist() == [1, 3, 3]


@pytest.mark.parametrize("bound", ["1", [1.0], np.ones(3), mc.tensor(1.0), 1j])
def test_clip_refuses(bound):
    with pytest.raises(TypeError, match=f"clip: max must be a number.*{type(bound).__name__}.*max"):
        mc.ones(3).clip(0, bound)


def test_the_slope_of_abs_at_zero_is_zero():
    x = mc.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    abs(x).sum().backward()
    assert x.grad.tolist() == [-1.0, 0.0, 1.0]
    assert abs(mc.tensor([-2, 3])).tolist() == [2, 3]


def test_where():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    for condition in ([True, False], np.array([True, False]), mc.tensor([True, False]), x < 2):
        y = mc.where(condition, x, 0.0)
        assert y.dtype == np.float32 and y.tolist() == [1.0, 0.0]
    assert mc.where(x > 1, 1, 2).tolist() == [2, 1]
    mc.where(True, x, np.inf).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_where_hides_infinite_slopes():
    x = mc.tensor([0.0, 4.0], requires_grad=True)
    safe = mc.where(x > 0, x, 1.0)
    mc.where(x > 0, mc.sqrt(safe), 0.0).sum().backward()
    assert x.grad.tolist() == [0.0, 0.25]


WRONG = {
    "numbers": (([1, 0], 1.0, 2.0), TypeError, "booleans, got int64"),
    "shape": (([True] * 2, mc.ones(3), mc.ones(3)), ValueError, r"\(2,\).*\(3,\) and \(3,\)"),
    "values": (([True] * 2, mc.ones(2), mc.ones(3)), ValueError, r"Where.*\(2,\) and \(3,\)"),
    "dtypes": ((True, mc.ones(2), mc.ones(2, dtype="float64")), TypeError, "float32.*float64"),
    "text": ((True, mc.ones(2), "a"), TypeError, "str"),
}


@pytest.mark.parametrize("args, error, message", WRONG.values(), ids=WRONG)
def test_where_refuses(args, error, message):
    with pytest.raises(error, match=message):
        mc.where(*args)


def test_comparisons():
    x = mc.tensor([1.0, 2.0, np.nan])
    assert (x < 2).tolist() == [True, False, False] and (2 > x).tolist() == [True, False, False]
    assert (np.array([2.0, 2.0, 2.0]) >= x).tolist() == [True, True, False]
    assert (x == x).tolist() == [True, True, False] and (x != x).tolist() == [False, False, True]
    assert (x == mc.tensor([1, 2, 3])).tolist() == [True, True, False]
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        assert x == mc.ones(2)
    with pytest.raises(TypeError, match="float32.*float64"):
        assert x < mc.ones(3, dtype="float64")
