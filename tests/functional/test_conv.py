"""functional/conv.py: convolutions and their derivatives of every order, on every kernel.

Geometries drawn at random are in tests/kernels/test_convolution.py.
"""

import numpy as np
import pytest
from kernel_list import each_kernel

import minicnn as mc
import minicnn.functional as F
from minicnn import kernels

# op: (input shape, weight shape, has a bias, settings in PyTorch's words)
CASES = {
    "conv1d": ("conv1d", (2, 3, 9), (4, 3, 3), True, dict(stride=2, padding=1)),
    "conv2d": ("conv2d", (2, 3, 5, 6), (4, 3, 3, 2), True, {}),
    "conv2d, all settings": ("conv2d", (2, 4, 7, 6), (6, 2, 3, 2), True,
                             dict(stride=(2, 1), padding=(2, 1), dilation=(1, 3), groups=2)),
    "conv2d, no bias": ("conv2d", (1, 2, 4, 4), (2, 2, 2, 3), False, dict(padding="valid")),
    "conv2d, depthwise": ("conv2d", (2, 3, 5, 4), (6, 1, 3, 3), True, dict(padding=1, groups=3)),
    "conv2d, 1x1": ("conv2d", (2, 5, 3, 4), (2, 5, 1, 1), True, {}),
    "conv2d, 1x1 with stride": ("conv2d", (1, 2, 5, 4), (3, 2, 1, 1), False, dict(stride=2)),
    "conv2d, same": ("conv2d", (1, 2, 5, 6), (2, 2, 3, 5), True, dict(padding="same")),
    "conv3d": ("conv3d", (2, 2, 4, 3, 5), (2, 2, 2, 3, 2), True,
               dict(stride=(1, 2, 1), padding=(1, 1, 0))),
    "conv_transpose1d": ("conv_transpose1d", (2, 3, 4), (3, 2, 3), True,
                         dict(stride=2, output_padding=1)),
    "conv_transpose2d": ("conv_transpose2d", (2, 3, 4, 3), (3, 2, 2, 3), True, {}),
    "conv_transpose2d, all settings": ("conv_transpose2d", (2, 4, 3, 4), (4, 3, 3, 2), True,
                                       dict(stride=(3, 2), padding=(1, 0), output_padding=(2, 1),
                                            groups=2, dilation=(1, 3))),
    "conv_transpose2d, no bias": ("conv_transpose2d", (1, 2, 3, 3), (2, 1, 4, 4), False,
                                  dict(stride=2, padding=1)),
    "conv_transpose3d": ("conv_transpose3d", (1, 2, 2, 3, 2), (2, 2, 2, 2, 3), True,
                         dict(stride=(2, 1, 2))),
}
each_case = pytest.mark.parametrize("case", CASES)


def draw(case, seed=0, dtype="float64"):
    """Arrays for a case."""
    _, x, w, bias, settings = CASES[case]
    filters = w[1] * settings.get("groups", 1) if "transpose" in case else w[0]
    rng = np.random.default_rng(seed)
    shapes = (x, w, (filters,)) if bias else (x, w)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def derivatives(module, grad, y, inputs, g):
    """Three orders of derivatives of y, each by all inputs and by the cotangent g."""
    found = [y]
    inputs = [*inputs, g]
    z = (y * g).sum() + (y * y * y).sum() * 0.1
    for order in range(3):
        gradients = grad(z, inputs)
        found += gradients
        z = sum((d * d * (0.5 + 0.1 * i)).sum() for i, d in enumerate(gradients)) * 10.0**-order
    return found


