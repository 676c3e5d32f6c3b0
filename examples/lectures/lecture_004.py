"""Lecture 004: EPFL CS502, "Deep Learning in Biomedicine", Convolutional Neural Networks.

Convolution on a face of 16×12 pixels, filters, padding, stride, pooling, ResNet. Its second half,
on medical images, stands in lecture_004_medicine.py.
"""

from __future__ import annotations

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import filters, nn

from . import networks
from .images import IMAGE_8X6, IMAGE_16X12, IMAGE_16X12_FIRST, PADDED_7X8, POOLED
from .rows import row

# The slides' filters, and one of lecture 002's.
LAPLACIAN, SHARPEN, EDGE_BANK = filters.laplacian(), filters.sharpen(), filters.edge_bank()
SOBEL_X = filters.sobel_x()

# 34 layers of 8 units each, for the row on skip connections.
DEEP = 0.15 * np.random.default_rng(34).standard_normal((34, 8, 8))


def convolve(image, kernel, **settings):
    """One image (H, W) under one filter (A, B), as the lecture draws it: the answer is (P, Q)."""
    return F.conv2d(image[None, None], kernel[None, None], **settings)[0, 0]


@row(
    "4.1",
    slide="Images Are Matrices",
    prints={"range, first printing": [0, 255], "range, second printing": [0, 255]},
    reading="INCONS",
    why="""The slide prints the same image twice, and not the same numbers: at (row, column) in
        {pixels in which the two differ} the first has {the first's values there}, the second
        {the second's values there}. The original, which circulates with other teaching material,
        has the second's.""",
    picture="filters.laplacian_on_both",
)
def images_are_matrices(first=IMAGE_16X12_FIRST, second=IMAGE_16X12):
    """Grey values from 0 to 255: in both printings of the face, which should be the same."""
    at = np.argwhere(first != second)
    return {
        "range, first printing": [first.min(), first.max()],
        "range, second printing": [second.min(), second.max()],
        "pixels in which the two differ": at,
        "the first's values there": first[tuple(at.T)],
        "the second's values there": second[tuple(at.T)],
    }


@row("4.2", slide="Images Are Matrices: RGB image, 550 × 400 × 3")
def rgb_image(height=550, width=400, channels=3):
    """How many numbers a small photograph is; minicnn holds it channels first, in float32."""
    image = mc.zeros((channels, height, width))
    return {"values": image.numel(), "bytes in float32": image.data.nbytes}


@row(
    "4.4",
    slide="Why Do We Need CNNs? Flatten image?",
    prints={"first 8": [157, 155, 180, 206, 194, 172, 188, 189], "last 2": [168, 215]},
    reading="INCONS",
    why="""The column begins as the image read column by column, but that order ends {last 2}. Row
        by row, which is what Flatten and NumPy do, it begins {row by row, first 8} and ends
        {row by row, last 2}. The slide's end, 168 then 215, belongs to neither.""",
)
def flatten(image=IMAGE_8X6):
    """The 8×6 image as one column of 48 numbers: in which order?"""
    image = mc.tensor(image)
    by_columns, by_rows = image.permute(1, 0).flatten(), image.flatten()
    return {
        "first 8": by_columns[:8],
        "last 2": by_columns[-2:],
        "row by row, first 8": by_rows[:8],
        "row by row, last 2": by_rows[-2:],
    }


@row(
    "4.3",
    slide="Why Do We Need CNNs? Problems",
    prints={"weights of one neuron": "120,000"},
    reading="LOOSE",
    why="""Each *neuron* of the first layer has {weights of one neuron} weights. "In the first
        layer" there are as many for every neuron: {weights of the layer} for {neurons} of them,
        and one bias each.""",
)
def dense_layer_on_an_image(height=200, width=200, channels=3, neurons=10):
    """What a fully connected first layer needs for an image of 200 × 200 × 3."""
    layer = nn.Linear(channels * height * width, neurons)
    return {
        "weights of one neuron": layer.in_features,
        "neurons": layer.out_features,
        "weights of the layer": layer.weight.numel(),
        "parameters of the layer": sum(p.numel() for p in layer.parameters()),
    }


