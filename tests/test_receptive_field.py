"""Receptive fields: the literature's numbers, and the table. Gradients have a file of their own."""

from fractions import Fraction

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device)
from fields import Apply, contained, numbers, pixels

import minicnn as mc
import minicnn.functional as F
from minicnn import nn
from minicnn.receptive_field import receptive_field
from minicnn.sight import Seen
from minicnn.sight_functions import RULES


def last(*layers, shape=(1, 32, 32)):
    return receptive_field(nn.Sequential(*layers), shape).rows[-1]


# By hand --------------------------------------------------------------------------------


def test_three_neighbours():
    """004 "Sparse Connections": s₃ sees x₂, x₃ and x₄; a second layer sees all five."""
    row = last(nn.Conv1d(1, 1, 3, padding=1), shape=(1, 5))
    assert numbers(row) == ((3,), (1,), (0.0,)) and row.window(2) == (slice(1, 4),)
    row = last(nn.Conv1d(1, 1, 3, padding=1), nn.Conv1d(1, 1, 3, padding=1), shape=(1, 5))
    assert row.size == (5,) and row.window(2) == (slice(0, 5),)


def test_the_formulas_of_the_table():
    row = last(nn.Conv2d(1, 1, (3, 5), stride=(2, 1), padding=(1, 0), dilation=(2, 1)))
    assert numbers(row) == ((5, 5), (2, 1), (1.0, 2.0))
    assert row.window(0, 0) == (slice(0, 4), slice(0, 5))
    assert row.window(3, 2) == (slice(5, 10), slice(2, 7))


def test_vgg16():
    """Before its dense layers VGG-16 sees 212 × 212 pixels, and another 32 with each step."""
    layers = []
    for convolutions in (2, 2, 3, 3, 3):
        layers += [nn.Conv2d(1, 1, 3, padding=1) for _ in range(convolutions)]
        layers.append(nn.MaxPool2d(2))
    assert numbers(last(*layers, shape=(1, 224, 224))) == ((212, 212), (32, 32), (15.5, 15.5))


def test_what_upsampling_does():
    up = nn.ConvTranspose2d(1, 1, 2, 2)
    row = last(nn.MaxPool2d(2), up)
    assert numbers(row) == ((2, 2), (1, 1), (0.5, 0.5))
    assert row.window(5, 4) == (slice(4, 6), slice(4, 6))
    row = last(up)
    assert numbers(row) == ((1, 1), (Fraction(1, 2),) * 2, (0.0, 0.0))
    row = last(nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, 3, padding=1))
    assert numbers(row)[:2] == ((2, 2), (Fraction(1, 2),) * 2)
    assert row.window(2, 3) == (slice(0, 2), slice(1, 3))
    row = last(nn.ConvTranspose2d(1, 1, 1, 3))  # two of three outputs are the bias alone
    assert row.size == (1, 1) and row.window(1, 1) == (slice(0, 0),) * 2
    assert row.window(3, 6) == (slice(1, 2), slice(2, 3))
    row = last(nn.ConvTranspose2d(1, 1, 1, 3, padding=1), shape=(1, 4, 4))
    assert np.isnan(row.centre).all()


@pytest.mark.parametrize("mode, align", [
    ("nearest", None), ("bilinear", False), ("bilinear", True),
])
@pytest.mark.parametrize("size", [(14, 21), (10, 9), (3, 4)])
def test_resizing_by_any_factor(mode, align, size):
    up = nn.Upsample(size, mode=mode, align_corners=align)
    net = nn.Sequential(up)
    row = receptive_field(net, (1, 7, 7)).rows[-1]
    for i in range(0, size[0], 2):
        for j in range(0, size[1], 3):
            contained(pixels(net, (1, 7, 7), (i, j)), row.window(i, j))
    assert max(row.size) <= 3


def test_where_every_position_sees_the_same():
    layers = [nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2)]
    assert numbers(last(*layers[:2])) == ((32, 32), (1, 1), (15.5, 15.5))
    assert numbers(last(*layers)) == ((32, 32), (0, 0), (15.5, 15.5))
    row = last(*layers, nn.ReLU())
    assert row.window(0, 0) == row.window(9, 9) == (slice(0, 32),) * 2


