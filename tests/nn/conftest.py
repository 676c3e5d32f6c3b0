"""PyTorch, the oracle of these tests, where it is installed."""

import re

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


@pytest.fixture(scope="session")
def torch():
    return pytest.importorskip("torch", reason="PyTorch (the CPU build) is not installed")


@pytest.fixture
def compare(torch):
    """compare(name, args, kwargs, shape): the layer beside PyTorch's, in float64.

    With PyTorch's weights loaded: the same output, the same gradients of input, weights and
    biases, the same repr. Returns both layers.
    """

    def check(name, args, kwargs, shape, call=()):
        theirs = getattr(torch.nn, name)(*args, **kwargs).double()
        ours = getattr(nn, name)(*args, **kwargs).double()
        ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
        assert repr(ours) == re.sub("bias=[^,]*, track", "track", repr(theirs))  # new in 2.13
        rng = np.random.default_rng(0)
        x = rng.normal(size=shape)
        a = mc.tensor(x, requires_grad=True)
        b = torch.tensor(x, requires_grad=True)
        y, z = ours(a, *call), theirs(b, *call)
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-9, atol=1e-11)
        g = rng.normal(size=y.shape)
        y.backward(g)
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-11)
        pairs = zip(ours.named_parameters(), theirs.named_parameters(), strict=True)
        for (path, p), (_, q) in pairs:
            np.testing.assert_allclose(p.grad, q.grad.numpy(), 1e-9, 1e-11, err_msg=path)
        return ours, theirs

    return check
