"""Lecture 001: Duke BME 590L, lecture 12, "CNN implementation, visualization and analysis"."""

from __future__ import annotations

import datetime
import itertools
import math

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import metrics

from .images import IMAGE_8X6
from .lecture_000 import (
    COARSE_8X6,
    DISEASED,
    MASK_1,
    MASK_2,
    POSITIVE,
    STATES,
    matrix_of_states,
    ssim_as_printed,
)
from .rows import external, row


@row(
    "1.1",
    slide="Batch normalization (BN)",
    prints={"E[x']": 0, "Var[x']": 1},
    reading="LOOSE",
    why="""STD must be the population's (division by n): with n - 1 the variance comes out as
        {Var[x'] by the sample STD}. And a channel in which all are alike is 0/0 as printed, so
        that engines add eps to the variance: then Var[x'] is {Var[x'] with eps:.8f}, and such a
        channel becomes {a constant channel with eps}. Nor has the slide the learned scale
        and shift that follow.""",
)
def batch_normalisation(x=(1.0, 2.0, 3.0, 4.0, 5.0), eps=1e-5):
    """x' = (x - E[x]) / STD[x] over the batch: mean 0, variance 1, whatever comes in."""
    column = mc.tensor(np.array(x))[:, None]  # (N, C): a batch of N values of one channel
    normal = F.batch_norm(column, training=True, eps=0)
    sample = (column - column.mean()) / column.std()  # std divides by N - 1
    return {
        "x'": normal[:, 0],
        "E[x']": normal.mean(),
        "Var[x']": normal.var(correction=0),
        "x' by the sample STD": sample[:, 0],
        "Var[x'] by the sample STD": sample.var(correction=0),
        "Var[x'] with eps": F.batch_norm(column, training=True, eps=eps).var(correction=0),
        "a constant channel with eps": F.batch_norm(column - column, training=True)[:, 0],
    }


def masks(count, p):
    """Every way to delete some of so many nodes, with its probability; 1 keeps, 0 deletes."""
    for mask in itertools.product([0.0, 1.0], repeat=count):
        yield math.prod(1 - p if keep else p for keep in mask), np.array(mask)


def expectation(f, count, p):
    """E_z[f(z)] over all masks z."""
    return sum(probability * f(mask) for probability, mask in masks(count, p))


@row(
    "1.2",
    slide="Dropout",
    reading="LOOSE",
    why="""Each node is deleted with probability p of its own, so that the fraction is p only on
        average: of {nodes} nodes {deleted on average}, give or take {standard deviation:.3f}.
        And for the average of the next slides, y = E_z[f(x, z)], to hold, what is kept must be
        divided by 1 - p, which the slide omits: without it the layer's {f(x)} averages to
        {E_z without 1/(1-p)}.""",
)
def dropout(x=(1.0, 2.0, 3.0, 4.0), weight=(1.0, -1.0, 0.5, 2.0), p=0.25, nodes=100):
    """"Delete a fraction p of the nodes": what a linear layer then gives, over all ways to do so.

    F.dropout divides what it keeps by 1 - p; while testing it does nothing.
    """
    x, w = mc.tensor(np.array(x)), mc.tensor(np.array(weight))
    dropped = F.dropout(mc.ones(10_000, dtype="float64"), p)
    return {
        "f(x)": w @ F.dropout(x, p, training=False),
        "E_z without 1/(1-p)": expectation(lambda z: w @ (x * z), len(x), p),
        "E_z with 1/(1-p)": expectation(lambda z: w @ (x * z / (1 - p)), len(x), p),
        "what F.dropout makes of 1": np.unique(dropped.numpy()),
        "nodes": nodes,
        "deleted on average": nodes * p,
        "standard deviation": math.sqrt(nodes * p * (1 - p)),
    }


def expectation_as_printed(x, weight, p):
    """The slide's integral over z, which is a sum: there are 2 to the n masks."""
    scaled = np.array(x) * np.array(weight) / (1 - p)
    return {"linear layer": sum(q * (scaled * z).sum() for q, z in masks(len(x), p))}


@row("1.3", slide="Regularization: A common pattern", prints=expectation_as_printed)
def average_out_randomness(x=(1.0, 2.0, 3.0, 4.0), weight=(1.0, -1.0, 0.5, -0.5), p=0.25):
    """y = E_z[f(x, z)]: testing without dropout is this average, exactly where f is linear.

    After a ReLU it is not ("sometimes approximate", says the slide). The slide has no numbers: here
    f is w·x with x = (1, 2, 3, 4), w = (1, -1, 0.5, -0.5), each x_i deleted with p = 0.25.
    """
    values, w = mc.tensor(np.array(x)), mc.tensor(np.array(weight))
    linear = (F.dropout(values, p, training=False) * w).sum()
    return {
        "linear layer": linear,
        "linear layer and ReLU": F.relu(linear),
        "linear layer and ReLU, E_z": expectation(
            lambda z: F.relu((values * z / (1 - p) * w).sum()), len(x), p
        ),
    }