def pytorchs(torch, op, x, w, b=None, padding=0, output_padding=0, **settings):
    """PyTorch's result; its own third derivatives fail with output_padding, so that is spelled out.

    The extra pixels are zeros after the unpadded output, from which the padding is then cut.
    """
    function = getattr(torch.nn.functional, op)
    if "transpose" not in op:
        return function(x, w, b, padding=padding, **settings)
    axes = x.ndim - 2
    pads, extras = (v if isinstance(v, tuple) else (v,) * axes for v in (padding, output_padding))
    y = function(x, w, **settings)
    y = torch.nn.functional.pad(y, [n for extra in reversed(extras) for n in (0, extra)])
    y = y[(..., *(slice(p, n - p) for p, n in zip(pads, y.shape[2:], strict=True)))]
    return y if b is None else y + b.reshape(-1, *(1,) * axes)


@each_kernel
@each_case
def test_three_orders_of_derivatives_are_pytorchs(case, kernel):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    op, *_, settings = CASES[case]
    arrays = draw(case)
    ours = [mc.Tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = getattr(F, op)(*ours, **settings, kernel=kernel)
    z = pytorchs(torch, op, *theirs, **settings)
    g = np.random.default_rng(1).standard_normal(y.shape)
    got = derivatives(mc, lambda z, xs: mc.grad(z, xs, create_graph=True), y, ours,
                      mc.Tensor(g, requires_grad=True))
    expected = derivatives(torch, lambda z, xs: torch.autograd.grad(z, xs, create_graph=True), z,
                           theirs, torch.tensor(g, requires_grad=True))
    assert len(got) == len(expected) == 1 + 3 * (len(arrays) + 1)
    for a, b in zip(got, expected, strict=True):
        b = b.detach().numpy()
        np.testing.assert_allclose(a.data, b, rtol=1e-10, atol=1e-12 * abs(b).max())


SMALL = {
    "conv1d": (((1, 2, 4), (2, 2, 2), (2,)), dict(stride=2, padding=1)),
    "conv2d": (((1, 2, 3, 3), (2, 1, 2, 2), (2,)), dict(padding=((1, 0), (0, 1)), groups=2)),
    "conv3d": (((1, 1, 2, 2, 3), (1, 1, 1, 2, 2), (1,)), dict(padding="same", dilation=(1, 1, 2))),
    "conv_transpose2d": (((1, 2, 2, 1), (2, 1, 2, 2), (1,)), dict(stride=2, output_padding=(0, 1))),
}


@each_kernel
@pytest.mark.parametrize("op", SMALL)
def test_gradcheck_to_second_order(op, kernel):
    shapes, settings = SMALL[op]
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape) for shape in shapes]
    mc.gradcheck(lambda *inputs: getattr(F, op)(*inputs, **settings, kernel=kernel), inputs)


@each_kernel
def test_third_order_of_a_product(kernel):
    """A 1×1 convolution of one pixel is y = x·w, so that ∂³y³/∂x³ = 6w³ and ∂³y³/∂x²∂w = 18xw²."""
    x, w = (mc.tensor([[[[v]]]], "float64", requires_grad=True) for v in (2.0, 3.0))
    cube = F.conv2d(x, w, kernel=kernel) ** 3
    (by_x,) = mc.grad(cube.sum(), x, create_graph=True)
    (by_xx,) = mc.grad(by_x.sum(), x, create_graph=True)
    by_xxx, by_xxw = mc.grad(by_xx.sum(), (x, w))
    assert (by_x.item(), by_xx.item()) == (3 * 2**2 * 3**3, 6 * 2 * 3**3)
    assert (by_xxx.item(), by_xxw.item()) == (6 * 3**3, 18 * 2 * 3**2)


