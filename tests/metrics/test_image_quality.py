"""MSE, PSNR and SSIM against scikit-image."""

import warnings
from math import inf, isnan

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device)

import minicnn as mc
from minicnn.metrics import (
    UndefinedMetricWarning,
    global_structural_similarity,
    mean_squared_error,
    peak_signal_noise_ratio,
    structural_similarity,
)


@pytest.fixture(scope="module")
def skimage():
    pytest.importorskip("skimage", reason="scikit-image is not installed: it is the oracle")
    import skimage.metrics

    return skimage.metrics


RNG = np.random.default_rng(0)


def pair(shape, dtype="float64"):
    a = RNG.random(shape)
    b = np.clip(a + 0.1 * RNG.standard_normal(shape), 0, 1)
    if np.dtype(dtype).kind in "iu":
        top = np.iinfo(dtype).max
        return (a * top).astype(dtype), (b * top).astype(dtype)
    return a.astype(dtype), b.astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "uint8", "int16", "uint16", "bool"])
@pytest.mark.parametrize("shape", [(5,), (8, 6), (4, 5, 3)])
def test_mse_and_psnr_against_scikit_image(skimage, shape, dtype):
    a, b = pair(shape, dtype) if dtype != "bool" else RNG.random((2, *shape)) < 0.5
    assert mean_squared_error(a, b) == pytest.approx(skimage.mean_squared_error(a, b), rel=1e-12)
    for data_range in (None, 1, 300.5):
        ours = peak_signal_noise_ratio(a, b, data_range)
        theirs = skimage.peak_signal_noise_ratio(a, b, data_range=data_range)
        assert ours == pytest.approx(float(theirs), rel=1e-12)
        assert type(ours) is float


def test_psnr_of_what_may_be_negative(skimage):
    a, b = 2 * RNG.random((2, 6, 6)) - 1
    for x, y in ((a, b), ((100 * a).astype("int8"), (100 * b).astype("int8"))):
        ours, theirs = peak_signal_noise_ratio(x, y), skimage.peak_signal_noise_ratio(x, y)
        assert ours == pytest.approx(float(theirs), rel=1e-12)


def test_psnr_by_hand():
    a = np.array([0.0, 0.0, 0.0, 0.0])
    assert mean_squared_error(a, [1, 0, 0, 1]) == 0.5
    assert peak_signal_noise_ratio(a, a + 0.1) == pytest.approx(20, rel=1e-12)
    assert peak_signal_noise_ratio(a, a) == inf
    assert mean_squared_error(a.astype("uint8"), (a + 255).astype("uint8")) == 255**2


@pytest.mark.parametrize("settings", [
    {}, {"win_size": 3}, {"win_size": 9}, {"use_sample_covariance": False},
    {"gaussian_weights": True}, {"gaussian_weights": True, "use_sample_covariance": False},
    {"gaussian_weights": True, "win_size": 7}, {"K1": 0.05, "K2": 0.1}, {"data_range": 2.5},
    {"win_size": 1, "use_sample_covariance": False},
], ids=str)
@pytest.mark.parametrize("shape", [(11, 11), (13, 20), (12, 11, 14), (40,)])
def test_ssim_against_scikit_image(skimage, shape, settings):
    settings = {"data_range": 1.0, **settings}
    a, b = pair(shape)
    value, image = structural_similarity(a, b, full=True, **settings)
    expected, map_ = skimage.structural_similarity(a, b, full=True, **settings)
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(image, map_, rtol=0, atol=1e-12)
    assert type(value) is float and value == structural_similarity(a, b, **settings)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "bool", "float32"])
