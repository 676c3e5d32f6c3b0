"""The rows of lecture 003, each against a computation of another kind."""

from datetime import date

import numpy as np
import pytest
import sklearn.metrics as sk
from checks import Oracle, check, check_all_have_oracles, rows_of
from scipy.ndimage import distance_transform_edt

LECTURE = "003"

RNG = np.random.default_rng(3)
TRUTH, MODEL = RNG.integers(0, 2, 25), RNG.integers(0, 2, 25)
SCORES = RNG.integers(0, 8, 25) / 10  # with ties


def calendar(first, weeks, lecture):
    days = np.datetime64(first) + 7 * np.arange(weeks)
    texts = [str(day) for day in days]  # 2023-11-06
    # 1970-01-01 was a Thursday
    names = "Thursday Friday Saturday Sunday Monday Tuesday Wednesday".split()
    return {
        "dates": [text[5:].replace("-", "/") for text in texts],
        "this lecture": texts[lecture].replace("-", "/"),
        "weekdays": [names[int(day.astype("int64")) % 7] for day in days],
    }


def weight_map(labels, w0, sigma):
    """By SciPy's distances to each cell, sorted."""
    cells = [cell for cell in np.unique(labels) if cell]
    distances = np.sort([distance_transform_edt(labels != cell) for cell in cells], axis=0)
    weights = 1 + w0 * np.exp(-((distances[0] + distances[1]) ** 2) / (2 * sigma**2))
    places = [(-weights[at], at) for at in np.ndindex(*labels.shape) if labels[at] == 0]
    value, at = min(places)  # of equal ones the first
    return {"weights": weights, "greatest in the background": -value, "there (row, column)": at}


def table(truth, model):
    """TP, FN, FP, TN by counting pairs."""
    pairs = list(zip(np.asarray(truth).tolist(), np.asarray(model).astype(int).tolist(),
                     strict=True))
    return [pairs.count(pair) for pair in ((1, 1), (1, 0), (0, 1), (0, 0))]


def how_good_is_a_model(truth, alarms):
    wrong = sum(truth[list(alarms)] == 0)
    return {
        "accuracy of the first model": (truth == 0).mean(),
        "accuracy of the second model": 1 - wrong / len(truth),
        "sensitivity of the first model": 0,
        "sensitivity of the second model": 1,
    }


def sensitivity_specificity_prevalence(truth, model):
    return {
        "sensitivity": sk.recall_score(truth, model),
        "specificity": sk.recall_score(truth, model, pos_label=0),
        "prevalence": np.mean(truth),
    }


def accuracy_from_its_parts(truth, model, rounded):
    tp, fn, fp, tn = table(truth, model)
    right = (tp + tn) / (tp + fn + fp + tn)
    sensitivity, specificity, ill = rounded
    return {
        "from the factors": right,
        "from the factors as printed": specificity + ill * (sensitivity - specificity),
        "by counting": right,
    }


def what_else_is_in_the_table(truth, model):
    return {
        "PPV": sk.precision_score(truth, model),
        "NPV": sk.precision_score(truth, model, pos_label=0),
        "F1": sk.f1_score(truth, model),
        "Jaccard": sk.jaccard_score(truth, model),
    }


def predictive_values(truth, model):
    tp, fn, fp, tn = table(truth, model)
    return {
        "PPV": tp / (tp + fp),
        "NPV": tn / (tn + fn),
        "PPV by Bayes' rule": tp / (tp + fp),
        "NPV by Bayes' rule": tn / (tn + fn),
        "sensitivity": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "accuracy": (tp + tn) / (tp + fn + fp + tn),
        "F1": 2 * tp / (2 * tp + fp + fn),
    }


def confusion_matrix(truth, model):
    return {"matrix": sk.confusion_matrix(truth, model)[::-1, ::-1]}


def threshold_at_its_ends(truth, scores, ends):
    ill, well = scores[truth == 1], scores[truth == 0]
    low, high = ends
    return {
        "sensitivity at t = 0": 1 - sum(ill < low) / len(ill),
        "specificity at t = 1": sum(well < high) / len(well),
        "≥: specificity, a normal patient scores 1": sum(well < high) / (len(well) + 1),
        ">: sensitivity, a diseased patient scores 0": sum(ill > low) / (len(ill) + 1),
    }


def threshold_in_the_middle(truth, scores, threshold):
    tp, fn, fp, tn = table(truth, [score >= threshold for score in scores])
    return {"sensitivity": tp / (tp + fn), "specificity": tn / (tn + fp)}


