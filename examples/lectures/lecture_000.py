"""Lecture 000: Duke BME 548L, lecture 13, "CNN visualization and example applications" (2021)."""

from __future__ import annotations

import datetime

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import metrics, nn

from .images import IMAGE_8X6
from .rows import external, row

# The dates of the announcements, as (month, day), with the day of the week that the slides print.
DATES = {
    (3, 11): "Thursday", (3, 25): "Thursday", (4, 8): "Thursday", (4, 22): "Thursday",
    (3, 22): "Monday", (3, 23): "Tuesday", (3, 26): "Friday", (4, 29): "Thursday",
}

# The two sets of ten patients that lecture 003 prints: 1 diseased, 0 healthy, and what its model
# says. This lecture has the formulas and no numbers, so they are tried on these.
DISEASED = [[0, 0, 1, 0, 0, 1, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1, 0, 1, 0, 0]]
POSITIVE = [[0, 0, 1, 0, 0, 0, 0, 1, 1, 0], [0, 1, 1, 0, 0, 0, 0, 1, 1, 0]]

# Fifteen patients with a score each, for the ROC curve. Some scores are tied across the classes.
LABELS = [0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1]
SCORES = [0.05, 0.1, 0.2, 0.2, 0.3, 0.4, 0.4, 0.4, 0.5, 0.6, 0.7, 0.7, 0.8, 0.85, 0.95]

# How often each state was taken for which: (actual, predicted, times). The slide prints per cent
# only; these are the smallest counts that round to them (row 1.6 of lecture 001 searches them).
STATES = [(1, 1, 73), (1, 3, 8), (2, 2, 1), (3, 3, 101), (3, 6, 8), (4, 4, 1)]

# Two masks of 6×6 pixels that overlap in part.
MASK_1, MASK_2 = np.zeros((6, 6), int), np.zeros((6, 6), int)
MASK_1[1:4, 1:5] = 1
MASK_2[2:5, 1:6] = 1

# An image, and what is left of it at 4 bits a pixel.
COARSE_8X6 = np.floor(IMAGE_8X6 / 16) * 16


@row(
    "0.13",
    slide="Announcements; Class project - what are the first steps?",
    prints={"days": list(DATES.values())},
)
def weekdays(dates=tuple(DATES), year=2021):
    """Do the dates of the course fall on the days that the slides say? (No engine needed.)"""
    return {"days": [f"{datetime.date(year, month, day):%A}" for month, day in dates]}


@row("0.11", slide="Physical layer test: per-pixel discretization (max. # bits/image)")
def bit_depth(bits=range(1, 9), greys=range(256), pixel=200):
    """The project plots accuracy against 1 to 8 bits a pixel: how many greys are left of 256?

    A sensor of b bits keeps the upper b of the 8: q = v >> (8 - b).
    """
    image = mc.tensor(list(greys))
    return {
        "levels": [np.unique(F.quantize(image, b).numpy()).size for b in bits],
        "what the pixel reads": [F.quantize(mc.tensor(pixel), b).item() for b in bits],
    }


external(
    "0.12",
    slide="Physical layer test: per-pixel discretization (max. # bits/image)",
    says="12,500 images of 4 types of blood cell",
    source="the data set's page at Kaggle, paultimothymooney/blood-cells",
)


def rates_as_printed(y_true=DISEASED, y_pred=POSITIVE):
    """The three formulas of the slide, on counts that are made by hand."""
    printed = {"TP Rate = Sensitivity": [], "False Positive Rate": [], "Specificity": []}
    printed["1 - False Positive Rate"] = []
    for truth, said in zip(y_true, y_pred, strict=True):
        pairs = list(zip(truth, said, strict=True))
        TP, FN, FP, TN = (pairs.count(pair) for pair in ((1, 1), (1, 0), (0, 1), (0, 0)))
        printed["TP Rate = Sensitivity"].append(TP / (TP + FN))
        printed["False Positive Rate"].append(FP / (TN + FP))
        printed["Specificity"].append(TN / (TN + FP))
        printed["1 - False Positive Rate"].append(1 - FP / (TN + FP))
    return printed


@row("0.1", slide="Receiver-Operator Curve", prints=rates_as_printed)
def rates(y_true=DISEASED, y_pred=POSITIVE):
    """Sensitivity, false positive rate and specificity, on the two patient sets of lecture 003.

    The false positive rate is the abscissa of the ROC curve's one corner.
    """
    sets = list(zip(y_true, y_pred, strict=True))
    specificity = [metrics.specificity(truth, said) for truth, said in sets]
    return {
        "TP Rate = Sensitivity": [metrics.sensitivity(truth, said) for truth, said in sets],
        "False Positive Rate": [metrics.roc_curve(truth, said)[0][1] for truth, said in sets],
        "Specificity": specificity,
        "1 - False Positive Rate": specificity,
    }


