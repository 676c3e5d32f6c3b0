"""The rows of lecture 002, each against a computation of another kind.

Those of its second half, on networks and segmentation, are held against network_oracles.py.
"""

import math

import numpy as np
import pytest
from checks import Oracle, check, check_all_have_oracles, rows_of
from scipy.signal import convolve2d, correlate2d

torch = pytest.importorskip("torch", reason="PyTorch is not installed: it is the oracle")

import network_oracles  # noqa: E402  (it needs PyTorch)
import torch_networks as theirs  # noqa: E402

LECTURE = "002"
RNG = np.random.default_rng(2)


def integers(*shape, low=-9, high=10):
    return RNG.integers(low, high, shape).astype("float64")


def bounding_box(corners, predicted):
    gaps = [a - b for p, q in zip(corners, predicted, strict=True)
            for a, b in zip(p, q, strict=True)]
    return {"outputs": len(gaps), "mean squared error": sum(g * g for g in gaps) / len(gaps)}


def volume(size):
    voxels = math.prod(size)
    return {"voxels": voxels, "MiB in float32": voxels * 32 / 8 / 1024 / 1024}


def volumes_over_time(ct, fmri):
    return {
        "voxels, CT": math.prod(ct),
        "GiB in float32, CT": math.prod(ct) * 4 / 1024**3,
        "voxels, functional MRI": math.prod(fmri),
        "GiB in float32, functional MRI": math.prod(fmri) * 4 / 1024**3,
    }


def convolution_2d(image, f):
    return {
        "convolution": convolve2d(image, f, "same"),
        "correlation": correlate2d(image, f, "same"),
    }


def local_scalar_product(filter_size, height, width):
    places = (height - filter_size + 1) * (width - filter_size + 1)
    return {
        "products a pixel": filter_size**2,
        "for all pixels of a small image, no padding": places * filter_size**2,
    }


def convolution_example(image, f):
    return {
        "Filter'": np.rot90(f, 2),
        "filter response": convolve2d(image, f, "valid"),
        "without the flip": correlate2d(image, f, "valid"),
        "full convolution": convolve2d(image, f, "full"),
    }


def sobel(image, x, y, example):
    return {
        "x filter": x,
        "y filter": y,
        "x response": convolve2d(image, x, "same"),
        "y response": convolve2d(image, y, "same"),
        "x response, no padding": convolve2d(image, x, "valid"),
        "y response, no padding": convolve2d(image, y, "valid"),
        "x correlation, no padding": correlate2d(image, x, "valid"),
        "y correlation, no padding": correlate2d(image, y, "valid"),
        "example's Filter + y": [[a + b for a, b in zip(p, q, strict=True)]
                                 for p, q in zip(example, y, strict=True)],
    }


def least_squares(ideal, size, frequency_weight, spatial_weight):
    """The filter by NumPy's least squares, of both terms as rows of one overdetermined system."""
    n = len(ideal)
    units = np.zeros((size * size, n, n))
    rows, columns = np.divmod(np.arange(size * size), size)
    units[np.arange(size * size), rows, columns] = 1
    omega = 2 * np.pi * np.fft.fftfreq(n)
    to_middle = np.exp(1j * omega * (size - 1) / 2)
    responses = np.fft.fft2(units) * to_middle[:, None] * to_middle
    above = (responses * frequency_weight).reshape(size * size, -1).T
    rows = np.vstack([above, np.diag(spatial_weight.ravel())])
    wanted = np.concatenate([(ideal * frequency_weight).ravel(), np.zeros(size * size)])
    return np.linalg.lstsq(rows, wanted, rcond=None)[0].reshape(size, size)


def radii(n, step):
    """How far each entry of a grid is from the entry that counts as zero."""
    steps = 2 * np.pi * np.fft.fftfreq(n) if step == "frequency" else np.arange(n) - n / 2 + 0.5
    return np.sqrt(steps[:, None] ** 2 + steps**2)


def filter_optimization(ideal, size, alpha):
    weight = 1 / np.sqrt(radii(len(ideal), "frequency") + 0.1)
    best = least_squares(ideal, size, weight, np.sqrt(alpha) * radii(size, "pixel"))
    return {
        "even filter": best.real,
        "odd filter": best.imag,
        "gradient descent arrives at the same": True,
    }


def quadrature_magnitudes(frequency, size, directions, phases):
    n, bandwidth = 2 * size + 1, 2
    rho = radii(n, "frequency")
    weight = 1 / np.sqrt(rho + 0.1)
    weight[0, 0] *= 10
    omega = 2 * np.pi * np.fft.fftfreq(n)
    octaves = np.log2(np.where(rho > 0, rho, 1) / frequency)
    answers = []
    for angle in directions:
        along = np.cos(np.arctan2(omega[:, None], omega) - angle)
        ideal = 0.5 ** ((2 * octaves / bandwidth) ** 2) * np.maximum(along, 0) ** 2
        f = least_squares(np.where(rho > 0, ideal, 0), size, weight, np.zeros((size, size)))
        columns = f.sum(axis=0)[::-1]  # a convolution turns the filter; the rows are alike
        answers.append([
            columns @ np.cos(frequency * np.arange(size) + phase) for phase in phases
        ])
    answers = np.array(answers)
    return {"even": answers.real, "odd": answers.imag, "magnitude": abs(answers)}


