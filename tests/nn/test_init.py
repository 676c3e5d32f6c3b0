import math

import numpy as np
import pytest

import minicnn as mc
from minicnn import nn
from minicnn.nn import init

SHAPES = [(40, 60), (30, 20, 3, 3), (16, 24, 5)]


@pytest.mark.parametrize("shape", [*SHAPES, (3, 4, 5, 6, 7)])
def test_fans_are_pytorchs(torch, shape):
    fans = init.calculate_fan_in_and_fan_out(mc.zeros(shape))
    assert fans == torch.nn.init._calculate_fan_in_and_fan_out(torch.zeros(shape))


def test_gains_are_pytorchs(torch):
    for name in ("linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu",
                 "leaky_relu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert init.calculate_gain("leaky_relu", 0.3) == pytest.approx(
        torch.nn.init.calculate_gain("leaky_relu", 0.3)
    )


UNIFORM = [
    ("uniform_", {"a": -2, "b": 3}),
    ("kaiming_uniform_", {}),
    ("kaiming_uniform_", {"a": math.sqrt(5)}),
    ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}),
    ("xavier_uniform_", {"gain": 2.0}),
]
NORMAL = [
    ("normal_", {"mean": 1.0, "std": 0.3}),
    ("kaiming_normal_", {"nonlinearity": "relu"}),
    ("kaiming_normal_", {"a": 0.2, "mode": "fan_out"}),
    ("xavier_normal_", {}),
    ("xavier_normal_", {"gain": 3}),
]


def both(torch, name, kwargs, shape):
    mc.manual_seed(0)
    torch.manual_seed(0)
    ours = getattr(init, name)(mc.zeros(shape, dtype="float64"), **kwargs).data
    theirs = getattr(torch.nn.init, name)(torch.zeros(shape, dtype=torch.float64), **kwargs)
    return ours, theirs.numpy()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name, kwargs", UNIFORM + NORMAL)
def test_draws_have_pytorchs_mean_and_spread(torch, name, kwargs, shape):
    ours, theirs = both(torch, name, kwargs, shape)
    error = theirs.std() / math.sqrt(ours.size)
    assert abs(ours.mean() - theirs.mean()) < 6 * error
    assert abs(ours.std() - theirs.std()) < 6 * error
    if "uniform" in name:  # the bounds are sharp
        assert ours.min() == pytest.approx(theirs.min(), abs=40 * error / math.sqrt(ours.size))
        assert ours.max() == pytest.approx(theirs.max(), abs=40 * error / math.sqrt(ours.size))


def test_signals_keep_their_size_through_twenty_layers():
    mc.manual_seed(0)
    x = mc.randn(64, 256)
    for _ in range(20):
        x = mc.relu(x @ init.kaiming_normal_(mc.zeros(256, 256), nonlinearity="relu"))
    assert 0.3 < (x.data**2).mean() < 3


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (4, 2, 3)])
@pytest.mark.parametrize("gain", [1, 2.5])
def test_orthogonal(shape, gain):
    matrix = init.orthogonal_(mc.zeros(shape, dtype="float64"), gain).data.reshape(shape[0], -1)
    rows, columns = matrix.shape
    product = matrix @ matrix.T if rows <= columns else matrix.T @ matrix
    np.testing.assert_allclose(product, gain**2 * np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_matrices_are_equally_likely():
    mc.manual_seed(0)
    diagonal = [init.orthogonal_(mc.zeros(3, 3)).data.diagonal() for _ in range(400)]
    assert abs(np.mean(diagonal)) < 0.1  # without the signs of R's diagonal it is far from 0


def test_constants():
    assert init.constant_(mc.zeros(2), 0.3).tolist() == pytest.approx([0.3, 0.3])
    assert init.ones_(mc.zeros(2)).tolist() == [1, 1]
    assert init.zeros_(mc.ones(2)).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["uniform_", "kaiming_normal_", "orthogonal_", "ones_"])
def test_writes_in_place_and_keeps_the_dtype(name, dtype):
    if name == "orthogonal_" and dtype == "float16":
        dtype = "float32"  # no QR decomposition of half floats
    p = nn.Parameter(np.zeros((3, 4), dtype))
    array = p.data
    assert getattr(init, name)(p) is p
    assert p.data is array and array.dtype == dtype and array.any() and p.requires_grad


def test_the_seed_decides():
    mc.manual_seed(5)
    first = init.normal_(mc.zeros(4)).tolist()
    mc.manual_seed(5)
    assert init.normal_(mc.zeros(4)).tolist() == first != init.normal_(mc.zeros(4)).tolist()


def test_an_empty_weight_stays_empty():
    for name in ("kaiming_uniform_", "xavier_normal_", "orthogonal_"):
        assert getattr(init, name)(mc.zeros(3, 0)).shape == (3, 0)


REFUSED = [
    (lambda: init.normal_(np.zeros(3)), TypeError, "normal_: expected a Tensor .* got ndarray"),
    (lambda: init.uniform_(mc.arange(3)), TypeError, "random numbers are floats.*int64"),
    (lambda: init.uniform_(mc.zeros(3), 2, 1), ValueError, "a=2 must not be larger than b=1"),
    (lambda: init.normal_(mc.zeros(3), std=-1), ValueError, "std=-1 must be 0 or more"),
    (lambda: init.constant_(mc.zeros(3), "1"), TypeError, "val must be a number, got '1'"),
    (lambda: init.kaiming_uniform_(mc.zeros(3)), ValueError, r"2 axes or more.*got \(3,\)"),
    (lambda: init.kaiming_normal_(mc.zeros(3, 3), mode="both"), ValueError, "mode='both'"),
    (lambda: init.kaiming_normal_(mc.zeros(3, 3), nonlinearity="x"), ValueError, "'x' must be one"),
    (lambda: init.xavier_normal_(mc.zeros(3, 3), gain="2"), TypeError, "gain must be a number"),
    (lambda: init.orthogonal_(mc.zeros(3)), ValueError, "orthogonal_: needs 2 axes or more"),
    (
        lambda: init.zeros_(mc.ones(3, requires_grad=True) * 2),
        RuntimeError, "zeros_|constant_: this Tensor was computed",
    ),
]


@pytest.mark.parametrize("do, error, message", REFUSED)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