@each_kernel
@pytest.mark.parametrize("wanted", ["input", "weight", "bias"])
@pytest.mark.parametrize("op", ["conv2d", "conv_transpose2d"])
def test_only_what_is_wanted_is_computed_and_kept(op, wanted, kernel, monkeypatch):
    """One computed operand, the others constant: its gradient is right, the others are not made."""
    x, w, b = (np.random.default_rng(0).standard_normal(s) for s in ((1, 2, 4, 4), (2, 2, 2, 2), 2))
    names = ("input", "weight", "bias")
    tensors = [mc.Tensor(a, requires_grad=True) for a in (x, w, b)]
    full = getattr(F, op)(*tensors, kernel=kernel)
    expected = mc.grad((full * full).sum(), tensors, retain_graph=True)[names.index(wanted)]

    leaf = mc.Tensor((x, w, b)[names.index(wanted)], requires_grad=True)
    operands = {n: mc.Tensor(a) for n, a in zip(names, (x, w, b), strict=True)}
    operands[wanted] = leaf * 1.0  # computed, so that nothing but this node would keep it
    y = getattr(F, op)(**operands, kernel=kernel)
    for name, kept in zip(names, y.creator.inputs, strict=True):
        if name == wanted:  # no gradient that is wanted reads the values of this one
            with pytest.raises(RuntimeError, match="did not keep"):
                _ = kept.data
    made = []
    module = kernels.pick("convolution", x, kernel)
    for name in ("forward", "input_gradient", "weight_gradient"):
        run = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *args, _run=run, _name=name: made.append(_name) or _run(*args)
        )
    (got,) = mc.grad((y * y).sum(), leaf)
    np.testing.assert_array_equal(got.data, expected.data)
    by_input = "input_gradient" if op == "conv2d" else "forward"
    needed = {"input": [by_input], "weight": ["weight_gradient"], "bias": []}[wanted]
    assert made == needed
    made.clear()
    mc.grad((full * full).sum(), tensors[names.index(wanted)])  # all could have one, one is asked
    assert made == needed


@each_kernel
@pytest.mark.parametrize("wanted", ["input", "weight"])
@pytest.mark.parametrize("op", ["conv2d", "conv_transpose2d"])
def test_second_order_by_one_operand_where_the_other_is_constant(op, wanted, kernel):
    rng = np.random.default_rng(0)
    arrays = dict(input=rng.standard_normal((2, 2, 4, 4)), weight=rng.standard_normal((2, 2, 3, 2)))

    def second(constant):
        operands = {
            name: mc.Tensor(a, requires_grad=name not in constant) for name, a in arrays.items()
        }
        y = getattr(F, op)(**operands, kernel=kernel)
        (first,) = mc.grad((y**3).sum(), operands[wanted], create_graph=True)
        return mc.grad((first * first).sum(), operands[wanted])[0].data

    (other,) = {"input", "weight"} - {wanted}
    np.testing.assert_array_equal(second(constant=[other]), second(constant=[]))


@each_kernel
def test_input_and_weight_may_be_one_tensor(kernel):
    """y = x ⋆ x, one number: its gradient is 2x."""
    x = mc.tensor(np.arange(12.0).reshape(1, 3, 2, 2), requires_grad=True)
    F.conv2d(x, x, kernel=kernel).backward()
    np.testing.assert_array_equal(x.grad, 2 * x.data)


@each_kernel
def test_same_with_a_stride_and_even_kernels_is_keras_rule(kernel):
    """⌈7/2⌉ × ⌈6/3⌉ outputs; padding 1 after (rows), none (columns): the odd pixel comes after."""
    x = np.arange(42.0).reshape(1, 1, 7, 6)
    w = np.array([[1.0, 10], [100, 1000]]).reshape(1, 1, 2, 2)
    y = F.conv2d(mc.Tensor(x), mc.Tensor(w), stride=(2, 3), padding="same", kernel=kernel)
    padded = np.pad(x[0, 0], ((0, 1), (0, 0)))
    above = padded[:-1, :-1] + 10 * padded[:-1, 1:]
    corners = above + 100 * padded[1:, :-1] + 1000 * padded[1:, 1:]
    np.testing.assert_array_equal(y.data[0, 0], corners[::2, ::3])


