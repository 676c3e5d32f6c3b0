"""The rows of lecture 004, each against a computation of another kind."""

import math

import numpy as np
import pytest
import sklearn.metrics as sk
from checks import Oracle, check, check_all_have_oracles, rows_of
from lectures import networks
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import toeplitz
from scipy.signal import convolve2d, correlate2d

LECTURE = "004"

RNG = np.random.default_rng(4)


def integers(*shape, low=-9, high=10):
    return RNG.integers(low, high, shape).astype("float64")


def images_are_matrices(first, second):
    at = [(i, j) for i, row in enumerate(first) for j, v in enumerate(row) if v != second[i, j]]
    return {
        "range, first printing": [min(map(min, first)), max(map(max, first))],
        "range, second printing": [min(map(min, second)), max(map(max, second))],
        "pixels in which the two differ": at,
        "the first's values there": [first[i, j] for i, j in at],
        "the second's values there": [second[i, j] for i, j in at],
    }


def rgb_image(height, width, channels):
    return {"values": height * width * channels, "bytes in float32": 4 * height * width * channels}


def flatten(image):
    columns, rows = np.ravel(image, "F"), np.ravel(image, "C")
    return {
        "first 8": columns[:8],
        "last 2": columns[-2:],
        "row by row, first 8": rows[:8],
        "row by row, last 2": rows[-2:],
    }


def dense_layer_on_an_image(height, width, channels, neurons):
    pixels = height * width * channels
    return {
        "weights of one neuron": pixels,
        "neurons": neurons,
        "weights of the layer": pixels * neurons,
        "parameters of the layer": (pixels + 1) * neurons,
    }


def equivariance(image, kernel, shift):
    def moved(x, by):
        return np.hstack([np.zeros((len(x), by)), x])[:, : x.shape[1]]

    def same(x):
        return correlate2d(x, kernel, "same")

    def halved(x):
        return correlate2d(x, kernel, "valid")[::2, ::2]

    gap = np.abs(same(moved(image, shift)) - moved(same(image), shift))
    still, by_1, by_2 = (halved(moved(image, n)) for n in (0, 1, 2))
    return {
        "columns that agree": [j for j, column in enumerate(gap.T) if not any(column)],
        "greatest difference": gap.max(),
        "stride 2, shift by 2: columns that agree":
            [j for j in range(still.shape[1]) if (by_2[:, j] == moved(still, 1)[:, j]).all()],
        "stride 2, shift by 1: difference from either":
            [np.abs(by_1 - still).max(), np.abs(by_1 - moved(still, 1)).max()],
    }


def sparse_connections(x, kernel, unit):
    """The Jacobian of a convolution is the matrix with the kernel on its diagonals."""
    below, on, above = kernel
    rest = [0] * (len(x) - 2)
    matrix = toeplitz([on, below, *rest], [on, above, *rest])
    seen = [j for j in (unit - 1, unit, unit + 1) if 1 <= j <= len(x)]
    return {"inputs that affect s3": seen, "∂s/∂x, a row for each s": matrix}


def convolution_operation(image, kernel, whole):
    turned = kernel[::-1, ::-1]
    valid = convolve2d(image, turned, "valid")
    crop = whole[: image.shape[0], : image.shape[1]]
    own = convolve2d(crop, turned, "valid")
    pairs = list(zip(valid.flat, own.flat, strict=True))
    return {
        "row 0": valid[0],
        "row 1, its first two": valid[1][:2],
        "the whole answer": valid,
        "with zero padding": convolve2d(image, turned, "same"),
        "entries that the crop's slip touches": [a for a, b in pairs if a != b],
        "the same with the image's own pixels": [b for a, b in pairs if a != b],
    }


