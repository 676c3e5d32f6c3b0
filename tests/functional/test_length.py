"""Norms, unit vectors, cosines."""

import numpy as np
import pytest
from generated import generated
from oracles import close

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("length")


def test_the_gradient_at_the_zero_vector(torch):
    values = np.array([[0.0, 0.0], [3.0, 4.0]])
    for p in (1, 2, 3):
        x, oracle = (m.tensor(values, requires_grad=True) for m in (mc, torch))
        mc.norm(x, p, 1).sum().backward()
        torch.norm(oracle, p, 1).sum().backward()
        close(x.grad, oracle.grad.numpy())
    x, oracle = (m.tensor(values, requires_grad=True) for m in (mc, torch))
    F.normalize(x).sum().backward()
    torch.nn.functional.normalize(oracle).sum().backward()
    close(x.grad, oracle.grad.numpy())


def test_cosine_of_arrays_and_of_zero():
    x = mc.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert F.cosine_similarity(x, np.array([[3.0, 4.0]])).tolist() == pytest.approx([1.0, 0.0])


def test_what_has_no_norm():
    for p in (0, "nuc", None, float("nan"), True):
        with pytest.raises(ValueError, match="norm: p="):
            mc.norm(mc.ones(2), p)
    with pytest.raises(TypeError, match="int64"):
        mc.arange(3).norm()
    with pytest.raises(IndexError, match="axis 1"):
        mc.ones(3).norm(dim=1)
    assert mc.norm(mc.tensor([1.0, -3.0]), -float("inf")).item() == 1.0
