"""Every convolution kernel, on geometries drawn at random, against PyTorch and against `direct`.

Real numbers are compared with PyTorch, in float64, within rounding. Small integers have exact
sums, so there every kernel must agree with `direct` in every bit, and the three derivatives of
T must give one number: ⟨g, y⟩ = ⟨x, gx⟩ = ⟨w, gw⟩.
"""

import os
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_list import each_kernel
from odd_arrays import LAYOUTS, repeated

import minicnn as mc
import minicnn.functional as F
from minicnn import kernels
from minicnn.geometry import Geometry

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")

CI = bool(os.environ.get("CI"))
DRAWS = dict(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
TOLERANCE = {"float32": 1e-5, "float64": 1e-13}
MOST = {1: (5, 8), 2: (3, 4), 3: (2, 2)}  # by axes: the most taps, and places beyond the first


@dataclass(frozen=True)
class Case:
    """One convolution (or the one that is transposed), with the layouts of its four arrays."""

    batch: int
    channels: int
    filters: int
    groups: int
    size: tuple  # of the input: of T's x for a convolution, of T's g for a transposed one
    kernel: tuple
    stride: tuple
    padding: tuple | str
    dilation: tuple
    extra: tuple  # output_padding
    bias: bool
    dtype: str
    layouts: tuple
    seed: int

    @property
    def axes(self):
        return len(self.size)

    @property
    def pairs(self):
        """The padding as pairs; Keras' rule for "same"."""
        if self.padding != "same":
            return self.padding
        totals = [
            max(d * (k - 1) + 1 - (n % s or s), 0)
            for n, k, s, d in zip(self.size, self.kernel, self.stride, self.dilation, strict=True)
        ]
        return tuple((total // 2, total - total // 2) for total in totals)

    def arrays(self, shapes, integers):
        """Numbers for the given shapes, laid out as drawn; the layouts come in the same order."""
        rng = np.random.default_rng(self.seed)
        made = []
        for shape, layout in zip(shapes, self.layouts, strict=True):
            numbers = rng.integers(-3, 4, shape) if integers else rng.standard_normal(shape)
            numbers = numbers.astype(self.dtype)
            made.append(repeated(numbers) if layout == "repeated" else LAYOUTS[layout](numbers))
        return made


@st.composite
def cases(draw, transposed=False):
    axes = draw(st.integers(1, 3))
    most_taps, most_room = MOST[axes]

    def each(low, high):
        return draw(st.tuples(*[st.integers(low, high)] * axes))

    kernel, stride, dilation = each(1, most_taps), each(1, 3), each(1, 3)
    extent = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    padding = tuple(zip(each(0, 2), each(0, 2), strict=True))
    room = each(0, most_room)
    extra = (0,) * axes
    if transposed:
        size = tuple(n + 1 for n in room)
        extra = tuple(
            draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)
        )
        # No more padding than leaves a pixel.
        full = [(n - 1) * s + e + x for n, s, e, x in zip(size, stride, extent, extra, strict=True)]
        padding = tuple(
            (min(before, n - 1), min(after, n - 1 - min(before, n - 1)))
            for (before, after), n in zip(padding, full, strict=True)
        )
    elif draw(st.booleans()) and draw(st.booleans()):
        size, padding = tuple(n + 1 for n in room), "same"
    else:
        size = tuple(
            max(1, e - before - after + r)
            for e, (before, after), r in zip(extent, padding, room, strict=True)
        )
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    per_group, filters = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    if draw(st.sampled_from([False, False, True])):
        per_group = 1  # depthwise
    return Case(
        batch=draw(st.sampled_from([1, 2, 3, 0])),
        channels=groups * per_group,
        filters=groups * filters,
        groups=groups,
        size=size, kernel=kernel, stride=stride, padding=padding, dilation=dilation, extra=extra,
        bias=draw(st.booleans()),
        dtype=draw(st.sampled_from(["float32", "float64"])),
        layouts=draw(st.tuples(*[st.sampled_from([*LAYOUTS, "repeated"])] * 4)),
        seed=draw(st.integers(0, 2**20)),
    )


def conv(case, x, w, b=None, kernel=None):
    function = getattr(F, f"conv{case.axes}d")
    return function(x, w, b, case.stride, case.padding, case.dilation, case.groups, kernel)


def torch_conv(case, x, w, b=None):
    function = getattr(torch.nn.functional, f"conv{case.axes}d")
    widths = [n for pair in reversed(case.pairs) for n in pair]
    x = torch.nn.functional.pad(x, widths)
    return function(x, w, b, case.stride, 0, case.dilation, case.groups)


def conv_transpose(case, x, w, b=None, kernel=None):
    function = getattr(F, f"conv_transpose{case.axes}d")
    return function(
        x, w, b, case.stride, case.padding, case.extra, case.groups, case.dilation, kernel
    )


def torch_conv_transpose(case, x, w, b=None):
    function = getattr(torch.nn.functional, f"conv_transpose{case.axes}d")
    y = function(x, w, b, case.stride, 0, case.extra, case.groups, case.dilation)
    inside = zip(y.shape[2:], case.padding, strict=True)  # padding cuts off
    return y[(..., *(slice(before, n - after) for n, (before, after) in inside))]


def operands(case, transposed):
    """Shapes of input, weight and bias."""
    filters = case.filters // case.groups if transposed else case.channels // case.groups
    x = (case.batch, case.channels, *case.size)
    w = (case.channels if transposed else case.filters, filters, *case.kernel)
    return x, w, (case.filters,)


def everything(function, case, arrays, g, kernel):
    """The output, and the gradients by input, weight and, if there is one, bias, as arrays."""
    tensors = [mc.Tensor(a, requires_grad=True) for a in arrays]
    y = function(case, *tensors, kernel=kernel)
    assert y.dtype == case.dtype
    gradients = mc.grad(y, tensors, g)
    for gradient, tensor in zip(gradients, tensors, strict=True):
        assert gradient.shape == tensor.shape and gradient.dtype == tensor.dtype
    return [y.data, *(gradient.data for gradient in gradients)]


def torch_everything(function, case, arrays, g):
    tensors = [torch.tensor(a.astype("float64"), requires_grad=True) for a in arrays]
    y = function(case, *tensors)
    gradients = torch.autograd.grad(y, tensors, torch.tensor(g.astype("float64")))
    return [t.detach().numpy() for t in (y, *gradients)]


def hold(case, kernel, ours, theirs, transposed):
    """What every kernel must do, for one geometry."""
    for integers in (True, False):
        x_shape, w_shape, b_shape = operands(case, transposed)
        probe = [torch.zeros(s, dtype=torch.float64) for s in (x_shape, w_shape, b_shape)]
        g_shape = tuple(theirs(case, *probe).shape)
        x, w, b, g = case.arrays((x_shape, w_shape, b_shape, g_shape), integers)
        arrays = [x, w, b] if case.bias else [x, w]
        before = [a.tobytes() for a in (x, w, b, g)]

        got = everything(ours, case, arrays, g, kernel)
        assert [a.tobytes() for a in (x, w, b, g)] == before  # nothing given was changed
        expected = torch_everything(theirs, case, arrays, g)
        assert [a.shape for a in got] == [a.shape for a in expected]
        if integers:
            direct = everything(ours, case, arrays, g, "direct")
            for a, exact, definition in zip(got, expected, direct, strict=True):
                np.testing.assert_array_equal(a, exact)
                assert a.tobytes() == definition.tobytes()
            y, gx, gw = got[:3]
            y = y - b.reshape(-1, *(1,) * case.axes) if case.bias else y
            assert (g * y).sum() == (x * gx).sum() == (w * gw).sum()
        else:
            for a, near in zip(got, expected, strict=True):
                scale = max(1.0, abs(near).max(initial=0))
                np.testing.assert_allclose(a, near, rtol=0, atol=TOLERANCE[case.dtype] * scale)


@each_kernel
@settings(max_examples=2000 if CI else 40, **DRAWS)
@given(case=cases())
def test_convolution_and_its_gradients(kernel, case):
    hold(case, kernel, conv, torch_conv, transposed=False)


@each_kernel
@settings(max_examples=200 if CI else 15, **DRAWS)
@given(case=cases(transposed=True))
def test_transposed_convolution_and_its_gradients(kernel, case):
    hold(case, kernel, conv_transpose, torch_conv_transpose, transposed=True)


# What is drawn above, straight at the kernels' own three functions, one layout at a time.

GEOMETRY = Geometry.conv((2, 4, 6, 7), (6, 2, 3, 2), (2, 1), ((1, 0), (2, 1)), (1, 2), 2)


@each_kernel
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "big-endian"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_three_functions_take_any_layout(kernel, layout, dtype):
    module, odd = kernels.pick("convolution", np.zeros(1), kernel), LAYOUTS[layout]
    case = Case(2, 4, 6, 2, (6, 7), (3, 2), (2, 1), (), (1, 2), (), True, dtype,
                ("as it is",) * 5, 3)
    y_shape = (2, 6, *GEOMETRY.output)
    x, w, b, g, c = case.arrays(((2, 4, 6, 7), (6, 2, 3, 2), (6,), y_shape, (4,)), True)
    plain = kernels.direct
    for got, expected in (
        (module.forward(odd(x), odd(w), GEOMETRY), plain.forward(x, w, GEOMETRY)),
        (module.forward(odd(x), odd(w), GEOMETRY, odd(b)), plain.forward(x, w, GEOMETRY, b)),
        (module.input_gradient(odd(g), odd(w), GEOMETRY), plain.input_gradient(g, w, GEOMETRY)),
        (module.input_gradient(odd(g), odd(w), GEOMETRY, odd(c)),
         plain.input_gradient(g, w, GEOMETRY, c)),
        (module.weight_gradient(odd(x), odd(g), GEOMETRY), plain.weight_gradient(x, g, GEOMETRY)),
    ):
        assert got.dtype == expected.dtype == dtype
        np.testing.assert_array_equal(got, expected)
        for given_array in (x, w, b, g, c):
            assert not np.shares_memory(got, given_array)


EMPTY = {
    "no images": dict(batch=0),
    "no channels": dict(channels=0),
    "no filters": dict(filters=0),
    "no channels, two groups": dict(channels=0, groups=2),
    "nothing at all": dict(batch=0, channels=0, filters=0),
    "no rows, but padding": dict(size=(0, 4), padding=((1, 2), (0, 0))),
}


@each_kernel
@pytest.mark.parametrize("name", EMPTY)
def test_empty_arrays_give_the_empty_sum(kernel, name):
    """Where no pixel meets a filter the output is the bias, and the gradients are zero."""
    plain = Case(2, 4, 6, 1, (3, 4), (2, 3), (1, 1), ((0, 0), (1, 0)), (1, 1), (), True, "float64",
                 (), 0)
    case = replace(plain, **EMPTY[name])
    x, w, b = (np.ones(shape) for shape in operands(case, transposed=False))
    tensors = [mc.Tensor(a, requires_grad=True) for a in (x, w, b)]
    y = conv(case, *tensors, kernel)
    assert y.shape[:2] == (case.batch, case.filters)
    np.testing.assert_array_equal(y.data, np.ones(y.shape))
    gx, gw, gb = mc.grad(y, tensors, np.ones(y.shape))
    np.testing.assert_array_equal(gx.data, np.zeros(x.shape))
    np.testing.assert_array_equal(gw.data, np.zeros(w.shape))
    np.testing.assert_array_equal(gb.data, np.full(b.shape, case.batch * y.shape[2] * y.shape[3]))


@each_kernel
def test_infinities_and_nan_stay_where_they_are_seen(kernel):
    """One NaN pixel reaches the outputs whose window contains it, and no others."""
    x = np.zeros((1, 1, 5, 5))
    x[0, 0, 1, 1], x[0, 0, 4, 4] = np.nan, np.inf
    y = F.conv2d(mc.Tensor(x), mc.Tensor(np.ones((1, 1, 2, 2))), kernel=kernel).data[0, 0]
    expected = np.zeros((4, 4))
    expected[:2, :2], expected[3, 3] = np.nan, np.inf
    np.testing.assert_array_equal(y, expected)