def the_six_sums(image, kernel, places):
    windows = sliding_window_view(image, kernel.shape)
    shape = windows.shape[:2]
    at = [np.unravel_index(place, shape) for place in range(places)]
    return {
        **{f"({i}, {j})": windows[i, j].ravel() for i, j in at},
        "weights": kernel.ravel(),
        "sums": [correlate2d(image, kernel, "valid")[place] for place in at],
    }


def different_filters(image, bank):
    return {
        **{f"filter {i + 1}": correlate2d(image, k, "valid") for i, k in enumerate(bank)},
        **{f"filter {i + 1}, true convolution": convolve2d(image, k, "valid")
           for i, k in enumerate(bank)},
    }


def zero_padding(printed, kernel, pad):
    inside = printed[1:6, 1:6]
    framed = np.zeros((5 + 2 * pad, 5 + 2 * pad))
    framed[pad : pad + 5, pad : pad + 5] = inside
    return {
        "shape of the padded image": framed.shape,
        "with padding": correlate2d(framed, kernel, "valid"),
        "without padding": correlate2d(inside, kernel, "valid"),
        "on the matrix as printed": correlate2d(printed, kernel, "valid"),
    }


def places(w, f, s):
    """At how many places a window of f fits into w pixels, s apart."""
    return sum(1 for start in range(0, w, s) if start + f <= w)


def output_size(settings, broken):
    w, f, p, s = broken
    return {
        "output sizes": [places(w + 2 * p, f, s) for w, f, p, s in settings],
        "W, F, P, S of no whole number": broken,
        "the formula there": (w - f + 2 * p + s) / s,
        "the size there": places(w + 2 * p, f, s),
    }


def pooled_size(settings, broken, depth):
    w, f, s = broken
    return {
        "output sizes": [places(*setting) for setting in settings],
        "depth": depth,
        "W, F, S of no whole number": broken,
        "the formula there": (w - f + s) / s,
        "the size there": places(w, f, s),
        "the size there with ceil_mode": math.ceil((w - f) / s) + 1,
    }


def max_pooling(channels, size, stride):
    windows = sliding_window_view(channels, (size, size), axis=(1, 2))
    every = windows[:, ::stride, ::stride]
    return {
        "maximum": every.max(axis=(3, 4)),
        "average": every.mean(axis=(3, 4)),
        "maximum, S = 1": windows.max(axis=(3, 4)),
        "shape": (1, *every.shape[:3]),
    }


def skip_connections(weights, x):
    """The chain rule by hand: the product of the layers' Jacobians, from the last to the first."""

    def gradient(weights, skip):
        y, jacobian = np.array(x), np.eye(len(x))
        for weight in weights:
            on = (weight @ y > 0)[:, None] * weight  # the rows of the units that are on
            layer = on + skip * np.eye(len(x))
            y, jacobian = layer @ y, layer @ jacobian
        return np.sqrt((jacobian.sum(axis=0) ** 2).sum())

    return {
        "gradient at the input, plain": gradient(weights, 0),
        "gradient at the input, with skips": gradient(weights, 1),
        "three times the weights": gradient(3 * weights, 1),
    }


def conv_parameters(i, o, *size):
    """Weights of a convolution without bias, and scale and shift of its batch norm."""
    return i * o * math.prod(size) + 2 * o


def resnet34(blocks, widths, classes, size):
    total, before, projections = conv_parameters(3, 64, 7, 7), 64, 0
    for stage, (count, width) in enumerate(zip(blocks, widths, strict=True)):
        total += conv_parameters(before, width, 3, 3)
        total += (2 * count - 1) * conv_parameters(width, width, 3, 3)
        if stage or before != width:
            total += conv_parameters(before, width, 1, 1)
            projections += 1
        before = width
    return {
        "layers with weights": 2 * sum(blocks) + 2,
        "convolutions in all": 2 * sum(blocks) + 1 + projections,
        "parameters": total + (before + 1) * classes,
    }