@row(
    "4.11",
    slide="Solution: Convolutional Layer: Equivariant representations, f(g(x)) = g(f(x))",
    reading="LOOSE",
    why="""Exactly so away from the border, in the columns {columns that agree}. With zero padding
        the border has zeros as neighbours, which do not move along: there the two sides differ by
        up to {greatest difference}. And with stride 2 a shift by 2 pixels moves the answer by 1,
        but a shift by 1 pixel makes another answer: it differs from the old one unmoved and moved
        by 1 by up to {stride 2, shift by 1: difference from either}.""",
)
def equivariance(image=IMAGE_16X12, kernel=SOBEL_X, shift=1):
    """f convolves with zero padding, g moves the image to the right: which comes first?"""

    def moved(x, by):
        return F.pad(x, (by, -by))

    f_of_g = convolve(moved(image, shift), kernel, padding=1)
    g_of_f = moved(convolve(image, kernel, padding=1), shift)
    differs = abs(f_of_g - g_of_f).max(dim=0)  # in each column
    # With stride 2 and no padding; the first column of the answer is what has moved in.
    still, by_1, by_2 = (convolve(moved(image, n), kernel, stride=2) for n in (0, 1, 2))
    return {
        "columns that agree": np.flatnonzero((differs == 0).data),
        "greatest difference": differs.max(),
        "stride 2, shift by 2: columns that agree":
            np.flatnonzero((by_2 == moved(still, 1)).all(dim=0).data),
        "stride 2, shift by 1: difference from either":
            [abs(by_1 - moved(still, n)).max().item() for n in (0, 1)],
    }


@row(
    "4.10",
    slide="Convolutional Layer: Sparse Connections",
    prints={"inputs that affect s3": [2, 3, 4]},
    picture="receptive.growing",
)
def sparse_connections(x=(0.5, -1.0, 2.0, 1.5, -0.5), kernel=(1.0, -2.0, 3.0), unit=3):
    """Which x affect s3, under a kernel of 3? Those for which ∂s3/∂x is not zero (from 1 on)."""
    x = mc.tensor([[x]], dtype="float64", requires_grad=True)
    s = F.conv1d(x, mc.tensor([[kernel]], dtype="float64"), padding=1)[0, 0]
    jacobian = np.array([mc.grad(s_i, [x], retain_graph=True)[0].data[0, 0] for s_i in s])
    return {
        "inputs that affect s3": np.flatnonzero(jacobian[unit - 1]) + 1,
        "∂s/∂x, a row for each s": jacobian,
    }


@row(
    "4.5",
    slide="Convolution Operation",
    prints={"row 0": [77, 172, -124, 178], "row 1, its first two": [199, -162]},
    why="""178 is {row 0[3]} by the sum on the slide itself: 0·168 − 1·150 + 0·152 − 1·74 + 4·75
        − 1·62 + 0·14 − 1·34 + 0·6 = {row 0[3]}; it stays on the next two slides. The crop has
        another slip, which the six numbers do not touch: in its last two rows the fifth column
        repeats the fourth. With the image's own pixels {entries that the crop's slip touches}
        become {the same with the image's own pixels}.""",
    picture="filters.laplacian_on_both",
)
def convolution_operation(image=IMAGE_8X6, kernel=LAPLACIAN, whole=IMAGE_16X12):
    """The filter slides over the image: multiply, add, and write the sum down."""
    valid = convolve(image, kernel)
    height, width = image.shape
    own = convolve(whole[:height, :width], kernel)
    changed = (valid != own).data
    return {
        "row 0": valid[0],
        "row 1, its first two": valid[1, :2],
        "the whole answer": valid,
        "with zero padding": convolve(image, kernel, padding="same"),
        "entries that the crop's slip touches": valid.data[changed],
        "the same with the image's own pixels": own.data[changed],
    }


