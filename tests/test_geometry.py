"""geometry.py: sizes against counting and against PyTorch, and every error."""

import dataclasses
import itertools
import math
import tracemalloc

import numpy as np
import pytest

from minicnn.geometry import Geometry, shown, whole_number

HUGE = 2**62


def conv(size=(8, 9), kernel=(3, 2), channels=(4, 6), groups=1, **settings):
    """The Geometry of a convolution of one image, from sizes."""
    c, o = channels
    return Geometry.conv(
        (1, c, *size), (o, c // groups, *kernel), groups=groups, axes=len(size), **settings
    )


def transposed(size=(4, 5), kernel=(3, 2), channels=(4, 6), **settings):
    c, o = channels
    return Geometry.conv_transpose((1, c, *size), (c, o, *kernel), axes=len(size), **settings)


def counted(size, kernel, stride, padding, dilation):
    """How many windows fit, by trying every place."""
    padded = range(-padding[0], size + padding[1])
    taps = [a * dilation for a in range(kernel)]
    starts = range(-padding[0], size + padding[1], stride)
    return sum(all(start + t in padded for t in taps) for start in starts)


# One axis: what the formula says is what counting says.


@pytest.mark.parametrize("dilation", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2, 3, 7])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_output_sizes_are_the_number_of_windows_that_fit(kernel, stride, dilation):
    tried = 0
    extent = dilation * (kernel - 1) + 1
    sizes = range(max(1, extent - 4), extent + 8)
    for size, before, after in itertools.product(sizes, range(4), range(4)):
        places = counted(size, kernel, stride, (before, after), dilation)
        settings = dict(stride=stride, padding=((before, after),), dilation=dilation)
        if places == 0:
            with pytest.raises(ValueError, match="kernel covers"):
                conv((size,), (kernel,), **settings)
            continue
        tried += 1
        geometry = conv((size,), (kernel,), **settings)
        assert geometry.output == (places,)
        assert geometry.size == (size,) and geometry.kernel == (kernel,)
        assert geometry.padding == ((before, after),)
    assert tried > 50


@pytest.mark.parametrize("w, f, p, s, places", [
    (32, 5, 0, 1, 28), (28, 2, 0, 2, 14), (224, 11, 2, 4, 55), (5, 3, 1, 1, 5), (7, 3, 1, 2, 4),
    (7, 3, 1, 3, 3),
])
def test_the_lecture_formula_with_its_floor(w, f, p, s, places):
    assert conv((w,), (f,), stride=s, padding=p).output == (places,)
    assert places == math.floor((w - f + 2 * p) / s + 1)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_sizes_are_pytorchs(axes):
    torch = pytest.importorskip("torch")
    function = getattr(torch.nn.functional, f"conv{axes}d")
    rng = np.random.default_rng(axes)
    for _ in range(60):
        kernel, stride, dilation, padding = (
            tuple(map(int, rng.integers(low, high, axes)))
            for low, high in ((1, 4), (1, 4), (1, 3), (0, 3))
        )
        size = tuple(
            d * (k - 1) + 1 + int(rng.integers(0, 5)) for k, d in zip(kernel, dilation, strict=True)
        )
        y = function(torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel), None, stride, padding,
                     dilation)
        geometry = conv(size, kernel, (1, 1), stride=stride, padding=padding, dilation=dilation)
        assert geometry.output == tuple(y.shape[2:])


