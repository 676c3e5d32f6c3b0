"""Gram matrices, content, style, total variation: against the formulas in loops and NumPy."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("style_loss")

shapes = st.lists(st.integers(1, 4), min_size=3, max_size=5).map(tuple)
reductions = st.sampled_from(["mean", "sum", "none"])


def drawn(shape, seed):
    return np.random.default_rng(seed).normal(size=(2, *shape))


def over(losses, reduction):
    return losses if reduction == "none" else getattr(losses, reduction)()


@given(shapes, st.integers(0, 99))
def test_gram(shape, seed):
    x, _ = drawn(shape, seed)
    found = F.gram_matrix(mc.tensor(x)).data
    assert found.shape == (shape[0], shape[1], shape[1])
    for n, c, d in np.ndindex(found.shape):
        assert found[n, c, d] == pytest.approx((x[n, c] * x[n, d]).sum(), abs=1e-12)


@given(shapes, reductions, st.integers(0, 99))
def test_content_and_style(shape, reduction, seed):
    a, b = drawn(shape, seed)
    content = np.array([((x - y) ** 2).sum() / 2 for x, y in zip(a, b, strict=True)])
    rows = [x.reshape(*shape[:2], -1) for x in (a, b)]
    grams = [r @ r.transpose(0, 2, 1) for r in rows]
    style = ((grams[0] - grams[1]) ** 2).sum((1, 2)) / (4 * shape[1] ** 2 * rows[0].shape[2] ** 2)
    found = F.content_loss(mc.tensor(a), b, reduction).data
    np.testing.assert_allclose(found, over(content, reduction), 1e-12)
    found = F.style_loss(mc.tensor(a), b, reduction).data
    np.testing.assert_allclose(found, over(style, reduction), 1e-12, 1e-12)


def test_style_does_not_ask_where():
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 4))
    moved = np.random.default_rng(1).permutation(x.reshape(3, 16), axis=1).reshape(x.shape)
    assert F.style_loss(mc.tensor(x), moved).item() == pytest.approx(0, abs=1e-25)
    assert F.content_loss(mc.tensor(x), moved).item() > 1


@given(shapes, reductions, st.integers(0, 99))
def test_variation(shape, reduction, seed):
    x = np.round(drawn(shape, seed)[0] * 2)  # neighbours that tie, too
    losses = np.zeros(shape[0])
    for place in np.ndindex(shape):
        for axis in range(2, len(shape)):
            after = tuple(p + (k == axis) for k, p in enumerate(place))
            if after[axis] < shape[axis]:
                losses[place[0]] += abs(x[after] - x[place])
    found = F.total_variation(mc.tensor(x), reduction).data
    np.testing.assert_allclose(found, over(losses, reduction), 1e-12)


def test_variation_of_one_colour_is_none():
    x = mc.full((2, 3, 4, 5), 7.0, requires_grad=True)
    loss = F.total_variation(x)
    loss.backward()
    assert loss.item() == 0 and not x.grad.any()


X = mc.ones(2, 3, 4, 4)
WRONG = {
    "axes": (lambda: F.gram_matrix(mc.ones(3)), ValueError,
             r"gram_matrix: the input must be \(N, C, size...\), got shape \(3,\)"),
    "a single image": (lambda: F.total_variation(mc.ones(4, 4)), ValueError, r"\(4, 4\); .*x\[No"),
    "integers": (lambda: F.total_variation([[[1, 2]]]), TypeError, "must be floats, got int64"),
    "shapes": (lambda: F.style_loss(X, mc.ones(2, 3, 4, 5)), ValueError,
               r"style_loss: input \(2, 3, 4, 4\) and target \(2, 3, 4, 5\)"),
    "content": (lambda: F.content_loss(X, mc.ones(1, 3, 4, 4)), ValueError, "content_loss: input"),
    "dtypes": (lambda: F.content_loss(X, X.double()), TypeError, "float32.*float64"),
    "nothing": (lambda: F.style_loss(X[:, :, :0], X[:, :, :0]), ValueError,
                r"\(2, 3, 0, 4\).*empty"),
    "reduction": (lambda: F.style_loss(X, X, "avg"), ValueError, "style_loss: reduction='avg'"),
    "another": (lambda: F.total_variation(X, "avg"), ValueError, "variation: reduction='avg'"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
