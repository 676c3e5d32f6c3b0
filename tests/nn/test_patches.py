import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("Unfold", (2,), {}, (2, 3, 5, 4)),
    ("Unfold", ((2, 3), (1, 2), (0, 1)), {"stride": 2}, (2, 3, 5, 6)),
    ("Fold", ((5, 4), 2), {}, (2, 12, 12)),
    ("Fold", (6, (3, 2), 1, (1, 0)), {"stride": (2, 2)}, (2, 12, 9)),
    ("PixelShuffle", (2,), {}, (2, 8, 3, 4)),
    ("PixelUnshuffle", (2,), {}, (2, 3, 4, 6)),
]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs(compare, name, args, kwargs, shape):
    compare(name, args, kwargs, shape)


def test_shuffling_back():
    x = mc.randn(2, 3, 4, 6)
    y = nn.PixelShuffle(2)(nn.PixelUnshuffle(2)(x))
    np.testing.assert_array_equal(y.data, x.data)


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.Unfold(0), ValueError, "Unfold: kernel_size=0 must be at least 1"),
        (lambda: nn.Unfold(2.0), TypeError, "Unfold: kernel_size must be a whole number, got 2.0"),
        (lambda: nn.Unfold((1, 2, 3)), ValueError, "Unfold: kernel_size=.* has 3 entries"),
        (lambda: nn.Unfold(2, dilation=0), ValueError, "Unfold: dilation=0 must be at least 1"),
        (lambda: nn.Unfold(2, padding=-1), ValueError, "Unfold: padding=-1 must be at least 0"),
        (lambda: nn.Unfold(2, stride=0), ValueError, "Unfold: stride=0 must be at least 1"),
        (lambda: nn.Unfold(2)(mc.ones(3, 4, 4)), ValueError, r"unfold: .*x\[None\]"),
        (lambda: nn.Fold(0, 2), ValueError, "Fold: output_size=0 must be at least 1"),
        (lambda: nn.Fold(2, 3), ValueError, "Fold: the kernel covers 3 pixels"),
        (lambda: nn.Fold(4, 2, stride=0), ValueError, "Fold: stride=0"),
        (lambda: nn.Fold(4, 2)(mc.ones(1, 4, 8)), ValueError, "9 windows.*8 columns"),
        (lambda: nn.PixelShuffle(0), ValueError, "PixelShuffle: upscale_factor=0 must be at"),
        (lambda: nn.PixelShuffle(2)(mc.ones(1, 6, 2, 2)), ValueError, r"r = 2.*\(1, 6, 2, 2\)"),
        (lambda: nn.PixelUnshuffle(1.5), TypeError, "downscale_factor must be a whole number"),
        (lambda: nn.PixelUnshuffle(2)(mc.ones(1, 1, 3, 2)), ValueError, r"\(1, 1, 3, 2\)"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
