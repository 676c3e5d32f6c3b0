"""Receptive fields confirmed: a pixel is in one where the gradient says that it is seen."""

from fields import Apply, contained, numbers, pixels
from hypothesis import given, settings
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F
from minicnn import nn
from minicnn.receptive_field import receptive_field


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
