"""functional/pool.py: max and average pooling."""

import numpy as np
import pytest
from odd_arrays import LAYOUTS, repeated

import minicnn as mc
import minicnn.functional as F

RNG = np.random.default_rng
INF = float("inf")


def oracle():
    return pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")


def drawn(axes, seed, dilated):
    """Sizes and settings of a pooling that PyTorch accepts too."""
    rng = RNG(seed)
    each = {
        name: tuple(map(int, rng.integers(low, high, axes)))
        for name, low, high in (("kernel_size", 1, 4), ("stride", 1, 4), ("room", 0, 4))
    }
    dilation = tuple(map(int, rng.integers(1, 4, axes))) if dilated else (1,) * axes
    padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in each["kernel_size"])
    room = each.pop("room")
    # No less than the dilation, for PyTorch writes out of bounds where a window sees no pixel; and
    # its avg_pool3d wants the unpadded image to be as large as the window.
    size = tuple(
        max(d, k if axes == 3 else 1, d * (k - 1) + 1 - 2 * p) + r
        for k, d, p, r in zip(each["kernel_size"], dilation, padding, room, strict=True)
    )
    settings = dict(each, padding=padding, ceil_mode=bool(rng.integers(2)))
    if axes == 1:  # PyTorch wants numbers there
        settings = {k: v[0] if isinstance(v, tuple) else v for k, v in settings.items()}
        dilation = dilation[0]
    if dilated:
        settings["dilation"] = dilation
    return size, settings


def compare(op, x, settings, g_seed=0):
    """Output and gradient against PyTorch's, which the image may make exact or not."""
    torch = oracle()
    ours, theirs = mc.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = getattr(F, op)(ours, **settings)
    z = getattr(torch.nn.functional, op)(theirs, **settings)
    assert y.shape == tuple(z.shape) and y.dtype == x.dtype
    g = RNG(g_seed).integers(-4, 5, y.shape).astype(x.dtype)
    y.backward(g)
    z.backward(torch.tensor(g))
    return (y.data, z.detach().numpy()), (ours.grad, theirs.grad.numpy())


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_max_pooling_is_pytorchs_bit_for_bit(axes, seed):
    """Small integers make many ties: the gradient must go to the very same pixels."""
    size, settings = drawn(axes, seed, dilated=True)
    for high in (3, 1000):
        x = RNG(seed).integers(-high, high, (2, 3, *size)).astype("float64")
        for ours, theirs in compare(f"max_pool{axes}d", x, settings):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_average_pooling_is_pytorchs(axes, seed, include):
    size, settings = drawn(axes, seed, dilated=False)
    settings["count_include_pad"] = include
    for dtype, tolerance in (("float64", 1e-14), ("float32", 1e-6)):
        x = RNG(seed).standard_normal((2, 3, *size)).astype(dtype)
        for ours, theirs in compare(f"avg_pool{axes}d", x, settings):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=5 * tolerance)


@pytest.mark.parametrize("divisor", [1, 3, -2, np.int64(7)])
def test_divisor_override_is_pytorchs(divisor):
    x = RNG(0).standard_normal((1, 2, 5, 6))
    settings = dict(kernel_size=(2, 3), stride=2, padding=1, ceil_mode=True)
    for ours, theirs in compare("avg_pool2d", x, dict(settings, divisor_override=int(divisor))):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-14)
    ours = F.avg_pool2d(mc.Tensor(x), **settings, divisor_override=divisor)
    np.testing.assert_array_equal(
        ours.data, F.avg_pool2d(mc.Tensor(x), **settings, divisor_override=int(divisor)).data
    )


def test_the_only_window_may_hang_over_the_end_with_ceil_mode():
    x = np.arange(1.0, 5).reshape(1, 1, 2, 2)
    (y, z), (g, h) = compare("max_pool2d", x, dict(kernel_size=3, stride=2, ceil_mode=True))
    np.testing.assert_array_equal(y, z)
    np.testing.assert_array_equal(g, h)
    assert y.tolist() == [[[[4]]]]
    (y, z), (g, h) = compare("avg_pool2d", x, dict(kernel_size=3, stride=2, ceil_mode=True))
    np.testing.assert_array_equal(y, z)
    np.testing.assert_array_equal(g, h)