@each_kernel
def test_a_transposed_convolution_paints_the_kernel(kernel):
    """Every pixel paints its multiple of the kernel, two apart; where prints overlap they add."""
    x = mc.tensor([[[[1.0, 10.0]]]])
    w = mc.tensor([[[[1.0, 2, 3], [4, 5, 6]]]])
    y = F.conv_transpose2d(x, w, stride=2, kernel=kernel)
    np.testing.assert_array_equal(y.data, [[[[1, 2, 13, 20, 30], [4, 5, 46, 50, 60]]]])
    y = F.conv_transpose2d(x, w, mc.tensor([0.5]), 2, (0, 1), (1, 0), kernel=kernel)
    np.testing.assert_array_equal(y.data, [[[[2.5, 13.5, 20.5], [5.5, 46.5, 50.5], [0.5] * 3]]])


@each_kernel
def test_transposed_padding_may_be_a_pair(kernel):
    x, w = mc.tensor([[[1.0, 2.0, 3.0]]]), mc.tensor([[[1.0, 10.0, 100.0]]])
    full = F.conv_transpose1d(x, w, kernel=kernel).data[0, 0]
    cut = F.conv_transpose1d(x, w, padding=((1, 2),), kernel=kernel).data[0, 0]
    np.testing.assert_array_equal(full, [1, 12, 123, 230, 300])
    np.testing.assert_array_equal(cut, [12, 123])


# The lectures' worked examples, in every bit, with every kernel.

COUNT = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
SOBEL = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
LINCOLN = [
    [157, 153, 174, 168, 150, 152], [155, 182, 163, 74, 75, 62], [180, 180, 50, 14, 34, 6],
    [206, 109, 5, 124, 131, 111], [194, 68, 137, 251, 237, 239], [172, 105, 207, 233, 233, 214],
    [188, 88, 179, 209, 209, 215], [189, 97, 165, 84, 84, 168],
]
LAPLACE = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]
F1, F2 = [[-1, -1, -1], [1, 1, 1], [0, 0, 0]], [[-1, 1, 0]] * 3
F3, F4 = [[0, 0, 0], [1, 1, 1], [-1, -1, -1]], [[0, 1, -1]] * 3
SHARPEN = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
FIVE = [[60, 113, 56, 139, 85], [73, 121, 54, 84, 128], [131, 99, 70, 129, 127],
        [80, 57, 115, 69, 134], [104, 126, 123, 95, 130]]
FIVE_SHARPENED = [[114, 328, -26, 470, 158], [53, 266, -61, -30, 344], [403, 116, -47, 295, 244],
                  [108, -135, 256, -128, 344], [314, 346, 279, 153, 421]]

