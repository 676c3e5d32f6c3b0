"""Lecture 002: Linköping, Anders Eklund, "Deep Learning, CNNs" (2022).

From the voxels of a volume over convolution by hand to the first network whose parameters are
counted. The architectures that the second half of the lecture names are in lecture_002_networks.py.
"""

from __future__ import annotations

from math import pi, prod

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import filters, nn
from minicnn.kernels.sparse import conv_matrix

from . import networks
from .plane import convolve, correlate
from .rows import external, row

# "CONVOLUTION - 2D EXAMPLE", and "SAME CONVOLUTION - ZERO PADDING", exactly as printed.
IMAGE = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype="float64")
FILTER = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], dtype="float64")
PADDED = np.array(
    [[0, 0, 0, 0, 0], [0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 7, 8, 9, 0], [0, 0, 0, 0, 0]],
    dtype="float64",
)
# "COMMON FILTERS IN IMAGE PROCESSING" and "CONVOLUTION AS MATRIX VECTOR OPERATION".
SOBEL_X, SOBEL_Y = filters.sobel_x(), filters.sobel_y()
AVERAGING, DIFFERENCE = filters.averaging(), filters.difference()
# "FILTER OPTIMIZATION": the response wanted of a quadrature filter, at 11×11 frequencies.
IDEAL = filters.quadrature_response(11, frequency=pi / 2, angle=0.0, bandwidth=2.0)
# Three small images of whole numbers, (N, H, W), for the slides that print none.
BATCH = np.arange(60).reshape(3, 4, 5) % 7.0


external(
    "2.38",
    slide="IMAGE CLASSIFICATION - 2D EXAMPLE, CV",
    says="1.2 million training images, 1000 classes",
    source="ILSVRC 2012 has 1,281,167 training images of 1000 classes (Russakovsky et al. 2015, "
    "arXiv 1409.0575)",
)


@row("2.39", slide="IMAGE REGRESSION - 2D EXAMPLE, CV")
def bounding_box(corners=((12, 20), (52, 70)), predicted=((11, 22), (55, 70))):
    """The (x, y) of two corners: a network with four outputs, trained with the squared error."""
    target, output = mc.tensor(corners).flatten(), mc.tensor(predicted).flatten()
    return {
        "outputs": target.numel(),
        "mean squared error": F.mse_loss(input=output.double(), target=target.double()),
    }


@row("2.1", slide="3D DATA")
def volume(size=(256, 256, 150)):
    """The voxels of an MRI of a head. expand() shows one number many times, without memory."""
    image = mc.zeros(1).expand(size)
    return {"voxels": image.numel(), "MiB in float32": image.data.nbytes / 2**20}


@row("2.2", slide="4D DATA")
def volumes_over_time(ct=(512, 512, 512, 20), fmri=(64, 64, 32, 300)):
    """"Very memory demanding": the first is one data set, and training keeps every layer's."""
    ct, fmri = mc.zeros(1).expand(ct), mc.zeros(1).expand(fmri)
    return {
        "voxels, CT": ct.numel(),
        "GiB in float32, CT": ct.data.nbytes / 2**30,
        "voxels, functional MRI": fmri.numel(),
        "GiB in float32, functional MRI": fmri.data.nbytes / 2**30,
    }


def slide_sum(image, f):
    """The double sum of the slide, with zeros where image[x − fx][y − fy] lies outside."""
    half, (height, width) = (len(f) - 1) // 2, image.shape
    response = np.zeros_like(image)
    for x, y in np.ndindex(height, width):
        for fx in range(-half, half + 1):
            for fy in range(-half, half + 1):
                if 0 <= x - fx < height and 0 <= y - fy < width:
                    response[x, y] += image[x - fx][y - fy] * f[fx + half][fy + half]
    return {"convolution": response}


@row("2.3", slide="CONVOLUTION - 2D", prints=slide_sum)
def convolution_2d(image=IMAGE, f=FILTER):
    """The slide's double sum, and what comes out "otherwise": the correlation.

    F.conv2d, like every framework's convolution layer, does not flip its filter.
    """
    image, f = mc.tensor(image[None, None]), mc.tensor(f[None, None])
    return {
        "convolution": F.conv2d(image, f.flip((2, 3)), padding="same")[0, 0],
        "correlation": F.conv2d(image, f, padding="same")[0, 0],
    }


