"""PyTorch as an oracle: the same function, values and gradients, computed there."""

import numpy as np
import pytest

import minicnn as mc

# Of the largest entry. What a function returns is a few roundings away from what PyTorch returns.
TOLERANCE = {"float16": 1e-3, "float32": 2e-5, "float64": 1e-11}


@pytest.fixture(scope="session")
def torch():
    """PyTorch, or a skip where it is not installed."""
    return pytest.importorskip("torch", reason="PyTorch is not installed: it is the oracle")


def close(ours, theirs, what="values", tolerance=None):
    """Fails unless two arrays are equal but for rounding: shape, dtype, NaN and infinities too."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, should be {theirs.shape}"
    assert ours.dtype == theirs.dtype, f"{what}: dtype {ours.dtype}, should be {theirs.dtype}"
    if ours.dtype.kind != "f":
        np.testing.assert_array_equal(ours, theirs, err_msg=what)
        return
    tolerance = TOLERANCE[str(ours.dtype)] if tolerance is None else tolerance
    finite = np.abs(theirs[np.isfinite(theirs)])
    size = finite.max(initial=0.1)
    np.testing.assert_allclose(ours, theirs, tolerance, tolerance * size, err_msg=what)


def plain(array):
    """What PyTorch takes: C order, native byte order, writeable."""
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def cotangent(shape, dtype, seed=0):
    """Random numbers of size ½ to 1½ and of either sign, one for each entry of an output."""
    rng = np.random.default_rng(seed)
    return (rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)).astype(dtype)


def compare(torch, op, arrays, tolerance=None):
    """Values and first gradients of an :class:`op_table.Op` are PyTorch's, of these arrays."""
    tensors = [mc.Tensor(a, requires_grad=op.needs(i)) for i, a in enumerate(arrays)]
    oracles = [torch.tensor(plain(a), requires_grad=op.needs(i)) for i, a in enumerate(arrays)]
    before = [a.copy() for a in arrays]
    y, expected = op.ours(*tensors), op.theirs(torch, *oracles)
    close(y.data, expected.detach().numpy(), "forward", tolerance)
    if expected.requires_grad:
        c = cotangent(y.shape, y.dtype)
        y.backward(c)
        expected.backward(torch.tensor(c))
        for i, (t, oracle) in enumerate(zip(tensors, oracles, strict=True)):
            if oracle.grad is not None:
                assert t.grad is not None, f"no gradient by input {i}"
                close(t.grad, oracle.grad.numpy(), f"gradient by input {i}", tolerance)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b, err_msg="an input was changed")
