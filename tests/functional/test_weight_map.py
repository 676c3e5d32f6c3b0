"""U-Net's weight map, against distances from pixel to pixel; and its loss."""

import math

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("weight_map")

images = arrays(np.int64, st.tuples(st.integers(1, 7), st.integers(1, 7)),
                elements=st.sampled_from([0, 0, 0, 1, 2, 3, 900]))


def brute(labels, w0=10.0, sigma=5.0, w_c=(1.0, 1.0)):
    """The paper's formula, from the distances of all pairs of pixels."""
    w = np.empty(labels.shape)
    places = {cell: np.argwhere(labels == cell) for cell in set(labels.ravel()) - {0}}
    for i, j in np.ndindex(*labels.shape):
        distances = sorted(min(math.hypot(i - a, j - b) for a, b in each)
                           for each in places.values())
        border = 0.0
        if len(distances) > 1:
            border = w0 * math.exp(-(distances[0] + distances[1]) ** 2 / (2 * sigma**2))
        w[i, j] = w_c[int(labels[i, j] != 0)] + border
    return w


@given(images, st.floats(0, 20), st.floats(0.3, 9))
def test_is_the_papers_formula(labels, w0, sigma):
    found = F.unet_weight_map(labels, w0, sigma)
    np.testing.assert_allclose(found, brute(labels, w0, sigma), 1e-12, 1e-12)
    assert type(found) is np.ndarray and found.dtype == np.float64


def cells(side, count, seed):
    """Discs that do not overlap, with numbers of their own."""
    rng, labels = np.random.default_rng(seed), np.zeros((side, side + 9), int)
    i, j = np.indices(labels.shape)
    for cell in range(1, count + 1):
        a, b, radius = *rng.uniform(0, side, 2), rng.uniform(2, 8)
        labels[((i - a) ** 2 + (j - b) ** 2 < radius**2) & (labels == 0)] = 3 * cell
    return labels


@pytest.mark.parametrize("seed", range(4))
def test_of_larger_images(seed):
    spatial = pytest.importorskip("scipy.spatial")
    labels = cells(60, 12, seed)
    pixels = np.stack(np.indices(labels.shape), -1)
    distances = np.sort([spatial.KDTree(np.argwhere(labels == cell)).query(pixels)[0]
                         for cell in np.unique(labels[labels > 0])], axis=0)
    expected = 1 + 10 * np.exp(-((distances[0] + distances[1]) ** 2) / 50)
    np.testing.assert_allclose(F.unet_weight_map(labels), expected, 1e-12, 1e-12)


def test_a_narrow_border_counts_most():
    w = F.unet_weight_map([[1, 1, 0, 2, 2, 0, 0, 0, 0, 0, 0, 3]])[0]
    assert w[2] == 1 + 10 * math.exp(-4 / 50) and w[2] == w.max()  # d₁ = d₂ = 1
    assert w[7] == 1 + 10 * math.exp(-49 / 50)  # 3 from one cell, 4 from the other
    assert w[0] == 1 + 10 * math.exp(-9 / 50)  # in a cell: 0 and 3


def test_one_cell_or_none_has_no_border():
    assert (F.unet_weight_map(np.zeros((3, 4), int)) == 1).all()
    assert (F.unet_weight_map(np.eye(4, dtype=bool)) == 1).all()
    assert F.unet_weight_map(np.zeros((0, 4), int)).shape == (0, 4)
    with np.errstate(all="raise", under="ignore"):
        assert (F.unet_weight_map([[5, 0, 5]], class_weight=(0.25, 2)) == [2, 0.25, 2]).all()


def test_a_batch_is_one_image_after_the_other():
    batch = np.stack([cells(20, 3, seed) for seed in range(3)])
    assert F.unet_weight_map(batch).tolist() == [F.unet_weight_map(b).tolist() for b in batch]


@given(images, st.tuples(st.floats(0, 5), st.floats(0, 5)))
def test_weights_of_the_classes(labels, class_weight):
    found = F.unet_weight_map(labels, class_weight=class_weight)
    np.testing.assert_allclose(found, brute(labels, w_c=class_weight), 1e-12, 1e-12)


@pytest.mark.parametrize("labels", [np.array([[[0, 0, 0, 1]], [[0, 2, 0, 0]]]),
                                    np.zeros((2, 2), int), np.array([[3]])],
                         ids=["both", "no cell", "no background"])
def test_balanced_classes(labels):
    """As scikit-learn weighs them: pixels/(2·pixels of the class), of all images together."""
    utils = pytest.importorskip("sklearn.utils", reason="scikit-learn is not installed")
    inside = (labels != 0).ravel()
    found = F.unet_weight_map(labels, w0=0, class_weight="balanced").ravel()
    if inside.any() and not inside.all():
        expected = utils.class_weight.compute_sample_weight("balanced", inside)
        np.testing.assert_allclose(found, expected, 1e-12)
        assert found[inside].sum() == pytest.approx(found[~inside].sum())
    else:
        assert (found == 0.5).all()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint64", ">i4"])
