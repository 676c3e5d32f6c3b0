"""Mean 0 and standard deviation 1 for every channel, and back."""

import numpy as np
import pytest

import minicnn as mc
from minicnn.data import Normalizer

RNG = np.random.default_rng(0)
IMAGES = (RNG.normal(size=(2500, 3, 4, 5)) * [[[1]], [[50]], [[0.01]]]
          + [[[0]], [[-7]], [[1000]]])  # more than one piece of the sums


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_channels_get_mean_0_and_std_1(dtype):
    x = IMAGES.astype(dtype)
    before = x.copy()
    normalizer = Normalizer().fit(x)
    np.testing.assert_allclose(normalizer.mean, x.astype("float64").mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(normalizer.std, x.astype("float64").std(axis=(0, 2, 3)))
    y = normalizer(x)
    assert y.dtype == dtype and (x == before).all()
    wide = y.astype("float64")
    tolerance = 1e-2 if dtype == "float32" else 1e-9  # 1000 ± 0.01 has few digits in float32
    np.testing.assert_allclose(wide.mean(axis=(0, 2, 3)), 0, atol=tolerance)
    np.testing.assert_allclose(wide.std(axis=(0, 2, 3)), 1, rtol=tolerance)
    np.testing.assert_allclose(normalizer.inverse(y), x, rtol=1e-6, atol=1e-4)


def test_agrees_with_scikit_learn_on_a_table():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    x = RNG.normal(3, 5, (400, 6))
    ours, theirs = Normalizer().fit(x), preprocessing.StandardScaler().fit(x)
    np.testing.assert_allclose(ours(x), theirs.transform(x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("value", [0.1, -3.7, 1e-30, 12345.678])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant_channel_becomes_0_and_comes_back(value, dtype):
    x = np.full((333, 2, 3, 3), value, dtype)
    x[:, 1] = RNG.normal(size=(333, 3, 3))
    normalizer = Normalizer().fit(x)
    assert normalizer.std[0] == 1
    y = normalizer(x)
    assert (y[:, 0] == 0).all()
    np.testing.assert_allclose(normalizer.inverse(y)[:, 0], x[:, 0])


def test_pixels_become_float32():
    x = RNG.integers(0, 256, (50, 1, 8, 8), dtype=np.uint8)
    y = Normalizer().fit(x)(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose([y.mean(), y.std()], [0, 1], atol=1e-5)


def test_other_axes():
    x = IMAGES[:20]
    whole = Normalizer(axis=None).fit(x[:, 0])
    np.testing.assert_allclose([whole.mean[0], whole.std[0]], [x[:, 0].mean(), x[:, 0].std()])
    last = Normalizer(axis=3).fit(x.transpose(0, 2, 3, 1))
    np.testing.assert_allclose(last.mean, Normalizer().fit(x).mean)
    first = Normalizer(axis=0).fit(x.transpose(1, 0, 2, 3))
    np.testing.assert_allclose(first.std, Normalizer().fit(x).std)


def test_tensors_give_tensors():
    x = mc.tensor(IMAGES[:10])
    y = Normalizer().fit(x)(x)
    assert isinstance(y, mc.Tensor) and y.dtype == x.dtype


def test_given_numbers():
    normalizer = Normalizer(mean=[1, 2, 3], std=2)
    x = np.ones((1, 3, 1, 1), "float32")
    np.testing.assert_array_equal(normalizer(x).reshape(-1), [0, -0.5, -1])
    np.testing.assert_array_equal(Normalizer(0.5, 0.25)(x), np.full_like(x, 2))
    assert "mean=[1.0, 2.0, 3.0]" in repr(normalizer)


def test_a_spread_too_small_for_the_dtype_counts_as_none():
    x = np.zeros((4, 1), "float32")
    x[0] = 1e-45
    assert np.isfinite(Normalizer().fit(x)(x)).all()


NAN = np.array([[1.0], [np.nan]])
WRONG = [
    (lambda: Normalizer()(IMAGES), RuntimeError, "call fit"),
    (lambda: Normalizer().inverse(IMAGES), RuntimeError, "call fit"),
    (lambda: Normalizer().fit(IMAGES)(IMAGES[:, :2]), ValueError, "3 channels.*has 2 on axis 1"),
    (lambda: Normalizer().fit(np.zeros(5)), ValueError, "no axis 1"),
    (lambda: Normalizer().fit(np.zeros((0, 3))), ValueError, "no values"),
    (lambda: Normalizer().fit(NAN), ValueError, "NaN or infinity"),
    (lambda: Normalizer().fit(np.array([[1.0], [np.inf]])), ValueError, "NaN or infinity"),
    (lambda: Normalizer().fit(np.array([["a"]])), TypeError, "numbers"),
    (lambda: Normalizer(axis=-1), ValueError, "axis=-1"),
    (lambda: Normalizer(mean=1), ValueError, "both mean and std"),
    (lambda: Normalizer(mean=1, std=0), ValueError, "above 0"),
    (lambda: Normalizer(mean=np.nan, std=1), ValueError, "finite"),
]


@pytest.mark.parametrize(("use", "error", "message"), WRONG)
def test_wrong_use(use, error, message):
    with pytest.raises(error, match=message):
        use()


def test_failed_fit_keeps_what_was_measured():
    normalizer = Normalizer().fit(np.array([[1.0], [3.0]]))
    with pytest.raises(ValueError, match="NaN"):
        normalizer.fit(NAN)
    assert normalizer.mean.tolist() == [2.0]
