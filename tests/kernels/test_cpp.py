"""kernels/cpp.py: what it hands to the extension. (Its sums are held by test_convolution.py.)"""

import importlib
import types

import numpy as np
import pytest

import minicnn as mc
from minicnn import kernels
from minicnn.geometry import Geometry
from minicnn.kernels import cpp, direct, im2col

built = pytest.mark.skipif(cpp.missing() is not None, reason="the C++ extension is not built")


def test_only_numpy_arrays_are_served():
    assert cpp.refuses(np.ones(1)) is None
    assert "CPU" in cpp.refuses(object())


@built
def test_asymmetric_padding_is_given_by_what_is_before():
    geometry = Geometry.conv((1, 1, 5), (1, 1, 2), padding=((3, 1),), axes=1)
    x, w = np.arange(1.0, 6).reshape(1, 1, 5), np.array([[[10.0, 1]]])
    np.testing.assert_array_equal(
        cpp.forward(x, w, geometry), [[[0, 0, 1, 12, 23, 34, 45, 50]]]
    )


@built
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_bits(threads):
    before = cpp._ext.get_num_threads()
    geometry = Geometry.conv((3, 8, 20, 21), (10, 4, 3, 3), 1, 1, 1, 2)
    rng = np.random.default_rng(0)
    x, w, g = (rng.standard_normal(s) for s in ((3, 8, 20, 21), (10, 4, 3, 3), (3, 10, 20, 21)))

    def bits():
        return [cpp.forward(x, w, geometry).tobytes(), cpp.input_gradient(g, w, geometry).tobytes(),
                cpp.weight_gradient(x, g, geometry).tobytes()]

    try:
        cpp._ext.set_num_threads(1)
        alone = bits()
        cpp._ext.set_num_threads(threads)
        assert bits() == alone
    finally:
        cpp._ext.set_num_threads(before)