@row("2.4", slide="CONVOLUTION - 2D EXAMPLE (filter 11×11)")
def local_scalar_product(filter_size=11, height=32, width=32):
    """How many products each response sums: the entries in a row of the convolution's matrix."""
    f = np.ones((1, 1, filter_size, filter_size))
    products = conv_matrix(f, (1, height, width)).getnnz(axis=1)
    return {
        "products a pixel": products.max(),
        "for all pixels of a small image, no padding": products.sum(),
    }


@row(
    "2.5",
    slide="CONVOLUTION - 2D EXAMPLE",
    prints={"Filter'": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]], "filter response": [[-24]]},
)
def convolution_example(image=IMAGE, f=FILTER):
    """The filter is flipped to Filter', then nine products are summed.

    F.conv2d with the filter as it is has the other sign here. "full" is all places at which image
    and filter touch: padding by one less than the filter's size.
    """
    flipped = f[::-1, ::-1]
    return {
        "Filter'": flipped,
        "filter response": correlate(image, flipped),
        "without the flip": correlate(image, f),
        "full convolution": correlate(image, flipped, padding=len(f) - 1),
    }


@row(
    "2.6",
    slide="COMMON FILTERS IN IMAGE PROCESSING: Sobel filters",
    prints={
        "x filter": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        "y filter": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    },
)
def sobel(image=IMAGE, x=SOBEL_X, y=SOBEL_Y, example=FILTER):
    """Edges along both axes of the example's image. The example's own Filter is minus y."""
    return {
        "x filter": x,
        "y filter": y,
        "x response": convolve(image, x, padding="same"),
        "y response": convolve(image, y, padding="same"),
        "x response, no padding": convolve(image, x),
        "y response, no padding": convolve(image, y),
        "x correlation, no padding": correlate(image, x),
        "y correlation, no padding": correlate(image, y),
        "example's Filter + y": example + y,
    }


@row("2.7", slide="FILTER OPTIMIZATION")
def filter_optimization(ideal=IDEAL, size=5, alpha=0.5):
    """ε² = ‖F_w(F_i − B f)‖² + α‖f_w(f_i − f)‖² is least where a linear system says.

    Low frequencies weigh most among the frequencies, what is far from the middle among the
    coefficients (which should be 0: f_i). Going down ε² with the engine's gradients, as a network
    learns its filters, ends at the same filter. (minicnn/filters/optimise.py derives it.)
    """
    frequency_weight = (np.hypot(*filters.frequency_grid(ideal.shape)) + 0.1) ** -0.5
    from_middle = np.hypot(*(np.indices((size, size)) - (size - 1) / 2))
    problem = (ideal, size, frequency_weight, from_middle, alpha)
    best, walked = filters.optimise_filter(*problem), filters.optimise_filter_by_descent(*problem)
    return {
        "even filter": best.real,
        "odd filter": best.imag,
        "gradient descent arrives at the same": np.allclose(best, walked),
    }


@row("2.7b", slide="QUADRATURE FILTER RESPONSES, MAGNITUDE - DIFFERENT DIRECTIONS")
def quadrature_magnitudes(
    frequency=pi / 3, size=15, directions=(0, pi / 4, pi / 2, 3 * pi / 4), phases=(0, 0.7, pi / 2)
):
    """Four filters (rows) on a wave that runs to the right, in three phases (columns).

    The even and the odd part answer as the phase has it, their magnitude (almost) alike for all
    phases: it is large for the filter of the wave's direction, whether there is a line or an edge.
    """
    waves = [
        np.tile(np.cos(frequency * np.arange(size) + phase), (size, 1)) for phase in phases
    ]
    pairs = [filters.quadrature_pair(size, frequency, angle, 2.0) for angle in directions]
    even, odd = (
        np.array([[convolve(image=wave, kernel=f).item() for wave in waves] for f in part])
        for part in zip(*pairs, strict=True)
    )
    return {"even": even, "odd": odd, "magnitude": (even**2 + odd**2) ** 0.5}