# name: (image, filter, flipped?, padding, result). The lecture's "true" convolution flips.
LECTURES = {
    '002 "CONVOLUTION - 2D EXAMPLE": true convolution': (COUNT, SOBEL, True, 0, [[-24]]),
    '002 "CONVOLUTION - 2D EXAMPLE": what a layer computes': (COUNT, SOBEL, False, 0, [[24]]),
    '002 "CONVOLUTION - 2D EXAMPLE": full': (
        COUNT, SOBEL, True, 2,
        [[-1, -4, -8, -8, -3], [-4, -13, -20, -17, -6], [-6, -18, -24, -18, -6],
         [4, 13, 20, 17, 6], [7, 22, 32, 26, 9]]),
    '002 "SAME CONVOLUTION - ZERO PADDING"': (
        COUNT, SOBEL, True, "same", [[-13, -20, -17], [-18, -24, -18], [13, 20, 17]]),
    '004 "Convolution Operation" (its 178 is -20)': (
        LINCOLN, LAPLACE, False, 0,
        [[77, 172, -124, -20], [199, -162, -226, -90], [-23, -400, 95, 18], [-273, 17, 273, 94],
         [-115, 174, 32, 39], [-217, 47, 131, 95]]),
    '004 "Convolution Operation", same': (
        LINCOLN, LAPLACE, False, "same",
        [[320, 99, 212, 274, 205, 396], [101, 77, 172, -124, -20, 15],
         [179, 199, -162, -226, -90, -183], [341, -23, -400, 95, 18, 68],
         [330, -273, 17, 273, 94, 394], [201, -115, 174, 32, 39, 169],
         [303, -217, 47, 131, 95, 269], [471, -54, 300, -122, -125, 373]]),
    '004 "Different Filters": F1': (
        LINCOLN, F1, False, 0,
        [[16, -76, -180, -259], [-90, -175, -214, -157], [-90, -6, 162, 312], [79, 218, 365, 361],
         [85, 89, 48, -47], [-29, -69, -76, -47]]),
    '004 "Different Filters": F2': (
        LINCOLN, F2, False, 0,
        [[23, -128, -131, 3], [-70, -253, -6, 28], [-223, -165, 197, 13], [-290, 67, 259, -7],
         [-293, 262, 170, -14], [-259, 261, -25, 0]]),
    '004 "Different Filters": F3': (
        LINCOLN, F3, False, 0,
        [[90, 175, 214, 157], [90, 6, -162, -312], [-79, -218, -365, -361], [-85, -89, -48, 47],
         [29, 69, 76, 47], [4, 130, 264, 297]]),
    '004 "Different Filters": F4': (
        LINCOLN, F4, False, 0,
        [[128, 131, -3, 39], [253, 6, -28, 61], [165, -197, -13, 46], [-67, -259, 7, 37],
         [-262, -170, 14, 11], [-261, 25, 0, -71]]),
    '004 "Zero Padding"': (FIVE, SHARPEN, False, 1, FIVE_SHARPENED),
    '004 "Zero Padding", none': (
        FIVE, SHARPEN, False, 0, [[266, -61, -30], [116, -47, 295], [-135, 256, -128]]),
    '004 "Zero Padding", as printed with a second zero column': (
        FIVE, SHARPEN, False, ((1, 1), (1, 2)),
        [[*row, -row_end] for row, row_end in zip(FIVE_SHARPENED, (85, 128, 127, 134, 130),
                                                  strict=True)]),
}


@each_kernel
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LECTURES)
def test_the_lectures_numbers(name, dtype, kernel):
    image, taps, flipped, padding, result = LECTURES[name]
    x, w = mc.tensor([[image]], dtype), mc.tensor([[taps]], dtype)
    if flipped:
        w = w.flip((2, 3))
    y = F.conv2d(x, w, padding=padding, kernel=kernel)
    assert y.data.tobytes() == np.array([[result]], dtype).tobytes()


@each_kernel
def test_the_lectures_six_printed_products(kernel):
    """Of 77, 172, -124, 178, 199, -162 one is wrong: the slide's own terms give -20, not 178."""
    image, taps = mc.tensor([[LINCOLN]], "float64"), mc.tensor([[LAPLACE]], "float64")
    y = F.conv2d(image, taps, kernel=kernel)
    assert y.data[0, 0, :2].ravel()[:6].tolist() == [77, 172, -124, -20, 199, -162]
    assert -150 - 74 + 4 * 75 - 62 - 34 == -20


@each_kernel
def test_flipped_filters_swap_the_lectures_results(kernel):
    """F1 and F3, F2 and F4 are each other's flip, so true convolution swaps their results."""
    x = mc.tensor([[LINCOLN]], "float64")
    for one, other in ((F1, F3), (F2, F4)):
        flipped = F.conv2d(x, mc.tensor([[one]], "float64").flip((2, 3)), kernel=kernel)
        np.testing.assert_array_equal(
            flipped.data, F.conv2d(x, mc.tensor([[other]], "float64"), kernel=kernel).data
        )


# Bad input: the same exception from every kernel, before anything is changed.


def tensor(*shape, dtype="float32"):
    return mc.Tensor(np.ones(shape, dtype))


