import pytest

from minicnn import nn

CASES = [
    ((5,), {}, (2, 7, 4, 3)),
    ((2, 0.5), {"beta": 0.3, "k": 2.0}, (2, 3, 5)),
    ((9, 0.5, 1.5), {}, (1, 4, 2, 2, 2)),
]


@pytest.mark.parametrize("args, kwargs, shape", CASES)
def test_is_pytorchs(compare, args, kwargs, shape):
    compare("LocalResponseNorm", args, kwargs, shape)


@pytest.mark.parametrize("args, error, message", [
    ((0,), ValueError, "LocalResponseNorm: size=0 must be at least 1"),
    ((2.5,), TypeError, "LocalResponseNorm: size must be a whole number"),
    ((3, "1"), TypeError, "LocalResponseNorm: alpha must be a number, got '1'"),
    ((3, 1, float("nan")), ValueError, "LocalResponseNorm: beta=nan must be a number"),
])
def test_refused(args, error, message):
    with pytest.raises(error, match=message):
        nn.LocalResponseNorm(*args)