def area_of_staircase(y_true=LABELS, y_score=SCORES):
    """The integral of the ROC curve: threshold by threshold, trapezoid by trapezoid."""
    positives, area, x, y = sum(y_true), 0.0, 0.0, 0.0
    for threshold in sorted(set(y_score), reverse=True):
        said = [score >= threshold for score in y_score]
        tp = sum(s for s, t in zip(said, y_true, strict=True) if t)
        fp = sum(said) - tp
        x_next, y_next = fp / (len(y_true) - positives), tp / positives
        area += (x_next - x) * (y + y_next) / 2
        x, y = x_next, y_next
    return {"AUC": area}


@row("0.2", slide="Area under the curve (AUC): Integral of ROC curve", prints=area_of_staircase)
def area_under_the_curve(y_true=LABELS, y_score=SCORES):
    """The area is also how often a diseased patient scores above a healthy one; ties count half."""
    fpr, tpr, _ = metrics.roc_curve(y_true, y_score)
    scores, diseased = np.asarray(y_score), np.asarray(y_true) == 1
    pairs = np.sign(scores[diseased][:, None] - scores[~diseased])
    return {
        "AUC": metrics.roc_auc_score(y_true, y_score),
        "false positive rate at the corners": fpr,
        "true positive rate": tpr,
        "pairs ranked right": (1 + pairs.mean()) / 2,
    }


def matrix_of_states(states, count=8):
    """The confusion matrix in per cent of each actual state: rows are actual, columns predicted."""
    actual = [a for a, _, times in states for _ in range(times)]
    predicted = [p for _, p, times in states for _ in range(times)]
    matrix = metrics.confusion_matrix(actual, predicted, labels=range(1, count + 1))
    return metrics.row_percentages(matrix[np.unique(actual) - 1])


@row(
    "0.3",
    slide="Confusion Matrix: 2+ categories",
    prints={
        "State6 (Predicted)": ["0.00 %", "0.00 %", "7.34 %", "0.00 %"],
        "State7 (Predicted)": ["0.00 %", "0.00 %", "0.00 %", "0.00 %"],
        "State8 (Predicted)": ["0.00 %", "0.00 %", "0.00 %", "0.00 %"],
    },
)
def fragment_of_the_confusion_matrix(states=STATES):
    """Three columns are left of the table, of which lecture 001 has more (row 1.6).

    The slide has per cent only: the counts are the smallest ones that round to them.
    """
    matrix = matrix_of_states(states)
    return {f"State{n} (Predicted)": column for n, column in enumerate(matrix.T, 1) if n >= 6}


@row("0.4", slide="Other performance metrics: Jaccard similarity coefficient")
def jaccard(mask_1=MASK_1, mask_2=MASK_2):
    """J = |R1 ∩ R2| / |R1 ∪ R2| on two masks, and the Dice coefficient of the same two."""
    return {
        "|R1 ∩ R2|": int((mask_1 * mask_2).sum()),
        "J": metrics.jaccard_score(mask_1, mask_2),
        "Dice": metrics.dice_score(mask_1, mask_2),
    }


def ssim_as_printed(x=IMAGE_8X6, y=COARSE_8X6, bits=8, k1=0.01, k2=0.03):
    """The slide's formula, with the variances as averages over the n pixels."""
    L = 2**bits - 1
    c1, c2 = (k1 * L) ** 2, (k2 * L) ** 2
    mu_x, mu_y = np.mean(x), np.mean(y)
    var_x, var_y = np.mean((x - mu_x) ** 2), np.mean((y - mu_y) ** 2)
    cov = np.mean((x - mu_x) * (y - mu_y))
    return {
        "SSIM": (2 * mu_x * mu_y + c1) * (2 * cov + c2)
        / ((mu_x**2 + mu_y**2 + c1) * (var_x + var_y + c2))
    }


@row(
    "0.5",
    slide="Other performance metrics: Structural Similarity (SSIM)",
    prints=ssim_as_printed,
    reading="LOOSE",
    why="""The slide does not say whether a variance is divided by n or by n - 1. Here that makes
        {SSIM:.7f} or {SSIM, variances over n - 1:.7f}. Nor does it say that SSIM is usually
        the mean over small windows; its formula takes the image as one.""",
)
def structural_similarity(x=IMAGE_8X6, y=COARSE_8X6, bits=8, k1=0.01, k2=0.03, depths=(8, 16)):
    """SSIM of an image and its 4-bit version; L, c1 and c2 of the formula for 8 and 16 bits."""
    dynamic_range = [2**b - 1 for b in depths]
    settings = {"data_range": 2**bits - 1, "K1": k1, "K2": k2}
    return {
        "L": dynamic_range,
        "c1": [(k1 * L) ** 2 for L in dynamic_range],
        "c2": [(k2 * L) ** 2 for L in dynamic_range],
        "SSIM": metrics.global_structural_similarity(
            x, y, use_sample_covariance=False, **settings
        ),
        "SSIM, variances over n - 1": metrics.global_structural_similarity(
            x, y, use_sample_covariance=True, **settings
        ),
        "SSIM of an image and itself": metrics.global_structural_similarity(
            x, x, use_sample_covariance=False, **settings
        ),
    }