@row(
    "1.4a",
    slide='Trick #2: Use Model Ensembles ("majority voting")',
    prints={"votes": [6, 3], "guess": [1, 0]},
    reading="LOOSE",
    why=""""Will do better than running model once!" holds if a model is right more often than
        not and the models err independently: nine that are right with probability
        {right: one model[2]} are together right with {right: majority[2]:.3f}. At 0.5 nothing is
        gained, below it voting harms ({right: one model[0]} becomes {right: majority[0]:.3f}),
        and nine that always err together are one.""",
)
def majority_voting(
    models=(0, 0, 1, 0, 1, 0, 0, 1, 0), accuracies=(0.4, 0.5, 0.6, 2 / 3, 0.7, 0.8)
):
    """Nine models look at one picture: 6 say dog (class 0), 3 say the other. So it is a dog."""
    guess = metrics.majority_vote(np.array(models))
    return {
        "votes": np.bincount(models, minlength=2),
        "guess": F.one_hot(mc.tensor(np.array(guess)), num_classes=2),
        "right: one model": np.array(accuracies),
        "right: majority": [metrics.majority_accuracy(len(models), p) for p in accuracies],
    }


external(
    "1.4b",
    slide="Trick #2: Use Model Ensembles",
    says="Enjoy 2% extra performance",
    source="the experience of CS231n (Stanford), whose slide it is; it depends on the models",
)


@row(
    "1.5",
    slide="Trick #4: Hyperparameter optimization",
    reading="LOOSE",
    why="""range(9) starts at 0, and a learning rate of 0 changes no weight: {runs without learning}
        of the {runs} runs train nothing. Nine learning rates are meant, not the numbers 0 to 8.""",
)
def grid_search(learning_rates=range(9), gradient_schemes=range(5)):
    """Two nested loops try every pair: as many trainings as the product of their lengths."""
    runs = list(itertools.product(learning_rates, gradient_schemes))
    return {
        "runs": len(runs),
        "runs without learning": sum(rate == 0 for rate, _ in runs),
    }


@row("1.10", slide="Visualization: a few options at different stages (TensorBoard)")
def run_name(name="1550684666.940748"):
    """The run's name is the second at which it began, counted from 1970. (No engine needed.)"""
    start = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=float(name))
    return {"began (UTC)": f"{start:%Y-%m-%d %H:%M:%S}"}


@row("1.11a", slide="model.compile(loss='sparse_categorical_crossentropy', ...)")
def first_loss(classes=(2, 10, 1000), logit=0.0):
    """With weights near zero all logits are alike, and the first loss is ln C: the bug check.

    A first loss far from it says that the initialisation, the labels or the loss are off.
    """
    losses = []
    for count in classes:
        logits = mc.full((count, count), logit, dtype="float64")  # (N, C), each class once
        losses.append(F.cross_entropy(logits, mc.arange(count)))
    return {"classes": list(classes), "loss": [loss.item() for loss in losses]}


@row(
    "1.11b",
    slide="model.fit(..., validation_data=(x_test, y_test), ...)",
    reading="INCONS",
    why="""The same lecture says "Final test set is always separate! Don't touch until the end!".
        Who picks the best of {models} runs by its accuracy on the test set reports a number that
        is too good: if all only guess between two classes, the best is expected to be right on
        {expected accuracy of the best:.3f} of {images} test images, and not on
        {true accuracy}.""",
)
def chosen_on_the_test_set(models=45, images=100, accuracy=0.5):
    """The price of choosing on the test set, for as many runs as trick #4 makes.

    The best of m counts stays below k if all m do: E[best] = Σ_k 1 - P(count < k)^m.
    """
    count = [
        math.comb(images, k) * accuracy**k * (1 - accuracy) ** (images - k) for k in range(images)
    ]
    below = mc.cumsum(mc.tensor(np.array(count)), dim=0)  # P(count < k) for k = 1 .. images
    return {
        "models": models,
        "images": images,
        "true accuracy": accuracy,
        "expected accuracy of the best": (1 - below**models).sum() / images,
    }


def precision_and_recall_as_printed(y_true, y_pred):
    """The slide's formulas, on counts that are made by hand."""
    precision, recall = [], []
    for truth, said in zip(y_true, y_pred, strict=True):
        pairs = list(zip(truth, said, strict=True))
        TP, FN, FP = (pairs.count(pair) for pair in ((1, 1), (1, 0), (0, 1)))
        precision.append(TP / (TP + FP))
        recall.append(TP / (TP + FN))
    return {"Precision": precision, "Recall": recall}