def threshold_above_all(truth, scores, threshold, high):
    above = threshold_in_the_middle(truth, scores, high)
    middle = threshold_in_the_middle(truth, scores, threshold)
    fpr, tpr = 1 - middle["specificity"], middle["sensitivity"]
    return {
        **above,
        "false positive rate of the three points": [0, fpr, 1],
        "true positive rate of the three points": [0, tpr, 1],
        "AUC through three points": (1 + tpr - fpr) / 2,  # two triangles and a rectangle
        "AUC of all scores": sk.roc_auc_score(truth, scores),
    }


def confusion_matrix_transposed(truth, model):
    tp, fn, fp, tn = table(truth, model)
    numbers = predictive_values(truth, model)
    return {
        "table of this slide: rows are the prediction": [[tp, fp], [fn, tn]],
        "metrics.confusion_matrix: rows are the truth": [[tp, fn], [fp, tn]],
        "Prevalence": np.mean(truth),
        "Sensitivity": numbers["sensitivity"],
        "Specificity": numbers["specificity"],
        "PPV": numbers["PPV"],
        "NPV": numbers["NPV"],
    }


def activation_maximisation(weight, start, rate, steps):
    """The gradient of w·x is w, wherever the unit is active: k steps add k·rate·‖w‖².

    Where it is not, the gradient is 0, and x stays (but for its length).
    """
    w = np.array(weight)
    length = np.sqrt(w @ w)
    if w @ start <= 0:
        x = np.array(start)
        return {
            "activations while x is free": [0] * len(steps),
            "x* of length 1": x / np.sqrt(x @ x),
            "activation there": 0,
        }
    return {
        "activations while x is free": [w @ start + k * rate * length**2 for k in steps],
        "x* of length 1": w / length,
        "activation there": length,
    }


def pulse_energy(milliwatts, kilohertz):
    seconds = 1 / (1e3 * kilohertz)  # from pulse to pulse
    joules = [1e-3 * power * seconds for power in milliwatts]
    return {
        "nJ per pulse at the surface": joules[0] / 1e-9,
        "nJ per pulse at 1200 μm": joules[1] / 1e-9,
    }


TWO = {"truth": TRUTH, "model": MODEL}
ORACLES = {
    "3.1": Oracle(
        how_good_is_a_model, {"truth": TRUTH, "alarms": (3, 4, 5, 6)},
        constant=["sensitivity of the first model", "sensitivity of the second model"],
    ),
    "3.2": Oracle(sensitivity_specificity_prevalence, TWO),
    "3.3": Oracle(accuracy_from_its_parts, TWO | {"rounded": (0.4, 0.7, 0.2)}),
    "3.4": Oracle(what_else_is_in_the_table, TWO),
    "3.5": Oracle(predictive_values, TWO),
    "3.6": Oracle(confusion_matrix, TWO),
    "3.7": Oracle(
        threshold_at_its_ends, {"truth": TRUTH, "scores": SCORES, "ends": (0.3, 0.6)}
    ),
    "3.8": Oracle(
        threshold_in_the_middle,
        [{"threshold": SCORES[0]}, {"truth": TRUTH, "scores": SCORES, "threshold": 0.3}],
    ),
    "3.9": Oracle(
        threshold_above_all, {"truth": TRUTH, "scores": SCORES, "threshold": 0.3, "high": 0.6}
    ),
    "3.10": Oracle(confusion_matrix_transposed, TWO),
    "3.11": Oracle(
        weight_map,
        {"labels": RNG.choice(4, (7, 8), p=(0.7, 0.1, 0.1, 0.1)), "w0": 4.0, "sigma": 1.5},
    ),
    "3.12": Oracle(
        activation_maximisation,
        [{"weight": (1.0, 3.0, -2.0, 0.5), "start": (2.0, 1.0, 0.5, 0.0), "rate": 0.5,
          "steps": (2, 5, 120)},
         {"start": (-1.0, 2.0, -3.0)}],
    ),
    "3.13": Oracle(pulse_energy, {"milliwatts": (2.0, 40.0), "kilohertz": 500.0}),
    "3.14": Oracle(calendar, {"first": date(2024, 2, 25), "weeks": 4, "lecture": 2}),
}


@pytest.mark.parametrize("number", rows_of(LECTURE))
def test_row_equals_its_oracle(number):
    check(number, ORACLES)


def test_every_row_has_an_oracle():
    check_all_have_oracles(LECTURE, ORACLES)
