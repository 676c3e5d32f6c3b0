"""Lecture 003: NTHU, "Deep Learning in Biomedical Optical Imaging", week 10.

How good is a model: accuracy, sensitivity, specificity and predictive values, the threshold and
the ROC curve. Before them U-Net's weight map, after them what a feature visualisation looks for.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import metrics

from .rows import external, row


def marks(text: str, positive: str) -> np.ndarray:
    """A column of a slide as zeros and ones: 1 where it reads ``positive``."""
    return np.array([int(mark == positive) for mark in text.split()])


# Ground truth (Normal or Disease) and model (+ or -) of the slides, patient by patient.
GOOD_TRUTH = marks("N N N N N D N D N N", "D")
PREVALENCE_TRUTH = marks("N N D N N D N D N N", "D")
PREVALENCE_MODEL = marks("- - + - - - - + + -", "+")
VALUES_TRUTH = marks("N D N N N D N D N N", "D")
VALUES_MODEL = marks("- + + - - - - + + -", "+")

# The slides on the threshold print counts (7 diseased, 8 normal) and have lost the scores: these
# are made to give the counts at a threshold of one half.
ROC_TRUTH = marks("N N N N N N D N D N D D D D D", "D")
ROC_SCORES = np.array(
    [0.04, 0.11, 0.18, 0.22, 0.27, 0.33, 0.35, 0.41, 0.45, 0.58, 0.55, 0.62, 0.71, 0.83, 0.94]
)

# Two cells, 1 and 2, which come near each other.
CELLS = np.array(
    [[0, 0, 0, 0, 0, 0, 0, 0, 0],
     [0, 1, 1, 1, 0, 2, 2, 0, 0],
     [0, 1, 1, 1, 0, 2, 2, 2, 0],
     [0, 1, 1, 0, 0, 0, 2, 2, 0],
     [0, 0, 0, 0, 0, 0, 0, 0, 0]]
)


@row(
    "3.14",
    slide="Calendar",
    prints={
        "dates": ["11/06", "11/13", "11/20", "11/27", "12/04", "12/11", "12/18", "12/25", "01/01",
                  "01/08"],
        "this lecture": "2023/11/13",
    },
)
def calendar(first=date(2023, 11, 6), weeks=10, lecture=1):
    """Weeks 9 to 18 of the course: a date every seven days, each of them a Monday."""
    days = [first + timedelta(weeks=week) for week in range(weeks)]
    return {
        "dates": [f"{day:%m/%d}" for day in days],
        "this lecture": f"{days[lecture]:%Y/%m/%d}",
        "weekdays": [f"{day:%A}" for day in days],
    }


@row("3.11", slide="U-Net: Convolutional Networks for Biomedical Image Segmentation, Fig. 3d")
def weight_map(labels=CELLS, w0=10.0, sigma=5.0):
    """The pixel-wise loss weight "to force the network to learn the border pixels".

    The slide has only the picture. The paper's formula is w = w_c + w0·exp(−(d1 + d2)²/2σ²), with
    the distances d1 and d2 to the nearest two cells: of the background, the gap weighs most.
    """
    weights = F.unet_weight_map(labels, w0=w0, sigma=sigma)
    background = np.where(labels == 0, weights, -np.inf)
    return {
        "weights": weights,
        "greatest in the background": background.max(),
        "there (row, column)": np.unravel_index(background.argmax(), labels.shape),
    }


@row(
    "3.1",
    slide="How good is a model?",
    prints={"accuracy of the first model": 8 / 10, "accuracy of the second model": 8 / 10},
    why="""The models' answers are lost with the figure. One that calls everybody normal is right
        for 8 of these 10 patients and finds nobody who is ill; another is right for as many and
        finds all of them: accuracy does not tell the two apart.""",
)
def how_good_is_a_model(truth=GOOD_TRUTH, alarms=(0, 9)):
    """Always "normal", against a model that finds the diseased and raises two false alarms."""
    always_normal = np.zeros_like(truth)
    careful = truth.copy()
    careful[list(alarms)] = 1
    return {
        "accuracy of the first model": metrics.accuracy_score(truth, always_normal),
        "accuracy of the second model": metrics.accuracy_score(truth, careful),
        "sensitivity of the first model": metrics.sensitivity(truth, always_normal),
        "sensitivity of the second model": metrics.sensitivity(truth, careful),
    }


@row(
    "3.2",
    slide="Sensitivity, Specificity and Prevalence",
    prints={"sensitivity": ".67", "specificity": ".86", "prevalence": 3 / 10},
)
def sensitivity_specificity_prevalence(truth=PREVALENCE_TRUTH, model=PREVALENCE_MODEL):
    """P(+ | disease), P(− | normal) and P(disease), by counting ten patients."""
    return {
        "sensitivity": metrics.sensitivity(truth, model),
        "specificity": metrics.specificity(truth, model),
        "prevalence": metrics.prevalence(truth, model),
    }


@row(
    "3.3",
    slide="Sensitivity, Specificity and Prevalence: accuracy",
    prints={"from the factors": ".8", "from the factors as printed": ".8", "by counting": ".8"},
    why="""The slide multiplies rounded factors, 0.67 × 0.3 + 0.86 × 0.7, which is
        {from the factors as printed:.3f}; with unrounded ones it is {from the factors} without
        rounding.""",
)
def accuracy_from_its_parts(
    truth=PREVALENCE_TRUTH, model=PREVALENCE_MODEL, rounded=(0.67, 0.86, 0.3)
):
    """Accuracy = sensitivity × P(disease) + specificity × P(normal)."""
    sensitivity, specificity = metrics.sensitivity(truth, model), metrics.specificity(truth, model)
    ill = metrics.prevalence(truth, model)
    return {
        "from the factors": sensitivity * ill + specificity * (1 - ill),
        "from the factors as printed": rounded[0] * rounded[2] + rounded[1] * (1 - rounded[2]),
        "by counting": metrics.accuracy_score(truth, model),
    }


@row("3.4", slide="Sensitivity, Specificity and Prevalence: the same patients")
def what_else_is_in_the_table(truth=PREVALENCE_TRUTH, model=PREVALENCE_MODEL):
    """What else the ten patients of the slide tell."""
    return {
        "PPV": metrics.positive_predictive_value(truth, model),
        "NPV": metrics.negative_predictive_value(truth, model),
        "F1": metrics.f1_score(truth, model),
        "Jaccard": metrics.jaccard_score(truth, model),
    }


@row("3.5", slide="PPV & NPV", prints={"PPV": ".5", "NPV": ".83"})
def predictive_values(truth=VALUES_TRUTH, model=VALUES_MODEL):
    """P(disease | +) and P(normal | −): by counting, and from the other three by Bayes' rule."""
    sensitivity, specificity = metrics.sensitivity(truth, model), metrics.specificity(truth, model)
    ppv, npv = metrics.predictive_values(
        sensitivity, specificity, metrics.prevalence(truth, model)
    )
    return {
        "PPV": metrics.positive_predictive_value(truth, model),
        "NPV": metrics.negative_predictive_value(truth, model),
        "PPV by Bayes' rule": ppv,
        "NPV by Bayes' rule": npv,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "accuracy": metrics.accuracy_score(truth, model),
        "F1": metrics.f1_score(truth, model),
    }