@pytest.mark.parametrize("layer, size, stride, centre", [
    (nn.LocallyConnected2d(2, 3, 3, 12, 2, 1), (3, 3), (2, 2), (0, 0)),
    (nn.Maxout(2), (1, 1), (1, 1), (0, 0)),
    (nn.RotationInvariantConv2d(2, 3, 3, padding=1), (3, 3), (1, 1), (0, 0)),
    (nn.LocalResponseNorm(2), (1, 1), (1, 1), (0, 0)),
    (nn.FractionalMaxPool2d(2, 7), (3, 3), (Fraction(12, 7),) * 2, None),
    (nn.UpsampleConv2d(2, 3, 3), (2, 2), (Fraction(1, 2),) * 2, (-.5, -.5)),
    (nn.GlobalAvgPool2d(), (12, 12), (0, 0), (5.5, 5.5)),
    (nn.GroupNorm(1, 2), (12, 12), (0, 0), (5.5, 5.5)),
    (nn.GELU(), (1, 1), (1, 1), (0, 0)),
    (nn.LayerNorm(12), (1, 12), (1, 0), (0, 5.5)),
], ids=repr)
def test_layers(layer, size, stride, centre):
    found = numbers(last(layer, shape=(2, 12, 12)))
    assert found[:2] == (size, stride) and centre in (None, found[2])


def rows_of_pixels(x):
    n, c, h, w = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(n * h * w, c)
    return F.linear(rows, mc.ones(3, c)).reshape(n, h, w, 3).permute(0, 3, 1, 2)


def windows_times_weights(x):
    columns = F.unfold(x, 3, padding=1)  # (N, C·9, P·Q)
    n, c, h, w = x.shape
    return (columns.reshape(n, c * 9, h, w) * mc.ones(1, c * 9, 1, 1)).sum(1, keepdim=True)


@pytest.mark.parametrize("function, size, stride, centre", [
    (lambda x: x + F.avg_pool2d(x, 3, 1, 1), (3, 3), (1, 1), (0, 0)),
    (lambda x: F.cat([x, F.pad(x, (2, 0, 2, 0))[:, :, :-2, :-2]], 1), (3, 3), (1, 1), (-1, -1)),
    (lambda x: x[:, :, 1::2, ::3], (1, 1), (2, 3), (1, 0)),
    (lambda x: x.flip((2, 3)), (1, 1), (-1, -1), (11, 11)),
    (lambda x: x[:, :, 4, 5], (1, 1), (0, 0), (4, 5)),
    (lambda x: x[:, 0], (1, 1), (1, 1), (0, 0)),
    (lambda x: x.transpose(2, 3), (1, 1), (1, 1), (0, 0)),
    (lambda x: x.mean(dim=3), (1, 12), (1, 0), (0, 5.5)),
    (lambda x: x.max(dim=2, keepdim=True), (12, 1), (0, 1), (5.5, 0)),
    (lambda x: F.softmax(x, 3), (1, 12), (1, 0), (0, 5.5)),
    (lambda x: F.softmax(x, 1) * x.exp() / 2 - x ** 2, (1, 1), (1, 1), (0, 0)),
    (lambda x: mc.cumsum(x, 2), (12, 1), (0, 1), (5.5, 0)),
    (lambda x: mc.logsumexp(x, 1), (1, 1), (1, 1), (0, 0)),
    (lambda x: x * F.sigmoid(F.adaptive_avg_pool2d(x, 1)), (12, 12), (0, 0), (5.5, 5.5)),
    (lambda x: x + x[:, :, ::2, ::2].sum(), (12, 12), (0, 0), (5.5, 5.5)),
    (lambda x: x - x.mean(dim=(2, 3), keepdim=True), (12, 12), (0, 0), (5.5, 5.5)),
    (lambda x: F.pixel_shuffle(F.cat([x, x], 1), 2), (1, 1), (Fraction(1, 2),) * 2, (0, 0)),
    (lambda x: F.pixel_unshuffle(x, 2), (2, 2), (2, 2), (.5, .5)),
    (lambda x: F.pad(x, (1, 1, 2, 2), mode="reflect"), (1, 1), (1, 1), (-2, -1)),
    (lambda x: F.pad(x, (1, 1, 2, 2), mode="circular"), (1, 1), (1, 1), (-2, -1)),
    (lambda x: F.adaptive_avg_pool2d(x, (4, 3)), (3, 4), (3, 4), (1, 1.5)),
    (lambda x: F.adaptive_max_pool2d(x, (4, 3)), (3, 4), (3, 4), (1, 1.5)),
    (lambda x: F.adaptive_max_pool2d(x, (5, 8)), (4, 2), (Fraction(12, 5), Fraction(3, 2)),
     (1, .5)),
    (lambda x: F.quantize(x, 3), (1, 1), (1, 1), (0, 0)),
    (lambda x: x[:, :, [5, 1, 7, 2]], (13, 1), (3, 1), (-1, 0)),
    (rows_of_pixels, (1, 1), (1, 1), (0, 0)),
    (lambda x: F.layer_norm(x.permute(0, 2, 3, 1), 2).permute(0, 3, 1, 2), (1, 1), (1, 1), (0, 0)),
    (windows_times_weights, (3, 3), (1, 1), (0, 0)),
    (lambda x: F.fold(F.unfold(x, 2, stride=2), 12, 2, stride=2), (2, 2), (1, 1), (.5, .5)),
    (lambda x: x.reshape(2, 2, 144), (1, 12), (Fraction(1, 12), 0), (0, 5.5)),
    (lambda x: x.reshape(2, 2, 144).reshape(2, 2, 12, 12), (1, 1), (1, 1), (0, 0)),
    (lambda x: x @ mc.ones(12, 5), (1, 12), (1, 0), (0, 5.5)),
    (lambda x: mc.eye(12) @ x, (12, 1), (0, 1), (5.5, 0)),
    (lambda x: x @ x, (12, 12), (0, 0), (5.5, 5.5)),
    (lambda x: F.batch_norm(x, training=True), (12, 12), (0, 0), (5.5, 5.5)),
    (lambda x: F.conv2d(mc.ones(2, 1, 4, 4), x[:, :1]), (12, 12), (0, 0), (5.5, 5.5)),
    (lambda x: F.dropout(F.relu(x), .5).clip(0, 1), (1, 1), (1, 1), (0, 0)),
])
def test_functions(function, size, stride, centre):
    if "conv2d" in function.__code__.co_names:
        inner, function = function, lambda x: inner(x[:, :, ::4, ::4].mean(0, keepdim=True))
        size, centre = (9, 9), (4, 4)
    row = receptive_field(Apply(function), (2, 12, 12)).rows[-1]
    assert numbers(row) == (size, stride, tuple(map(float, centre)))


