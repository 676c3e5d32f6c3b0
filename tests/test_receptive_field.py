"""Receptive fields: the literature's numbers, and random networks confirmed by their gradients."""

from fractions import Fraction

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device)
from hypothesis import given, settings
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F
from minicnn import nn
from minicnn.receptive_field import receptive_field
from minicnn.sight import Seen
from minicnn.sight_functions import RULES


def last(*layers, shape=(1, 32, 32)):
    return receptive_field(nn.Sequential(*layers), shape).rows[-1]


def numbers(row):
    return row.size, row.stride, row.centre


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


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


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


# By gradients ---------------------------------------------------------------------------


class Sum(nn.Module):
    """A residual block: branches that are added."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return sum((branch(x) for branch in self.branches), x)


class Inception(nn.Module):
    """Branches that are joined along the channels, and reduced again."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.reduce = nn.Conv2d(2 * len(branches), 2, 1)

    def forward(self, x):
        return self.reduce(F.cat([branch(x) for branch in self.branches], 1))


def pixels(net, shape, place):
    """Where the gradient of the output at a place is not zero: a boolean image."""
    x = mc.rand(1, *shape, dtype="float64", requires_grad=True)
    net = net.double().eval()
    for p in net.parameters():
        p.data[...] = np.abs(p.data) + 0.1  # nothing cancels, and no ReLU cuts off
    (g,) = mc.grad(net(x)[(0, slice(None), *place)].sum(), [x], allow_unused=True)
    return np.zeros(shape[1:], bool) if g is None else (g.data[0] != 0).any(0)


def contained(seen, window):
    """The gradient is zero outside of the window; returned is whether it fills it."""
    inside = np.zeros_like(seen)
    inside[window] = True
    assert not (seen & ~inside).any(), f"{np.argwhere(seen).tolist()} leaves {window}"
    box = tuple(
        slice(int(where.min()), int(where.max()) + 1) if where.size else slice(0, 0)
        for where in np.nonzero(seen)
    )
    return box == window


def same(taps, dilation=1):
    return nn.Conv2d(2, 2, taps, padding="same", dilation=dilation)


