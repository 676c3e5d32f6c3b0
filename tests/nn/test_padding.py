import pytest

import minicnn as mc
from minicnn import nn

SHAPES = {1: (2, 3, 5), 2: (2, 3, 5, 4), 3: (2, 3, 3, 4, 5)}
WIDTHS = {1: (2, 0), 2: (1, 2, 0, 3), 3: (1, 2, 0, 3, 2, 1)}
KINDS = ["ZeroPad", "ConstantPad", "ReflectionPad", "ReplicationPad", "CircularPad"]


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_is_pytorchs(compare, kind, axes):
    value = (1.5,) if kind == "ConstantPad" else ()
    compare(f"{kind}{axes}d", (1, *value), {}, SHAPES[axes])
    widths = tuple(min(w, 2) for w in WIDTHS[axes]) if kind == "ReflectionPad" else WIDTHS[axes]
    compare(f"{kind}{axes}d", (widths, *value), {}, SHAPES[axes])


@pytest.mark.parametrize("kind", ["ZeroPad", "ConstantPad"])
def test_negative_widths_cut(compare, kind):
    compare(f"{kind}2d", ((-1, 1, 0, -2), *((2,) if kind == "ConstantPad" else ())), {}, SHAPES[2])


def test_without_pytorch_the_numbers_are_these():
    x = mc.tensor([[[1.0, 2.0, 3.0]]])
    found = {kind: getattr(nn, f"{kind}1d")((1, 2)) for kind in KINDS if kind != "ConstantPad"}
    assert {kind: layer(x).tolist()[0][0] for kind, layer in found.items()} == {
        "ZeroPad": [0, 1, 2, 3, 0, 0],
        "ReflectionPad": [2, 1, 2, 3, 2, 1],
        "ReplicationPad": [1, 1, 2, 3, 3, 3],
        "CircularPad": [3, 1, 2, 3, 1, 2],
    }
    assert nn.ConstantPad1d((1, 2), 7)(x).tolist()[0][0] == [7, 1, 2, 3, 7, 7]


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.ZeroPad2d((1, 2)), ValueError, r"ZeroPad2d: padding=\(1, 2\) has 2 entries"),
        (lambda: nn.ZeroPad2d("same"), TypeError, "padding must be a whole number, got 'same'"),
        (lambda: nn.ReflectionPad1d(1.5), TypeError, "ReflectionPad1d: padding must be a whole"),
        (lambda: nn.ConstantPad2d(1), TypeError, "value"),
        (lambda: nn.ConstantPad2d(1, "0"), TypeError, "ConstantPad2d: value must be a number"),
        (lambda: nn.CircularPad3d(None), TypeError, "padding must be a whole number, got None"),
        (lambda: nn.ZeroPad2d(1)(mc.ones(3, 4, 4)), ValueError, r"ZeroPad2d: .*x\[None\]"),
        (lambda: nn.ZeroPad2d(1)(mc.ones(3, 4)), ValueError, r"ZeroPad2d: .*\(3, 4\)$"),
        (lambda: nn.ReflectionPad2d(3)(mc.ones(1, 1, 3, 9)), ValueError, "add at most 2"),
        (lambda: nn.ZeroPad1d(-2)(mc.ones(1, 1, 3)), ValueError, "cuts more off"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
