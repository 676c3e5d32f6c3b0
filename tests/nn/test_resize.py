import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ((), {"scale_factor": 2}, (2, 3, 4, 5)),
    ((), {"scale_factor": (2, 1.5)}, (2, 3, 4, 5)),
    ((7,), {}, (2, 3, 4)),
    (((3, 8),), {}, (2, 3, 4, 5)),
    (((3, 8), None, "bilinear"), {}, (2, 3, 4, 5)),
    ((), {"scale_factor": 2, "mode": "bilinear", "align_corners": True}, (2, 3, 4, 5)),
    ((6,), {"mode": "linear", "align_corners": False}, (2, 3, 4)),
    ((), {"scale_factor": 2, "mode": "trilinear"}, (1, 2, 2, 3, 2)),
]


@pytest.mark.parametrize("args, kwargs, shape", CASES)
def test_is_pytorchs(compare, args, kwargs, shape):
    compare("Upsample", args, kwargs, shape)


def test_without_pytorch_the_numbers_are_these():
    x = mc.tensor([[[1.0, 3.0]]])
    assert nn.Upsample(scale_factor=2)(x).tolist() == [[[1, 1, 3, 3]]]
    assert nn.Upsample(3, mode="linear", align_corners=True)(x).tolist() == [[[1, 2, 3]]]


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.Upsample(), ValueError, "Upsample: give either size or scale_factor"),
        (lambda: nn.Upsample(3, 2), ValueError, "got size=3 and scale_factor=2"),
        (lambda: nn.Upsample(0), ValueError, "Upsample: size=0 must be at least 1"),
        (lambda: nn.Upsample((2, 3.0)), TypeError, "size must be a whole number, got 3.0"),
        (lambda: nn.Upsample(scale_factor=0), ValueError, "scale_factor=0 must be larger than 0"),
        (lambda: nn.Upsample(scale_factor=(2, -1)), ValueError, "scale_factor=-1 must be larger"),
        (lambda: nn.Upsample(scale_factor=float("inf")), ValueError, "scale_factor=inf"),
        (lambda: nn.Upsample(scale_factor="2"), TypeError, "scale_factor must be a number"),
        (lambda: nn.Upsample(2, mode="bicubic"), ValueError, "mode='bicubic' must be one of 'near"),
        (
            lambda: nn.Upsample(2, mode="linear", align_corners=1), TypeError,
            "align_corners must be True or False, got 1",
        ),
        (lambda: nn.Upsample(2, align_corners=True), ValueError, "is for the linear modes"),
        (
            lambda: nn.Upsample(2, mode="bilinear")(mc.ones(1, 1, 4)), ValueError,
            "mode='bilinear' must be 'nearest' or 'linear'",
        ),
        (lambda: nn.Upsample((2, 3))(mc.ones(1, 1, 4)), ValueError, "2 entries for 1 spatial"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
