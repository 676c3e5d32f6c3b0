import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm1d", (3,), {"affine": False}, (5, 3, 4)),
    ("BatchNorm2d", (3,), {"eps": 0.001, "momentum": 0.3}, (5, 3, 4, 2)),
    ("BatchNorm2d", (3, 1e-3, 0.0), {}, (5, 3, 4, 2)),
    ("BatchNorm2d", (3,), {"track_running_stats": False}, (5, 3, 4, 2)),
    ("BatchNorm3d", (3,), {"momentum": 1.0}, (2, 3, 4, 2, 3)),
]


def statistics(layer):
    if layer.running_mean is None:
        return []
    return [np.asarray(layer.running_mean), np.asarray(layer.running_var)]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs_over_several_steps(compare, torch, name, args, kwargs, shape):
    ours, theirs = compare(name, args, kwargs, shape)
    rng = np.random.default_rng(1)
    for step, training in enumerate([True, True, False, True, False, False, True]):
        x = rng.normal(loc=step, scale=step + 1, size=shape)
        y, z = ours.train(training)(mc.tensor(x)), theirs.train(training)(torch.tensor(x))
        np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-8, atol=1e-10)
        for a, b in zip(statistics(ours), statistics(theirs), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10)


def test_without_beta():
    layer = nn.BatchNorm1d(2, bias=False)
    assert layer.bias is None and list(layer.state_dict())[0] == "weight"
    np.testing.assert_allclose(layer(mc.randn(6, 2)).data.mean(axis=0), 0, atol=1e-6)
    assert repr(layer).endswith("track_running_stats=True, bias=False)")


def test_starts_as_pytorchs(torch):
    ours, theirs = nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3)
    expected = theirs.state_dict()
    expected.pop("num_batches_tracked")
    assert list(ours.state_dict()) == list(expected)
    for name, array in ours.state_dict().items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, expected[name].numpy())


def test_buffers_are_tensors_without_gradients():
    layer = nn.BatchNorm1d(2)
    assert type(layer.running_mean) is mc.Tensor and not layer.running_var.requires_grad
    assert [n for n, _ in layer.named_buffers()] == ["running_mean", "running_var"]


def test_what_is_left_out_is_none():
    layer = nn.BatchNorm2d(3, affine=False, track_running_stats=False)
    assert layer.weight is layer.bias is layer.running_mean is layer.running_var is None
    assert layer.state_dict() == {}
    x = mc.randn(4, 3, 2, 2)
    np.testing.assert_array_equal(layer(x).data, layer.eval()(x).data)


def test_reset():
    layer = nn.BatchNorm1d(2)
    layer(mc.randn(5, 2))
    layer.weight.data += 1
    layer.reset_parameters()
    assert layer.running_mean.tolist() == [0, 0] and layer.running_var.tolist() == [1, 1]
    assert layer.weight.tolist() == [1, 1] and layer.bias.tolist() == [0, 0]


def test_a_training_step_between_forward_and_backward_does_not_spoil_the_gradient():
    layer, x = nn.BatchNorm1d(2).double().eval(), mc.randn(5, 2, dtype="float64")
    layer.running_mean.data += 3.0
    layer(x).sum().backward()
    right = layer.weight.grad
    layer.zero_grad()
    y = layer(x).sum()
    layer.train()(x + 5)  # moves the statistics that y was computed with
    y.backward()
    np.testing.assert_array_equal(layer.weight.grad, right)


REFUSED = [
    (lambda: nn.BatchNorm1d(0), ValueError, "BatchNorm1d: num_features=0 must be at least 1"),
    (lambda: nn.BatchNorm2d(2.0), TypeError, "BatchNorm2d: num_features must be a whole number"),
    (lambda: nn.BatchNorm2d(2, eps=-1), ValueError, "eps=-1 must be 0 or more"),
    (lambda: nn.BatchNorm2d(2, momentum=2), ValueError, "momentum=2 must be from 0 to 1"),
    (lambda: nn.BatchNorm2d(2, momentum=None), ValueError, "momentum=None.*not supported"),
    (lambda: nn.BatchNorm2d(2, affine=1), TypeError, "affine must be True or False, got 1"),
    (lambda: nn.BatchNorm2d(2, dtype="int8"), TypeError, "dtype .* got int8"),
    (lambda: nn.BatchNorm1d(2)(mc.ones(2)), ValueError, r"\(N, C\) or \(N, C, L\), got shape \(2,"),
    (lambda: nn.BatchNorm1d(2)(mc.ones(3, 2, 1, 1)), ValueError, r"got shape \(3, 2, 1, 1\)"),
    (lambda: nn.BatchNorm2d(2)(mc.ones(2, 4, 4)), ValueError, r"\(N, C, H, W\).*x\[None\]"),
    (lambda: nn.BatchNorm3d(2)(mc.ones(3, 2)), ValueError, r"BatchNorm3d\(2\): .*\(N, C, D, H, W"),
    (lambda: nn.BatchNorm2d(2)(mc.ones(1, 3, 4, 4)), ValueError, "has 3 channels, not 2"),
    (lambda: nn.BatchNorm1d(2)(mc.ones(1, 2)), ValueError, "more than one value a channel"),
    (lambda: nn.BatchNorm1d(2)(mc.ones(3, 2, dtype="float64")), TypeError, "float32.*float64"),
]


@pytest.mark.parametrize("do, error, message", REFUSED)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()


@pytest.mark.parametrize("wrong", [mc.ones(1, 2), mc.ones(3, 2, dtype="float64"), mc.ones(3, 4)])
def test_a_refusal_leaves_the_statistics_alone(wrong):
    layer = nn.BatchNorm1d(2)
    with pytest.raises((TypeError, ValueError)):
        layer(wrong)
    assert layer.running_mean.tolist() == [0, 0] and layer.running_var.tolist() == [1, 1]