@built
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_a_larger_convolution_is_exact_too(groups):
    """Rows long enough for the compiler's vector loops and their remainders."""
    geometry = Geometry.conv((1, 4, 6, 45), (8, 4 // groups, 3, 5), (1, 2), 1, (2, 1), groups)
    rng = np.random.default_rng(0)
    shapes = (1, 4, 6, 45), (8, 4 // groups, 3, 5), (1, 8, *geometry.output)
    x, w, g = (rng.integers(-3, 4, shape).astype(float) for shape in shapes)
    for name, arguments in (("forward", (x, w, geometry)), ("input_gradient", (g, w, geometry)),
                            ("weight_gradient", (x, g, geometry))):
        expected = getattr(direct, name)(*arguments)
        np.testing.assert_array_equal(getattr(cpp, name)(*arguments), expected)


@built
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_rows_of_every_length_modulo_the_vector_width(stride):
    rng = np.random.default_rng(0)
    for places in range(1, 20):
        size = (places - 1) * stride + 3
        geometry = Geometry.conv((2, 2, 2, size), (2, 2, 1, 3), (1, stride))
        shapes = (2, 2, 2, size), (2, 2, 1, 3), (2, 2, 2, places)
        x, w, g = (rng.integers(1, 9, shape).astype(float) for shape in shapes)
        for name, arguments in (("forward", (x, w, geometry)), ("input_gradient", (g, w, geometry)),
                                ("weight_gradient", (x, g, geometry))):
            expected = getattr(direct, name)(*arguments)
            np.testing.assert_array_equal(getattr(cpp, name)(*arguments), expected)


# N, C, O, size, kernel, stride, padding: with 16 channels and more the lanes of a vector are
# channels. The first five are Winograd's: small and large filters, few tiles, many, and so many
# that they are transformed in two goes. One image against many filters goes panel by panel; of a
# strided convolution with one tap the pixels that it reads are taken out first. Of many small
# images with few channels the lanes are images. Short rows: with 16 registers one tile has pixels
# of three.
LARGER = {
    "parts": (12, 16, 20, (40, 41), (3, 3), 1, 1),
    "no padding": (2, 20, 33, (14, 13), (3, 3), 1, 0),
    "full padding": (2, 33, 18, (11, 10), (3, 3), 1, 2),
    "panels": (2, 250, 240, (6, 7), (3, 3), 1, 1),
    "blocks": (6, 86, 86, (56, 56), (3, 3), 1, 1),
    "uneven blocks": (1, 300, 33, (5, 19), (3, 3), 1, 1),
    "blocks and bands": (2, 200, 130, (26, 27), (3, 3), 1, 1),
    "stride": (10, 18, 35, (15, 16), (3, 3), 2, 1),
    "short rows": (2, 17, 33, (9, 2), (3, 3), 1, 1),
    "short rows, three axes": (2, 17, 33, (4, 9, 2), (2, 3, 3), 1, 1),
    "short rows, stride": (2, 17, 33, (19, 7), (3, 3), 2, 0),
    "short rows, stride down": (2, 33, 17, (9, 7), (3, 3), (2, 1), 1),
    "short rows, stride across": (2, 33, 17, (9, 7), (3, 3), (1, 2), 1),
    "one axis": (2, 17, 40, (50,), (4,), 3, 2),
    "one tap": (3, 40, 70, (14, 14), (1, 1), 1, 0),
    "one image": (1, 130, 140, (7, 9), (3, 3), 1, 1),
    "one image, stride": (1, 130, 140, (9, 12), (3, 3), 2, 1),
    "one image, one tap": (1, 100, 70, (7, 7), (1, 1), 1, 0),
    "strided tap": (2, 20, 33, (15, 11), (1, 1), 2, 0),
    "strided tap, short rows": (2, 17, 20, (4, 3, 5), (1, 1, 1), (1, 3, 2), 0),
    "strided tap, three axes": (2, 17, 20, (5, 4, 7), (1, 1, 1), (2, 1, 3), 0),
    "short sums": (2, 3, 40, (6, 48), (3, 3), 1, 1),
    "one tap, some of the rows": (2, 100, 6, (33, 31), (1, 1), 1, 0),
    "images side by side": (33, 3, 8, (10, 12), (5, 5), 1, 0),
    "images side by side, padding": (33, 8, 3, (9, 10), (5, 5), 1, 4),
    "images side by side, three axes": (17, 4, 8, (3, 5, 6), (2, 3, 3), 1, 1),
    "few channels, long rows": (2, 20, 3, (5, 70), (3, 3), 1, 1),
}


@built
@pytest.mark.parametrize("groups", [1, 2])
def test_images_side_by_side_in_groups(groups):
    shapes = (18, 8, 7, 6), (8, 8 // groups, 3, 3), (18, 8, 7, 6)
    geometry = Geometry.conv(*shapes[:2], padding=1, groups=groups)
    rng = np.random.default_rng(0)
    x, w, g = (rng.integers(-4, 5, shape).astype("f4") for shape in shapes)
    np.testing.assert_array_equal(cpp.forward(x, w, geometry), direct.forward(x, w, geometry))
    np.testing.assert_array_equal(
        cpp.input_gradient(g, w, geometry), direct.input_gradient(g, w, geometry)
    )


@built
@pytest.mark.parametrize("size", [5, 6, 7])
def test_a_strided_tap_with_padding_behind(size):
    """The last result reads nothing but padding."""
    geometry = Geometry.conv((1, 2, size), (3, 2, 1), 2, padding=((0, 4),), axes=1)
    rng = np.random.default_rng(0)
    x, w = (rng.integers(1, 9, shape).astype(float) for shape in ((1, 2, size), (3, 2, 1)))
    expected = direct.forward(x, w, geometry)
    assert (expected[..., -1] == 0).all()
    np.testing.assert_array_equal(cpp.forward(x, w, geometry), expected)


@built
def test_weight_gradient_in_groups_of_many_channels():
    """Several blocks of channels in a group. Small integers: exactly im2col's."""
    geometry = Geometry.conv((2, 400, 5, 6), (300, 200, 3, 3), padding=1, groups=2)
    rng = np.random.default_rng(0)
    x, g = (rng.integers(-3, 4, shape).astype("f4") for shape in ((2, 400, 5, 6), (2, 300, 5, 6)))
    np.testing.assert_array_equal(cpp.weight_gradient(x, g, geometry),
                                  im2col.weight_gradient(x, g, geometry))


@built
@pytest.mark.parametrize("algorithm", ["winograd", "direct"])
@pytest.mark.parametrize("name", LARGER)
def test_many_channels(name, algorithm):
    """In float32, against the same sums in float64 by another kernel."""
    N, C, O, size, kernel, stride, padding = LARGER[name]
    geometry = Geometry.conv((N, C, *size), (O, C, *kernel), stride, padding, axes=len(size))
    rng = np.random.default_rng(0)
    shapes = (N, C, *size), (O, C, *kernel), (N, O, *geometry.output), O, C
    x, w, g, b, c = (rng.standard_normal(shape).astype("f4") for shape in shapes)
    for function, arguments in (("forward", (x, w, geometry, b)),
                                ("input_gradient", (g, w, geometry, c)),
                                ("weight_gradient", (x, g, geometry))):
        exact = [a.astype(float) if isinstance(a, np.ndarray) else a for a in arguments]
        expected = getattr(im2col, function)(*exact)
        y = getattr(cpp, function)(*arguments, algorithm=algorithm)
        assert np.linalg.norm(y - expected) < 1e-5 * np.linalg.norm(expected), function


@built
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("I, K, J", [(1, 70, 5), (3, 67, 7), (8, 600, 100), (9, 5, 3),
                                     (33, 800, 45), (70, 33, 70)])
def test_products_of_matrices(I, K, J, dtype):  # noqa: E741
    """Small integers, by rows and by columns, in panels and in dot products."""
    rng = np.random.default_rng(0)
    a, b, bias = (rng.integers(-3, 4, shape).astype(dtype) for shape in ((I, K), (K, J), J))
    for left in (a, np.asfortranarray(a)):
        for right in (b, np.asfortranarray(b)):
            np.testing.assert_array_equal(cpp._ext.matmul(left, right, bias), a @ b + bias)
            np.testing.assert_array_equal(cpp._ext.matmul(left, right), a @ b)


# Where the extension was not built.


@pytest.mark.parametrize("error, words", [
    (ModuleNotFoundError("No module named 'minicnn._ext'"),
     ["was not built", "C++ compiler", "MINICNN_REQUIRE_EXT=1 python -m pip install"]),
    (ImportError("undefined symbol: x"), ["cannot be loaded", "undefined symbol: x"]),
])
def test_a_missing_extension_says_why_and_what_to_do(monkeypatch, error, words):
    def fail(name):
        raise error

    stand_in = types.SimpleNamespace(import_module=fail)
    monkeypatch.setattr(cpp, "importlib", stand_in)
    extension, why = cpp._load()
    assert extension is None
    for word in words:
        assert word in why
    assert importlib.import_module is not fail  # only what cpp.py sees was replaced


def test_without_the_extension_everything_else_works(monkeypatch):
    monkeypatch.setattr(cpp, "_why_missing", "not built: install a compiler")
    x = mc.Tensor(np.ones((1, 1, 3, 3)))
    assert mc.functional.conv2d(x, x).item() == 9
    assert kernels.available()["cpp"] == "not built: install a compiler"
    with pytest.raises(RuntimeError, match="not built: install a compiler.*'direct', 'sparse', "
                                           "'im2col'"):
        mc.functional.conv2d(x, x, kernel="cpp")
