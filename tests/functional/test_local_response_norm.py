"""Local response normalisation: against PyTorch, and AlexNet's formula."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close, cotangent

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated(
    "local_response_norm"
)


@given(st.integers(1, 3), st.integers(1, 9), st.lists(st.integers(1, 3), min_size=1, max_size=4),
       st.integers(1, 11), st.floats(-0.5, 2), st.floats(-1, 2), st.floats(0.5, 3))
def test_is_pytorchs(torch, n, c, size, window, alpha, beta, k):
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (n, c, *size))
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = F.local_response_norm(a, window, alpha, beta, k)
    expected = torch.nn.functional.local_response_norm(b, window, alpha, beta, k)
    close(y.data, expected.detach().numpy(), tolerance=1e-12)
    g = cotangent(y.shape, y.dtype)
    y.backward(g)
    expected.backward(torch.tensor(g))
    close(a.grad, b.grad.numpy(), tolerance=1e-11)


def test_alexnets_formula():
    """b_c = a_c / (k + α Σ a²)^β over the channels from c − n/2 to c + n/2, cut at the ends."""
    a = np.random.default_rng(1).normal(size=(2, 7, 3, 2)) * 50
    n, alpha, beta, k = 5, 1e-4, 0.75, 2.0
    expected = np.empty_like(a)
    for c in range(7):
        near = a[:, max(0, c - n // 2) : min(6, c + n // 2) + 1]
        expected[:, c] = a[:, c] / (k + alpha * (near**2).sum(1)) ** beta
    close(F.local_response_norm(a, n, n * alpha, beta, k).data, expected, tolerance=1e-13)


def test_a_strong_neighbour_damps():
    x = mc.ones(1, 4, 1)
    strong = mc.tensor([[[1.0], [9.0], [1.0], [1.0]]])
    before, after = (F.local_response_norm(t, 3, alpha=1.0).flatten() for t in (x, strong))
    assert after[0] < before[0] and after[2] < before[2]
    assert after[3].item() == before[3].item()  # out of its reach


def test_no_images():
    for shape in ((0, 3, 2), (2, 3, 0, 4), (2, 0, 3)):
        assert F.local_response_norm(mc.zeros(shape), 3).shape == shape


@pytest.mark.parametrize("x, args, error, words", [
    (mc.ones(2, 3), (3,), ValueError, r"local_response_norm: .*\(N, C, size...\), got .*\(2, 3\)"),
    (mc.ones(1, 2, 3), (0,), ValueError, "size=0 must be at least 1"),
    (mc.ones(1, 2, 3), (1.5,), TypeError, "size must be a whole number, got 1.5"),
    (mc.ones(1, 2, 3).long(), (3,), TypeError, "must be floats, got int64"),
])
def test_errors(x, args, error, words):
    with pytest.raises(error, match=words):
        F.local_response_norm(x, *args)