@row(
    "4.6",
    slide="Convolution Operation: the six sums",
    prints={
        "(0, 0)": [157, 153, 174, 155, 182, 163, 180, 180, 50],
        "(0, 1)": [153, 174, 168, 182, 163, 74, 180, 50, 14],
        "(0, 2)": [174, 168, 150, 163, 74, 75, 50, 14, 34],
        "(0, 3)": [168, 150, 152, 74, 75, 62, 14, 34, 6],
        "(1, 0)": [155, 182, 163, 180, 180, 50, 206, 109, 5],
        "(1, 1)": [182, 163, 74, 180, 50, 14, 109, 5, 124],
        "weights": [0, -1, 0, -1, 4, -1, 0, -1, 0],
    },
)
def the_six_sums(image=IMAGE_8X6, kernel=LAPLACIAN, places=6):
    """The pixels that each sum takes are the columns of im2col, one for each place of the answer.

    All operands on the slides are right, those of the wrong 178 too: the mistake is in its sum.
    """
    taps = mc.tensor(kernel).flatten()
    columns = F.unfold(image[None, None], kernel.shape)[0]  # (A·B, P·Q)
    per_row = image.shape[1] - kernel.shape[1] + 1
    sums = {
        f"({place // per_row}, {place % per_row})": columns[:, place] for place in range(places)
    }
    return sums | {"weights": taps, "sums": taps @ columns[:, :places]}


@row(
    "4.7",
    slide="Different Filters Capture Different Local Features",
    picture="filters.edges",
)
def different_filters(image=IMAGE_8X6, bank=EDGE_BANK):
    """The four edge filters on the 8×6 image; the slide has pictures only.

    A layer correlates. A true convolution turns each filter by 180° first, which makes filter 3 of
    filter 1 and filter 4 of filter 2, and the other way round: their answers change places.
    """
    answers = F.conv2d(image[None, None], bank[:, None])[0]
    turned = F.conv2d(image[None, None], bank[:, None, ::-1, ::-1])[0]
    return {
        **{f"filter {i + 1}": answer for i, answer in enumerate(answers)},
        **{f"filter {i + 1}, true convolution": answer for i, answer in enumerate(turned)},
    }


@row(
    "4.8",
    slide="Zero Padding",
    prints={"shape of the padded image": [7, 8]},
    why=""""Symmetrically adding zeros" round 5×5 pixels makes {shape of the padded image}; the
        matrix on the slide has 7 rows and 8 columns, for it has two columns of zeros at the right.
        On that matrix the answer has a column too many: {on the matrix as printed[0]} in its first
        row.""",
    picture="border.padding",
)
def zero_padding(printed=PADDED_7X8, kernel=SHARPEN, pad=1):
    """The slide's 5×5 image in a frame of zeros, under its kernel: the answer is not printed."""
    inside = printed[1:6, 1:6]
    return {
        "shape of the padded image": F.pad(inside, (pad,) * 4).shape,
        "with padding": convolve(inside, kernel, padding=pad),
        "without padding": convolve(inside, kernel),
        "on the matrix as printed": convolve(printed, kernel),
    }


def formula_of_the_size(settings):
    """(W − F + 2P)/S + 1, as printed."""
    return {"output sizes": [(w - f + 2 * p) / s + 1 for w, f, p, s in settings]}


@row(
    "4.9",
    slide="Concepts: Output size (W − F + 2P)/S + 1",
    prints=formula_of_the_size,
    reading="LOOSE",
    why="""It is right where S divides W − F + 2P. Where it does not, as in
        (W, F, P, S) = {W, F, P, S of no whole number}, the formula gives {the formula there}, and
        no output has that many pixels: the filter stops at the last place where it fits. The whole
        formula is ⌊(W − F + 2P)/S⌋ + 1, here {the size there}.""",
    picture="stride.steps",
)
def output_size(
    settings=((5, 3, 0, 1), (5, 3, 1, 1), (5, 3, 1, 2), (7, 3, 0, 2), (7, 3, 1, 3), (8, 2, 0, 2),
              (28, 5, 0, 1), (32, 5, 0, 1), (32, 5, 2, 1), (32, 2, 0, 2), (32, 4, 1, 2),
              (64, 7, 3, 1), (96, 11, 0, 5), (112, 3, 1, 1), (224, 3, 1, 1), (227, 11, 0, 4)),
    broken=(224, 11, 2, 4),
):
    """Input width W, filter F, padding P, stride S: 16 settings, each run as a convolution."""

    def size(w, f, p, s):
        pixels, taps = mc.zeros(w)[None, None], mc.zeros(f)[None, None]
        return F.conv1d(pixels, taps, padding=p, stride=s).shape[-1]

    w, f, p, s = broken
    return {
        "output sizes": [size(*setting) for setting in settings],
        "W, F, P, S of no whole number": broken,
        "the formula there": (w - f + 2 * p) / s + 1,
        "the size there": size(*broken),
    }