# Ties, NaN, infinities


def test_ties_go_to_the_first_in_row_major_order():
    x = mc.Tensor(np.zeros((1, 1, 4, 4)), requires_grad=True)
    F.max_pool2d(x, 2).backward(np.array([[[[1.0, 2], [3, 4]]]]))
    expected = np.zeros((4, 4))
    expected[::2, ::2] = [[1, 2], [3, 4]]
    np.testing.assert_array_equal(x.grad[0, 0], expected)


def test_where_windows_overlap_gradients_add_up():
    x = mc.tensor([[[[1.0, 9, 2], [3, 4, 5]]]], requires_grad=True)
    F.max_pool2d(x, 2, stride=1).backward(np.array([[[[10.0, 1]]]]))
    np.testing.assert_array_equal(x.grad, [[[[0, 11, 0], [0, 0, 0]]]])


@pytest.mark.parametrize("settings", [
    dict(kernel_size=2),
    dict(kernel_size=3, stride=1, padding=1),
    dict(kernel_size=3, stride=2, padding=1, dilation=2),
    dict(kernel_size=(3, 2), stride=(2, 3), padding=(1, 1), ceil_mode=True),
    dict(kernel_size=(4, 5), stride=3, padding=2),
], ids=str)
@pytest.mark.parametrize("value", [-INF, INF, float("nan")])
def test_images_of_infinities_or_nan_are_pytorchs(value, settings):
    """Padding never wins: even of −∞ alone, the gradient goes to the first pixel inside."""
    x = np.full((1, 2, 7, 8), value)
    x[0, 1] = RNG(0).permutation(56).reshape(7, 8)
    x[0, 1, 2, 3] = value
    for ours, theirs in compare("max_pool2d", x, settings):
        np.testing.assert_array_equal(ours, theirs)
    assert (compare("max_pool2d", x, settings)[1][0] != 0).any()


def test_a_window_that_sees_no_pixel_is_minus_infinity():
    """Dilated taps can miss a small image altogether; then nothing gets the gradient."""
    x = mc.Tensor(np.ones((1, 1, 2, 2)), requires_grad=True)
    y = F.max_pool2d(x, 2, stride=1, padding=1, dilation=3)
    assert y.tolist() == [[[[-INF]]]]
    y.backward()
    np.testing.assert_array_equal(x.grad, np.zeros((1, 1, 2, 2)))


def test_an_infinite_gradient_reaches_the_winner_alone():
    x = mc.Tensor(np.arange(8.0).reshape(1, 1, 2, 4), requires_grad=True)
    y = F.max_pool2d(x, 2)
    y.backward(np.array([[[[INF, np.nan]]]]))
    np.testing.assert_array_equal(x.grad, [[[[0, 0, 0, 0], [0, INF, 0, np.nan]]]])


def test_second_order_takes_only_what_lies_under_the_winner():
    """The gradient's gradient picks pixels: an infinity beside the winner must not be touched."""
    x = mc.Tensor(np.arange(4.0).reshape(1, 1, 2, 2), requires_grad=True)
    g = mc.Tensor(np.ones((1, 1, 1, 1)), requires_grad=True)
    (gx,) = mc.grad(F.max_pool2d(x, 2), x, g, create_graph=True)
    (gg,) = mc.grad(gx, g, np.array([[[[INF, np.nan], [2.0, 5.0]]]]))
    assert gg.item() == 5


# Derivatives

GRADCHECKS = {
    "max, apart": ("max_pool2d", dict(kernel_size=2)),
    "max, overlapping": ("max_pool2d", dict(kernel_size=3, stride=1, padding=1)),
    "max, dilated": ("max_pool2d", dict(kernel_size=2, stride=2, dilation=2, ceil_mode=True)),
    "average, apart": ("avg_pool2d", dict(kernel_size=2)),
    "average, overlapping": ("avg_pool2d", dict(kernel_size=3, stride=1, padding=1)),
    "average of what is inside": (
        "avg_pool2d", dict(kernel_size=3, stride=2, padding=1, ceil_mode=True,
                           count_include_pad=False)),
    "average, divisor": ("avg_pool2d", dict(kernel_size=(2, 3), divisor_override=5)),
}