@row("1.7", slide="ROC curve and confusion matrix", prints=precision_and_recall_as_printed)
def precision_and_recall(y_true=DISEASED, y_pred=POSITIVE):
    """For those who do not care about true negatives; on the two patient sets of lecture 003."""
    sets = list(zip(y_true, y_pred, strict=True))
    return {
        "Precision": [metrics.precision_score(truth, said) for truth, said in sets],
        "Recall": [metrics.recall_score(truth, said) for truth, said in sets],
    }


def f1_as_printed(y_true, y_pred):
    """(1/precision + 1/recall)^-1."""
    rates = precision_and_recall_as_printed(y_true, y_pred)
    pairs = zip(rates["Precision"], rates["Recall"], strict=True)
    return {"F1": [(1 / p + 1 / r) ** -1 for p, r in pairs], "F1 of a perfect model": (1 + 1) ** -1}


@row(
    "1.8",
    slide="ROC curve and confusion matrix: F1 Metric",
    prints=f1_as_printed,
    why="""F1 is the harmonic *mean* of precision and recall, 2 (1/precision + 1/recall)^-1. Without
        the 2 it comes out as half: where both are {Precision[0]:.4f} their mean must be
        {F1[0]:.4f} too, and a model that is always right would get 0.5 and not
        {F1 of a perfect model}.""",
)
def f1(y_true=DISEASED, y_pred=POSITIVE):
    """F1 on the two patient sets of lecture 003."""
    sets = list(zip(y_true, y_pred, strict=True))
    return {
        "Precision": [metrics.precision_score(truth, said) for truth, said in sets],
        "Recall": [metrics.recall_score(truth, said) for truth, said in sets],
        "F1": [metrics.f1_score(truth, said) for truth, said in sets],
        "F1 of a perfect model": metrics.f1_score(y_true[0], y_true[0]),
    }


def smallest_counts(percentage, decimals=2):
    """The smallest k of n that rounds to that percentage, [k, n]."""
    for n in range(1, 1001):
        k = round(percentage * n / 100)
        if round(100 * k / n, decimals) == percentage:
            return [k, n]
    raise ValueError(f"there are no k of up to 1000 that round to {percentage} %")


@row(
    "1.6",
    slide="Confusion Matrix: 2+ categories",
    prints={
        "State1 (Actual)": ["90.12 %", "0.00 %", "9.88 %", *["0.00 %"] * 5],
        "State2 (Actual)": ["0.00 %", "100.00 %", *["0.00 %"] * 6],
        "State3 (Actual)": ["0.00 %", "0.00 %", "92.66 %", "0.00 %", "0.00 %", "7.34 %",
                            "0.00 %", "0.00 %"],
        "State4 (Actual)": [*["0.00 %"] * 3, "100.00 %", *["0.00 %"] * 4],
    },
)
def confusion_matrix(states=STATES, mistaken=(9.88, 7.34)):
    """Rows are the actual states, columns the predicted ones, and each row sums to 100 %.

    The slide has four of the eight rows, and per cent only: `fewest` are the smallest counts that
    round to the two mistakes, and STATES has them. Lecture 003 has a matrix with the axes
    swapped (its row on "Confusion Matrix"), so the engine names its own: rows truth.
    """
    matrix = matrix_of_states(states)
    result = {f"State{i + 1} (Actual)": percentages for i, percentages in enumerate(matrix)}
    return result | {
        "sums of the rows": matrix.sum(1),
        "mean recall (%)": matrix.diagonal().mean(),
        "fewest": [smallest_counts(percentage) for percentage in mistaken],
    }


def overlap_as_printed(mask_1, mask_2):
    """|R1 ∩ R2| / |R1 ∪ R2|, pixel by pixel."""
    both = sum(bool(a and b) for a, b in zip(mask_1.flat, mask_2.flat, strict=True))
    either = sum(bool(a or b) for a, b in zip(mask_1.flat, mask_2.flat, strict=True))
    return both / either


def formulas_as_printed(mask_1, mask_2, x, y):
    return {"J": overlap_as_printed(mask_1, mask_2), **ssim_as_printed(x, y)}


@row("1.9", slide="Other performance metrics", prints=formulas_as_printed)
def other_metrics(mask_1=MASK_1, mask_2=MASK_2, x=IMAGE_8X6, y=COARSE_8X6):
    """Jaccard's coefficient and SSIM, as in lecture 000 (rows 0.4 and 0.5)."""
    return {
        "J": metrics.jaccard_score(mask_1, mask_2),
        "SSIM": metrics.global_structural_similarity(x, y, data_range=255),  # variances over n
    }