whole = st.integers
pairs = st.tuples(whole(1, 3), whole(1, 3))
CONV = st.builds(
    lambda taps, stride, dilation, padding, groups: nn.Conv2d(
        2, 2, taps, stride, tuple(min(p, (t - 1) * d) for p, t, d in
                                  zip(padding, taps, dilation, strict=True)),
        dilation, groups),
    st.tuples(whole(1, 4), whole(1, 4)), pairs, st.tuples(whole(1, 2), whole(1, 3)),
    st.tuples(whole(0, 3), whole(0, 3)), whole(1, 2),
)
MAX = st.builds(
    lambda taps, stride, padding, dilation, ceil: nn.MaxPool2d(
        taps, stride, tuple(min(p, t // 2) for p, t in zip(padding, taps, strict=True)),
        dilation, ceil_mode=ceil),
    pairs, pairs, st.tuples(whole(0, 1), whole(0, 1)), pairs, st.booleans(),
)
AVERAGE = st.builds(nn.AvgPool2d, pairs, pairs)
RESIDUAL = st.builds(
    lambda taps, dilation: Sum(nn.Sequential(same(taps), nn.ReLU(), same(3, dilation))),
    whole(1, 5), whole(1, 2),
)
INCEPTION = st.builds(
    lambda one, pool: Inception(
        same(one), nn.Sequential(same(1), same(3)), nn.Sequential(same(1), same(5)),
        nn.MaxPool2d(pool, 1, pool // 2)),
    whole(1, 3), st.sampled_from([1, 3]),
)
PLAIN = st.builds(lambda: nn.Sequential(nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(0.5)))
UP = st.one_of(
    st.builds(lambda taps, stride, padding: nn.ConvTranspose2d(
        2, 2, taps, stride, tuple(min(p, t // 2) for p, t in zip(padding, taps, strict=True))),
        st.tuples(whole(1, 4), whole(1, 4)), pairs, st.tuples(whole(0, 1), whole(0, 1))),
    st.builds(lambda k: nn.Upsample(scale_factor=k), pairs),
)
DOWN = st.one_of(CONV, CONV, MAX, AVERAGE, RESIDUAL, INCEPTION, PLAIN)
SHAPE = (2, 41, 36)


def smooth(module):
    """The network with sums in place of maxima: its gradient shows a window's every pixel."""
    for name, child in module.named_children():
        if isinstance(child, nn.MaxPool2d):
            pool = Apply(lambda x, m=child: sum_pool(x, m))
            setattr(module, name, pool)
        else:
            smooth(child)
    return module


def sum_pool(x, m):
    """As a convolution with ones, over as many pixels more as ceil_mode asks for."""
    like = F.max_pool2d(x, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode)
    taps, stride, padding, dilation = (
        (v, v) if isinstance(v, int) else v
        for v in (m.kernel_size, m.stride, m.padding, m.dilation)
    )
    pads = []
    for n, places, t, s, p, d in zip(
        x.shape[2:], like.shape[2:], taps, stride, padding, dilation, strict=True
    ):
        pads.append((p, max(0, (places - 1) * s + (t - 1) * d + 1 - p - n)))
    ones = mc.ones(x.shape[1], 1, *taps, dtype=x.dtype)
    y = F.conv2d(x, ones, None, stride, tuple(pads), dilation, groups=x.shape[1])
    return y[:, :, : like.shape[2], : like.shape[3]]


def confirmed(layers, exact):
    net = nn.Sequential(*layers)
    try:
        row = receptive_field(net, SHAPE).rows[-1]
    except ValueError as error:  # too small an image for so many layers
        assert "does not take" in str(error)
        return
    size = row.output_shape[2:]
    places = {(0, 0), (size[0] // 2, size[1] // 2), (size[0] - 1, size[1] // 3)}
    if size[0] > 1 and size[1] > 1:
        places.add((size[0] // 2 - 1, size[1] // 2 - size[1] % 2))
    windows = {place: row.window(*place) for place in places}
    for place in places:
        contained(pixels(net, SHAPE, place), windows[place])  # with maxima: one pixel of each
    net = smooth(net)
    for place, window in windows.items():
        full = contained(pixels(net, SHAPE, place), window)
        whole = all(
            w.start > 0 and w.stop < n for w, n in zip(window, SHAPE[1:], strict=True)
        )
        assert full or not (exact and whole), f"{place}: the gradient does not fill {window}"
        if exact and whole:
            for w, i, r, s, c in zip(window, place, *numbers(row), strict=True):
                assert (w.stop - w.start, (w.start + w.stop - 1) / 2) == (r, c + i * s)


@settings(max_examples=150)
@given(st.lists(DOWN, min_size=1, max_size=5))
def test_random_networks(layers):
    confirmed(layers, exact=True)


@settings(max_examples=100)
@given(st.lists(DOWN, max_size=2), UP, st.lists(st.one_of(DOWN, UP), max_size=1))
def test_random_networks_that_grow_again(before, up, after):
    """Fields differ from place to place, and border effects reach inside: no more than said."""
    confirmed([*before, up, *after], exact=False)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.inner = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3)
        self.pool, self.up = nn.MaxPool2d(2), nn.ConvTranspose2d(2, 2, 2, 2)
        self.last = nn.Conv2d(4, 1, 3)

    def forward(self, x):
        skip = self.first(x)
        up = self.up(self.inner(self.pool(skip)))
        cut = (skip.shape[2] - up.shape[2]) // 2
        return self.last(F.cat([skip[:, :, cut:-cut, cut:-cut], up], 1))


def test_a_unet_sees_as_many_pixels_as_its_gradient_says():
    net = UNet()
    row = receptive_field(net, (1, 30, 30))["last"]
    assert row.stride == (1, 1) and row.size == (10, 10)
    for place in ((3, 4), (4, 4), (5, 8), (8, 5)):
        seen = pixels(smooth(net), (1, 30, 30), place)
        assert contained(seen, row.window(*place))
        assert [w.stop - w.start for w in row.window(*place)] == [10, 10]


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