def dense_layer(height, width, nodes):
    layer = torch.nn.Linear(height * width, nodes, device="meta")
    return {
        "dimensions": layer.weight.shape[1],
        "weights": layer.weight.numel(),
        "parameters": theirs.parameters(layer),
    }


def convolutional_layer(filters, size):
    return {
        "weights": filters * size**2,
        "biases": filters,
        "parameters": filters * (size**2 + 1),
        "parameters, RGB": filters * (3 * size**2 + 1),
    }


def filters_over_channels(layers, filters):
    return {
        "each filter": [[size, size, channels] for size, channels in layers],
        "each filter in minicnn": [[channels, size, size] for size, channels in layers],
        "weights": [size * size * channels for size, channels in layers],
    }


def two_keras_layers(filters, size):
    first, second = filters
    return {
        "layer 1, grey": first * size**2 + first,
        "layer 1, colour": 3 * first * size**2 + first,
        "layer 2": first * second * size**2 + second,
    }


def filter_matrices(signal, average, difference):
    def matrix(f):  # what the convolution makes of each unit vector
        return np.array([np.convolve(e, f, "same") for e in np.eye(len(signal))]).T

    average, difference = np.ravel(average), np.ravel(difference)
    return {
        "¼[1, 2, 1] as a matrix": matrix(average),
        "[1, 0, −1] as a matrix": matrix(difference),
        "averaged": np.convolve(signal, average, "same"),
        "differences": np.convolve(signal, difference, "same"),
        "differences, no flip": np.correlate(signal, difference, "same"),
    }


def matrix_times_images(images, f, bias):
    (_, h, w), (a, b) = images.shape, f.shape
    p, q = h - a + 1, w - b + 1
    columns = [correlate2d(image, f, "valid").ravel() + bias for image in images]
    return {
        "shape of W": [p * q, h * w],
        "entries of W": p * q * a * b,
        "entries of W with zero padding": (3 * h - 2) * (3 * w - 2),
        "WX + B": np.transpose(columns),
        "WX + B against the layer: greatest difference": 0,
    }


