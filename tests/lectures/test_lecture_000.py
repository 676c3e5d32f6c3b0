"""The rows of lecture 000, each against a computation of another kind."""

import numpy as np
import pytest
from checks import Oracle, check, check_all_have_oracles, check_verdicts, rows_of

LECTURE = "000"
OTHER_TRUTH = [[1, 1, 0, 0, 1, 0, 0, 1, 0, 1], [0, 0, 1, 0, 0, 1, 1, 1, 0, 0]]
OTHER_SAID = [[1, 0, 0, 1, 1, 1, 0, 1, 0, 0], [1, 0, 1, 1, 0, 1, 0, 1, 0, 1]]
rng = np.random.default_rng(5)
OTHER_MASKS = {"mask_1": rng.integers(0, 2, (5, 7)), "mask_2": rng.integers(0, 2, (5, 7))}
OTHER_IMAGES = {"x": rng.integers(0, 256, (9, 5)) * 1.0, "y": rng.integers(0, 256, (9, 5)) * 1.0}
OTHER_STATES = [(1, 1, 3), (1, 6, 4), (2, 7, 2), (2, 2, 9), (3, 3, 5), (3, 8, 1), (4, 6, 6)]


def weekdays(dates, year):
    """Sakamoto's rule."""
    names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    days = []
    for month, day in dates:
        y = year - (month < 3)
        shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1]
        days.append(names[(y + y // 4 - y // 100 + y // 400 + shift + day) % 7])
    return {"days": days}


def bit_depth(bits, greys, pixel):
    return {
        "levels": [len({v >> (8 - b) for v in greys}) for b in bits],
        "what the pixel reads": [pixel >> (8 - b) for b in bits],
    }


def rates(y_true, y_pred):
    sklearn = pytest.importorskip("sklearn.metrics")
    counts = [sklearn.confusion_matrix(t, p).ravel() for t, p in zip(y_true, y_pred, strict=True)]
    specificity = [tn / (tn + fp) for tn, fp, fn, tp in counts]
    return {
        "TP Rate = Sensitivity": [tp / (tp + fn) for tn, fp, fn, tp in counts],
        "False Positive Rate": [fp / (tn + fp) for tn, fp, fn, tp in counts],
        "Specificity": specificity,
        "1 - False Positive Rate": specificity,
    }


def area_under_the_curve(y_true, y_score):
    sklearn = pytest.importorskip("sklearn.metrics")
    stats = pytest.importorskip("scipy.stats")
    fpr, tpr, _ = sklearn.roc_curve(y_true, y_score)
    score, ill = np.array(y_score), np.array(y_true) == 1
    u = stats.mannwhitneyu(score[ill], score[~ill]).statistic
    return {
        "AUC": sklearn.roc_auc_score(y_true, y_score),
        "false positive rate at the corners": fpr,
        "true positive rate": tpr,
        "pairs ranked right": u / (ill.sum() * (~ill).sum()),
    }


def percentages(states, count=8):
    """100 n / (sum of the row), from the counts themselves."""
    matrix = np.zeros((count, count))
    for actual, predicted, times in states:
        matrix[actual - 1, predicted - 1] += times
    there = matrix.any(1)
    return 100 * matrix[there] / matrix[there].sum(1, keepdims=True)


def fragment_of_the_confusion_matrix(states):
    matrix = percentages(states)
    return {f"State{n} (Predicted)": matrix[:, n - 1] for n in (6, 7, 8)}


def jaccard(mask_1, mask_2):
    sets = [{tuple(at) for at in np.argwhere(mask)} for mask in (mask_1, mask_2)]
    both = len(sets[0] & sets[1])
    return {
        "|R1 ∩ R2|": both,
        "J": both / len(sets[0] | sets[1]),
        "Dice": 2 * both / (len(sets[0]) + len(sets[1])),
    }


def ssim_of_one_window(x, y, bits, k1, k2, correction):
    """From NumPy's covariance matrix."""
    c1, c2 = (np.array([k1, k2]) * (2**bits - 1)) ** 2
    (var_x, cov), (_, var_y) = np.cov(x.ravel(), y.ravel(), ddof=correction)
    luminance = (2 * x.mean() * y.mean() + c1) / (x.mean() ** 2 + y.mean() ** 2 + c1)
    return luminance * (2 * cov + c2) / (var_x + var_y + c2)


def structural_similarity(x, y, bits, k1, k2, depths):
    dynamic_range = np.array([int("1" * b, 2) for b in depths])
    return {
        "L": dynamic_range,
        "c1": k1 * k1 * dynamic_range**2,
        "c2": k2 * k2 * dynamic_range**2,
        "SSIM": ssim_of_one_window(x, y, bits, k1, k2, 0),
        "SSIM, variances over n - 1": ssim_of_one_window(x, y, bits, k1, k2, 1),
        "SSIM of an image and itself": 1,
    }


def error_and_noise(x, y, bits):
    metrics = pytest.importorskip("skimage.metrics")
    return {
        "MSE": metrics.mean_squared_error(x, y),
        "PSNR (dB)": metrics.peak_signal_noise_ratio(x, y, data_range=2**bits - 1),
    }


def first_layers(one_weird_trick, alexnet_2012, resnet):
    result = {}
    for name, (channels, filters, size, bias) in (
        ("One weird trick", one_weird_trick),
        ("AlexNet (2012)", alexnet_2012),
        ("ResNet, DenseNet", resnet),
    ):
        result[f"{name}: weight"] = [filters, channels, size, size]
        result[f"{name}: parameters"] = filters * (channels * size * size + bias)
    return result


def convnetjs(channels, filters, classes, image, sizes):
    totals = []
    for size in sizes:
        into, total, pixels = channels, 0, image
        for out in filters:
            total += (into * size**2 + 1) * out
            into, pixels = out, pixels // 2
        totals.append(total + (into * pixels**2 + 1) * classes)
    return {
        "size of the filters": sizes,
        "weights of layer 3": [filters[-1] * filters[-2] * size**2 for size in sizes],
        "parameters": totals,
    }


def last_layers(fc6, features, classes):
    torch = pytest.importorskip("torch")
    fc7 = torch.nn.Linear(fc6, features, device="meta")
    fc8 = torch.nn.Linear(features, classes, device="meta")
    return {
        "FC7": features,
        "Class Scores": fc8(fc7(torch.zeros(1, fc6, device="meta"))).shape[1],
        "parameters of FC7": sum(p.numel() for p in fc7.parameters()),
        "parameters of the classifier": sum(p.numel() for p in fc8.parameters()),
    }


def occlusion(probability, masked):
    """odds = exp(logit)"""
    special = pytest.importorskip("scipy.special")
    before, after = np.exp(special.logit([probability, masked]))
    return {"drop": -(masked - probability), "odds before": before, "odds after": after}


ORACLES = {
    "0.13": Oracle(weekdays, {"dates": [(1, 31), (2, 29), (12, 25)], "year": 2024}),
    "0.11": Oracle(bit_depth, {"bits": (2, 5, 7), "greys": range(9, 100, 3), "pixel": 77}),
    "0.1": Oracle(rates, {"y_true": OTHER_TRUTH, "y_pred": OTHER_SAID}),
    "0.2": Oracle(
        area_under_the_curve,
        {"y_true": [1, 0, 1, 1, 0, 0, 1], "y_score": [0.3, 0.3, 0.9, 0.4, 0.5, 0.1, 0.5]},
    ),
    "0.3": Oracle(fragment_of_the_confusion_matrix, {"states": OTHER_STATES}),
    "0.4": Oracle(jaccard, OTHER_MASKS),
    "0.5": Oracle(
        structural_similarity,
        [OTHER_IMAGES, {"bits": 10, "k1": 0.02, "k2": 0.05, "depths": (4, 12)}],
        constant=["SSIM of an image and itself"],
    ),
    "0.6": Oracle(error_and_noise, [OTHER_IMAGES, {"bits": 12}]),
    "0.7": Oracle(
        first_layers,
        {"one_weird_trick": (1, 8, 5, False), "alexnet_2012": (4, 2, 3, True),
         "resnet": (2, 6, 5, True)},
    ),
    "0.8a": Oracle(
        convnetjs,
        {"channels": 2, "filters": (3, 5, 7), "classes": 4, "image": 16, "sizes": (3, 1)},
    ),
    "0.9": Oracle(last_layers, {"fc6": 20, "features": 30, "classes": 7}),
    "0.10": Oracle(occlusion, {"probability": 0.8, "masked": 0.3}),
}

VERDICTS = {
    "0.13": "OK", "0.11": "ANSWER", "0.12": "EXTERNAL", "0.1": "OK", "0.2": "OK", "0.3": "OK",
    "0.4": "ANSWER", "0.5": "LOOSE", "0.6": "ANSWER", "0.7": "OK", "0.8a": "ANSWER",
    "0.8b": "EXTERNAL", "0.9": "OK", "0.10": "ANSWER",
}


@pytest.mark.parametrize("number", rows_of(LECTURE))
def test_row_equals_its_oracle(number):
    check(number, ORACLES)


def test_every_row_has_an_oracle():
    check_all_have_oracles(LECTURE, ORACLES)


def test_verdicts():
    check_verdicts(LECTURE, VERDICTS)