def test_labels_of_any_integers(dtype):
    labels = cells(12, 2, 0)
    for given_ in (labels.astype(dtype), labels.tolist(), mc.tensor(labels)):
        np.testing.assert_array_equal(F.unet_weight_map(given_), F.unet_weight_map(labels))


@given(st.integers(1, 3), st.integers(1, 4), st.lists(st.integers(1, 4), min_size=2, max_size=2),
       st.integers(0, 99))
def test_each_pixel_has_its_weight(images, classes, size, seed):
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(images, classes, *size)), rng.integers(0, classes, (images, *size))
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    plain = -np.log(np.take_along_axis(p, t[:, None], 1))[:, 0]
    for w in (rng.uniform(0, 9, (images, *size)), rng.uniform(0, 9, size)):
        found = {r: F.pixel_weighted_cross_entropy(mc.tensor(x), t, w, r).data
                 for r in ("none", "sum", "mean")}
        np.testing.assert_allclose(found["none"], plain * w, 1e-12, 1e-12)
        np.testing.assert_allclose(found["sum"], (plain * w).sum(), 1e-12, 1e-12)
        np.testing.assert_allclose(found["mean"], (plain * w).mean(), 1e-12, 1e-12)


def test_the_map_of_float64_goes_with_logits_of_float32():
    labels = cells(8, 2, 1)
    loss = F.pixel_weighted_cross_entropy(mc.zeros(1, 2, *labels.shape), (labels[None] > 0) * 1,
                                          F.unet_weight_map(labels[None]))
    assert loss.dtype == np.float32
    assert loss.item() == pytest.approx(math.log(2) * F.unet_weight_map(labels).mean(), rel=1e-6)


X, T, W = mc.zeros(2, 3, 4, 5), np.zeros((2, 4, 5), int), np.ones((2, 4, 5))
CELL = np.eye(3, dtype=int)
loss, weights = F.pixel_weighted_cross_entropy, F.unet_weight_map
WRONG = {
    "floats": (lambda: weights(CELL * 1.0), TypeError, "labels must be integers.*got float64"),
    "axes": (lambda: weights([1, 0]), ValueError, r"\(H, W\) or \(N, H, W\), got shape \(2,\)"),
    "channels": (lambda: weights(np.zeros((1, 1, 2, 2), int)), ValueError, r"\(1, 1, 2, 2\)"),
    "negative labels": (lambda: weights(-CELL), ValueError, "not be negative.*got -1"),
    "w0": (lambda: weights(CELL, -1.0), ValueError, "w0=-1.0 must be a finite number, 0 or more"),
    "sigma": (lambda: weights(CELL, sigma=0), ValueError, "sigma=0 must be .* greater than 0"),
    "NaN": (lambda: weights(CELL, sigma=float("nan")), ValueError, "sigma=nan"),
    "text": (lambda: weights(CELL, sigma="5"), TypeError, "sigma must be a number, got str"),
    "a class weight": (lambda: weights(CELL, class_weight=2.0), ValueError, "two numbers"),
    "three class weights": (lambda: weights(CELL, class_weight=(1, 2, 3)), ValueError, "two numb"),
    "a word": (lambda: weights(CELL, class_weight="even"), ValueError, "'even' must be 'balanced'"),
    "a negative class weight": (lambda: weights(CELL, class_weight=(1, -2)), ValueError,
                                r"class_weight\[1\]=-2 must be"),
    "no map": (lambda: loss(X, T, None), TypeError, "pixel_weighted.* weight_map: .*NoneType"),
    "a map's shape": (lambda: loss(X, T, np.ones((4, 4))), ValueError,
                      r"weight_map of shape \(4, 4\) does not broadcast.*\(2, 4, 5\)"),
    "a larger map": (lambda: loss(X, T, np.ones((9, 2, 4, 5))), ValueError, r"\(9, 2, 4, 5\)"),
    "negative weights": (lambda: loss(X, T, W - 2), ValueError, "not negative, got -1.0"),
    "infinite weights": (lambda: loss(X, T, W / 0.0), ValueError, "must be finite.*got inf"),
    "a class": (lambda: loss(X, T + 3, W), IndexError, "class index 3"),
    "a target": (lambda: loss(X, T[0], W), ValueError, r"\(2, 4, 5\), got \(4, 5\)"),
    "reduction": (lambda: loss(X, T, W, "avg"), ValueError, "pixel_weighted.*reduction='avg'"),
}


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