def handling_the_border(filter_size, sizes):
    lost = filter_size - 1
    return {
        "pixels smaller, only valid responses": lost,
        "pixels smaller, zero padding": 0,
        "layers until no more fits": [(size - 1) // lost for size in sizes],
        "pixels left": [(size - 1) % lost + 1 for size in sizes],
    }


def padding(batch, height, width, channels, filters, size):
    p, q = height - size + 1, width - size + 1
    return {
        "'same'": [batch, height, width, filters],
        "'same' in minicnn": [batch, filters, height, width],
        "'valid'": [batch, p, q, filters],
        "'valid' in minicnn": [batch, filters, p, q],
    }


def same_convolution(padded, f):
    image = padded[1:-1, 1:-1]
    return {
        "filter response": convolve2d(image, f, "same"),
        "correlation": correlate2d(image, f, "same"),
    }


def stride(layers, stride):
    after = [
        len(range(0, size if padding == "same" else size - f + 1, stride))
        for size, f, padding in layers
    ]
    return {
        "pixels after": after,
        "factor in each dimension, about": [
            layer[0] / n for layer, n in zip(layers, after, strict=True)
        ],
    }


def activations(channels, size, filters, nodes, classes):
    net = theirs.meta(theirs.lecture_net, channels, size, filters, nodes, classes)
    skipped = (torch.nn.ReLU, torch.nn.Flatten, torch.nn.Softmax)
    shapes = [(size, size, channels)]
    for layer, shape in theirs.shapes(net, (channels, size, size)):
        if not isinstance(layer, skipped):
            channels_last = torch.Size(shape)[-2:] + shape[:1] if len(shape) == 3 else (*shape, 1)
            shapes.append(tuple(channels_last))
    return {
        "activation shape": ["(" + ",".join(map(str, shape)) + ")" for shape in shapes],
        "activation size": [math.prod(shape) for shape in shapes],
    }


def convolution_parameters(channels, size, filters):
    first, second = filters
    return {
        "parameters": [first * (25 * channels + 1), 0, second * (25 * first + 1), 0],
        "weights of a filter": [[5, 5, channels], [5, 5, first]],
    }


def dense_parameters(channels, size, filters, nodes, classes):
    net = theirs.meta(theirs.lecture_net, channels, size, filters, nodes, classes)
    widths = [layer.weight.shape for layer in net if isinstance(layer, torch.nn.Linear)]
    total = theirs.parameters(net)
    return {
        "parameters": [o * i + o for o, i in widths],
        "with one bias a layer": [o * i + 1 for o, i in widths],
        "total": total,
        "total with one bias a layer": total - sum(o for o, _ in widths) + len(widths),
    }


def without_pooling(channels, size, filters, nodes):
    pooled = filters[-1] * (((size - 4) // 2 - 4) // 2) ** 2
    unpooled = filters[-1] * (size - 8) ** 2
    return {
        "inputs with pooling": pooled,
        "inputs without": unpooled,
        "parameters without": (unpooled + 1) * nodes[0],
        "times as many": (unpooled + 1) / (pooled + 1),
    }


def keras_network(channels, size, filters, filter_size, pool, classes):
    with torch.device("meta"):
        net = torch.nn.Sequential(
            torch.nn.Conv2d(channels, filters, filter_size, padding="same"),
            torch.nn.MaxPool2d(pool), torch.nn.Flatten(), torch.nn.LazyLinear(classes),
            torch.nn.Softmax(1),
        )
    outputs = [math.prod(shape) for _, shape in theirs.shapes(net, (channels, size, size))]
    return {
        "outputs": outputs,
        "parameters": [theirs.parameters(layer) for layer in net],
        "total": theirs.parameters(net),
    }


NET = {"channels": 2, "size": 41, "filters": (5, 3)}
ORACLES = {
    "2.39": Oracle(
        bounding_box,
        {"corners": ((1, 2), (3, 4), (9, 9)), "predicted": ((1, 3), (5, 4), (0, 1))},
    ),
    "2.1": Oracle(volume, {"size": (7, 9, 10, 3)}),
    "2.2": Oracle(volumes_over_time, {"ct": (5, 6, 7, 8), "fmri": (3, 4, 5)}),
    "2.3": Oracle(convolution_2d, {"image": integers(4, 6), "f": integers(3, 3)}),
    "2.4": Oracle(local_scalar_product, {"filter_size": 4, "height": 9, "width": 7}),
    "2.5": Oracle(
        convolution_example,
        [{"image": integers(3, 3), "f": integers(3, 3)},
         {"image": integers(6, 7), "f": integers(4, 4)}],
    ),
    "2.6": Oracle(
        sobel,
        {"image": integers(5, 4), "x": integers(3, 3), "y": integers(3, 3),
         "example": integers(3, 3)},
    ),
    "2.7": Oracle(
        filter_optimization,
        {"ideal": RNG.normal(size=(9, 9)), "size": 3, "alpha": 2.0},
        constant=["gradient descent arrives at the same"],
    ),
    "2.7b": Oracle(
        quadrature_magnitudes,
        {"frequency": 1.3, "size": 9, "directions": (0.3, 2, 4), "phases": (0.2, 1.9)},
    ),
    "2.8": Oracle(dense_layer, {"height": 6, "width": 7, "nodes": 9}),
    "2.9": Oracle(convolutional_layer, {"filters": 7, "size": 4}),
    "2.10": Oracle(filters_over_channels, {"layers": ((2, 9), (7, 4)), "filters": 2}),
    "2.11": Oracle(two_keras_layers, {"filters": (6, 11), "size": 4}),
    "2.12": Oracle(
        filter_matrices,
        {"signal": (2, -1, 5, 3, 8), "average": np.array([0.5, 2, 3]),
         "difference": np.array([4.0, -1, 7])},
    ),
    "2.13": Oracle(
        matrix_times_images,
        {"images": integers(2, 5, 6), "f": integers(3, 3), "bias": -4.0},
        constant=["WX + B against the layer: greatest difference"],
    ),
    "2.14": Oracle(
        handling_the_border,
        [{"filter_size": 4, "sizes": (19, 20)}, {"filter_size": 5, "sizes": (5, 100, 4)}],
        constant=["pixels smaller, zero padding"],
    ),
    "2.15": Oracle(
        padding,
        {"batch": 3, "height": 11, "width": 9, "channels": 2, "filters": 4, "size": 3},
    ),
    "2.16": Oracle(
        same_convolution, {"padded": np.pad(integers(4, 5), 1), "f": integers(3, 3)}
    ),
    "2.17": Oracle(
        stride, {"layers": ((50, 4, "valid"), (31, 3, "same"), (8, 2, "same")), "stride": 3}
    ),
    "2.18": Oracle(activations, NET | {"nodes": (20, 30), "classes": 7}),
    "2.19": Oracle(convolution_parameters, NET),
    "2.20": Oracle(dense_parameters, NET | {"nodes": (20, 30), "classes": 7}),
    "2.21": Oracle(without_pooling, NET | {"nodes": (20, 30)}),
    "2.22": Oracle(
        keras_network,
        {"channels": 2, "size": 13, "filters": 4, "filter_size": 7, "pool": 3, "classes": 7},
    ),
    **network_oracles.ORACLES,
}


@pytest.mark.parametrize("number", rows_of(LECTURE))
def test_row_equals_its_oracle(number):
    check(number, ORACLES)


def test_every_row_has_an_oracle():
    check_all_have_oracles(LECTURE, ORACLES)