X, W, B = (1, 4, 5, 6), (6, 4, 3, 3), (6,)
WT = (4, 3, 3, 3)  # the weight of a transposed convolution
BAD = {
    "no batch axis": ("conv2d", (X[1:], W), {}, ValueError,
                      ["4 dimensions", "(4, 5, 6)", "x[None]"]),
    "a matrix": ("conv2d", ((5, 6), W), {}, ValueError, ["4 dimensions", "(5, 6)"]),
    "a volume": ("conv2d", ((1, 4, 5, 5, 5), W), {}, ValueError, ["(1, 4, 5, 5, 5)"]),
    "an image for conv1d": ("conv1d", (X, (6, 4, 3)), {}, ValueError, ["conv1d", "3 dimensions"]),
    "an image for conv3d": ("conv3d", (X, (6, 4, 3, 3, 3)), {}, ValueError,
                            ["conv3d", "5 dimensions", "x[None]"]),
    "weight's rank": ("conv2d", (X, W[1:]), {}, ValueError, ["weight", "(4, 3, 3)"]),
    "channels": ("conv2d", (X, (6, 3, 3, 3)), {}, ValueError,
                 ["4 channels", "takes 3", "(6, 4, ..."]),
    "groups": ("conv2d", (X, W), dict(groups=4), ValueError, ["groups=4", "6 output channels"]),
    "groups and channels": ("conv2d", (X, W), dict(groups=2), ValueError, ["takes 8", "2 groups"]),
    "kernel too large": ("conv2d", (X, (6, 4, 6, 3)), {}, ValueError,
                         ["covers 6 pixels", "only 5", str(X), "(6, 4, 6, 3)"]),
    "dilated kernel too large": ("conv2d", (X, W), dict(dilation=3), ValueError, ["covers 7"]),
    "bias of wrong length": ("conv2d", (X, W, (5,)), {}, ValueError, ["bias", "(6,)", "(5,)"]),
    "bias with axes": ("conv2d", (X, W, (6, 1, 1)), {}, ValueError, ["bias", "(6, 1, 1)"]),
    "stride 0": ("conv2d", (X, W), dict(stride=0), ValueError, ["stride=0"]),
    "negative padding": ("conv2d", (X, W), dict(padding=-1), ValueError, ["padding=-1"]),
    "fractional stride": ("conv2d", (X, W), dict(stride=1.5), TypeError, ["stride", "1.5"]),
    "three strides": ("conv2d", (X, W), dict(stride=(1, 1, 1)), ValueError, ["3 entries"]),
    "huge padding": ("conv2d", (X, W), dict(padding=2**62), ValueError, [str(2**62)]),
    "huge dilation": ("conv2d", (X, W), dict(dilation=2**62), ValueError, [str(2**62)]),
    "huge groups": ("conv2d", (X, W), dict(groups=2**62), ValueError, [str(2**62)]),
    "unknown padding": ("conv2d", (X, W), dict(padding="full"), ValueError, ["'full'", "'same'"]),
    "transposed: no batch axis": ("conv_transpose2d", (X[1:], WT), {}, ValueError, ["x[None]"]),
    "transposed: channels": ("conv_transpose2d", (X, W), {}, ValueError, ["4 channels", "takes 6"]),
    "transposed: bias": ("conv_transpose2d", (X, WT, (4,)), {}, ValueError, ["(3,)", "(4,)"]),
    "transposed: output_padding": ("conv_transpose2d", (X, WT), dict(output_padding=1, stride=1),
                                   ValueError, ["output_padding", "(1, 1)"]),
    "transposed: huge stride": ("conv_transpose2d", (X, WT), dict(stride=2**62), ValueError,
                                [str(2**62)]),
    "transposed: padding": ("conv_transpose2d", (X, WT), dict(padding=4), ValueError, ["(-1, 0)"]),
    "transposed: same": ("conv_transpose2d", (X, WT), dict(padding="same"), ValueError, ["'same'"]),
}


def refused(op, operands, settings, kernel, error):
    """The message with which a call is refused, having changed nothing."""
    before = [t.data.tobytes() for t in operands]
    choice = kernels._chosen
    with pytest.raises(error) as caught:
        getattr(F, op)(*operands, **settings, kernel=kernel)
    assert [t.data.tobytes() for t in operands] == before
    assert all(t.grad is None and t.creator is None for t in operands)
    assert kernels._chosen == choice
    return str(caught.value)