@row("3.6", slide="Confusion matrix", prints={"matrix": [[2, 1], [2, 5]]})
def confusion_matrix(truth=VALUES_TRUTH, model=VALUES_MODEL):
    """Rows: the ground truth, Disease then Normal. Columns: the model, + then −."""
    return {"matrix": metrics.confusion_matrix(truth, model, labels=[1, 0])}


@row(
    "3.7",
    slide="ROC curve and Threshold: t = 0 and t = 1",
    prints={"sensitivity at t = 0": 1, "specificity at t = 1": 1},
    reading="LOOSE",
    why="""It depends on scores and rule. With "+ where score ≥ t", a normal patient who scores
        exactly 1 makes the specificity at t = 1 {≥: specificity, a normal patient scores 1:.3f};
        with "score > t", a diseased one who scores exactly 0 makes the sensitivity at t = 0
        {>: sensitivity, a diseased patient scores 0:.3f}. It holds for ≥ and scores below 1.""",
)
def threshold_at_its_ends(truth=ROC_TRUTH, scores=ROC_SCORES, ends=(0.0, 1.0)):
    """At t = 0 all are positive, at t = 1 none is: if no score stands exactly there."""
    low, high = ends
    more_truth, more_scores = np.append(truth, [1, 0]), np.append(scores, [low, high])
    return {
        "sensitivity at t = 0": metrics.sensitivity(truth, scores >= low),
        "specificity at t = 1": metrics.specificity(truth, scores >= high),
        "≥: specificity, a normal patient scores 1":
            metrics.specificity(more_truth, more_scores >= high),
        ">: sensitivity, a diseased patient scores 0":
            metrics.sensitivity(more_truth, more_scores > low),
    }


@row(
    "3.8",
    slide="ROC curve and Threshold",
    prints={"sensitivity": ".71", "specificity": ".88"},
    picture="roc.threshold_moved",
)
def threshold_in_the_middle(truth=ROC_TRUTH, scores=ROC_SCORES, threshold=0.5):
    """5 of 7 diseased patients at or above the threshold, 7 of 8 normal ones below it."""
    return {
        "sensitivity": metrics.sensitivity(truth, scores >= threshold),
        "specificity": metrics.specificity(truth, scores >= threshold),
    }