@pytest.mark.parametrize("name", GRADCHECKS)
def test_gradcheck_to_second_order(name):
    op, settings = GRADCHECKS[name]
    x = RNG(0).permutation(2 * 5 * 4).reshape(1, 2, 5, 4) / 4
    mc.gradcheck(lambda x: getattr(F, op)(x, **settings), [x])
    mc.gradcheck(lambda x: getattr(F, op)(x, **settings) ** 3, [x + 1.0])


@pytest.mark.parametrize("axes", [1, 3])
@pytest.mark.parametrize("op", ["max_pool", "avg_pool"])
def test_gradcheck_of_signals_and_volumes(op, axes):
    x = RNG(1).permutation(2 * 3**axes).reshape(1, 2, *(3,) * axes) / 4
    mc.gradcheck(lambda x: getattr(F, f"{op}{axes}d")(x, 2, 1, 1) ** 2, [x + 1.0])


@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
def test_third_order_is_pytorchs(op):
    torch = oracle()
    x = RNG(0).standard_normal((1, 2, 5, 5))
    ours, theirs = mc.Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    a = getattr(F, op)(ours, 3, 2, 1)
    b = getattr(torch.nn.functional, op)(theirs, 3, 2, 1)
    for _ in range(3):  # squares, so that what is propagated back depends on x too
        (a,) = mc.grad((a * a).sum(), ours, create_graph=True)
        (b,) = torch.autograd.grad((b * b).sum(), theirs, create_graph=True)
        np.testing.assert_allclose(a.data, b.detach().numpy(), rtol=1e-11, atol=1e-12)


# The lecture

LECTURE = np.array([
    [[9, 7, 3, 2], [26, 37, 14, 1], [15, 29, 16, 0], [8, 6, 54, 2]],
    [[35, 19, 25, 6], [13, 22, 16, 63], [4, 3, 7, 10], [9, 8, 1, 3]],
    [[4, 6, 1, 3], [0, 8, 12, 9], [2, 3, 16, 99], [1, 46, 74, 27]],
])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_lectures_max_pooling_example(dtype):
    """004 "Max Pooling: Example": F = 2, S = 2 (the slide's "Stride S: F = 2" is a slip)."""
    x = mc.tensor(LECTURE[None], dtype)
    np.testing.assert_array_equal(F.max_pool2d(x, 2, 2).data[0], [
        [[37, 14], [29, 54]], [[35, 63], [9, 10]], [[8, 12], [46, 99]],
    ])
    np.testing.assert_array_equal(F.avg_pool2d(x, 2, 2).data[0], [
        [[19.75, 5], [14.5, 18]], [[22.25, 27.5], [6, 5.25]], [[4.5, 6.25], [13, 54]],
    ])
    np.testing.assert_array_equal(F.max_pool2d(x, 2, 1).data[0], [
        [[37, 37, 14], [37, 37, 16], [29, 54, 54]], [[35, 25, 63], [22, 22, 63], [9, 8, 10]],
        [[8, 12, 12], [8, 16, 99], [46, 74, 99]],
    ])


# Any array


@pytest.mark.parametrize("layout", [*LAYOUTS, "repeated"])
@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
def test_any_layout(op, layout):
    x = RNG(0).integers(-9, 10, (2, 3, 6, 5)).astype("float32")
    odd = repeated(x) if layout == "repeated" else LAYOUTS[layout](x)
    plain = np.ascontiguousarray(odd, "float32")
    before = odd.tobytes()
    got, expected = (mc.Tensor(a, requires_grad=True) for a in (odd, plain))
    for tensor in (got, expected):
        y = getattr(F, op)(tensor, 3, 2, 1)
        assert not np.shares_memory(y.data, odd)
        y.backward(LAYOUTS[layout](np.ones(y.shape)) if layout in LAYOUTS else np.ones(y.shape))
    np.testing.assert_array_equal(got.grad, expected.grad)
    assert odd.tobytes() == before
    # a window of one pixel returns the image, but not the same memory
    same = getattr(F, op)(got, 1, 1)
    np.testing.assert_array_equal(same.data, plain)
    assert not np.shares_memory(same.data, odd)