# The table ------------------------------------------------------------------------------


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)


def test_the_table():
    table = receptive_field(
        nn.Sequential({"stem": nn.Conv2d(1, 1, 3, 2), "block": Block(), "end": nn.ReLU()}),
        (1, 9, 9),
    )
    assert [(r.name, r.layer) for r in table.rows] == [
        ("stem", "Conv2d"), ("block.conv", "Conv2d"), ("block", "Block"), ("end", "ReLU"),
    ]
    assert table["block"].output_shape == (None, 1, 4, 4)
    assert str(table) == "\n".join(table.lines()) == (
        'Receptive fields of "Sequential" in an input of (None, 1, 9, 9)\n'
        "____________________________________________________________________________\n"
        " Layer (type)                Output Shape          Size     Stride  Centre\n"
        "============================================================================\n"
        " stem (Conv2d)               (None, 1, 4, 4)       3×3      2×2     1, 1\n"
        " block.conv (Conv2d)         (None, 1, 4, 4)       7×7      2×2     1, 1\n"
        " block (Block)               (None, 1, 4, 4)       7×7      2×2     1, 1\n"
        " end (ReLU)                  (None, 1, 4, 4)       7×7      2×2     1, 1\n"
        "____________________________________________________________________________"
    )
    assert repr(table) == "ReceptiveFields(Sequential: 4 rows)"
    with pytest.raises(KeyError, match="no layer is called 'conv'; there are 'stem', 'block"):
        table["conv"]


def test_a_layer_used_twice_several_outputs_and_constants():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.fixed = nn.Conv1d(1, 1, 3), Apply(lambda x: x.detach())

        def forward(self, x):
            y = self.conv(x)
            return {"one": y, "two": [self.conv(y), self.fixed(y)], "three": x * 2}

    table = receptive_field(Net(), (1, 20))
    assert [(r.name, r.size) for r in table.rows] == [
        ("conv", (3,)), ("conv", (5,)), ("fixed", None),
        ("[0]", (3,)), ("[1]", (5,)), ("[2]", None), ("[3]", (1,)),
    ]
    assert "nothing" in str(table) and table["conv"].size == (5,)
    with pytest.raises(ValueError, match="Apply 'fixed' does not depend on the input"):
        table["fixed"].window(0)


