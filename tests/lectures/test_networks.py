"""The networks of the lectures: every output equals PyTorch's with the same weights."""

import numpy as np
import pytest
from lectures import networks

import minicnn as mc
from minicnn import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is the oracle")

import torch_networks as theirs  # noqa: E402  (it needs PyTorch)

NETWORKS = {
    "lecture_net": (3, 32, 32),
    "alexnet": (3, 227, 227),
    "vgg16": (3, 32, 32),
    "vgg19": (3, 32, 32),
    "googlenet": (3, 64, 64),
    "inception_v3": (3, 79, 79),
    "resnet34": (3, 40, 40),
    "resnet152": (3, 33, 33),
    "unet": (1, 92, 92),
}
SETTINGS = {
    "vgg16": {"size": 32, "width": 8, "nodes": 20},
    "vgg19": {"size": 32, "width": 8, "nodes": 20},
    "unet": {"width": 3, "levels": 3},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_output_is_pytorchs(name):
    rng = np.random.default_rng(0)
    settings = SETTINGS.get(name, {})
    net = nn.utils.skip_init(getattr(networks, name), **settings).eval()
    other = theirs.meta(getattr(theirs, name), **settings).to_empty(device="cpu")
    with torch.no_grad():
        for p, q in zip(net.parameters(), other.parameters(), strict=True):
            assert p.shape == tuple(q.shape)
            fan_in = max(1, p.data[0].size)  # as large as it came in is what goes out
            p.data = rng.standard_normal(p.shape, dtype="float32") * (2 / fan_in) ** 0.5
            q.copy_(torch.from_numpy(p.data))
        for buffer in other.buffers():  # running statistics: 0 and 1, and how many batches
            buffer.zero_()
        for layer in other.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.running_var.fill_(1)
        x = rng.standard_normal((2, *NETWORKS[name]), dtype="float32")
        y, z = net(mc.tensor(x)).data, other(torch.from_numpy(x)).numpy()
    assert y.shape == z.shape and np.ptp(z) > 1e-3
    np.testing.assert_allclose(y, z, rtol=1e-3, atol=1e-4 * np.abs(z).max())


@pytest.mark.parametrize(
    "name, parameters, layers, convolutions",
    [  # of torchvision's models, Caffe's for alexnet and googlenet, the papers' for the others
        ("lenet5", 60_000, None, 18),
        ("alexnet", 60_965_224, 8, 5),
        ("vgg16", 138_357_544, 16, 13),
        ("vgg19", 143_667_240, 19, 16),
        ("googlenet", 6_998_552, 22, 57),
        ("inception_v3", 23_834_568, 48, 94),
        ("resnet34", 21_797_672, 34, 36),
        ("resnet152", 60_192_808, 152, 155),
        ("unet", 31_030_658, 23, 23),
    ],
)
def test_counts_that_are_published(name, parameters, layers, convolutions):
    net = nn.utils.skip_init(getattr(networks, name))
    assert networks.parameters(net) == parameters
    assert networks.count(net, nn.Conv2d, nn.ConvTranspose2d) == convolutions
    if layers is not None:
        shape = {"alexnet": (3, 227, 227), "unet": (1, 188, 188)}.get(name, (3, 96, 96))
        shape = (3, 224, 224) if name.startswith("vgg") else shape
        assert networks.depth(net, shape) == layers


def test_lenet5_is_the_papers():
    net = networks.lenet5()
    x = mc.rand(2, 1, 32, 32)
    maps = [layer(x) for layer in [net[:1], net[:2], net[:3], net[:4], net[:5], net[:6], net]]
    assert [m.shape[1:] for m in maps] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)
    ]
    # a filter of C3 sees the maps of Table I, and no other
    s2 = mc.rand(1, 6, 5, 5, requires_grad=True)
    for filter, sees in enumerate(networks.C3_SEES):
        (gradient,) = mc.grad(net[2](s2)[0, filter].sum(), [s2])
        assert np.flatnonzero(abs(gradient.data).max(axis=(0, 2, 3))).tolist() == list(sees)
    assert sum(len(sees) for sees in networks.C3_SEES) == 60
    # subsampling adds four pixels, times a coefficient, plus a bias
    sub = networks.Subsample(1)
    sub.coefficient.data[:], sub.bias.data[:] = 3, 0.5
    assert sub(mc.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])).item() == 30.5
    # the output is the squared distance to prototypes of ±1, which are not learned
    last = net[-1]
    assert not list(last.parameters()) and set(np.unique(last.prototypes.data)) == {-1, 1}
    assert last(last.prototypes).data.diagonal().tolist() == [0] * 10
    assert networks.Squash()(mc.tensor([1.0])).item() == pytest.approx(1, abs=1e-5)