@row(
    "2.8",
    slide="WHY CONVOLUTION?",
    prints={"dimensions": "1 000 000", "weights": "100 000 000"},
    reading="LOOSE",
    why="""Right for the weights. Each of the nodes has a bias too, {parameters} parameters in
        all, and the slide does count the biases of the convolution that it compares with.""",
)
def dense_layer(height=1000, width=1000, nodes=100):
    """A fully connected layer on an image of one megapixel."""
    layer = nn.utils.skip_init(nn.Linear, height * width, nodes)
    return {
        "dimensions": layer.in_features,
        "weights": layer.weight.numel(),
        "parameters": networks.parameters(layer),
    }


@row(
    "2.9",
    slide="WHY CONVOLUTION?",
    prints={"weights": 900, "biases": 100, "parameters": 1000},
    reading="LOOSE",
    why="""Right for a grey image, one channel. Filters have a slice for each channel: on a colour
        image the same layer has {parameters, RGB} parameters.""",
)
def convolutional_layer(filters=100, size=3):
    """As many filters as the dense layer had nodes, wherever they look in the image."""
    layer = nn.Conv2d(1, filters, size)
    return {
        "weights": layer.weight.numel(),
        "biases": layer.bias.numel(),
        "parameters": networks.parameters(layer),
        "parameters, RGB": networks.parameters(nn.Conv2d(3, filters, size)),
    }


@row("2.10", slide="CONV2D IS 3D, SORT OF", prints={"each filter": [[5, 5, 3], [3, 3, 128]]})
def filters_over_channels(layers=((5, 3), (3, 128)), filters=1):
    """Each filter is as deep as its input. Keras and the slide put the channels last, minicnn
    (as PyTorch) first: the same numbers in another order."""
    channels_last, channels_first, weights = [], [], []
    for size, channels in layers:
        conv = nn.Conv2d(channels, filters, size)
        _, *shape = conv.weight.shape  # (O, C, A, B): of each of O filters (C, A, B)
        channels_first.append(shape)
        channels_last.append([*shape[1:], shape[0]])
        weights.append(prod(shape))
    return {
        "each filter": channels_last,
        "each filter in minicnn": channels_first,
        "weights": weights,
    }


@row("2.11", slide="CONVOLUTIONAL LAYER - KERAS")
def two_keras_layers(filters=(32, 64), size=5):
    """Conv2D(32, (5,5)) on a grey or a colour image, then Conv2D(64, (5,5)) on its 32 channels."""
    first, second = filters
    return {
        "layer 1, grey": networks.parameters(nn.Conv2d(1, first, size)),
        "layer 1, colour": networks.parameters(nn.Conv2d(3, first, size)),
        "layer 2": networks.parameters(nn.Conv2d(first, second, size)),
    }


@row("2.12", slide="CONVOLUTION AS MATRIX VECTOR OPERATION: Figure 2.1")
def filter_matrices(signal=(1, 4, 9, 16, 25, 36), average=AVERAGING, difference=DIFFERENCE):
    """The two filters of the figure as matrices, the signal ending in zeros on both sides.

    As convolutions: the filter stands flipped in each row. Without the flip the difference has
    the other sign; the average is symmetric.
    """
    x = np.array(signal)

    def matrix(f):
        return conv_matrix(np.ravel(f)[None, None], (1, len(x)), padding=1).toarray()

    averaging, differencing = matrix(np.flip(average)), matrix(np.flip(difference))
    return {
        "¼[1, 2, 1] as a matrix": averaging,
        "[1, 0, −1] as a matrix": differencing,
        "averaged": averaging @ x,
        "differences": differencing @ x,
        "differences, no flip": matrix(difference) @ x,
    }


