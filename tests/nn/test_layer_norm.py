import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("LayerNorm", (4,), {}, (5, 3, 4)),
    ("LayerNorm", ([3, 4],), {"eps": 0.01, "bias": False}, (5, 3, 4)),
    ("LayerNorm", ((3, 4), 1e-3, False), {}, (5, 3, 4)),
    ("GroupNorm", (2, 4), {}, (3, 4, 5)),
    ("GroupNorm", (1, 4), {"eps": 0.1}, (3, 4, 2, 3)),
    ("GroupNorm", (4, 4, 1e-5, False), {}, (3, 4, 2, 3)),
    ("InstanceNorm1d", (3,), {}, (2, 3, 6)),
    ("InstanceNorm2d", (3,), {"affine": True, "eps": 0.1}, (2, 3, 4, 5)),
    ("InstanceNorm3d", (3, 1e-3, 0.5), {}, (2, 3, 2, 3, 2)),
]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs(compare, name, args, kwargs, shape):
    ours, _ = compare(name, args, kwargs, shape)
    x = mc.randn(*shape, dtype="float64")
    np.testing.assert_array_equal(ours(x).data, ours.eval()(x).data)


@pytest.mark.parametrize("name, args", [("LayerNorm", ((2, 3),)), ("GroupNorm", (2, 4)),
                                        ("InstanceNorm2d", (3, 1e-5, 0.1, True))])
def test_starts_as_pytorchs(torch, name, args):
    ours, theirs = getattr(nn, name)(*args), getattr(torch.nn, name)(*args)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for key, array in ours.state_dict().items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, theirs.state_dict()[key].numpy())


def test_without_beta():
    for layer in (nn.GroupNorm(2, 4, bias=False), nn.InstanceNorm1d(4, affine=True, bias=False)):
        assert layer.bias is None and list(layer.state_dict()) == ["weight"]
        assert repr(layer).endswith(", bias=False)")
        np.testing.assert_allclose(layer(mc.randn(2, 4, 9)).data.mean(axis=(1, 2)), 0, atol=1e-6)
    assert repr(nn.LayerNorm(3, bias=False)) == (
        "LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=False)"
    )


def test_reset():
    layer = nn.GroupNorm(1, 2)
    layer.weight.data += 1
    layer.bias.data += 1
    layer.reset_parameters()
    assert layer.weight.tolist() == [1, 1] and layer.bias.tolist() == [0, 0]


REFUSED = [
    (lambda: nn.LayerNorm(0), ValueError, "LayerNorm: normalized_shape=0 must be at least 1"),
    (lambda: nn.LayerNorm(()), ValueError, r"LayerNorm: normalized_shape=\(\) must have an entry"),
    (lambda: nn.LayerNorm((2, 3.0)), TypeError, "normalized_shape must be a whole number, got 3.0"),
    (lambda: nn.LayerNorm(3, eps=-1), ValueError, "LayerNorm: eps=-1 must be 0 or more"),
    (lambda: nn.LayerNorm(3, bias=1), TypeError, "LayerNorm: bias must be True or False, got 1"),
    (lambda: nn.LayerNorm(3, dtype="int8"), TypeError, "LayerNorm: dtype .* got int8"),
    (lambda: nn.LayerNorm(3)(mc.ones(2, 4)), ValueError, r"\(2, 4\).*\(3,\)"),
    (lambda: nn.GroupNorm(0, 4), ValueError, "GroupNorm: num_groups=0 must be at least 1"),
    (lambda: nn.GroupNorm(3, 4), ValueError, "num_groups=3 must divide num_channels=4"),
    (lambda: nn.GroupNorm(4, 2), ValueError, "num_groups=4 must divide num_channels=2"),
    (lambda: nn.GroupNorm(2, 4.0), TypeError, "num_channels must be a whole number, got 4.0"),
    (lambda: nn.GroupNorm(2, 4, affine=None), TypeError, "affine must be True or False, got None"),
    (lambda: nn.GroupNorm(2, 4)(mc.ones(3, 6, 5)), ValueError, r"GroupNorm\(2, 4\).*6 channels"),
    (
        lambda: nn.GroupNorm(2, 4, affine=False)(mc.ones(3, 6, 5)), ValueError,
        r"GroupNorm\(2, 4\).*has 6 channels, not 4",
    ),
    (lambda: nn.GroupNorm(2, 4)(mc.ones(4)), ValueError, r"group_norm: .*\(4,\)"),
    (lambda: nn.InstanceNorm2d(0), ValueError, "InstanceNorm2d: num_features=0"),
    (lambda: nn.InstanceNorm2d(2, eps="1"), TypeError, "eps must be a number, got '1'"),
    (
        lambda: nn.InstanceNorm1d(2, track_running_stats=True), ValueError,
        "InstanceNorm1d: track_running_stats=True is not supported",
    ),
    (lambda: nn.InstanceNorm2d(2)(mc.ones(2, 4, 4)), ValueError, r"\(N, C, H, W\).*x\[None\]"),
    (lambda: nn.InstanceNorm2d(2)(mc.ones(1, 3, 4, 4)), ValueError, "has 3 channels, not 2"),
    (lambda: nn.InstanceNorm1d(2)(mc.ones(1, 2, 1)), ValueError, "more than one pixel a channel"),
]


@pytest.mark.parametrize("do, error, message", REFUSED)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