# "same" and "valid"


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_same_is_keras_rule(kernel, dilation):
    """⌈size / stride⌉ outputs; the padding needed for them is shared, the odd pixel after."""
    extent = dilation * (kernel - 1) + 1
    for size, stride in itertools.product(range(1, 13), (1, 2, 3, 5)):
        leftover = size % stride or stride
        total = max(extent - leftover, 0)
        geometry = conv((size,), (kernel,), stride=stride, padding="same", dilation=dilation)
        assert geometry.output == (math.ceil(size / stride),)
        assert geometry.padding == ((total // 2, math.ceil(total / 2)),)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
def test_same_keeps_the_size_at_stride_one_as_pytorch_does():
    torch = pytest.importorskip("torch")
    for kernel, dilation in itertools.product((1, 2, 3, 4), (1, 2)):
        weight = torch.zeros(1, 1, kernel, 3)
        weight[0, 0, -1, -1] = 1  # shows where the padding went
        x = torch.arange(63.0).reshape(1, 1, 9, 7)
        theirs = torch.nn.functional.conv2d(x, weight, padding="same", dilation=dilation)
        geometry = conv((9, 7), (kernel, 3), (1, 1), padding="same", dilation=dilation)
        assert geometry.output == (9, 7) == tuple(theirs.shape[2:])
        (top, _), (left, _) = geometry.padding
        row, column = (kernel - 1) * dilation - top, 2 * dilation - left
        assert theirs[0, 0, 0, 0] == x[0, 0, row, column]


def test_same_mixes_with_anything_on_each_axis():
    geometry = conv((10, 7, 5), (4, 3, 1), stride=(2, 1, 3), dilation=(1, 3, 2), padding="same")
    assert geometry.output == (5, 7, 2)
    assert geometry.padding == ((1, 1), (3, 3), (0, 0))


def test_valid_is_no_padding():
    assert conv((8, 9), (3, 2), padding="valid") == conv((8, 9), (3, 2), padding=0)


# What the settings may look like.


@pytest.mark.parametrize("padding, expected", [
    (2, ((2, 2), (2, 2))),
    ((1, 2), ((1, 1), (2, 2))),
    ([1, 2], ((1, 1), (2, 2))),
    ((3,), ((3, 3), (3, 3))),
    (((0, 1), (2, 3)), ((0, 1), (2, 3))),
    ([[0, 1], 2], ((0, 1), (2, 2))),
    (np.int64(1), ((1, 1), (1, 1))),
    ((np.int8(1), np.uint32(0)), ((1, 1), (0, 0))),
], ids=str)
def test_padding_is_a_number_a_number_an_axis_or_a_pair_an_axis(padding, expected):
    geometry = conv(padding=padding)
    assert geometry.padding == expected
    assert all(type(p) is int for pair in geometry.padding for p in pair)


@pytest.mark.parametrize("value, expected", [
    (2, (2, 2)), ((2, 1), (2, 1)), ([1, 2], (1, 2)), ((2,), (2, 2)), (range(1, 3), (1, 2)),
    (np.int32(2), (2, 2)), (np.array(2), (2, 2)),
], ids=str)
def test_stride_and_dilation_are_a_number_or_one_an_axis(value, expected):
    assert conv(stride=value).stride == expected
    assert conv(dilation=value).dilation == expected
    assert Geometry.pool((1, 1, 9, 9), value).kernel == expected
    for geometry in (conv(stride=value), conv(dilation=value)):
        assert all(type(n) is int for n in (*geometry.stride, *geometry.dilation))


def test_a_geometry_is_frozen_and_hashable():
    geometry = conv(padding=[1, 2], stride=[2, 1])
    with pytest.raises(dataclasses.FrozenInstanceError):
        geometry.groups = 2
    same = conv(padding=(1, 2), stride=(np.int64(2), 1))
    assert geometry == same and hash(geometry) == hash(same) and {geometry: 1}[same] == 1
    assert geometry != conv(padding=[1, 2], stride=[1, 1])


def test_the_same_arguments_give_the_same_geometry_again():
    assert conv(stride=1, padding=(1, 0)) is conv(stride=1, padding=(1, 0))
    assert conv(stride=1) is not conv(stride=2)
    shape = (1, 1, 6, 5)
    assert Geometry.pool(shape, 2) is Geometry.pool(shape, 2)
    assert Geometry.pool(shape, 2, ceil_mode=True).output != Geometry.pool(shape, 2).output
    twice = [Geometry.conv_transpose(shape, (1, 1, 3, 3), 2) for _ in range(2)]
    assert twice[0] is twice[1]


@pytest.mark.parametrize("equal", [True, 1.0, np.True_, np.float32(1), (1, True), (1.0, 1),
                                   (1, np.True_)], ids=repr)
@pytest.mark.parametrize("make", [
    lambda one: conv(stride=one), lambda one: conv(dilation=one), lambda one: conv(padding=one),
    lambda one: Geometry.conv((1, 1, 9, 9), (1, 1, 3, 3), one),
    lambda one: Geometry.conv_transpose((1, 1, 9, 9), (1, 1, 3, 3), one),
    lambda one: Geometry.pool((1, 1, 9, 9), one), lambda one: Geometry.pool((1, 1, 9, 9), 3, one),
])
def test_what_is_equal_to_one_is_refused_after_one_too(make, equal):
    for one in (1, (1, 1)):
        make(one)
    with pytest.raises(TypeError, match="must be a whole number"):
        make(equal)


def test_a_list_may_change_between_two_calls():
    stride = [1, 1]
    assert conv(stride=stride).stride == (1, 1)
    stride[0] = 2
    assert conv(stride=stride).stride == (2, 1)


# The arithmetic that kernels ask for.


def test_extent_padded_and_interior():
    geometry = conv((8, 9), (3, 2), padding=((1, 2), (0, 3)), dilation=(2, 4))
    assert geometry.extent == (5, 5)
    assert geometry.padded == (11, 12)
    assert geometry.interior == (slice(1, 9), slice(0, 9))


@pytest.mark.parametrize("settings", [
    dict(),
    dict(stride=(2, 3), padding=((1, 0), (2, 1)), dilation=(2, 1)),
    dict(stride=4, padding="same"),
])
def test_window_meets_pixel_is_plus_ad_minus_p(settings):
    geometry = conv((8, 9), (3, 2), **settings)
    rows, columns = (np.arange(n) for n in geometry.padded)
    for tap in np.ndindex(*geometry.kernel):
        by_rows, by_columns = geometry.window(tap)
        for axis, met in enumerate((rows[by_rows], columns[by_columns])):
            before = geometry.padding[axis][0]
            expected = [i * geometry.stride[axis] + tap[axis] * geometry.dilation[axis] - before
                        for i in range(geometry.output[axis])]
            assert (met - before).tolist() == expected


def test_ceil_mode_widens_the_padded_input_for_its_last_window():
    geometry = Geometry.pool((1, 1, 6, 5), (3, 2), (2, 2), ceil_mode=True)
    assert geometry.output == (3, 3)
    assert geometry.padded == (7, 6)
    assert Geometry.pool((1, 1, 6, 5), (3, 2), (2, 2)).padded == (6, 5)


# Pooling


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("stride", [None, 1, 2, 3, 5])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_pooling_sizes_and_refusals_are_pytorchs(kernel, stride, ceil_mode):
    torch = pytest.importorskip("torch")
    refused = 0
    for size, padding, dilation in itertools.product(range(1, 12), range(4), (1, 2, 3)):
        arguments = ((size, size + 3), kernel, stride, padding, dilation, ceil_mode)
        x = torch.zeros(1, 1, *arguments[0])
        try:
            theirs = tuple(torch.nn.functional.max_pool2d(x, *arguments[1:]).shape[2:])
        except RuntimeError:
            refused += 1
            with pytest.raises(ValueError, match="max_pool2d"):
                Geometry.pool((1, 1, *arguments[0]), *arguments[1:])
        else:
            assert Geometry.pool((1, 1, *arguments[0]), *arguments[1:]).output == theirs
    assert 0 < refused < 132


def test_pooling_stride_defaults_to_the_window():
    assert Geometry.pool((1, 1, 9, 9), (3, 2)).stride == (3, 2)
    assert Geometry.pool((1, 1, 9), 2, axes=1).stride == (2,)


# Transposed convolution


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_transposed_sizes_and_refusals_are_pytorchs(axes):
    torch = pytest.importorskip("torch")
    function = getattr(torch.nn.functional, f"conv_transpose{axes}d")
    rng = np.random.default_rng(axes)
    made = refused = 0
    for _ in range(150):
        size, kernel, stride, padding, extra, dilation = (
            tuple(map(int, rng.integers(low, high, axes)))
            for low, high in ((1, 5), (1, 4), (1, 4), (0, 3), (0, 3), (1, 4))
        )
        settings = dict(stride=stride, padding=padding, output_padding=extra, dilation=dilation)
        try:
            y = function(torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel), **settings)
        except RuntimeError:
            refused += 1
            with pytest.raises(ValueError, match="conv_transpose2d"):
                transposed(size, kernel, (1, 1), **settings)
            continue
        made += 1
        geometry = transposed(size, kernel, (1, 1), **settings)
        assert geometry.size == tuple(y.shape[2:])
        assert geometry.output == size
    assert made > 20 and refused > 20


def test_a_transposed_convolution_undoes_the_size_of_its_convolution():
    """Every size that a convolution shrinks to one output is reached by an output_padding."""
    for size, kernel, stride, padding in itertools.product(range(3, 12), (1, 3), (1, 2, 3), (0, 1)):
        (places,) = conv((size,), (kernel,), stride=stride, padding=padding).output
        reached = [transposed((places,), (kernel,), stride=stride, padding=padding,
                              output_padding=e).size for e in range(stride)]
        assert (size,) in reached


# Errors. Each row: what is asked for, the exception, and what its message must name.

SHAPES = dict(input_shape=(2, 4, 8, 9), weight_shape=(6, 4, 3, 2))
CONV_ERRORS = [
    (dict(input_shape=(4, 8, 9)), ValueError, ["input", "4 dimensions", "(4, 8, 9)", "x[None]"]),
    (dict(input_shape=(8, 9)), ValueError, ["input", "4 dimensions", "(8, 9)"]),
    (dict(input_shape=()), ValueError, ["input", "4 dimensions", "()"]),
    (dict(input_shape=(1, 2, 4, 8, 9)), ValueError, ["input", "(1, 2, 4, 8, 9)"]),
    (dict(weight_shape=(4, 3, 2)), ValueError, ["weight", "4 dimensions", "(4, 3, 2)"]),
    (dict(weight_shape=(6, 4, 3, 2, 1)), ValueError, ["weight", "(6, 4, 3, 2, 1)"]),
    (dict(weight_shape=(6, 5, 3, 2)), ValueError,
     ["4 channels", "takes 5", "(2, 4, 8, 9)", "(6, 5, 3, 2)", "(6, 4, ...)"]),
    (dict(weight_shape=(6, 4, 3, 2), groups=2), ValueError,
     ["takes 8", "4 for each of 2 groups", "(6, 2, ...)"]),
    (dict(groups=3), ValueError, ["groups=3", "4 input channels", "6 output channels",
                                  "(2, 4, 8, 9)", "(6, 4, 3, 2)"]),
    (dict(weight_shape=(5, 2, 3, 2), groups=2), ValueError, ["groups=2", "5 output channels"]),
    (dict(groups=HUGE), ValueError, [f"groups={HUGE}"]),
    (dict(groups=0), ValueError, ["groups=0", "at least 1"]),
    (dict(groups=-2), ValueError, ["groups=-2", "at least 1"]),
    (dict(groups=1.0), TypeError, ["groups", "whole number", "1.0"]),
    (dict(groups=True), TypeError, ["groups", "True"]),
    (dict(groups=(1,)), TypeError, ["groups", "(1,)"]),
    (dict(groups=None), TypeError, ["groups", "None"]),
    (dict(bias_shape=(5,)), ValueError, ["bias", "(6,)", "(5,)"]),
    (dict(bias_shape=(6, 1)), ValueError, ["bias", "(6,)", "(6, 1)"]),
    (dict(bias_shape=()), ValueError, ["bias", "(6,)", "()"]),
    (dict(weight_shape=(6, 4, 9, 2)), ValueError,
     ["covers 9 pixels", "only 8", "(2, 4, 8, 9)", "(6, 4, 9, 2)", "stride (1, 1)",
      "padding ((0, 0), (0, 0))", "dilation (1, 1)"]),
    (dict(dilation=(1, 9)), ValueError, ["covers 10 pixels", "only 9", "dilation (1, 9)"]),
    (dict(input_shape=(2, 4, 0, 9)), ValueError, ["covers 3 pixels", "only 0"]),
    (dict(weight_shape=(6, 4, 0, 2)), ValueError, ["at least one tap", "(6, 4, 0, 2)"]),
    (dict(stride=0), ValueError, ["stride=0", "at least 1"]),
    (dict(stride=(2, -1)), ValueError, ["stride=(2, -1)", "at least 1"]),
    (dict(stride=1.5), TypeError, ["stride", "1.5", "whole number"]),
    (dict(stride=(1, 2.0)), TypeError, ["stride", "2.0"]),
    (dict(stride=True), TypeError, ["stride", "True"]),
    (dict(stride=(True, 1)), TypeError, ["stride", "True"]),
    (dict(stride=np.True_), TypeError, ["stride", "True"]),
    (dict(stride=np.float64(1)), TypeError, ["stride", "1.0"]),
    (dict(stride=np.array([1, 1])), TypeError, ["stride", "array([1, 1])"]),
    (dict(stride="1"), TypeError, ["stride", "'1'"]),
    (dict(stride=b"11"), TypeError, ["stride", "b'11'"]),
    (dict(stride=None), TypeError, ["stride", "None"]),
    (dict(stride=()), ValueError, ["stride=()", "0 entries"]),
    (dict(stride=(1, 1, 1)), ValueError, ["stride=(1, 1, 1)", "3 entries", "2 spatial axes"]),
    (dict(stride=((1, 1), (1, 1))), TypeError, ["stride", "(1, 1)"]),
    (dict(dilation=0), ValueError, ["dilation=0", "at least 1"]),
    (dict(dilation=-1), ValueError, ["dilation=-1", "at least 1"]),
    (dict(dilation=0.5), TypeError, ["dilation", "0.5"]),
    (dict(dilation=(1, 2, 3)), ValueError, ["dilation=(1, 2, 3)", "3 entries"]),
    (dict(padding=-1), ValueError, ["padding=-1", "at least 0"]),
    (dict(padding=(1, -1)), ValueError, ["padding=(1, -1)", "at least 0"]),
    (dict(padding=((1, -2), (0, 0))), ValueError, ["padding=(1, -2)", "at least 0"]),
    (dict(padding=0.5), TypeError, ["padding", "0.5"]),
    (dict(padding=False), TypeError, ["padding", "False"]),
    (dict(padding=None), TypeError, ["padding", "None"]),
    (dict(padding="full"), ValueError, ["padding='full'", "'same'", "'valid'"]),
    (dict(padding=("same", "same")), TypeError, ["padding", "'same'"]),
    (dict(padding=(1, 1, 1)), ValueError, ["padding=(1, 1, 1)", "3 entries"]),
    (dict(padding=((1, 1),)), ValueError, ["padding=((1, 1),)", "1 entries", "2 spatial axes"]),
    (dict(padding=((1, 1), (1, 1, 1))), ValueError, ["padding=(1, 1, 1)", "3 entries"]),
    (dict(padding=HUGE), ValueError, [str(HUGE), "padded input", "padding"]),
    (dict(padding=((0, 0), (0, HUGE))), ValueError, [f"(0, {HUGE})", "padded input"]),
    (dict(padding=2**31), ValueError, [str(2**31)]),
    (dict(dilation=HUGE), ValueError, [f"covers {2 * HUGE + 1} pixels", str(HUGE)]),
    (dict(dilation=HUGE, padding=HUGE), ValueError, [f"dilation ({HUGE}, {HUGE})"]),
]


def check(function, arguments, error, words):
    """The exception, its words, and that nothing large was allocated on the way to it."""
    tracemalloc.start()
    try:
        with pytest.raises(error) as caught:
            function(**arguments)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    for word in words:
        assert word in message
    assert peak < 2**20
    return message


@pytest.mark.parametrize("changes, error, words", CONV_ERRORS, ids=lambda v: str(v)[:60])
def test_conv_errors(changes, error, words):
    assert check(Geometry.conv, {**SHAPES, **changes}, error, words).startswith("conv2d: ")


TRANSPOSED = dict(input_shape=(2, 4, 5, 6), weight_shape=(4, 3, 3, 2))
TRANSPOSED_ERRORS = [
    (dict(input_shape=(4, 5, 6)), ValueError, ["input", "(4, 5, 6)", "x[None]"]),
    (dict(weight_shape=(4, 3, 3)), ValueError, ["weight", "(C, O/groups", "(4, 3, 3)"]),
    (dict(weight_shape=(6, 3, 3, 2)), ValueError,
     ["4 channels", "takes 6", "(2, 4, 5, 6)", "(6, 3, 3, 2)", "(4, ...)"]),
    (dict(groups=3), ValueError, ["groups=3", "4 input channels", "(2, 4, 5, 6)"]),
    (dict(groups=0), ValueError, ["groups=0"]),
    (dict(groups=HUGE), ValueError, [f"groups={HUGE}"]),
    (dict(input_shape=(2, 0, 5, 6), weight_shape=(0, 1, 3, 2), groups=HUGE), ValueError,
     [f"groups={HUGE}", "0 input channels"]),
    (dict(groups=2, bias_shape=(3,)), ValueError, ["(6,)", "(3,)"]),
    (dict(padding="same"), ValueError, ["padding='same'", "numbers"]),
    (dict(padding=-1), ValueError, ["padding=-1"]),
    (dict(padding=9), ValueError, ["size (-11, -11)", "(2, 4, 5, 6)", "(4, 3, 3, 2)",
                                   "padding ((9, 9), (9, 9))", "at least one pixel"]),
    (dict(padding=HUGE), ValueError, [str(HUGE), "at least one pixel"]),
    (dict(input_shape=(2, 4, 0, 6)), ValueError, ["(2, 4, 0, 6)", "at least one pixel"]),
    (dict(output_padding=1), ValueError, ["output_padding=(1, 1)", "stride (1, 1)",
                                          "dilation (1, 1)"]),
    (dict(output_padding=(2, 3), stride=3), ValueError, ["output_padding=(2, 3)", "(3, 3)"]),
    (dict(output_padding=-1), ValueError, ["output_padding=-1", "at least 0"]),
    (dict(output_padding=0.5), TypeError, ["output_padding", "0.5"]),
    (dict(output_padding=True), TypeError, ["output_padding", "True"]),
    (dict(output_padding=(0, 0, 0)), ValueError, ["output_padding=(0, 0, 0)", "3 entries"]),
    (dict(output_padding=HUGE), ValueError, [f"output_padding=({HUGE}, {HUGE})"]),
    (dict(output_padding=HUGE, stride=HUGE + 1), ValueError,
     [str(HUGE + 1), "more than are worth"]),
    (dict(stride=HUGE), ValueError, [f"stride ({HUGE}, {HUGE})", "more than are worth", "output"]),
    (dict(dilation=HUGE), ValueError, [f"dilation ({HUGE}, {HUGE})", "more than are worth"]),
    (dict(stride=0), ValueError, ["stride=0"]),
    (dict(dilation=False), TypeError, ["dilation", "False"]),
]


@pytest.mark.parametrize("changes, error, words", TRANSPOSED_ERRORS, ids=lambda v: str(v)[:60])
def test_conv_transpose_errors(changes, error, words):
    message = check(Geometry.conv_transpose, {**TRANSPOSED, **changes}, error, words)
    assert message.startswith("conv_transpose2d: ")


POOL = dict(input_shape=(2, 4, 8, 9), kernel_size=(3, 2))
POOL_ERRORS = [
    (dict(input_shape=(4, 8, 9)), ValueError, ["input", "(4, 8, 9)", "x[None]"]),
    (dict(input_shape=(2, 4, 0, 9)), ValueError, ["at least one pixel", "(2, 4, 0, 9)"]),
    (dict(input_shape=(2, 4, 0, 9), padding=1), ValueError, ["at least one pixel"]),
    (dict(kernel_size=0), ValueError, ["kernel_size=0", "at least 1"]),
    (dict(kernel_size=-2), ValueError, ["kernel_size=-2"]),
    (dict(kernel_size=2.5), TypeError, ["kernel_size", "2.5"]),
    (dict(kernel_size=True), TypeError, ["kernel_size", "True"]),
    (dict(kernel_size=None), TypeError, ["kernel_size", "None"]),
    (dict(kernel_size=(2, 2, 2)), ValueError, ["kernel_size=(2, 2, 2)", "3 entries"]),
    (dict(kernel_size=(9, 2)), ValueError, ["covers 9 pixels", "only 8", "window (9, 2)"]),
    (dict(kernel_size=HUGE), ValueError, [f"covers {HUGE} pixels"]),
    (dict(kernel_size=HUGE, padding=HUGE // 2), ValueError, [f"kernel ({HUGE}, {HUGE})"]),
    (dict(stride=0), ValueError, ["stride=0"]),
    (dict(stride=1.5), TypeError, ["stride", "1.5"]),
    (dict(padding=2), ValueError, ["padding=2", "half of the window (3, 2)"]),
    (dict(padding=(1, 2)), ValueError, ["padding=(1, 2)", "half"]),
    (dict(padding=-1), ValueError, ["padding=-1"]),
    (dict(padding=((0, 0), (1, 1))), TypeError, ["padding", "(0, 0)"]),
    (dict(padding="same"), TypeError, ["padding", "'same'"]),
    (dict(padding=HUGE), ValueError, [f"padding={HUGE}", "half"]),
    (dict(dilation=0), ValueError, ["dilation=0"]),
    (dict(dilation=HUGE), ValueError, [f"dilation ({HUGE}, {HUGE})", "covers"]),
    (dict(kernel_size=(10, 2), stride=2, ceil_mode=True), ValueError, ["covers 10", "only 8"]),
]


@pytest.mark.parametrize("changes, error, words", POOL_ERRORS, ids=lambda v: str(v)[:60])
def test_pool_errors(changes, error, words):
    assert check(Geometry.pool, {**POOL, **changes}, error, words).startswith("max_pool2d: ")


def test_errors_carry_the_name_of_the_operation():
    with pytest.raises(ValueError, match="^my_op: stride=0"):
        Geometry.conv((1, 1, 5), (1, 1, 3), stride=0, op="my_op", axes=1)


# A huge number that does no harm is allowed: there is one place, or one tap.


def test_a_huge_stride_between_one_place_and_a_huge_dilation_of_one_tap_are_harmless():
    geometry = conv((8, 9), (8, 1), stride=HUGE, dilation=(1, HUGE))
    assert geometry.output == (1, 1)
    assert max(*geometry.stride, *geometry.dilation) < 2**31  # what a kernel multiplies with
    assert Geometry.pool((1, 1, 8, 9), 3, stride=HUGE).output == (1, 1)
    assert Geometry.pool((1, 1, 8, 9), 3, stride=HUGE, ceil_mode=True).output == (1, 1)
    assert transposed((1, 1), (3, 2), stride=HUGE, output_padding=3).size == (6, 5)


def test_the_largest_sizes_that_are_let_through():
    assert conv((3,), (1,), padding=2**30 - 2).output == (2**31 - 1,)
    with pytest.raises(ValueError, match=str(2**31)):
        conv((4,), (1,), padding=2**30 - 2)
    assert conv((2, 1), (1, 1), padding=((2**15 - 1, 2**15 - 1), (2**14, 2**14 - 2))).padded == (
        2**16, 2**15 - 1
    )
    with pytest.raises(ValueError, match="65536×32768 positions, more than are worth trying"):
        conv((2, 1), (1, 1), padding=((2**15 - 1, 2**15 - 1), (2**14, 2**14 - 1)))
    with pytest.raises(ValueError, match="200008×200009"):
        conv((8, 9), (3, 3), padding=10**5)
    with pytest.raises(ValueError, match="100000×100000"):
        Geometry.pool((1, 1, 5, 5), 10**5, ceil_mode=True)


def test_no_channels_and_no_filters_are_sizes_like_any_other():
    assert Geometry.conv((0, 0, 5, 5), (0, 0, 3, 3)).output == (3, 3)
    assert Geometry.conv((1, 0, 5, 5), (4, 0, 3, 3), groups=2).groups == 2
    with pytest.raises(ValueError, match="groups=2 must divide the 0 input channels"):
        Geometry.conv((1, 0, 5, 5), (0, 0, 3, 3), groups=2)


@pytest.mark.parametrize("value", [1, np.int64(1), np.uint8(1), np.array(1), 2**100])
def test_whole_numbers(value):
    assert whole_number("op", "n", value) == int(value)
    assert type(whole_number("op", "n", value)) is int


def test_messages_show_small_arrays_and_the_shape_of_large_ones():
    assert shown(3.5) == "3.5" and shown("same") == "'same'"
    assert shown(np.ones(2)) == "array([1., 1.])"
    assert shown(np.ones((20, 3))) == "ndarray of shape (20, 3)"
