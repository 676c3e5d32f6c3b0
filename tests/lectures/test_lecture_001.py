"""The rows of lecture 001, each against a computation of another kind."""

import math
from fractions import Fraction

import numpy as np
import pytest
from checks import Oracle, check, check_all_have_oracles, check_verdicts, rows_of

LECTURE = "001"
OTHER_TRUTH = [[1, 1, 0, 0, 1, 0, 0, 1, 0, 1], [0, 0, 1, 0, 0, 1, 1, 1, 0, 0]]
OTHER_SAID = [[1, 0, 0, 1, 1, 1, 0, 1, 0, 0], [1, 0, 1, 1, 0, 1, 0, 1, 0, 1]]
rng = np.random.default_rng(6)


def batch_normalisation(x, eps):
    torch = pytest.importorskip("torch")
    column = torch.tensor(x, dtype=torch.float64)[:, None]
    norm = torch.nn.functional.batch_norm
    exact = (column - column.mean()) / column.std(correction=0)
    like = norm(column, None, None, training=True, eps=eps)
    return {
        "x'": exact[:, 0].numpy(),
        "E[x']": 0,
        "Var[x']": 1,
        "x' by the sample STD": ((column - column.mean()) / column.std())[:, 0].numpy(),
        "Var[x'] by the sample STD": (len(x) - 1) / len(x),
        "Var[x'] with eps": like.var(correction=0).item(),
        "a constant channel with eps": np.zeros(len(x)),
    }


def dropout(x, weight, p, nodes):
    """The expectation of a linear function is the function of the expectation."""
    binomial = pytest.importorskip("scipy.stats").binom(nodes, p)
    y = np.dot(weight, x)
    return {
        "f(x)": y,
        "E_z without 1/(1-p)": (1 - p) * y,
        "E_z with 1/(1-p)": y,
        "what F.dropout makes of 1": [0, 1 / (1 - p)],
        "nodes": nodes,
        "deleted on average": binomial.mean(),
        "standard deviation": binomial.std(),
    }


def average_out_randomness(x, weight, p):
    """The masks one node after the other: a table of sums and their probabilities."""
    sums = {0.0: 1.0}
    for a, b in zip(x, weight, strict=True):
        after = {}
        for total, q in sums.items():
            after[total] = after.get(total, 0) + q * p
            kept = total + a * b / (1 - p)
            after[kept] = after.get(kept, 0) + q * (1 - p)
        sums = after
    y = float(np.dot(x, weight))
    return {
        "linear layer": y,
        "linear layer and ReLU": max(y, 0),
        "linear layer and ReLU, E_z": sum(q * max(total, 0) for total, q in sums.items()),
    }


