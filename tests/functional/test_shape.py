"""Reshaping, turning, joining."""

import numpy as np
import pytest
from generated import generated

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("shape")

A = mc.tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)


def test_sizes_one_by_one_or_together():
    for y in (A.reshape(4, 6), A.reshape((4, 6)), A.reshape([4, -1]), A.view(np.int64(4), 6)):
        assert y.shape == (4, 6)
    for y in (A.permute(2, 0, 1), A.permute((2, 0, 1)), A.permute([-1, 0, 1])):
        assert y.shape == (4, 2, 3)
    assert mc.ones(1, 3).expand(2, 3).shape == mc.ones(1, 3).expand((2, -1)).shape == (2, 3)
    assert mc.tensor(1.0).reshape(()).shape == () and mc.tensor([1.0]).reshape(()).shape == ()
    assert A.flip(0).tolist() == A.flip([0]).tolist() and A.squeeze((0, 1)).shape == (2, 3, 4)


def test_where_nothing_changes_the_tensor_itself_is_returned():
    same = (A.reshape(2, 3, 4), A.permute(0, 1, 2), A.transpose(1, 1), A.expand(2, -1, 4),
            A.squeeze(), A.flatten(0, 0))
    assert all(y is A for y in same)


def test_no_axes_and_empties():
    x = mc.tensor(2.0, requires_grad=True)
    assert x.flatten().shape == x.unsqueeze(-1).shape == x.expand(1).shape == (1,)
    assert x.permute(()) is x and x.squeeze() is x and x.T is x and x.expand(2, 2).shape == (2, 2)
    x.expand(3, 2).sum().backward()
    assert x.grad == 6.0
    e = mc.zeros(0, 3, requires_grad=True)
    assert e.reshape(3, 0).shape == (3, 0) and e.reshape(-1).shape == (0,)
    assert e.flatten().shape == (0,) and e.T.shape == (3, 0) and e.flip((0, 1)).shape == (0, 3)
    assert mc.cat([e, mc.ones(2, 3)]).shape == (2, 3) and mc.stack([e, e], 1).shape == (0, 2, 3)
    assert mc.ones(1, 3).expand(0, 3).shape == (0, 3)
    e.reshape(-1).sum().backward()
    assert e.grad.shape == (0, 3)


def test_joined_dtypes():
    x, i = mc.tensor([1.5], requires_grad=True), mc.tensor([2])
    for parts in ([x, i], [i, x], [x, [2]], [x, np.array([2.0])]):
        y = mc.cat(parts)
        assert y.dtype == np.float32 and sorted(y.tolist()) == [1.5, 2.0]
    mc.stack([i, x]).sum().backward()
    assert x.grad.tolist() == [1.0]
    assert mc.cat([i, mc.tensor([3], dtype="int8")]).dtype == np.int64
    assert mc.cat([mc.tensor([True]), i]).dtype == np.int64
    with pytest.raises(TypeError, match="Cat: input 0 is float32 and input 1 is float64"):
        mc.cat([x, mc.ones(1, dtype="float64")])
    with pytest.raises(TypeError, match="int64.*uint64"):
        mc.cat([i, mc.tensor(np.array([1], "uint64"))])


def test_one_tensor_joined_with_itself():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    (mc.cat([x, x * 2, x]) * mc.arange(6.0)).sum().backward()
    assert x.grad.tolist() == [0 + 2 * 2 + 4, 1 + 2 * 3 + 5]


WRONG = {
    "reshape": (lambda: A.reshape(5, 5), ValueError, r"\(2, 3, 4\) has 24 entries.*\(5, 5\)"),
    "reshape -1": (lambda: A.reshape(-1, 5), ValueError, r"24.*\(-1, 5\)"),
    "reshape -1 -1": (lambda: A.reshape(-1, -1), ValueError, r"\(-1, -1\)"),
    "reshape -2": (lambda: A.reshape(-2, -12), ValueError, r"\(-2, -12\)"),
    "reshape 0": (lambda: mc.zeros(0, 3).reshape(0, -1), ValueError, r"\(0, -1\)"),
    "reshape huge": (lambda: A.reshape(2**62, 2**62), ValueError, "24 entries"),
    "reshape 1.0": (lambda: A.reshape(24.0), TypeError, "24.0"),
    "reshape text": (lambda: A.reshape("ab"), TypeError, "whole numbers"),
    "flatten": (lambda: A.flatten(2, 1), ValueError, "start_dim=2 comes after end_dim=1"),
    "flatten axis": (lambda: A.flatten(3), IndexError, r"flatten: axis 3.*3 \(-3 to 2\)"),
    "squeeze": (lambda: A.squeeze(3), IndexError, "squeeze: axis 3"),
    "unsqueeze": (lambda: A.unsqueeze(4), IndexError, "unsqueeze: axis 4"),
    "unsqueeze -5": (lambda: A.unsqueeze(-5), IndexError, "axis -5"),
    "permute": (lambda: A.permute(0, 1), ValueError, r"\(0, 1\) must name each of the 3 axes"),
    "permute twice": (lambda: A.permute(0, 1, -2), ValueError, "once"),
    "permute axis": (lambda: A.permute(0, 1, 3), IndexError, "permute: axis 3"),
    "transpose": (lambda: A.transpose(0, 3), IndexError, "transpose: axis 3"),
    "transpose 0.5": (lambda: A.transpose(0, 0.5), TypeError, "0.5"),
    "expand": (lambda: A.expand(2, 3, 5), ValueError, r"\(2, 3, 4\).*\(2, 3, 5\).*size 1"),
    "expand fewer": (lambda: A.expand(3, 4), ValueError, r"\(3, 4\)"),
    "expand -1": (lambda: A.expand(-1, 2, 3, 4), ValueError, r"\(-1, 2, 3, 4\)"),
    "expand -2": (lambda: mc.ones(1).expand(-2), ValueError, r"\(-2,\)"),
    "flip": (lambda: A.flip(3), IndexError, "flip: axis 3"),
    "flip twice": (lambda: A.flip((0, -3)), ValueError, "axis twice"),
    "cat": (lambda: mc.cat([A, mc.ones(2, 3, 5, dtype="float64")]), ValueError,
            r"\(2, 3, 4\).*\(2, 3, 5\).*except along dim=0"),
    "cat ranks": (lambda: mc.cat([A, A[0]]), ValueError, r"\(3, 4\)"),
    "cat axis": (lambda: mc.cat([A], 3), IndexError, "cat: axis 3"),
    "cat numbers": (lambda: mc.cat([mc.tensor(1.0)]), IndexError, "cat: axis 0"),
    "cat nothing": (lambda: mc.cat([]), TypeError, "one or more Tensors"),
    "cat a Tensor": (lambda: mc.cat(A), TypeError, "list or tuple.*Tensor"),
    "stack": (lambda: mc.stack([A, A[:1]]), ValueError, r"\(2, 3, 4\), \(1, 3, 4\)"),
    "stack axis": (lambda: mc.stack([A], 4), IndexError, "axis 4"),
    "stack None": (lambda: mc.stack([A, None]), TypeError, "None"),
}


@pytest.mark.parametrize("call, error, message", WRONG.values(), ids=WRONG)
def test_what_does_not_fit(call, error, message):
    with pytest.raises(error, match=message):
        call()
