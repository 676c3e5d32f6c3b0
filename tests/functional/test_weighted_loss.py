"""Cross-entropy with weights for what was missed and what was found wrongly."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated(
    "weighted_loss")

wbce, multilabel = F.weighted_binary_cross_entropy, F.multilabel_binary_cross_entropy
shapes = st.lists(st.integers(1, 4), max_size=3).map(tuple)


def drawn(shape, seed):
    """Probabilities and zeros and ones."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.01, 0.99, shape), rng.integers(0, 2, shape).astype("float64")


@given(shapes, st.floats(0, 9), st.floats(0, 9), st.sampled_from(["mean", "sum", "none"]),
       st.integers(0, 99))
def test_is_the_formula(shape, positive, negative, reduction, seed):
    y, t = drawn(shape, seed)
    found = wbce(mc.tensor(y), t, positive, negative, reduction).data
    expected = np.where(t == 1, -positive * np.log(y), -negative * np.log(1 - y))
    expected = expected if reduction == "none" else getattr(expected, reduction)()
    np.testing.assert_allclose(found, expected, 1e-12, 1e-12)


def test_is_pytorchs_of_the_logits(torch):
    """Its pos_weight is our positive_weight, and the slide's β."""
    x = np.random.default_rng(0).normal(size=(20, 5)) * 3
    t = np.random.default_rng(1).integers(0, 2, (20, 5)).astype("float64")
    beta = np.array([0.0, 0.2, 1.0, 3.0, 50.0])
    for reduction in ("mean", "sum", "none"):
        found = wbce(F.sigmoid(mc.tensor(x)), t, beta, reduction=reduction).data
        expected = torch.nn.functional.binary_cross_entropy_with_logits(
            torch.tensor(x), torch.tensor(t), pos_weight=torch.tensor(beta), reduction=reduction)
        np.testing.assert_allclose(found, expected.numpy(), 1e-12)


def test_without_weights_it_is_the_plain_one():
    y, t = mc.tensor([0.0, 1.0, 1.0, 0.3]), [1.0, 0.0, 1.0, 0.0]  # certain and wrong: bounded
    assert wbce(y, t, reduction="none").tolist() == F.binary_cross_entropy(
        y, t, reduction="none").tolist()


def test_what_was_missed_and_what_was_invented():
    y, t = mc.tensor([0.2, 0.2], dtype="float64"), [1.0, 0.0]
    plain = wbce(y, t, reduction="none").data
    np.testing.assert_array_equal(wbce(y, t, 3.0, reduction="none").data, plain * [3, 1])
    np.testing.assert_array_equal(wbce(y, t, 1.0, 3.0, "none").data, plain * [1, 3])


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_labels_are_added_up(images, labels, seed):
    y, t = drawn((images, labels), seed)
    w, v = np.random.default_rng(seed).uniform(0, 3, (2, labels))
    each = [sum(-(w[k] * t[n, k] * np.log(y[n, k]) + v[k] * (1 - t[n, k]) * np.log(1 - y[n, k]))
                for k in range(labels)) for n in range(images)]
    y = mc.tensor(y)
    np.testing.assert_allclose(multilabel(y, t, w, v, "none").data, each, 1e-12)
    np.testing.assert_allclose(multilabel(y, t, w, v).item(), np.mean(each), 1e-12)
    np.testing.assert_allclose(multilabel(y, t, w, v, "sum").item(), np.sum(each), 1e-12)
    np.testing.assert_allclose(multilabel(y, t).item(), labels * wbce(y, t).item(), 1e-12)


def test_balanced_weights_by_counting():
    t = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    positive, negative = F.balanced_class_weights(t)
    assert positive.tolist() == [0.75, 1, 0] and negative.tolist() == [0.25, 0, 1]
    assert positive.dtype == negative.dtype == np.float64
    positive, negative = F.balanced_class_weights(t, dim=None)
    assert float(positive) == 7 / 12 and float(negative) == 5 / 12 and positive.shape == ()


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.data())
def test_balanced_weights_balance(shape, data):
    """w₊·P = w₋·N for each label, whatever is counted over; w₊ + w₋ = 1."""
    dim = data.draw(st.one_of(st.none(), st.integers(-len(shape), len(shape) - 1)))
    t = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 2, shape)
    positive, negative = F.balanced_class_weights(t, dim)
    ones, zeros = (t == 1).sum(axis=dim), (t == 0).sum(axis=dim)
    np.testing.assert_allclose(positive, zeros / (ones + zeros), 1e-15)
    np.testing.assert_allclose(positive * ones, negative * zeros, 1e-14)
    np.testing.assert_allclose(positive + negative, 1, 1e-15)


@pytest.mark.parametrize("given_", [[True, False], [1, 0], np.array([1, 0], "uint8"),
                                    mc.tensor([1, 0]), np.array([1.0, 0.0])], ids=repr)
def test_balanced_weights_of_any_kind(given_):
    assert [float(w) for w in F.balanced_class_weights(given_)] == [0.5, 0.5]


def test_balanced_weights_keep_a_float_dtype():
    for dtype in ("float16", "float32", "float64"):
        assert all(w.dtype == dtype for w in F.balanced_class_weights(np.ones((2, 2), dtype)))


Y, T = mc.full((2, 3), 0.5), mc.ones(2, 3)
WRONG = {
    "logits": (lambda: wbce(Y * 10, T), ValueError,
               "weighted_binary.*input must be probabilities.*5.0.*with_logits"),
    "NaN": (lambda: multilabel(Y * float("nan"), T), ValueError, "multilabel_.*got nan"),
    "labels": (lambda: wbce(Y, T * 2), ValueError, "the target must be probabilities.*2.0"),
    "shapes": (lambda: wbce(Y, mc.ones(3)), ValueError, r"input \(2, 3\) and target \(3,\)"),
    "integers": (lambda: wbce(Y, mc.ones(2, 3, dtype="int64")), TypeError, "floats, got int64"),
    "reduction": (lambda: wbce(Y, T, reduction="avg"), ValueError, "reduction='avg'"),
    "weight": (lambda: wbce(Y, T, mc.ones(4)), ValueError,
               r"positive_weight of shape \(4,\) does not broadcast over the input \(2, 3\)"),
    "a larger weight": (lambda: wbce(Y, T, 1.0, mc.ones(5, 2, 3)), ValueError, "negative_weight"),
    "a negative weight": (lambda: wbce(Y, T, -1.0), ValueError,
                          "positive_weight must be finite and not negative, got -1.0"),
    "a NaN weight": (lambda: multilabel(Y, T, 1.0, [1.0, float("nan"), 2.0]), ValueError,
                     "negative_weight must be finite and not negative, got nan"),
    "no weight": (lambda: wbce(Y, T, None), TypeError,
                  "weighted_binary_cross_entropy: positive_weight: .*NoneType"),
    "axes": (lambda: multilabel(mc.ones(2, 3, 4), mc.ones(2, 3, 4)), ValueError,
             r"\(N, L\), L labels an image, got shape \(2, 3, 4\)"),
    "counts": (lambda: F.balanced_class_weights([0, 2]), ValueError, "zeros and ones, got 2"),
    "counts of NaN": (lambda: F.balanced_class_weights([np.nan]), ValueError, "ones, got nan"),
    "nothing": (lambda: F.balanced_class_weights(np.zeros((0, 3))), ValueError,
                r"shape \(0, 3\) has nothing to count along dim=0"),
    "an axis": (lambda: F.balanced_class_weights([0, 1], dim=1), IndexError, "axis 1"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