def inception_v3(network, classes, size):
    """From tables of the two networks: what each block has, and how deep it is."""
    if network is networks.googlenet:  # modules of 1, 3×3 (reduced, out), 5×5 (...), pooled
        modules = [
            (192, 64, 96, 128, 16, 32, 32), (256, 128, 128, 192, 32, 96, 64),
            (480, 192, 96, 208, 16, 48, 64), (512, 160, 112, 224, 24, 64, 64),
            (512, 128, 128, 256, 24, 64, 64), (512, 112, 144, 288, 32, 64, 64),
            (528, 256, 160, 320, 32, 128, 128), (832, 256, 160, 320, 32, 128, 128),
            (832, 384, 192, 384, 48, 128, 128),
        ]
        convs = [(3, 64, 49), (64, 64, 1), (64, 192, 9)]
        for c, one, r3, three, r5, five, pool in modules:
            convs += [(c, one, 1), (c, r3, 1), (r3, three, 9), (c, r5, 1), (r5, five, 25),
                      (c, pool, 1)]
        total = sum(i * o * taps + o for i, o, taps in convs)
        return {
            "layers with weights on the longest way": 3 + 2 * len(modules) + 1,
            "convolutions in all": len(convs),
            "parameters": total + 1025 * classes,
        }
    convs = [(3, 32, 9), (32, 32, 9), (32, 64, 9), (64, 80, 1), (80, 192, 9)]
    for c, pool in ((192, 32), (256, 64), (288, 64)):
        convs += [(c, 64, 1), (c, 48, 1), (48, 64, 25), (c, 64, 1), (64, 96, 9), (96, 96, 9),
                  (c, pool, 1)]
    convs += [(288, 384, 9), (288, 64, 1), (64, 96, 9), (96, 96, 9)]
    for m in (128, 160, 160, 192):
        convs += [(768, 192, 1), (768, m, 1), (m, m, 7), (m, 192, 7), (768, m, 1), (m, m, 7),
                  (m, m, 7), (m, m, 7), (m, 192, 7), (768, 192, 1)]
    convs += [(768, 192, 1), (192, 320, 9), (768, 192, 1), (192, 192, 7), (192, 192, 7),
              (192, 192, 9)]
    for c in (1280, 2048):
        convs += [(c, 320, 1), (c, 384, 1), (384, 384, 3), (384, 384, 3), (c, 448, 1),
                  (448, 384, 9), (384, 384, 3), (384, 384, 3), (c, 192, 1)]
    return {
        # stem, three A, B, four C, D, two E, and the dense layer
        "layers with weights on the longest way": 5 + 3 * 3 + 3 + 4 * 5 + 4 + 2 * 3 + 1,
        "convolutions in all": len(convs),
        "parameters": sum(conv_parameters(*conv) for conv in convs) + 2049 * classes,
    }


def loss_at_85_percent(probability):
    return {
        "loss if ill, −ln p": sk.log_loss([1], [probability], labels=[0, 1]),
        "loss if not, −ln(1 − p)": sk.log_loss([0], [probability], labels=[0, 1]),
    }


def weighted_loss(labels, probability):
    well = labels.count(0) / len(labels)
    both = len(labels) * well * (1 - well)
    return {
        "w₊": well,
        "w₋": 1 - well,
        "loss if ill": math.log(probability**-well),
        "loss if not": math.log((1 - probability) ** (well - 1)),
        "all the ill, |P|·w₊": both,
        "all the others, |N|·w₋": both,
    }


def pathology_loss(present, probabilities, guess):
    likelihood = math.prod(
        p if y else 1 - p for y, p in zip(present, probabilities, strict=True)
    )
    of_guess = math.prod(guess if y else 1 - guess for y in present)
    return {"loss": -math.log(likelihood), "loss of a guess": -math.log(of_guess)}