@row(
    "2.13",
    slide="CONVOLUTION AS MATRIX VECTOR OPERATION: WX + B",
    prints={"WX + B against the layer: greatest difference": 0},
    picture="matrix.sparse_unshared_dense",
)
def matrix_times_images(images=BATCH, f=FILTER, bias=3.0):
    """One image per column of X, the filter in a sparse matrix W: the same numbers as the layer's.

    F.conv2d(..., kernel="sparse") is this very product; by default a layer computes otherwise.
    """
    x, w, b = images[:, None], f[None, None], np.array([bias])
    matrix = conv_matrix(w, x.shape[1:])
    columns = matrix @ x.reshape(len(x), matrix.shape[1]).T + b  # (P·Q, H·W) @ (H·W, N)
    layer = F.conv2d(mc.tensor(x), mc.tensor(w), mc.tensor(b))
    return {
        "shape of W": matrix.shape,
        "entries of W": matrix.nnz,
        "entries of W with zero padding": conv_matrix(w, x.shape[1:], padding=1).nnz,
        "WX + B": columns,
        "WX + B against the layer: greatest difference":
            abs(columns.T.reshape(layer.shape) - layer.data).max(),
    }


@row(
    "2.14",
    slide="HANDLING THE BORDER OF THE IMAGE",
    prints=lambda filter_size: {
        "pixels smaller, only valid responses": filter_size - 1,
        "pixels smaller, zero padding": 0,
    },
    picture="border.modes",
)
def handling_the_border(filter_size=7, sizes=(224, 32, 512)):
    """Without padding every layer takes pixels, "and eventually we run out": after how many?

    Rows and columns shrink alike, so one axis is enough to see it.
    """
    f = mc.ones(filter_size)[None, None]
    layers, left = [], []
    for size in sizes:
        signal = mc.zeros(size)[None, None]
        layers.append(0)
        while signal.shape[2] >= filter_size:
            signal = F.conv1d(signal, f)
            layers[-1] += 1
        left.append(signal.shape[2])
    line = mc.zeros(sizes[0])[None, None]
    return {
        "pixels smaller, only valid responses": sizes[0] - F.conv1d(line, f).shape[2],
        "pixels smaller, zero padding": sizes[0] - F.conv1d(line, f, padding="same").shape[2],
        "layers until no more fits": layers,
        "pixels left": left,
    }


@row(
    "2.15",
    slide="CONVOLUTIONAL LAYER - PADDING",
    prints=lambda batch, height, width: {
        "'same'": [batch, height, width, 64],
        "'valid'": [batch, height - 4, width - 4, 64],
    },
)
def padding(batch=2, height=32, width=48, channels=3, filters=64, size=5):
    """The slide's tensors end with the channels; minicnn's have them second, and permute()
    brings one layout to the other."""
    images = mc.zeros(batch, height, width, channels).permute(0, 3, 1, 2)
    shapes = {}
    for padding in ("same", "valid"):
        y = nn.Conv2d(channels, filters, size, padding=padding)(images)
        shapes[f"'{padding}'"] = y.permute(0, 2, 3, 1).shape
        shapes[f"'{padding}' in minicnn"] = y.shape
    return shapes


@row("2.16", slide="SAME CONVOLUTION - ZERO PADDING")
def same_convolution(padded=PADDED, f=FILTER):
    """"Filter response = ?" The image is in its frame of zeros already; the filter is flipped.

    A convolution layer, which does not flip, gives the correlation: here the negative.
    """
    return {"filter response": convolve(padded, f), "correlation": correlate(padded, f)}


@row(
    "2.17",
    slide="CONVOLUTIONAL LAYER - STRIDE",
    prints={"factor in each dimension, about": ["2", "2"]},
)
def stride(layers=((32, 5, "same"), (7, 3, "valid")), stride=2):
    """⌊(W − F + 2P)/S⌋ + 1: half as many pixels, more or less. Layers: (size, filter, padding)."""
    before, after = [], []
    for size, filter_size, padding in layers:
        line, f = mc.zeros(size)[None, None], mc.ones(filter_size)[None, None]
        before.append(size)
        after.append(F.conv1d(line, f, stride=stride, padding=padding).shape[2])
    return {
        "pixels after": after,
        "factor in each dimension, about": np.array(before) / after,
    }


def lecture_table(channels, size, *settings):
    """The layers of the slide's table. Its "Softmax" is a dense layer and the softmax after it,
    and flattening has no row of its own."""
    net = networks.lecture_net(channels, size, *settings)
    rows = networks.table(net, (channels, size, size)).rows
    return [r for r in rows if r.type not in ("Flatten", "Softmax")]


