import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("MaxPool2d", (2,), {}, (2, 3, 7, 8)),
    ("MaxPool2d", (3, 2, 1), {}, (2, 3, 7, 8)),
    ("MaxPool2d", ((3, 2),), {"stride": (1, 2), "dilation": (2, 1)}, (2, 3, 7, 8)),
    ("MaxPool2d", (3, 2), {"ceil_mode": True}, (2, 3, 8, 8)),
    ("MaxPool1d", (3, 2, 1), {"dilation": 1, "ceil_mode": True}, (2, 3, 8)),
    ("MaxPool1d", ((2,),), {}, (2, 3, 7)),
    ("MaxPool3d", (2,), {}, (2, 3, 4, 5, 6)),
    ("MaxPool3d", ((1, 2, 3), (1, 1, 2), (0, 1, 1)), {}, (2, 3, 4, 5, 6)),
    ("AvgPool1d", (2,), {}, (2, 3, 7)),
    ("AvgPool1d", ((3,), 2, 1, True, False), {}, (2, 3, 8)),
    ("AvgPool3d", (2,), {}, (2, 3, 4, 5, 6)),
    ("AvgPool3d", ((1, 2, 3), None, (0, 1, 1)), {"divisor_override": 5}, (2, 3, 4, 5, 6)),
    ("AvgPool2d", (2,), {}, (2, 3, 7, 8)),
    ("AvgPool2d", ((3, 2), (2, 1), (1, 0)), {}, (2, 3, 7, 8)),
    ("AvgPool2d", (3, 2, 1, True, False), {}, (2, 3, 8, 8)),
    ("AvgPool2d", (2,), {"divisor_override": 3}, (2, 3, 7, 8)),
]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs(compare, name, args, kwargs, shape):
    compare(name, args, kwargs, shape)


def test_without_pytorch_the_numbers_are_these():
    x = mc.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])
    assert nn.MaxPool2d(2)(x).item() == 6 and nn.AvgPool2d(2)(x).item() == 3


@pytest.mark.parametrize(
    "layer", [nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d]
)
@pytest.mark.parametrize(
    "kwargs, error, message",
    [
        ({"kernel_size": 0}, ValueError, "kernel_size=0 must be at least 1"),
        ({"kernel_size": (2, 2, 2, 2)}, ValueError, "4 entries"),
        ({"kernel_size": 2.0}, TypeError, "kernel_size must be a whole number, got 2.0"),
        ({"kernel_size": 2, "stride": 0}, ValueError, "stride=0 must be at least 1"),
        ({"kernel_size": 2, "padding": 2}, ValueError, "padding=2 must be at most half"),
        ({"kernel_size": 2, "padding": -1}, ValueError, "padding=-1 must be at least 0"),
        ({"kernel_size": 2, "ceil_mode": 1}, TypeError, "ceil_mode must be True or False, got 1"),
    ],
)
def test_refused(layer, kwargs, error, message):
    with pytest.raises(error, match=f"^{layer.__name__}: .*{message}"):
        layer(**kwargs)


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.MaxPool2d(2, dilation=0), ValueError, "MaxPool2d: dilation=0"),
        (lambda: nn.MaxPool2d(2, return_indices=True), ValueError, "return_indices=True"),
        (lambda: nn.MaxPool1d(2, return_indices=1), TypeError, "must be True or False, got 1"),
        (lambda: nn.AvgPool1d(2, divisor_override=2), TypeError, "divisor_override"),
        (lambda: nn.AvgPool3d(2, divisor_override=1.5), TypeError, "a whole number, got 1.5"),
        (lambda: nn.AvgPool3d(2)(mc.zeros(1, 4, 4, 4)), ValueError, r"avg_pool3d.*x\[None\]"),
        (lambda: nn.AvgPool2d(2, divisor_override=0), ValueError, "divisor_override=0"),
        (lambda: nn.AvgPool2d(2, count_include_pad=None), TypeError, "count_include_pad"),
        (lambda: nn.MaxPool2d(2)(mc.zeros(3, 4, 4)), ValueError, r"x\[None\]"),
    ],
)
def test_refused_by_one(do, error, message):
    with pytest.raises(error, match=message):
        do()
