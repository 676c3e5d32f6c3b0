import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("AdaptiveAvgPool1d", (3,), {}, (2, 3, 7)),
    ("AdaptiveAvgPool1d", ((4,),), {}, (2, 3, 7)),
    ("AdaptiveAvgPool2d", (1,), {}, (2, 3, 7, 8)),
    ("AdaptiveAvgPool2d", ((3, None),), {}, (2, 3, 7, 8)),
    ("AdaptiveAvgPool2d", ((9, 4),), {}, (2, 3, 7, 8)),
    ("AdaptiveAvgPool3d", ((2, 1, 3),), {}, (2, 3, 4, 5, 6)),
    ("AdaptiveMaxPool1d", (3,), {}, (2, 3, 7)),
    ("AdaptiveMaxPool2d", ((3, 2),), {}, (2, 3, 7, 8)),
    ("AdaptiveMaxPool2d", ((None, 3),), {"return_indices": False}, (2, 3, 7, 8)),
    ("AdaptiveMaxPool3d", (2,), {}, (2, 3, 4, 5, 6)),
]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs(compare, name, args, kwargs, shape):
    compare(name, args, kwargs, shape)


def test_without_pytorch_the_numbers_are_these():
    x = mc.tensor([[[1.0, 2.0, 6.0]]])
    assert nn.AdaptiveAvgPool1d(2)(x).tolist() == [[[1.5, 4.0]]]
    assert nn.AdaptiveMaxPool1d(2)(x).tolist() == [[[2.0, 6.0]]]


LAYERS = [nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool2d]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "size, error, message",
    [
        (0, ValueError, "output_size=0 must be at least 1"),
        (2.0, TypeError, "output_size must be a whole number, got 2.0"),
        ((1, 2, 3, 4), ValueError, "has 4 entries; give one number"),
        ("7", TypeError, "output_size must be a whole number, got '7'"),
    ],
)
def test_refused(layer, size, error, message):
    with pytest.raises(error, match=f"^{layer.__name__}: {message}|{message}"):
        layer(size)


def test_global_pooling():
    x = mc.randn(2, 3, 4, 5)
    np.testing.assert_allclose(nn.GlobalAvgPool2d()(x).data, x.data.mean((2, 3)), rtol=1e-5)
    kept, adaptive = nn.GlobalAvgPool2d(keepdim=True), nn.AdaptiveAvgPool2d(1)
    np.testing.assert_array_equal(kept(x).data, adaptive(x).data)
    (row,) = mc.summary(nn.GlobalAvgPool2d(), (3, 4, 5), print_fn=None).rows
    assert row.output_shape == (None, 3) and repr(kept) == "GlobalAvgPool2d(keepdim=True)"
    with pytest.raises(TypeError, match="GlobalAvgPool2d: keepdim must be True or False, got 1"):
        nn.GlobalAvgPool2d(1)


def test_refused_by_one():
    with pytest.raises(ValueError, match="AdaptiveMaxPool2d: return_indices=True"):
        nn.AdaptiveMaxPool2d(2, return_indices=True)
    with pytest.raises(ValueError, match=r"adaptive_avg_pool2d.*4 dim.*\(3, 4, 4\)"):
        nn.AdaptiveAvgPool2d(2)(mc.zeros(3, 4, 4))
