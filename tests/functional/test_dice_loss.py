"""The two Dice losses, told apart, and cross-entropy with the global one."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("dice_loss")


def masks(rows, columns):
    mask = np.zeros((6, 6))
    mask[rows, columns] = 1
    return mask


# Rows 1 to 3 with columns 1 to 4, and rows 2 to 4 with columns 1 to 5.
ONE, OTHER = masks(slice(1, 4), slice(1, 5)), masks(slice(2, 5), slice(1, 6))


def test_hard_masks_of_the_lecture():
    loss = F.dice_loss(mc.tensor(ONE), OTHER)
    assert loss.item() == pytest.approx(1 - 16 / 27, abs=1e-15)
    assert F.dice_loss(mc.tensor(ONE), ONE).item() == 0
    assert F.dice_loss(mc.tensor(ONE), 1 - ONE).item() == 1


@given(st.integers(1, 6), st.integers(0, 99))
def test_is_one_minus_f1_of_the_pixels(side, seed):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    y, t = np.random.default_rng(seed).integers(0, 2, (2, side, side))
    f1 = metrics.f1_score(t.ravel(), y.ravel(), zero_division=1.0)
    assert F.dice_loss(mc.tensor(y.astype("float64")), t).item() == pytest.approx(1 - f1, abs=1e-12)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.data())
def test_sums_run_over_any_axes(shape, data):
    axes = range(-len(shape), len(shape))
    dim = data.draw(st.one_of(st.none(), st.sampled_from(axes), st.sets(
        st.sampled_from(range(len(shape)))).map(tuple)))
    smooth = data.draw(st.sampled_from([0.0, 0.3, 1, 100.0]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    y, t = rng.uniform(size=shape), rng.integers(0, 2, shape)
    y *= rng.integers(0, 2, shape)  # some sums are 0
    found = F.dice_loss(mc.tensor(y), t, smooth, dim, "none").data
    above = 2 * (y * t).sum(axis=dim) + smooth
    below = y.sum(axis=dim) + t.sum(axis=dim) + smooth
    with np.errstate(invalid="ignore"):
        expected = np.where(below == 0, 0.0, 1 - above / below)
    np.testing.assert_allclose(found, expected, 1e-12, 1e-12)
    assert ((found >= -1e-15) & (found <= 1)).all()


def test_empty_masks_agree():
    for smooth in (0.0, 1e-9, 1.0):
        y = mc.zeros(2, 3, requires_grad=True)
        with np.errstate(all="raise"):
            loss = F.dice_loss(y, np.zeros((2, 3)), smooth)
            assert loss.item() == 0
            loss.backward()
        assert np.isfinite(y.grad).all()
        if not smooth:
            assert not y.grad.any()
    assert F.dice_loss(mc.zeros(0, 3), mc.zeros(0, 3)).item() == 0
    # one mask of two is empty: only that one is defined apart
    t = mc.tensor([[0.0, 0.0], [1.0, 0.0]])
    assert F.dice_loss(t, t, dim=1, reduction="none").tolist() == [0, 0]
    assert F.dice_loss(mc.tensor([[0.1, 0.0], [0.0, 1.0]]), t, dim=1,
                       reduction="none").tolist() == [1, 1]


PIXEL = {(0, 0): 0, (1, 1): 0, (0, 1): 0.5, (1, 0): 0.5, (1, 0.5): 0.2, (0, 0.5): 1 / 3,
         (0.5, 0.5): 0.25}


@pytest.mark.parametrize("pair, expected", PIXEL.items(), ids=str)
def test_one_pixel(pair, expected):
    t, y = pair
    found = F.pixel_dice_loss(mc.tensor([float(y)], dtype="float64"), [t]).item()
    assert found == pytest.approx(expected, abs=1e-15)


@given(st.lists(st.integers(1, 4), max_size=4), st.integers(0, 99))
def test_the_pixel_loss_never_exceeds_a_half(shape, seed):
    rng = np.random.default_rng(seed)
    y, t = rng.uniform(size=shape), rng.uniform(size=shape).round()
    found = F.pixel_dice_loss(mc.tensor(y), t, "none").data
    np.testing.assert_allclose(found, (y + t - 2 * y * t) / (1 + y + t), 1e-12, 1e-15)
    assert (found <= 0.5).all() and (found >= -1e-15).all()
    for reduction in ("mean", "sum"):
        np.testing.assert_allclose(F.pixel_dice_loss(mc.tensor(y), t, reduction).item(),
                                   getattr(found, reduction)(), 1e-12)
    alone = F.dice_loss(mc.tensor(y), t, 1.0, (), "none").data  # each pixel a mask, smoothed by 1
    np.testing.assert_allclose(alone, found, 1e-12, 1e-15)


def test_the_two_are_not_the_same():
    y, t = mc.tensor(ONE), OTHER
    assert F.pixel_dice_loss(y, t).item() == pytest.approx(11 / 72)
    assert F.dice_loss(y, t).item() == pytest.approx(11 / 27)
    assert F.dice_loss(1 - y, ONE).item() == 1 and F.pixel_dice_loss(1 - y, ONE).item() == 0.5


def test_a_small_structure_counts_only_globally():
    t = np.zeros((8, 8))
    t[0, 0] = 1
    missed = mc.zeros(8, 8)
    assert F.dice_loss(missed, t).item() == 1
    assert F.pixel_dice_loss(missed, t).item() == 0.5 / 64


@pytest.mark.parametrize("target", [ONE.astype(bool), ONE.astype("uint8"), ONE.tolist(),
                                    mc.tensor(ONE.astype("int64")), ONE],
                         ids=["booleans", "uint8", "lists", "int64 Tensor", "float64"])
def test_masks_of_any_kind(target):
    y = mc.tensor(OTHER, dtype="float32", requires_grad=True)
    for loss in (F.dice_loss, F.pixel_dice_loss):
        value = loss(y, target)
        assert value.dtype == np.float32 and value.requires_grad


@given(st.integers(1, 3), st.integers(2, 4), st.lists(st.integers(1, 3), max_size=3),
       st.floats(0, 5), st.sampled_from([0.0, 1.0]), st.integers(0, 99))
def test_cross_entropy_and_dice(images, classes, size, weight, smooth, seed):
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(images, classes, *size)), rng.integers(0, classes, (images, *size))
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    local = -np.log(np.take_along_axis(p, t[:, None], 1)).mean()
    each = []
    for c in range(classes):
        y, mask = p[:, c], t == c
        each.append(1 - (2 * y[mask].sum() + smooth) / (y.sum() + mask.sum() + smooth))
    found = F.cross_entropy_dice_loss(mc.tensor(x), t, weight, smooth).item()
    assert found == pytest.approx(local + weight * np.mean(each), abs=1e-12)


@given(st.integers(1, 3), st.lists(st.integers(1, 3), max_size=3), st.integers(0, 99))
def test_with_one_channel_it_is_yes_or_no(images, size, seed):
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(images, 1, *size)), rng.integers(0, 2, (images, 1, *size))
    y = 1 / (1 + np.exp(-x))
    local = -np.where(t == 1, np.log(y), np.log(1 - y)).mean()
    expected = local + 2 * (1 - 2 * (y * t).sum() / (y.sum() + t.sum()))
    for target in (t, t.astype(bool), mc.tensor(t), t.astype("float64")):
        assert F.cross_entropy_dice_loss(mc.tensor(x), target, 2.0).item() == pytest.approx(
            expected, abs=1e-12)


Y, T, X = mc.full((2, 3), 0.5), mc.ones(2, 3), mc.zeros(2, 3, 4)
LABELS = np.zeros((2, 4), int)
both = F.cross_entropy_dice_loss
WRONG = {
    "logits": (lambda: F.dice_loss(Y * 4, T), ValueError,
               "dice_loss: the input must be probabilities from 0 to 1, got 2.0; logits go thro"),
    "NaN": (lambda: F.pixel_dice_loss(Y * float("nan"), T), ValueError, "pixel_dice_loss.*got nan"),
    "labels": (lambda: F.dice_loss(Y, [[0, 1, 255]] * 2), ValueError, "target.*got 255.0"),
    "negative": (lambda: F.pixel_dice_loss(Y, -T), ValueError, "target.*got -1.0"),
    "shapes": (lambda: F.dice_loss(Y, mc.ones(3)), ValueError, r"\(2, 3\) and target \(3,\)"),
    "integers": (lambda: F.dice_loss(mc.ones(2, dtype="int64"), [1, 1]), TypeError, "floats"),
    "dtypes": (lambda: F.dice_loss(Y, mc.ones(2, 3, dtype="float64")), TypeError, "float64"),
    "reduction": (lambda: F.dice_loss(Y, T, reduction="avg"), ValueError, "reduction='avg'"),
    "smooth": (lambda: F.dice_loss(Y, T, -1), ValueError, "smooth=-1 must be a finite number, 0"),
    "smooth of text": (lambda: F.dice_loss(Y, T, "1"), TypeError, "smooth must be a number, got s"),
    "an axis": (lambda: F.dice_loss(Y, T, dim=2), IndexError, "dice_loss: dim=2 names axis 2"),
    "dice_weight": (lambda: both(X, LABELS, -0.5), ValueError, "dice_weight=-0.5"),
    "infinite": (lambda: both(X, LABELS, float("inf")), ValueError, "dice_weight=inf"),
    "no classes": (lambda: both(mc.ones(3), [1, 1, 1]), ValueError, r"\(N, C, ...\), got.*\(3,\)"),
    "a class": (lambda: both(X, LABELS + 3), IndexError, "class index 3 is outside 0 to 2"),
    "ignored": (lambda: both(X, LABELS - 100), IndexError, "-100 is negative; every pixel"),
    "pixels": (lambda: both(X, LABELS[:, :2]), ValueError, r"\(2, 4\), got \(2, 2\)"),
    "one-hot": (lambda: both(X, np.zeros((2, 3, 4))), TypeError, "class indices, got float64"),
    "a channel": (lambda: both(mc.zeros(2, 1, 4), LABELS), ValueError,
                  r"\(2, 1, 4\) and target \(2, 4\) must have the same shape"),
    "a channel's labels": (lambda: both(mc.zeros(2, 1, 4), LABELS[:, None] + 2), ValueError,
                           "the target must be probabilities.*got 2.0; with one channel"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