def test_deep_networks():
    row = last(Apply(lambda x: sum((x for _ in range(3000)), x)))
    assert numbers(row) == ((1, 1), (1, 1), (0.0, 0.0))


def test_leaves_everything_as_it_was():
    net = nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 1, 3)).train()
    before, drawn = net.state_dict(), mc.random.get_state()
    with mc.no_grad():
        receptive_field(net, (1, 5, 5))
    assert net.training and all(m.training for m in net.modules())
    assert all((net.state_dict()[k] == v).all() for k, v in before.items())
    assert repr(mc.random.get_state()) == repr(drawn)
    assert all(p.grad is None for p in net.parameters())
    assert not any(m._forward_hooks for m in net.modules())
    net.eval()
    mc.prepare(net)
    assert receptive_field(net, (1, 5, 5)).rows[-1].size == (3, 3) and not net.training


def test_on_another_device():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.AdaptiveMaxPool2d(2),
                        nn.Upsample((5, 5), mode="bilinear"), nn.Flatten(), nn.Linear(50, 2))
    here = receptive_field(net, (1, 12, 12))
    with mc.use_kernel("im2col"):
        there = receptive_field(net.to("strict"), (1, 12, 12))
    assert here.lines() == there.lines()


@pytest.mark.parametrize("shape, error, message", [
    (32, TypeError, r"without the batch, such as \(3, 32, 32\), got 32"),
    ("3", TypeError, "got '3'"),
    ((1, 9.0, 9), TypeError, "each size in input_shape must be a whole number, got 9.0"),
    ((9,), ValueError, "a number of channels and at least one spatial size"),
    ((1, 0, 9), ValueError, "all from 1 on"),
    ((2, 9, 9), ValueError, r"does not take float32 input of shape \(None, 2, 9, 9\).*channels"),
    ((1, 2, 2), ValueError, "covers 3 pixels"),
])
def test_refused_shapes(shape, error, message):
    with pytest.raises(error, match=message):
        receptive_field(nn.Conv2d(1, 1, 3), shape)


def test_refused_otherwise():
    net = nn.Conv2d(1, 1, 3)
    with pytest.raises(TypeError, match="expected a Module, got function"):
        receptive_field(F.relu, (1, 3, 3))
    with pytest.raises(TypeError, match="must be floats, dtype int64 is not"):
        receptive_field(net, (1, 3, 3), dtype="int64")
    row = receptive_field(net, (1, 5, 5)).rows[0]
    with pytest.raises(ValueError, match="one index for each of the 2 spatial axes"):
        row.window(1)
    for place in ((-1, 0), (0, 3)):
        with pytest.raises(IndexError, match=r"lies outside of \(None, 1, 3, 3\)"):
            row.window(*place)
    with pytest.raises(TypeError, match="whole number, got 0.5"):
        row.window(0, 0.5)


class Cube(mc.Function):
    def forward(self, x):
        return x**3

    def backward(self, g):
        return g * 3 * self.inputs[0] ** 2


def test_an_unknown_function_is_named():
    with pytest.raises(NotImplementedError, match="entry of Cube's output.*known are .*Conv"):
        receptive_field(Apply(lambda x: Cube()(x)), (1, 3, 3))


def test_every_function_of_the_forward_pass_is_known():
    """A new Function needs a rule; those here come only from gradients, or are not entered."""
    def below(kind):
        for sub in kind.__subclasses__():
            yield sub
            yield from below(sub)

    backward_only = {
        "MaxPoolPut", "MaxPoolTake", "WeightGradient", "ReLUGradient", "PutItem", "PutLast",
        "SumTo", "_Trilinear",
    }
    unknown = {
        kind.__name__ for kind in below(mc.Function) if kind.__module__.startswith("minicnn.")
        and not any(k in RULES for k in kind.__mro__)
    }
    assert unknown <= backward_only


def test_seen_by_hand():
    own = Seen()
    twice = own.transposed(2, 2, 0, 1)  # 0 0 1 1 2 2 ...
    assert [twice.at(i) for i in range(-1, 3)] == [(-1, -1), (0, 0), (0, 0), (1, 1)]
    assert twice.window(2, 1, 0, 1).ends == ((0, 0), (0, 1))
    assert twice.window(2, 2, 0, 1) == own
