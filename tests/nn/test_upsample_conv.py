import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
@pytest.mark.parametrize("factor", [2, (3, 1), 2.5])
def test_is_pytorchs_upsample_and_convolution(torch, factor, mode):
    mc.manual_seed(0)
    ours = nn.UpsampleConv2d(2, 3, (3, 5), factor, mode).double()
    theirs = torch.nn.Sequential(
        torch.nn.Upsample(scale_factor=factor, mode=mode),
        torch.nn.Conv2d(2, 3, (3, 5), padding="same"),
    ).double()
    theirs.load_state_dict({f"1.{k}": torch.tensor(v) for k, v in ours.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 2, 4, 3))
    a, b = mc.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(b)
    np.testing.assert_allclose(y.data, z.detach().numpy(), rtol=1e-9, atol=1e-11)
    g = np.random.default_rng(1).normal(size=y.shape)
    y.backward(g)
    z.backward(torch.tensor(g))
    np.testing.assert_allclose(a.grad, b.grad.numpy(), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.weight.grad, theirs[1].weight.grad.numpy(), 1e-9, 1e-11)
    (row,) = mc.summary(ours, (2, 4, 3), print_fn=None).rows
    assert row.params == 2 * 3 * 15 + 3 and row.output_shape == (None, *y.shape[1:])


def test_no_checkerboard():
    """Of a constant image the inside stays constant; a transposed convolution's does not."""
    resize = nn.UpsampleConv2d(1, 1, 3, 2, bias=False)
    transposed = nn.ConvTranspose2d(1, 1, 3, 2, bias=False)
    for layer in (resize, transposed):
        nn.init.ones_(layer.weight)
    x = mc.ones(1, 1, 6, 6)
    assert np.unique(resize(x).data[..., 2:-2, 2:-2]).tolist() == [9.0]
    assert np.unique(transposed(x).data[..., 3:-3, 3:-3]).tolist() == [1.0, 2.0, 4.0]


def test_other_paddings_and_repr():
    layer = nn.UpsampleConv2d(1, 2, 3, (2, 1.5), "bilinear", padding=0, bias=False)
    assert layer(mc.ones(1, 1, 4, 4)).shape == (1, 2, 6, 4)
    assert repr(layer) == (
        "UpsampleConv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), bias=False, "
        "scale_factor=(2.0, 1.5), mode='bilinear')"
    )


@pytest.mark.parametrize("kwargs, error, message", [
    ({"scale_factor": 0}, ValueError, "UpsampleConv2d: scale_factor=0 must be larger than 0"),
    ({"scale_factor": "2"}, TypeError, "UpsampleConv2d: scale_factor must be a number"),
    ({"scale_factor": (2, 2, 2)}, ValueError, "one for each of the 2 axes"),
    ({"mode": "linear"}, ValueError, "mode='linear' must be one of 'nearest', 'bilinear'"),
    ({"padding": "full"}, ValueError, "'same', 'valid' or numbers"),
    ({"kernel": "cudnn"}, ValueError, "kernel='cudnn' must be one of"),
])
def test_refused(kwargs, error, message):
    with pytest.raises(error, match=message):
        nn.UpsampleConv2d(1, 1, 3, **kwargs)