@row("0.6", slide="Other performance metrics: MSE, PSNR")
def error_and_noise(x=IMAGE_8X6, y=COARSE_8X6, bits=8):
    """MSE is the mean squared difference, PSNR = 10 log10(L² / MSE) in decibels."""
    return {
        "MSE": metrics.mean_squared_error(x, y),
        "PSNR (dB)": metrics.peak_signal_noise_ratio(x, y, data_range=2**bits - 1),
    }


@row(
    "0.7",
    slide="First Layer: Visualize Filters",
    prints={"One weird trick: weight": [64, 3, 11, 11]},
)
def first_layers(
    one_weird_trick=(3, 64, 11, True), alexnet_2012=(3, 96, 11, True), resnet=(3, 64, 7, False)
):
    """64 x 3 x 11 x 11 is the AlexNet of the paper that the slide cites, not the one of 2012.

    Each network's first layer is built and counted: (input channels, filters, size, bias).
    """
    result = {}
    for name, (channels, filters, size, bias) in {
        "One weird trick": one_weird_trick,
        "AlexNet (2012)": alexnet_2012,
        "ResNet, DenseNet": resnet,
    }.items():
        layer = nn.Conv2d(channels, filters, kernel_size=size, bias=bias)
        result[f"{name}: weight"] = layer.weight.shape
        result[f"{name}: parameters"] = mc.summary(layer, (channels, size, size)).total_params
    return result


@row("0.8a", slide="We can visualize filters at higher layers, but not that interesting")
def convnetjs(channels=3, filters=(16, 20, 20), classes=10, image=32, sizes=(7, 5)):
    """The network of the ConvNetJS CIFAR-10 demo, with the slide's 7x7 filters and with 5x5.

    Three times 'same' convolution, ReLU and pooling, then a dense layer.
    """
    result = {"size of the filters": list(sizes), "weights of layer 3": [], "parameters": []}
    for size in sizes:
        layers, inputs = [], channels
        for outputs in filters:
            convolution = nn.Conv2d(inputs, outputs, kernel_size=size, padding="same")
            layers += [convolution, nn.ReLU(), nn.MaxPool2d(2)]
            inputs = outputs
        pixels = (image // 2 ** len(filters)) ** 2
        layers += [nn.Flatten(), nn.Linear(inputs * pixels, classes)]
        total = mc.summary(nn.Sequential(*layers), (channels, image, image)).total_params
        result["weights of layer 3"].append(int(np.prod(convolution.weight.shape)))
        result["parameters"].append(total)
    return result


external(
    "0.8b",
    slide="We can visualize filters at higher layers, but not that interesting",
    says="layer 3 weights 20 x 20 x 7 x 7, taken from the ConvNetJS CIFAR-10 demo",
    source="the demo's definition of its network, whose public copies have 5x5 filters: the "
    "slide's 7 x 7 is probably wrong",
)


@row(
    "0.9",
    slide="Last Layer: 4096-dimensional feature vector; Class Scores: 1000 numbers",
    prints={"FC7": 4096, "Class Scores": 1000},
)
def last_layers(fc6=4096, features=4096, classes=1000):
    """FC7 and the classifier after it, as AlexNet and VGG have them; counted as they are run."""
    fc7 = nn.utils.skip_init(nn.Linear, fc6, features)  # counting needs no random weights
    fc8 = nn.utils.skip_init(nn.Linear, features, classes)
    first, _, last = mc.summary(nn.Sequential(fc7, nn.ReLU(), fc8), (fc6,)).rows
    return {
        "FC7": first.output_shape[1],
        "Class Scores": last.output_shape[1],
        "parameters of FC7": first.params,
        "parameters of the classifier": last.params,
    }


@row("0.10", slide="Which pixels matter: Saliency vs Occlusion")
def occlusion(probability=0.95, masked=0.75):
    """Mask part of the image, and see how much P(elephant) changes: the pixels mattered so much.

    The odds show it better than the difference: they fall to a fraction of what they were.
    """
    before, after = probability / (1 - probability), masked / (1 - masked)
    return {"drop": probability - masked, "odds before": before, "odds after": after}