def test_windows_of_more_than_256_pixels():
    x = np.zeros((1, 1, 20, 20))
    x[0, 0, 16, 15] = 1.0  # tap 271 of 272 in the first window
    tensor = mc.Tensor(x, requires_grad=True)
    y = F.max_pool2d(tensor, (17, 16), 1)
    assert y.data[0, 0, 0, 0] == 1
    g = np.zeros(y.shape)
    g[0, 0, 0, 0] = 1
    y.backward(g)
    np.testing.assert_array_equal(tensor.grad, x)


@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
def test_empty_batches_and_half_precision(op):
    x = mc.Tensor(np.zeros((0, 3, 4, 4)), requires_grad=True)
    y = getattr(F, op)(x, 2)
    assert y.shape == (0, 3, 2, 2)
    y.backward(np.zeros(y.shape))
    assert x.grad.shape == x.shape
    half = getattr(F, op)(mc.Tensor(np.ones((1, 1, 4, 4), "float16")), 2)
    assert half.dtype == "float16" and (half.data == 1).all()


def test_the_input_is_not_kept():
    """Winners and sizes are all that backward needs: a small integer for each output."""
    y = F.max_pool2d(mc.Tensor(np.ones((1, 1, 4, 4)), requires_grad=True) * 1.0, 2)
    assert y.creator.winner.dtype == np.uint8
    with pytest.raises(RuntimeError, match="did not keep"):
        _ = y.creator.inputs[0].data


# Bad input

X = (1, 2, 6, 6)
BAD = {
    "no batch axis": (X[1:], (2,), {}, ValueError, ["4 dimensions", "(2, 6, 6)", "x[None]"]),
    "window too large": (X, (7,), {}, ValueError, ["covers 7 pixels", "only 6", "(7, 7)", str(X)]),
    "window of 0": (X, (0,), {}, ValueError, ["kernel_size=0", "at least 1"]),
    "fractional window": (X, (1.5,), {}, TypeError, ["kernel_size", "1.5"]),
    "stride 0": (X, (2, 0), {}, ValueError, ["stride=0"]),
    "fractional stride": (X, (2, 0.5), {}, TypeError, ["stride", "0.5"]),
    "too much padding": (X, (3, 1, 2), {}, ValueError, ["padding=2", "half", "(3, 3)"]),
    "negative padding": (X, (3, 1, -1), {}, ValueError, ["padding=-1"]),
    "huge padding": (X, (3, 1, 2**62), {}, ValueError, [str(2**62)]),
    "huge window": (X, (2**62,), {}, ValueError, [str(2**62)]),
    "no pixels": ((1, 2, 0, 6), (2,), {}, ValueError, ["at least one pixel", "(1, 2, 0, 6)"]),
}


@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("name", BAD)
def test_bad_shapes_and_settings(name, op):
    shape, arguments, settings, error, words = BAD[name]
    x = mc.Tensor(np.ones(shape), requires_grad=True)
    with pytest.raises(error) as caught:
        getattr(F, op)(x, *arguments, **settings)
    assert str(caught.value).startswith(op)
    for word in words:
        assert word in str(caught.value)
    assert x.grad is None and (x.data == 1).all()


@pytest.mark.parametrize("divisor, error, word", [
    (0, ValueError, "must not be zero"), (0.5, TypeError, "0.5"), ("2", TypeError, "'2'"),
    (True, TypeError, "True"),
])
def test_bad_divisors(divisor, error, word):
    with pytest.raises(error, match=f"avg_pool2d: divisor_override.*{word}"):
        F.avg_pool2d(mc.Tensor(np.ones(X)), 2, divisor_override=divisor)


@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("dtype", ["int64", "bool", "uint8"])
def test_integers_are_refused(op, dtype):
    with pytest.raises(TypeError, match=f"{op}.*floats, got {dtype}.*float32"):
        getattr(F, op)(mc.Tensor(np.ones(X, dtype)), 2)
