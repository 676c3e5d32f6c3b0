"""PyTorch, the oracle of these tests, where it is installed."""

import re

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


@pytest.fixture(scope="session")
def torch():
    return pytest.importorskip("torch", reason="PyTorch (the CPU build) is not installed")


def without_bias(text):
    """The repr of a normalisation layer without its bias, which PyTorch 2.13 began to show."""
    return re.sub("(Norm.*), bias=(?:True|False)", r"\1", text)


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
        assert without_bias(repr(ours)) == without_bias(repr(theirs))
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


@pytest.fixture
def compare_loss(torch):
    """compare_loss(name, kwargs, x, target): values and gradient of a loss are PyTorch's."""

    def check(name, kwargs, x, target):
        def with_tensors(make):
            return {k: make(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}

        a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        ours = getattr(nn, name)(**with_tensors(mc.tensor))
        theirs = getattr(torch.nn, name)(**with_tensors(torch.tensor))
        y, z = ours(a, mc.tensor(target)), theirs(b, torch.tensor(target))
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-12)
        y.sum().backward()
        z.sum().backward()
        np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-10, atol=1e-14)
        assert sorted(ours.state_dict()) == sorted(theirs.state_dict())

    return check