@row(
    "2.18",
    slide="POOLING - REDUCE NUMBER OF PARAMETERS",
    prints={
        "activation shape": ["(32,32,3)", "(28,28,8)", "(14,14,8)", "(10,10,16)", "(5,5,16)",
                             "(120,1)", "(84,1)", "(10,1)"],
        "activation size": [3072, 6272, 1568, 1600, 400, 120, 84, 10],
    },
)
def activations(channels=3, size=32, filters=(8, 16), nodes=(120, 84), classes=10):
    """What leaves each layer, channels last as on the slide."""
    shapes = [(size, size, channels)]
    for r in lecture_table(channels, size, filters, nodes, classes):
        _, count, *plane = r.output_shape  # (N, C, H, W) or (N, nodes)
        shapes.append((*plane, count) if plane else (count, 1))
    return {
        "activation shape": [str(shape).replace(" ", "") for shape in shapes],
        "activation size": [prod(shape) for shape in shapes],
    }


@row(
    "2.19",
    slide="POOLING - REDUCE NUMBER OF PARAMETERS",
    prints={"parameters": [608, 0, 3216, 0], "weights of a filter": [[5, 5, 3], [5, 5, 8]]},
)
def convolution_parameters(channels=3, size=32, filters=(8, 16)):
    """A filter has a weight for each pixel of its window and each channel, and one bias."""
    rows = lecture_table(channels, size, filters)
    net = networks.lecture_net(channels, size, filters)
    shapes = [layer.weight.shape for layer in net if isinstance(layer, nn.Conv2d)]
    return {
        "parameters": [r.params for r in rows[: 2 * len(filters)]],  # each with its pooling
        "weights of a filter": [[a, b, c] for _, c, a, b in shapes],
    }


@row(
    "2.20",
    slide="POOLING - REDUCE NUMBER OF PARAMETERS",
    prints={"parameters": [48001, 10081, 841]},
    why="""Every node has a bias of its own, as every filter has in the slide's two convolutions.
        The slide adds one bias for the whole layer (400·120 + 1), which gives
        {with one bias a layer}. All its rows together make {total with one bias a layer}, the
        network has {total}. LeNet-5 (row 2.23) has the right counts in the same places.""",
)
def dense_parameters(channels=3, size=32, filters=(8, 16), nodes=(120, 84), classes=10):
    """The three dense layers: one weight from every input to every node, one bias a node."""
    net = networks.lecture_net(channels, size, filters, nodes, classes)
    dense = [layer for layer in net if isinstance(layer, nn.Linear)]
    surplus = sum(layer.out_features - 1 for layer in dense)
    return {
        "parameters": [networks.parameters(layer) for layer in dense],
        "with one bias a layer": [layer.weight.numel() + 1 for layer in dense],
        "total": networks.parameters(net),
        "total with one bias a layer": networks.parameters(net) - surplus,
    }


@row("2.21", slide="POOLING LAYERS")
def without_pooling(channels=3, size=32, filters=(8, 16), nodes=(120, 84)):
    """"The final fully connected layer would be very large": the same network without pooling."""

    def first_dense(pool):
        net = networks.lecture_net(channels, size, filters, nodes, pool=pool)
        return next(layer for layer in net if isinstance(layer, nn.Linear))

    pooled, unpooled = first_dense(True), first_dense(False)
    more = networks.parameters(unpooled) / networks.parameters(pooled)
    return {
        "inputs with pooling": pooled.in_features,
        "inputs without": unpooled.in_features,
        "parameters without": networks.parameters(unpooled),
        "times as many": more,
    }


@row("2.22", slide="FULLY CONNECTED LAYER - KERAS")
def keras_network(channels=3, size=32, filters=32, filter_size=5, pool=2, classes=10):
    """The slide's network in minicnn. Its input_shape and numClasses are left open there."""
    net = nn.Sequential(
        networks.Conv(channels, filters, filter_size, padding="same"),
        nn.MaxPool2d(pool),
        nn.Flatten(),
        nn.Linear(filters * (size // pool) ** 2, classes),
        nn.Softmax(dim=1),
    )
    table = networks.table(net, (channels, size, size))
    return {
        "outputs": [prod(r.output_shape[1:]) for r in table.rows],
        "parameters": [r.params for r in table.rows],
        "total": table.total_params,
    }