def test_ssim_of_dtypes(skimage, dtype):
    a, b = pair((9, 12), dtype) if dtype != "bool" else RNG.random((2, 9, 12)) < 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-image's, of a range taken from the dtype
        if dtype == "float32":  # there in float32
            theirs = skimage.structural_similarity(
                a.astype("f8"), b.astype("f8"), data_range=1.0)
            ours = structural_similarity(a, b, data_range=1.0)
        else:
            kind = "u1" if dtype == "bool" else dtype  # it has no range for booleans' differences
            given = {"data_range": 1} if dtype == "bool" else {}
            theirs = skimage.structural_similarity(a.astype(kind), b.astype(kind), **given)
            ours = structural_similarity(a, b)
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("metric", [peak_signal_noise_ratio, structural_similarity])
def test_the_range_of_two_dtypes(skimage, metric):
    """That of the first, as in scikit-image, which warns too."""
    a, b = pair((9, 12), "uint8")
    with pytest.warns(UserWarning, match="the images are uint8 and float64; .*give data_range"):
        mixed = metric(a, b.astype("f8"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metric(a, b.astype("f8"), data_range=255) == mixed == metric(a, b)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_ssim_of_colours(skimage, axis):
    a, b = (np.moveaxis(x, 2, axis) for x in pair((12, 10, 3)))
    settings = {"data_range": 1.0, "channel_axis": axis, "full": True}
    value, image = structural_similarity(a, b, **settings)
    expected, map_ = skimage.structural_similarity(a, b, **settings)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(image, map_, rtol=0, atol=1e-12)


def test_ssim_of_flat_and_equal_images(skimage):
    a = np.full((8, 8), 0.3)
    for b in (a, a + 0.2):
        ours = structural_similarity(a, b, data_range=1.0)
        theirs = skimage.structural_similarity(a, b, data_range=1.0)
        assert ours == pytest.approx(theirs, rel=1e-12)
    x, _ = pair((8, 8))
    assert structural_similarity(x, x, data_range=1.0) == 1
    assert global_structural_similarity(x, x, 1.0) == 1


@pytest.mark.parametrize("sample", [False, True])
def test_the_one_window_of_the_slide(skimage, sample):
    """A window as large as the image: its middle is the only one that lies inside."""
    a, b = (255 * x for x in pair((9, 9)))
    ours = global_structural_similarity(a, b, 255, use_sample_covariance=sample)
    theirs = skimage.structural_similarity(
        a, b, win_size=9, data_range=255, use_sample_covariance=sample)
    assert ours == pytest.approx(theirs, rel=1e-12)
    c1, c2 = (0.02 * 255) ** 2, (0.04 * 255) ** 2
    cov = np.cov(a.ravel(), b.ravel(), ddof=int(sample))
    mean_a, mean_b = a.mean(), b.mean()
    by_hand = ((2 * mean_a * mean_b + c1) * (2 * cov[0, 1] + c2)
               / ((mean_a**2 + mean_b**2 + c1) * (cov[0, 0] + cov[1, 1] + c2)))
    ours = global_structural_similarity(a, b, 255, sample, K1=0.02, K2=0.04)
    assert ours == pytest.approx(by_hand, rel=1e-12)


def test_which_variance_is_the_default():
    a, b = pair((8, 8))
    assert structural_similarity(a, b, data_range=1) == structural_similarity(
        a, b, data_range=1, use_sample_covariance=True)
    assert global_structural_similarity(a, b, 1) == global_structural_similarity(a, b, 1, False)
    assert global_structural_similarity(a, b, 1) != global_structural_similarity(a, b, 1, True)


def test_undefined():
    nothing, black = np.zeros((0, 3)), np.zeros((7, 7))
    for function in (mean_squared_error, peak_signal_noise_ratio):
        with pytest.warns(UndefinedMetricWarning, match="there are no pixels"):
            assert isnan(function(nothing, nothing))
    for pixels, sample in ((nothing, False), (nothing, True), (np.ones((1, 1)), True)):
        with pytest.warns(UndefinedMetricWarning, match="too few pixels for a variance"):
            assert isnan(global_structural_similarity(pixels, pixels, 1, sample))
    with pytest.warns(UndefinedMetricWarning, match="even windows"):
        assert isnan(structural_similarity(black, black, data_range=1, K1=0))
    with pytest.warns(UndefinedMetricWarning, match="even windows"):
        assert isnan(global_structural_similarity(black + 1, black + 1, 1, K2=0))
    with pytest.warns(UndefinedMetricWarning, match="there are no channels"):
        assert isnan(structural_similarity(
            np.zeros((9, 9, 0)), np.zeros((9, 9, 0)), data_range=1, channel_axis=2))
    assert isnan(mean_squared_error([float("nan")], [1.0]))


@pytest.mark.parametrize("metric", [
    mean_squared_error, peak_signal_noise_ratio,
    lambda a, b: structural_similarity(a, b, data_range=1, full=True),
    lambda a, b: structural_similarity(a, b, data_range=1, gaussian_weights=True),
    lambda a, b: structural_similarity(a, b, data_range=1, channel_axis=0, win_size=3),
    lambda a, b: global_structural_similarity(a, b, 1),
])
def test_on_another_device_and_from_tensors(metric):
    def plain(found):
        parts = found if isinstance(found, tuple) else (found,)
        return [getattr(part, "_array", part) for part in parts]

    a, b = pair((12, 13))
    here, tensors = plain(metric(a, b)), plain(metric(mc.tensor(a), mc.tensor(b)))
    there = plain(metric(*(mc.tensor(x, device="strict") for x in (a, b))))
    for x, y, z in zip(here, tensors, there, strict=True):
        np.testing.assert_array_equal(x, y)
        np.testing.assert_allclose(x, z, rtol=1e-14)
    with pytest.raises(TypeError, match="on cpu and the second image on strict:0; nothing"):
        metric(a, mc.tensor(b, device="strict"))


A = np.zeros((8, 8))


@pytest.mark.parametrize("call, error, message", [
    (lambda: mean_squared_error(A, A[:7]), ValueError, r"shape \(8, 8\) and .* \(7, 8\)"),
    (lambda: mean_squared_error("a", "b"), TypeError, "made of numbers, got <U1"),
    (lambda: mean_squared_error(A, None), TypeError, "the second image must be a Tensor"),
    (lambda: peak_signal_noise_ratio([1, 2], [2, 3]), ValueError, "from int64 it cannot be told"),
    (lambda: peak_signal_noise_ratio(A + 2, A), ValueError, "outside of -1 to 1, .*float64; give"),
    (lambda: peak_signal_noise_ratio(A, A, 0), ValueError, "data_range=0 must be a positive"),
    (lambda: peak_signal_noise_ratio(A, A, "8"), ValueError, "data_range='8' must be"),
    (lambda: structural_similarity(A, A), ValueError, "give data_range.*from float64"),
    (lambda: structural_similarity(A, A, 4, 1), ValueError, "win_size=4 must be odd"),
    (lambda: structural_similarity(A, A, -3, 1), ValueError, "win_size=-3 must be odd"),
    (lambda: structural_similarity(A, A, 7.0, 1), TypeError, "win_size must be a whole number"),
    (lambda: structural_similarity(A, A, 9, 1), ValueError, r"9 pixels .* shape \(8, 8\)"),
    (lambda: structural_similarity(A, A, None, 1, True), ValueError, "a window of 11 pixels"),
    (lambda: structural_similarity(A, A, 1, 1), ValueError, "one pixel has no sample variance"),
    (lambda: structural_similarity(A, A, data_range=1, channel_axis=2), IndexError,
     r"channel_axis=2 does not exist in shape \(8, 8\)"),
    (lambda: structural_similarity(A, A, data_range=1, K1=-1), ValueError, "K1=-1 must be a num"),
    (lambda: global_structural_similarity(A, A, None), ValueError, "data_range=None must be"),
    (lambda: global_structural_similarity(A, A, 1, K2="x"), ValueError, "K2='x' must be a number"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
