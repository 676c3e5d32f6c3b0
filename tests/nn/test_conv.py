import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("Conv1d", (2, 4, 3), {}, (2, 2, 9)),
    ("Conv1d", (2, 4, 3, 2, 1), {"dilation": 2, "groups": 2, "bias": False}, (2, 2, 9)),
    ("Conv1d", (2, 2, 4), {"padding": "same"}, (2, 2, 9)),
    ("Conv2d", (2, 4, 3), {}, (2, 2, 7, 8)),
    ("Conv2d", (2, 4, (3, 2), (2, 1), (1, 0), (1, 2)), {"groups": 2}, (2, 2, 7, 8)),
    ("Conv2d", (3, 3, 2), {"groups": 3, "bias": False, "padding": "valid"}, (1, 3, 5, 5)),
    ("Conv2d", (2, 4, (3, 4)), {"padding": "same", "dilation": (1, 2)}, (2, 2, 7, 8)),
    ("Conv3d", (2, 4, 2), {"stride": 2, "padding": (0, 1, 0)}, (1, 2, 4, 5, 6)),
    ("ConvTranspose1d", (2, 4, 3), {}, (2, 2, 5)),
    ("ConvTranspose1d", (2, 4, 3, 2, 1, 1, 2), {"bias": False}, (2, 2, 5)),
    ("ConvTranspose3d", (2, 4, (1, 2, 3)), {"stride": (1, 2, 1)}, (1, 2, 2, 3, 3)),
    ("ConvTranspose2d", (2, 4, 3), {}, (2, 2, 4, 5)),
    ("ConvTranspose2d", (2, 4, (3, 2), 2, (1, 0), 1, 2), {}, (2, 2, 4, 5)),
    ("ConvTranspose2d", (2, 2, 3, 1, 1), {"bias": False, "dilation": (1, 2)}, (2, 2, 4, 5)),
]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs(compare, name, args, kwargs, shape):
    compare(name, args, kwargs, shape)


@pytest.mark.parametrize("size", [(7, 9), (8, 9), (8, 10), (2, 4, 8, 10)])
def test_output_size_is_pytorchs(compare, size):
    ours, _ = compare(
        "ConvTranspose2d", (3, 4, 3), {"stride": 2, "padding": 1}, (2, 3, 4, 5), call=(size,)
    )
    assert ours(mc.zeros(2, 3, 4, 5, dtype="float64"), size).shape[2:] == size[-2:]


@pytest.mark.parametrize(
    "name, args, kwargs",
    [
        ("Conv1d", (20, 300, 5), {}),
        ("Conv2d", (20, 300, 3), {"groups": 4}),
        ("Conv3d", (20, 100, 2), {}),
        ("ConvTranspose2d", (20, 300, 3), {}),
        ("ConvTranspose2d", (300, 20, 3), {"groups": 4}),
        ("ConvTranspose1d", (20, 300, 5), {}),
        ("ConvTranspose3d", (20, 100, 2), {}),
    ],
)
def test_starts_as_pytorchs(torch, name, args, kwargs):
    mc.manual_seed(0)
    ours, theirs = getattr(nn, name)(*args, **kwargs), getattr(torch.nn, name)(*args, **kwargs)
    bound = 1 / np.sqrt(np.prod(ours.weight.shape[1:]))
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        values, expected = p.data, q.detach().numpy()
        assert values.shape == expected.shape and values.dtype == np.float32
        for v in (values, expected):
            assert 0.85 * bound < abs(v).max() <= bound * (1 + 1e-6)
        tolerance = 4 * bound / np.sqrt(values.size)
        assert abs(values.mean()) < tolerance
        assert values.std() == pytest.approx(bound / np.sqrt(3), abs=tolerance)


def test_attributes():
    layer = nn.Conv2d(4, 6, 3, padding=((1, 0), (2, 2)), groups=2, kernel="direct")
    assert (layer.in_channels, layer.out_channels, layer.groups) == (4, 6, 2)
    assert layer.kernel_size == (3, 3) and layer.stride == (1, 1) and layer.dilation == (1, 1)
    assert layer.padding == ((1, 0), (2, 2)) and layer.weight.shape == (6, 2, 3, 3)
    assert repr(layer) == (
        "Conv2d(4, 6, kernel_size=(3, 3), stride=(1, 1), padding=((1, 0), (2, 2)), groups=2, "
        "kernel=direct)"
    )
    assert layer(mc.zeros(1, 4, 5, 6)).shape == (1, 6, 4, 8)
    assert nn.Conv2d(1, 1, 3, bias=False).bias is None
    assert nn.Conv2d(1, 1, 3, padding=[[1, 1], [2, 2]]).padding == (1, 2)