def f1_table(scores):
    people = [name for name in scores if name.startswith("Radiologist") and "Avg" not in name]
    thousandths = [round(1000 * scores[name][0]) for name in people]
    mean = sum(thousandths) / len(people) / 1000
    chexnet, low, high = scores["CheXNet"]
    return {
        "Radiologist Avg.": mean,
        "CheXNet above their mean by": chexnet - mean,
        "better than CheXNet": [name for name in people if chexnet < scores[name][0]],
        "within CheXNet's interval": [
            name for name in people if not (scores[name][0] < low or high < scores[name][0])
        ],
    }


def auroc_table(scores):
    leads = {name: ours - max(wang, yao) for name, (wang, yao, ours) in scores.items()}
    least, greatest = min(leads, key=leads.get), max(leads, key=leads.get)
    return {
        "means: Wang et al., Yao et al., CheXNet":
            [math.fsum(column) / len(scores) for column in zip(*scores.values(), strict=True)],
        "rows in which CheXNet is highest":
            sum(ours == max(row) for row in scores.values() for ours in row[2:]),
        "least lead": leads[least],
        "least lead in": least,
        "greatest lead": leads[greatest],
        "greatest lead in": greatest,
    }


def taxonomy(leaves, names, tree, top, upper, classes, features):
    """Each leaf's probability is given to all that stand above it."""
    parent = {child: node for node, children in tree.items() for child in children}
    summed = dict.fromkeys(tree, 0.0)
    for leaf, probability in enumerate(leaves):
        node = leaf
        while node in parent:
            node = parent[node]
            summed[node] += probability
    return {
        **{f"P({node})": value for node, value in summed.items()},
        "likeliest leaf": sorted(zip(-leaves, names, strict=True))[0][1],
        "likeliest of the upper classes": sorted(tree[top], key=lambda n: -summed[n])[0],
        "chance among 3 and among 9 classes, %": [count**-1 / 0.01 for count in upper],
        "loss before training, ln 757": math.log(classes),
        "parameters of the new last layer": (features + 1) * classes,
    }


def layout(image, kernel):
    """Channels last throughout; one filter for all channels is that filter on their sum."""
    answer = correlate2d(image.sum(axis=2), kernel, "valid")
    height, width, channels = image.shape
    return {
        "shape of the input": (channels, height, width),
        "shape in lecture 002": image.shape,
        "channel 0 by transpose": image[0, :, 0],
        "channel 0 by reshape": image.ravel()[:width],
        "answer, channels first": answer[None],
        "answer, channels last": answer[..., None],
    }


def dice(truth, prediction):
    g, p = ({tuple(at) for at in np.argwhere(mask)} for mask in (truth, prediction))
    score = 2 * len(g & p) / (len(g) + len(p))
    return {
        "Dice": score,
        "F1 of the pixels": sk.f1_score(truth.ravel(), prediction.ravel()),
        "Dice loss (lecture 002)": 1 - score,
        "overlap (Jaccard)": len(g & p) / len(g | p),
    }


def dice_table(scores):
    return {
        "overlap": [1 / (2 / score - 1) for score in scores.values()],
        "back to Dice": list(scores.values()),
    }