def majority_voting(models, accuracies):
    binom = pytest.importorskip("scipy.stats").binom
    ones = sum(models)
    votes = [len(models) - ones, ones]
    return {
        "votes": votes,
        "guess": [int(votes[0] >= votes[1]), int(votes[0] < votes[1])],
        "right: one model": accuracies,
        "right: majority": [binom.sf(len(models) // 2, len(models), p) for p in accuracies],
    }


def grid_search(learning_rates, gradient_schemes):
    rates, schemes = list(learning_rates), list(gradient_schemes)
    return {
        "runs": len(rates) * len(schemes),
        "runs without learning": rates.count(0) * len(schemes),
    }


def run_name(name):
    """Days since 1970-01-01 by NumPy's calendar."""
    began = np.datetime64(int(name.split(".")[0]), "s")
    return {"began (UTC)": str(began).replace("T", " ")}


def first_loss(classes, logit):
    return {"classes": classes, "loss": [-math.log(1 / c) for c in classes]}


def chosen_on_the_test_set(models, images, accuracy):
    """E[best] = Σ k P(best = k), in fractions."""
    p, best, before = Fraction(accuracy), Fraction(0), Fraction(0)
    below = Fraction(0)
    for k in range(images + 1):
        below += math.comb(images, k) * p**k * (1 - p) ** (images - k)
        best += k * (below**models - before)
        before = below**models
    return {
        "models": models,
        "images": images,
        "true accuracy": accuracy,
        "expected accuracy of the best": float(best / images),
    }


def precision_and_recall(y_true, y_pred):
    sklearn = pytest.importorskip("sklearn.metrics")
    sets = list(zip(y_true, y_pred, strict=True))
    return {
        "Precision": [sklearn.precision_score(t, p) for t, p in sets],
        "Recall": [sklearn.recall_score(t, p) for t, p in sets],
    }


def f1(y_true, y_pred):
    sklearn = pytest.importorskip("sklearn.metrics")
    scores = [sklearn.f1_score(t, p) for t, p in zip(y_true, y_pred, strict=True)]
    return precision_and_recall(y_true, y_pred) | {"F1": scores, "F1 of a perfect model": 1}


def confusion_matrix(states, mistaken):
    """Row by row in fractions; the smallest counts by rounding hundredths."""
    rows = {}
    for actual, predicted, times in states:
        rows.setdefault(actual, [0] * 8)[predicted - 1] += times
    table = [[100 * Fraction(n, sum(row)) for n in row] for _, row in sorted(rows.items())]
    fewest = []
    for target in mistaken:
        hundredths = round(100 * target)
        fewest.append(
            next([k, n] for n in range(1, 10_000) for k in range(n + 1)
                 if round(Fraction(10_000 * k, n)) == hundredths)
        )
    return {
        **{f"State{i + 1} (Actual)": [float(v) for v in row] for i, row in enumerate(table)},
        "sums of the rows": [100] * len(table),
        "mean recall (%)": float(sum(row[i] for i, row in enumerate(table)) / len(table)),
        "fewest": fewest,
    }


def other_metrics(mask_1, mask_2, x, y):
    sets = [{tuple(at) for at in np.argwhere(mask)} for mask in (mask_1, mask_2)]
    (var_x, cov), (_, var_y) = np.cov(x.ravel(), y.ravel(), ddof=0)
    c1, c2 = 6.5025, 58.5225
    return {
        "J": len(sets[0] & sets[1]) / len(sets[0] | sets[1]),
        "SSIM": (2 * x.mean() * y.mean() + c1) / (x.mean() ** 2 + y.mean() ** 2 + c1)
        * (2 * cov + c2) / (var_x + var_y + c2),
    }


ORACLES = {
    "1.1": Oracle(
        batch_normalisation,
        {"x": (3.0, -1.0, 4.0, 1.5), "eps": 0.3},
        constant=["E[x']", "Var[x']", "a constant channel with eps"],
    ),
    "1.2": Oracle(
        dropout, {"x": (2.0, -1.0, 5.0), "weight": (1.0, 3.0, 0.25), "p": 0.4, "nodes": 50}
    ),
    "1.3": Oracle(
        average_out_randomness,
        {"x": (2.0, -1.0, 5.0), "weight": (1.0, 3.0, 0.25), "p": 0.4},
    ),
    "1.4a": Oracle(
        majority_voting,
        [{"models": (1, 1, 0, 1, 0, 0, 1), "accuracies": (0.3, 0.55, 0.95)},
         {"models": (0, 0, 0)}],
    ),
    "1.5": Oracle(grid_search, {"learning_rates": (0.1, 0, 0.3, 0), "gradient_schemes": "ab"}),
    "1.10": Oracle(run_name, {"name": "951782399.5"}),
    "1.11a": Oracle(first_loss, {"classes": (3, 757, 20), "logit": 2.5}),
    "1.11b": Oracle(chosen_on_the_test_set, {"models": 7, "images": 30, "accuracy": 0.625}),
    "1.7": Oracle(precision_and_recall, {"y_true": OTHER_TRUTH, "y_pred": OTHER_SAID}),
    "1.8": Oracle(
        f1, {"y_true": OTHER_TRUTH, "y_pred": OTHER_SAID}, constant=["F1 of a perfect model"]
    ),
    "1.6": Oracle(
        confusion_matrix,
        {"states": [(1, 1, 3), (1, 6, 4), (2, 7, 2), (2, 2, 9), (3, 3, 5), (3, 8, 1), (4, 6, 6)],
         "mistaken": (33.33, 14.29, 99.01, 100.0)},
        constant=["sums of the rows"],
    ),
    "1.9": Oracle(
        other_metrics,
        {"mask_1": rng.integers(0, 2, (5, 7)), "mask_2": rng.integers(0, 2, (5, 7)),
         "x": rng.integers(0, 256, (9, 5)) * 1.0, "y": rng.integers(0, 256, (9, 5)) * 1.0},
    ),
}

VERDICTS = {
    "1.1": "LOOSE", "1.2": "LOOSE", "1.3": "OK", "1.4a": "LOOSE", "1.4b": "EXTERNAL",
    "1.5": "LOOSE", "1.10": "ANSWER", "1.11a": "ANSWER", "1.11b": "INCONS", "1.7": "OK",
    "1.8": "WRONG", "1.6": "OK", "1.9": "OK",
}


@pytest.mark.parametrize("number", rows_of(LECTURE))
def test_row_equals_its_oracle(number):
    check(number, ORACLES)


def test_every_row_has_an_oracle():
    check_all_have_oracles(LECTURE, ORACLES)


def test_verdicts():
    check_verdicts(LECTURE, VERDICTS)