def test_same_with_a_stride_follows_keras():
    assert nn.Conv2d(1, 1, 3, stride=2, padding="same")(mc.zeros(1, 1, 7, 8)).shape[2:] == (4, 4)


@pytest.mark.parametrize("kernel", ["direct", "sparse", "im2col"])
def test_the_kernel_that_was_named_is_used(kernel, monkeypatch):
    layer = nn.Conv2d(1, 2, 3, kernel=kernel)
    module, calls = getattr(mc.kernels, kernel), []
    forward = module.forward
    monkeypatch.setattr(module, "forward", lambda *a, **k: calls.append(1) or forward(*a, **k))
    layer(mc.zeros(1, 1, 5, 5))
    assert calls == [1]


REFUSED = [
    ((0, 1, 3), {}, ValueError, "in_channels=0 must be at least 1"),
    ((1, 0, 3), {}, ValueError, "out_channels=0 must be at least 1"),
    (("3", 1, 3), {}, TypeError, "in_channels must be a whole number, got '3'"),
    ((1, 1, 0), {}, ValueError, "kernel_size=0 must be at least 1"),
    ((1, 1, (3, 3, 3)), {}, ValueError, r"kernel_size=\(3, 3, 3\) has 3 entries"),
    ((1, 1, 2.5), {}, TypeError, "kernel_size must be a whole number, got 2.5"),
    ((1, 1, 3), {"stride": 0}, ValueError, "stride=0 must be at least 1"),
    ((1, 1, 3), {"padding": -1}, ValueError, "padding=-1 must be at least 0"),
    ((1, 1, 3), {"dilation": 0}, ValueError, "dilation=0 must be at least 1"),
    ((4, 6, 3), {"groups": 3}, ValueError, "groups=3 must divide in_channels=4 and out_channels=6"),
    ((6, 4, 3), {"groups": 3}, ValueError, "groups=3 must divide in_channels=6 and out_channels=4"),
    ((1, 1, 3), {"groups": 0}, ValueError, "groups=0 must be at least 1"),
    ((1, 1, 3), {"bias": None}, TypeError, "bias must be True or False, got None"),
    ((1, 1, 3), {"padding_mode": "reflect"}, ValueError, "padding_mode='reflect' must be 'zeros'"),
    ((1, 1, 3), {"kernel": "cudnn"}, ValueError, "kernel='cudnn' must be one of"),
    ((1, 1, 3), {"dtype": "int8"}, TypeError, "dtype must be float32 or float64, got int8"),
]


@pytest.mark.parametrize("layer", [nn.Conv2d, nn.ConvTranspose2d])
@pytest.mark.parametrize("args, kwargs, error, message", REFUSED)
def test_refused(layer, args, kwargs, error, message):
    with pytest.raises(error, match=f"^{layer.__name__}: {message}"):
        layer(*args, **kwargs)


@pytest.mark.parametrize(
    "do, message",
    [
        (lambda: nn.Conv2d(1, 1, 3, padding="full"), "Conv2d: padding='full' must be 'same'"),
        (lambda: nn.ConvTranspose2d(1, 1, 3, padding="same"), "is for convolutions"),
        (
            lambda: nn.ConvTranspose2d(1, 1, 3, 2, output_padding=2),
            r"output_padding=\(2, 2\) must be smaller than the stride \(2, 2\)",
        ),
        (lambda: nn.Conv2d(2, 1, 3)(mc.zeros(1, 3, 5, 5)), "conv2d: .*3 channels.*takes 2"),
        (lambda: nn.Conv2d(2, 1, 3)(mc.zeros(2, 5, 5)), r"x\[None\]"),
        (
            lambda: nn.ConvTranspose2d(1, 1, 3, 2)(mc.zeros(1, 1, 4, 4), (11, 9)),
            r"output_size=\(11, 9\) must lie between \(9, 9\) and \(10, 10\)",
        ),
        (lambda: nn.ConvTranspose1d(2, 1, 3)(mc.zeros(1, 3, 5)), "conv_transpose1d: .*3 channels"),
        (lambda: nn.ConvTranspose3d(2, 1, 3)(mc.zeros(2, 5, 5, 5)), r"x\[None\]"),
        (
            lambda: nn.ConvTranspose2d(1, 1, 3, 2)(mc.zeros(1, 1, 4, 4), (9, 9, 9)),
            "must have 2 entries",
        ),
    ],
)
def test_refused_by_value(do, message):
    with pytest.raises(ValueError, match=message):
        do()