@each_kernel
@pytest.mark.parametrize("name", BAD)
def test_bad_shapes_and_settings(name, kernel):
    op, shapes, settings, error, words = BAD[name]
    operands = [mc.Tensor(np.ones(s, "float32"), requires_grad=True) for s in shapes]
    message = refused(op, operands, settings, kernel, error)
    assert message == refused(op, operands, settings, "direct", error)
    assert message.startswith(op)
    for word in words:
        assert word in message


@each_kernel
@pytest.mark.parametrize("op, weight", [("conv2d", W), ("conv_transpose2d", WT)])
@pytest.mark.parametrize("dtypes, words", [
    (("float32", "float64", "float32"), ["input is float32", "weight is float64", "'float32')"]),
    (("float64", "float64", "float32"), ["input is float64", "bias is float32", "'float64')"]),
    (("int64", "float32", "float32"), ["input", "int64", "float32 or float64"]),
    (("float32", "int32", "float32"), ["weight", "int32"]),
    (("float32", "float32", "uint8"), ["bias", "uint8"]),
    (("bool", "float32", "float32"), ["input", "bool"]),
    (("float16", "float16", "float16"), ["input", "float16"]),
], ids=lambda v: "-".join(v))
def test_bad_dtypes(op, weight, dtypes, words, kernel):
    bias = (6,) if op == "conv2d" else (3,)
    operands = [tensor(*s, dtype=d) for s, d in zip((X, weight, bias), dtypes, strict=True)]
    message = refused(op, operands, {}, kernel, TypeError)
    assert message.startswith(op)
    assert message == refused(op, operands, {}, "direct", TypeError)
    for word in words:
        assert word in message


@pytest.mark.parametrize("op", ["conv1d", "conv2d", "conv3d", "conv_transpose2d"])
def test_only_the_bias_may_be_left_out(op):
    with pytest.raises(TypeError, match=f"{op}: the weight is None"):
        getattr(F, op)(tensor(*X), None)
    with pytest.raises(TypeError, match=f"{op}: the input is None"):
        getattr(F, op)(None, tensor(*W), tensor(*B))


@pytest.mark.parametrize("wrong", ["image", object(), {}, 1j, [["a"]]], ids=str)
def test_what_is_no_array(wrong):
    with pytest.raises(TypeError):
        F.conv2d(wrong, tensor(*W))
    with pytest.raises(TypeError):
        F.conv2d(tensor(*X), wrong)


def test_plain_arrays_and_lists_take_the_tensors_dtype():
    x = mc.Tensor(np.ones((1, 1, 2, 2), "float32"), requires_grad=True)
    y = F.conv2d(x, np.full((1, 1, 2, 2), 0.5), [1])
    assert y.dtype == "float32" and y.item() == 3
    y.backward()
    assert x.grad.dtype == "float32"
    assert F.conv2d(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2))).dtype == "float64"


@each_kernel
def test_a_failed_backward_leaves_no_gradient(kernel):
    x, w = (mc.Tensor(np.ones(s), requires_grad=True) for s in ((1, 1, 3, 3), (1, 1, 2, 2)))
    y = F.conv2d(x, w, kernel=kernel)
    with pytest.raises(ValueError, match=r"\(2, 2\).*\(1, 1, 2, 2\)"):
        y.backward(np.ones((2, 2)))
    assert x.grad is None and w.grad is None
    y.backward(np.ones((1, 1, 2, 2)))
    assert x.grad.sum() == w.grad.sum() == 16


def test_a_shift_of_the_image_shifts_the_result():
    """004 "equivariance": away from the border, for stride 1."""
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-5, 6, (1, 1, n, n)).astype(float) for n in (9, 3))
    w = mc.Tensor(w)
    y = F.conv2d(mc.Tensor(x), w).data
    shifted = F.conv2d(mc.Tensor(np.roll(x, (1, 2), (2, 3))), w).data
    np.testing.assert_array_equal(shifted[..., 1:, 2:], y[..., :-1, :-2])