SPOTTED = integers(16, 12, low=0, high=256)
OTHER_TREE = {"all": ["x", "y"], "x": [0, 1], "y": [2]}
ORACLES = {
    "4.1": Oracle(
        images_are_matrices,
        {"first": integers(3, 4), "second": np.clip(integers(3, 4), -5, 5)},
    ),
    "4.2": Oracle(rgb_image, {"height": 7, "width": 5, "channels": 4}),
    "4.3": Oracle(
        dense_layer_on_an_image, {"height": 4, "width": 6, "channels": 2, "neurons": 3}
    ),
    "4.4": Oracle(flatten, {"image": integers(5, 4)}),
    "4.5": Oracle(
        convolution_operation,
        {"image": SPOTTED[:8, :6] + np.eye(8, 6), "kernel": integers(3, 3), "whole": SPOTTED},
    ),
    "4.6": Oracle(
        the_six_sums,
        [{"image": integers(8, 6), "kernel": integers(3, 3)},
         {"image": integers(5, 7), "kernel": integers(2, 4), "places": 5}],
    ),
    "4.7": Oracle(different_filters, {"image": integers(7, 5), "bank": integers(4, 3, 3)}),
    "4.8": Oracle(
        zero_padding, {"printed": integers(7, 8), "kernel": integers(3, 3), "pad": 2}
    ),
    "4.9": Oracle(
        output_size,
        {"settings": ((9, 4, 2, 3), (20, 7, 1, 5), (10, 3, 0, 2)), "broken": (11, 2, 1, 3)},
    ),
    "4.10": Oracle(
        sparse_connections,
        {"x": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "kernel": (2.0, 5.0, -3.0), "unit": 5},
    ),
    "4.11": Oracle(
        equivariance,
        [{"image": integers(9, 14), "kernel": integers(3, 3)}, {"shift": 3}],
    ),
    "4.12": Oracle(
        pooled_size,
        {"settings": ((9, 3, 3), (10, 4, 5), (12, 2, 3)), "broken": (12, 3, 5), "depth": 2},
    ),
    "4.13": Oracle(
        max_pooling,
        [{"channels": integers(2, 9, 9), "size": 3, "stride": 3},
         {"channels": integers(1, 7, 7), "size": 2, "stride": 3}],
    ),
    "4.14": Oracle(
        skip_connections,
        [{"weights": RNG.uniform(0.1, 0.5, (5, 3, 3)), "x": (0.2, 0.3, 0.4)},  # all are on
         {"weights": RNG.standard_normal((6, 8, 8))}],
    ),
    "4.15": Oracle(
        resnet34, {"blocks": (2, 1, 1), "widths": (64, 32, 16), "classes": 7, "size": 33}
    ),
    "4.16": Oracle(weighted_loss, {"labels": (1, 0, 1, 0, 0, 0, 0), "probability": 0.3}),
    "4.17": Oracle(loss_at_85_percent, {"probability": 0.4}),
    "4.18": Oracle(
        pathology_loss,
        {"present": (1, 0, 1), "probabilities": (0.4, 0.3, 0.9), "guess": 0.25},
    ),
    "4.19": Oracle(
        f1_table,
        {"scores": {"Radiologist 1": (0.5, 0.4, 0.6), "Radiologist 2": (0.2, 0.1, 0.3),
                    "Radiologist Avg.": (0.3, 0.2, 0.4), "CheXNet": (0.3, 0.2, 0.45)}},
    ),
    "4.20": Oracle(
        auroc_table,
        {"scores": {"a": (0.5, 0.6, 0.9), "b": (0.7, 0.3, 0.6), "c": (0.1, 0.2, 0.25)}},
    ),
    "4.23": Oracle(
        inception_v3,
        [{"network": networks.googlenet, "classes": 12, "size": 64}, {"classes": 5, "size": 80}],
    ),
    "4.24": Oracle(
        taxonomy,
        [{"leaves": np.array([0.4, 0.15, 0.45]), "names": "abc", "tree": OTHER_TREE, "top": "all",
          "upper": (2, 5), "classes": 5, "features": 6},
         {"leaves": RNG.dirichlet(np.ones(7))}],
    ),
    "4.25": Oracle(
        dice, {"truth": RNG.integers(0, 2, (5, 4)), "prediction": RNG.integers(0, 2, (5, 4))}
    ),
    "4.26": Oracle(dice_table, {"scores": {"a": 0.3, "b": 0.99}}),
    "4.27": Oracle(layout, {"image": integers(5, 4, 2), "kernel": integers(2, 2)}),
}


@pytest.mark.parametrize("number", rows_of(LECTURE))
def test_row_equals_its_oracle(number):
    check(number, ORACLES)


def test_every_row_has_an_oracle():
    check_all_have_oracles(LECTURE, ORACLES)
