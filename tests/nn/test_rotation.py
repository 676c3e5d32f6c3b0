import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn


def turned(x, r):
    return mc.tensor(np.rot90(x.data, r, (2, 3)).copy())


@pytest.mark.parametrize("stride, padding, size", [(1, 0, (7, 6)), (1, 1, (5, 8)), (2, 1, (7, 9))])
def test_a_turned_image_gives_the_turned_output(stride, padding, size):
    mc.manual_seed(0)
    layer = nn.RotationInvariantConv2d(3, 4, 3, stride, padding).double()
    x = mc.randn(2, 3, *size, dtype="float64")
    y = layer(x)
    for r in (1, 2, 3):
        z = layer(turned(x, r))
        np.testing.assert_allclose(turned(z, -r).data, y.data, rtol=1e-12)
        for pool in (F.global_avg_pool2d, lambda t: F.adaptive_max_pool2d(t, 1)):
            np.testing.assert_allclose(pool(z).data, pool(y).data, rtol=1e-12)


def test_a_whole_network_forgets_the_turn():
    mc.manual_seed(1)
    net = nn.Sequential(
        nn.RotationInvariantConv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.RotationInvariantConv2d(4, 6, 3), nn.GlobalAvgPool2d(), nn.Linear(6, 3),
    ).double()
    x = mc.randn(2, 1, 10, 10, dtype="float64")
    for r in (1, 2, 3):
        np.testing.assert_allclose(net(turned(x, r)).data, net(x).data, rtol=1e-11)
    other = nn.Sequential(nn.Conv2d(1, 4, 3), *net[1:3], *net[4:5], nn.Linear(4, 3)).double()
    assert abs(other(turned(x, 1)).data - other(x).data).max() > 1e-3  # a convolution does not


@pytest.mark.parametrize("stride", [1, 2])
def test_it_is_the_maximum_over_the_poses_and_has_a_convolutions_parameters(stride):
    mc.manual_seed(2)
    layer = nn.RotationInvariantConv2d(2, 3, 3, stride, padding=1).double()
    x = mc.randn(1, 2, 5, 5)
    x = x.double()
    turns = [np.rot90(layer.weight.data, r, (2, 3)).copy() for r in range(4)]
    poses = [F.conv2d(x, w, layer.bias, stride, 1).data for w in turns]
    np.testing.assert_allclose(layer(x).data, np.max(poses, 0), rtol=1e-12)
    (row,) = mc.summary(layer, (2, 5, 5), print_fn=None).rows
    assert row.params == 2 * 3 * 9 + 3
    shape = "2, 3, kernel_size=(3, 3), stride=(1, 1)"
    bare = nn.RotationInvariantConv2d(2, 3, 3, bias=False)
    assert repr(bare) == f"RotationInvariantConv2d({shape}, bias=False)"
    assert bare.double()(x).shape == (1, 3, 3, 3)
    assert mc.gradcheck(lambda t, w: F.maxout(F.conv2d(t, F.rotation_bank(w)), 4),
                        [x.data[..., :4, :3], layer.weight.data])


@pytest.mark.parametrize("do, message", [
    (lambda: nn.RotationInvariantConv2d(2, 3, (3, 2)), r"kernel_size=\(3, 2\) must be square"),
    (lambda: nn.RotationInvariantConv2d(2, 0, 3), "RotationInvariantConv2d: out_channels=0"),
    (lambda: nn.RotationInvariantConv2d(2, 3, 3)(mc.ones(1, 1, 5, 5)), "has 1 channels"),
])
def test_refused(do, message):
    with pytest.raises(ValueError, match=message):
        do()