@row(
    "4.12",
    slide="Pooling Layer: W_out = (W − F)/S + 1",
    prints=lambda settings: {"output sizes": [(w - f) / s + 1 for w, f, s in settings]},
    reading="LOOSE",
    why="""As with convolution it takes the floor: of W, F, S = {W, F, S of no whole number} the
        formula makes {the formula there}, and the pooling {the size there}. With
        ceil_mode=True a last, smaller window is kept: {the size there with ceil_mode}.""",
    picture="pooling.windows",
)
def pooled_size(settings=((4, 2, 2), (4, 2, 1), (24, 2, 2), (28, 4, 4), (112, 2, 2), (13, 3, 2)),
                broken=(112, 3, 2), depth=3):
    """Width W, window F, stride S, each run as a pooling; the depth D stays as it is."""

    def pooled(w, f, s, **more):
        image = mc.zeros((depth, w, w))[None]
        _, channels, _, size = F.max_pool2d(image, f, s, **more).shape
        return size, channels

    w, f, s = broken
    return {
        "output sizes": [pooled(*setting)[0] for setting in settings],
        "depth": pooled(*broken)[1],
        "W, F, S of no whole number": broken,
        "the formula there": (w - f) / s + 1,
        "the size there": pooled(*broken)[0],
        "the size there with ceil_mode": pooled(*broken, ceil_mode=True)[0],
    }


@row(
    "4.13",
    slide="Max Pooling: Example",
    why="""The slides before print "Stride S: F = 2": they mean S = 2. F is the window's size.""",
    picture="pooling.example",
)
def max_pooling(channels=POOLED, size=2, stride=2):
    """Each of the three channels by itself; the answers are lost with the figure."""
    x = mc.tensor(channels[None])
    layer = nn.MaxPool2d(size, stride)
    return {
        "maximum": layer(x)[0],
        "average": F.avg_pool2d(x, size, stride)[0],
        "maximum, S = 1": F.max_pool2d(x, size, 1)[0],
        "shape": layer(x).shape,
    }


@row("4.15", slide="ResNet Architecture: 34-layer residual", prints={"layers with weights": 34})
def resnet34(blocks=(3, 4, 6, 3), widths=(64, 128, 256, 512), classes=1000, size=64):
    """33 convolutions and one dense layer in a row; where a skip changes its shape, one more.

    The number of layers is the longest way through the graph that autograd keeps.
    """
    model = nn.utils.skip_init(networks.resnet, networks.basic, blocks, widths, classes)
    return {
        "layers with weights": networks.depth(model, (3, size, size)),
        "convolutions in all": networks.count(model, nn.Conv2d),
        "parameters": networks.parameters(model),
    }


@row(
    "4.14",
    slide='ResNet Architecture: "without suffering from the problem of vanishing gradients"',
    reading="LOOSE",
    why="""A claim, like pooling's "prevents overfitting"; what can be computed is the gradient that
        reaches the input through 34 layers: {gradient at the input, plain:.1e} without skip
        connections, {gradient at the input, with skips:.0f} with them. It does not vanish; but it
        may explode, and with weights three times as large does: {three times the weights:.0e}.
        (ResNet has batch normalisation against that.)""",
)
def skip_connections(weights=DEEP, x=(0.5, -1.0, 1.0, 0.25, -0.5, 2.0, 1.5, -2.0)):
    """34 layers y = relu(W·y), plain, and with y added to each: the gradient's length at the input.

    By the chain rule it is a product of 34 matrices: the plain one's shrink what they multiply; a
    skip connection adds 1 to each.
    """

    def gradient(weights, skip):
        start = y = mc.tensor(x, dtype="float64", requires_grad=True)
        for weight in weights:
            y = F.relu(mc.tensor(weight) @ y) + skip * y
        return np.linalg.norm(mc.grad(y.sum(), [start])[0].data)

    return {
        "gradient at the input, plain": gradient(weights, skip=0),
        "gradient at the input, with skips": gradient(weights, skip=1),
        "three times the weights": gradient(3 * weights, skip=1),
    }
