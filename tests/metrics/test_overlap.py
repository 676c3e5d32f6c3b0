"""Jaccard and Dice against scikit-learn, of labels and of masks."""

import warnings
from math import isnan

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device)

import minicnn as mc
import minicnn.functional as F
from minicnn import metrics
from minicnn.metrics import UndefinedMetricWarning, dice_score, jaccard_score


@pytest.fixture(scope="module")
def sklearn():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: it is the oracle")
    import sklearn.metrics

    return sklearn.metrics


def draws():
    rng = np.random.default_rng(0)
    for n in (1, 2, 7, 60):
        for classes in (2, 4):
            for kind in (np.int64, np.uint8, np.float64, str):
                yield [rng.integers(0, classes, n).astype(kind) for _ in range(2)]


@pytest.mark.parametrize("zero", [0, 1])
@pytest.mark.parametrize("average", [None, "macro", "micro", "weighted"])
def test_labels_against_scikit_learn(sklearn, average, zero):
    for truth, guess in draws():
        settings = {"average": average, "zero_division": zero}
        ours = jaccard_score(truth, guess, **settings)
        np.testing.assert_allclose(
            ours, sklearn.jaccard_score(truth, guess, **settings), rtol=1e-12)
        labels = np.unique([*truth, *guess])[::-1]
        ours = jaccard_score(truth, guess, labels=list(labels), **settings)
        theirs = sklearn.jaccard_score(truth, guess, labels=labels, **settings)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("shape", [(9,), (5, 6), (2, 1, 4, 5)])
def test_masks_against_scikit_learn(sklearn, shape):
    rng = np.random.default_rng(1)
    for density in (0.2, 0.5, 0.9):
        truth, guess = rng.random((2, *shape)) < density
        flat = truth.reshape(-1), guess.reshape(-1)
        expected = sklearn.jaccard_score(*flat, zero_division=0)
        expected_dice = sklearn.f1_score(*flat, zero_division=0)
        for convert in (lambda m: m, np.uint8, np.float32, mc.tensor, np.ndarray.tolist):
            pair = convert(truth), convert(guess)
            assert jaccard_score(*pair, zero_division=0) == pytest.approx(expected, rel=1e-12)
            assert dice_score(*pair, zero_division=0) == pytest.approx(expected_dice, rel=1e-12)
        large = np.where(truth, 255, 0), np.where(guess, 255, 0)
        if expected:
            assert jaccard_score(*large, pos_label=255) == pytest.approx(expected, rel=1e-12)


def test_by_hand():
    truth, guess = np.zeros((2, 6, 6), bool)
    truth[1:4, 1:5] = guess[2:5, 1:6] = True  # 12 and 15 pixels, 8 of them shared
    assert jaccard_score(truth, guess) == 8 / 19 and dice_score(truth, guess) == 16 / 27
    assert type(jaccard_score(truth, guess)) is type(dice_score(truth, guess)) is float
    soft = np.array([0.5, 1.0, 0.25])
    assert dice_score([1, 1, 0], soft) == 2 * 1.5 / 3.75
    loss = F.dice_loss(mc.tensor(soft), mc.tensor([1.0, 1.0, 0.0], dtype="float64")).item()
    assert dice_score([1, 1, 0], soft) == pytest.approx(1 - loss, rel=1e-12)


def test_one_from_the_other():
    j = np.linspace(0, 1, 11)
    d = metrics.dice_from_jaccard(j)
    np.testing.assert_allclose(metrics.jaccard_from_dice(d), j, atol=1e-15)
    assert (d >= j).all() and d[0] == 0 and d[-1] == 1
    assert metrics.jaccard_from_dice(0.85) == pytest.approx(0.85 / 1.15, rel=1e-15)
    assert type(metrics.dice_from_jaccard(1)) is float
    rng = np.random.default_rng(2)
    truth, guess = rng.random((2, 50)) < 0.5
    assert metrics.dice_from_jaccard(jaccard_score(truth, guess)) == pytest.approx(
        dice_score(truth, guess), rel=1e-14)
    np.testing.assert_array_equal(metrics.dice_from_jaccard([float("nan"), 0.5]), [np.nan, 2 / 3])
    for wrong in (1.1, [-0.1, 0.5]):
        with pytest.raises(ValueError, match="values must be from 0 to 1"):
            metrics.dice_from_jaccard(wrong)
        with pytest.raises(ValueError, match="jaccard_from_dice: .*from 0 to 1"):
            metrics.jaccard_from_dice(wrong)
    with pytest.raises(TypeError, match="expected numbers"):
        metrics.dice_from_jaccard(["a"])


@pytest.mark.parametrize("score", [jaccard_score, dice_score])
def test_two_empty_masks_are_undefined(score):
    empty = np.zeros((3, 3), int)
    with pytest.warns(UndefinedMetricWarning, match=f"{score.__name__} is undefined"):
        assert isnan(score(empty, empty))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert score(empty, empty, zero_division=1) == 1
        assert score(empty, empty, zero_division=0) == 0
        assert score(empty, 1 - empty) == 0
    with pytest.raises(ValueError, match="zero_division=2 must be nan, 0 or 1"):
        score(empty, empty, zero_division=2)


@pytest.mark.parametrize("score", [jaccard_score, dice_score])
def test_on_another_device(score):
    rng = np.random.default_rng(3)
    truth, guess = (rng.random((2, 4, 4)) < 0.5).astype("int64")
    there = [mc.tensor(m, device="strict") for m in (truth, guess)]
    assert score(*there) == score(there[0].data, there[1]) == score(truth, guess)
    with pytest.raises(TypeError, match="y_true is on strict:0 and y_pred on cpu; nothing is"):
        score(there[0], guess)


def test_averages_on_another_device():
    truth, guess = [0, 1, 2, 2], [0, 2, 2, 1]
    there = [mc.tensor(y, device="strict") for y in (truth, guess)]
    each = jaccard_score(*there, average=None)
    assert each.tolist() == jaccard_score(truth, guess, average=None).tolist() == [1, 0, 1 / 3]


@pytest.mark.parametrize("call, error, message", [
    (lambda: jaccard_score([0, 1], [[0, 1]]), ValueError, r"shape \(2,\) and y_pred \(1, 2\)"),
    (lambda: jaccard_score([0, 1, 2], [0, 1, 2]), ValueError, "two labels and here are 3"),
    (lambda: jaccard_score([0, 1], [0, 1], average="samples"), ValueError, "average='samples'"),
    (lambda: jaccard_score([0.5, 1], [0, 1]), ValueError, "0.5 are no whole numbers"),
    (lambda: jaccard_score([0, 2], [0, 2]), ValueError, "pos_label=1 is none of the labels 0, 2"),
    (lambda: dice_score([0, 2], [0, 1]), ValueError, "y_true must be a mask.*labels == 1"),
    (lambda: dice_score([0, 1], [0, -1]), ValueError, "y_pred must be a mask"),
    (lambda: dice_score([0, 1], [0, float("nan")]), ValueError, "y_pred must be a mask"),
    (lambda: dice_score(["a"], ["b"]), TypeError, "must be a mask of numbers, got <U1"),
    (lambda: dice_score(None, [1]), TypeError, "y_true must be a Tensor, an array or a list"),
    (lambda: dice_score([1], [1, 0]), ValueError, "one entry in each for every sample or pixel"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