@row(
    "3.9",
    slide="ROC curve and Threshold: another t; Receiver Operating Characteristic (ROC) Curve",
    prints={"sensitivity": 0, "specificity": 1},
)
def threshold_above_all(truth=ROC_TRUTH, scores=ROC_SCORES, threshold=0.5, high=1.0):
    """A threshold above every score, and the area under the ROC curve, which the slide leaves out.

    The three thresholds of the slides are three points of the curve; each score adds one more.
    """
    fpr, tpr, _ = metrics.roc_curve(truth, scores >= threshold)
    return {
        "sensitivity": metrics.sensitivity(truth, scores >= high),
        "specificity": metrics.specificity(truth, scores >= high),
        "false positive rate of the three points": fpr,
        "true positive rate of the three points": tpr,
        "AUC through three points": metrics.auc(fpr, tpr),
        "AUC of all scores": metrics.roc_auc_score(truth, scores),
    }


def confusion_formulas(truth, model):
    """The formulas of the slide as printed, from its table: rows are the *prediction*."""
    (tp, fp), (fn, tn) = (
        [int(((truth == ill) & (model == said)).sum()) for ill in (1, 0)] for said in (1, 0)
    )
    return {
        "table of this slide: rows are the prediction": [[tp, fp], [fn, tn]],
        "Prevalence": (tp + fn) / (tp + fp + fn + tn),
        "Sensitivity": tp / (tp + fn),
        "Specificity": tn / (fp + tn),
        "PPV": tp / (tp + fp),
        "NPV": tn / (fn + tn),
    }


@row(
    "3.10",
    slide="Confusion Matrix (the last one)",
    prints=confusion_formulas,
    reading="INCONS",
    why="""The formulas are right, but this table has a row for each prediction, and "Confusion
        matrix" before it, like the lectures 000 and 001, a row for each truth. minicnn's rows are
        the truth: {metrics.confusion_matrix: rows are the truth}; `.T` makes it this slide's
        table {table of this slide: rows are the prediction}.""",
)
def confusion_matrix_transposed(truth=VALUES_TRUTH, model=VALUES_MODEL):
    """Five formulas, and a table whose axes are the other way round."""
    matrix = metrics.confusion_matrix(truth, model, labels=[1, 0])
    return {
        "table of this slide: rows are the prediction": matrix.T,
        "metrics.confusion_matrix: rows are the truth": matrix,
        "Prevalence": metrics.prevalence(truth, model),
        "Sensitivity": metrics.sensitivity(truth, model),
        "Specificity": metrics.specificity(truth, model),
        "PPV": metrics.positive_predictive_value(truth, model),
        "NPV": metrics.negative_predictive_value(truth, model),
    }


@row(
    "3.12",
    slide="Feature Visualization: activation maximization, x* = argmax a(θ, x)",
    reading="LOOSE",
    why="""Over all x there is no such x*: the unit's activation grows with every step, here to
        {activations while x is free}, and would without end. It takes a bound on x. Among all x of
        length 1, ascent ends at {x* of length 1}, which is w/‖w‖: the filter itself.""",
)
def activation_maximisation(
    weight=(2.0, -1.0, 2.0), start=(1.0, 0.5, 0.0), rate=1.0, steps=(1, 10, 100)
):
    """Gradient ascent on the input of one unit, relu(w·x): first free, then on the unit sphere.

    The slide has no numbers: here w = (2, -1, 2), and 1, 10 and 100 steps start at (1, 0.5, 0).
    """
    weight = mc.tensor(weight, dtype="float64")

    def activation(x):
        return F.relu(weight @ x)

    def ascend(x, count, project):
        for _ in range(count):
            x = mc.tensor(x, requires_grad=True)
            (gradient,) = mc.grad(activation(x), [x])
            x = project(x.data + rate * gradient.data)
        return x

    start = np.array(start)
    best = ascend(start, max(steps), project=lambda x: x / np.linalg.norm(x))
    return {
        "activations while x is free":
            [activation(mc.tensor(ascend(start, n, lambda x: x))).item() for n in steps],
        "x* of length 1": best,
        "activation there": activation(mc.tensor(best)),
    }


@row(
    "3.13",
    slide="3-Photon: Imaging Deeper in Tissue",
    prints={"nJ per pulse at the surface": "3.4", "nJ per pulse at 1200 μm": "230"},
)
def pulse_energy(milliwatts=(1.1, 75.0), kilohertz=326.0):
    """The energy of a pulse is the laser's mean power over its repetition rate."""
    surface, deep = (1000 * power / kilohertz for power in milliwatts)  # mW/kHz = μJ = 1000 nJ
    return {"nJ per pulse at the surface": surface, "nJ per pulse at 1200 μm": deep}


external(
    "3.15",
    slide="NVIDIA DLI: Assessment",
    says="a validation accuracy of 92 % passes the assessment",
    source="the workshop's own rule, on its own data",
)
