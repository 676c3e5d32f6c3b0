"""kernels/cpp_planes.py: the compiled loops over planes, against the array code."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_arrays import LAYOUTS

from minicnn.geometry import Geometry
from minicnn.kernels import arrays, cpp, cpp_planes

pytestmark = pytest.mark.skipif(cpp.missing() is not None, reason="the extension is not built")

RNG = np.random.default_rng
TOLERANCE = {"float32": 2e-6, "float64": 1e-14}
dtypes = st.sampled_from(["float32", "float64"])


def close(ours, theirs, summed=1):
    """Equal up to rounding; of so many numbers that were added up, each adds its share."""
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    scale = max(1.0, float(np.abs(theirs).max(initial=0))) * summed**0.5
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE[str(ours.dtype)] * scale)


def whole_numbers(shape, dtype, seed=0, high=5):
    return RNG(seed).integers(-high, high + 1, shape).astype(dtype)


@st.composite
def poolings(draw, longest=40):
    """A geometry of any rank, with rows from less than a vector to a few."""
    axes = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation = each(1, 5), each(1, 4), each(1, 3)
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = [draw(st.integers(1, 7)) for _ in range(axes - 1)] + [draw(st.integers(1, longest))]
    size = tuple(
        max(n, d * (k - 1) + 1 - 2 * p)
        for n, d, k, p in zip(size, dilation, kernel, padding, strict=True)
    )
    ceil_mode = draw(st.booleans())
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 3)), *size)
    return Geometry.pool(shape, kernel, stride, padding, dilation, ceil_mode, axes=axes), shape


@st.composite
def blocks(draw):
    """Windows side by side, with what is left over at the end of an axis."""
    axes = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 4)) for _ in range(axes)]
    places = [draw(st.integers(1, 3)) for _ in range(axes - 1)] + [draw(st.integers(1, 40))]
    size = [k * n + draw(st.integers(0, k - 1)) for k, n in zip(kernel, places, strict=True)]
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 3)), *size)
    return Geometry.pool(shape, tuple(kernel), axes=axes), shape


# Max pooling


@given(st.one_of(poolings(), blocks()), dtypes, st.sampled_from([1, 3, 1000]))
def test_max_pooling_is_the_array_codes_bit_for_bit(drawn, dtype, high):
    """Few values make many ties; the winners must be the very same taps."""
    geometry, shape = drawn
    x = whole_numbers(shape, dtype, high=high)
    y, winner = cpp_planes.max_pool(x, geometry)
    expected, taps = arrays.max_pool(x, geometry)
    assert (y.dtype, winner.dtype) == (x.dtype, taps.dtype)
    np.testing.assert_array_equal(y, expected)
    seen = np.isfinite(y)  # a dilated window may see no pixel at all: then nothing won
    np.testing.assert_array_equal(winner[seen], taps[seen])
    g = whole_numbers(y.shape, dtype, seed=1)
    put = cpp_planes.max_pool_put(g, winner, geometry)
    np.testing.assert_array_equal(put, arrays.max_pool_put(g, taps, geometry))
    z = whole_numbers(shape, dtype, seed=2)
    taken = cpp_planes.max_pool_take(z, winner, geometry)
    np.testing.assert_array_equal(taken, arrays.max_pool_take(z, taps, geometry))


@given(st.one_of(poolings(), blocks()), dtypes, st.integers(0, 2**32))
def test_not_a_number_and_infinities(drawn, dtype, seed):
    geometry, shape = drawn
    x = RNG(seed).choice(np.array([0, 1, np.nan, np.inf, -np.inf, -np.inf], dtype), shape)
    y, winner = cpp_planes.max_pool(x, geometry)
    expected, taps = arrays.max_pool(x, geometry)
    np.testing.assert_array_equal(y, expected)
    g = whole_numbers(y.shape, dtype)
    np.testing.assert_array_equal(
        cpp_planes.max_pool_put(g, winner, geometry), arrays.max_pool_put(g, taps, geometry)
    )


@pytest.mark.parametrize("kernel, dtype", [
    ((15, 17), "uint8"), ((16, 16), "uint16"), ((257, 256), "uint32"),
])
def test_the_winner_is_no_larger_than_its_window_needs(kernel, dtype):
    geometry = Geometry.pool((1, 2, 260, 261), kernel, 2, 1)
    x = RNG(0).permutation(2 * 260 * 261).reshape(1, 2, 260, 261).astype("float64")
    y, winner = cpp_planes.max_pool(x, geometry)
    assert winner.dtype == dtype
    places = np.array(np.unravel_index(winner, kernel))
    i = np.stack(np.indices(geometry.output)) * 2 - 1
    for c in range(2):
        rows, columns = places[:, 0, c] + i
        np.testing.assert_array_equal(x[0, c][rows, columns], y[0, c])
        expected = np.zeros((260, 261))
        np.add.at(expected, (rows, columns), y[0, c])
        put = cpp_planes.max_pool_put(y, winner, geometry)
        np.testing.assert_array_equal(put[0, c], expected)
    np.testing.assert_array_equal(cpp_planes.max_pool_take(x, winner, geometry), y)


def test_a_winner_that_is_no_tap_of_its_window_is_passed_over():
    """Whatever a winner array holds, nothing outside the image is touched."""
    for arguments in ((2,), (3, 2, 1), (3, 1, 1), (2, 1, 1, 3)):
        geometry = Geometry.pool((1, 1, 6, 21), *arguments)
        g = np.ones((1, 1, *geometry.output))
        winner = np.full(g.shape, 250, np.uint8)
        assert not cpp_planes.max_pool_put(g, winner, geometry).any()
        x = np.ones((1, 1, 6, 21))
        assert not cpp_planes.max_pool_take(x, winner, geometry).any()


# Sum pooling


@given(st.one_of(poolings(), blocks()), dtypes, st.booleans())
def test_sum_pooling_and_its_adjoint(drawn, dtype, every_place):
    """Whole numbers, so that sums are exact in every order."""
    geometry, shape = drawn
    x = whole_numbers(shape, dtype)
    share = whole_numbers(geometry.output, dtype, seed=3) if every_place else 0.5
    y = cpp_planes.sum_pool(x, geometry, share)
    expected = arrays.sum_pool(x, geometry, share)
    assert y.dtype == expected.dtype
    np.testing.assert_array_equal(y, expected)
    g = whole_numbers(y.shape, dtype, seed=1)
    spread = cpp_planes.spread_pool(g, geometry, share)
    np.testing.assert_array_equal(spread, arrays.spread_pool(g, geometry, share))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [(1, 1), (7, 7), (3, 50), (60, 61), (1, 5000)])
def test_one_window_over_the_whole_plane(dtype, size):
    geometry = Geometry.pool((3, 5, *size), size)
    x = RNG(0).standard_normal((3, 5, *size)).astype(dtype)
    y = cpp_planes.sum_pool(x, geometry, 0.125)
    close(y, (x.astype("float64").sum((2, 3), keepdims=True) / 8).astype(dtype))
    spread = cpp_planes.spread_pool(y, geometry, 0.25)
    np.testing.assert_array_equal(spread, np.broadcast_to(y / 4, x.shape))


# Batch norm


@st.composite
def batches(draw):
    pixels = draw(st.sampled_from(
        [(), (1,), (3,), (7, 7), (16, 16), (5, 51), (2, 3, 4), (33, 32), (1, 2500)]))
    return (draw(st.integers(1, 5)), draw(st.integers(1, 70 if pixels == () else 4)), *pixels)


@given(batches(), dtypes, st.sampled_from([0.0, 3.0, 100.0]), st.integers(0, 2**32))
def test_batch_norm_and_its_gradient(shape, dtype, shift, seed):
    rng = RNG(seed)
    C = shape[1]
    x = (rng.standard_normal(shape) + shift).astype(dtype)
    g = rng.standard_normal(shape).astype(dtype)
    weight, bias = (rng.standard_normal(C).astype(dtype) for _ in range(2))
    eps = 0.1  # so that a channel of one or two numbers has no steep slope
    y, mean, var, inverse = cpp_planes.batch_norm_train(x, weight, bias, eps)
    wide = [a.astype("float64") for a in (x, weight, bias)]
    exact = arrays.batch_norm_train(*wide, eps)
    for ours, theirs in zip((y, mean, var, inverse), exact, strict=True):
        assert ours.dtype == dtype
        error = np.abs(ours - theirs).max(initial=0)
        assert error <= TOLERANCE[dtype] * (10 + shift) * max(1, np.abs(theirs).max(initial=0))
    # the same mean and inverse from here on: what is compared is the gradient
    arguments = [a.astype("float64") for a in (g, x, mean, inverse, weight)]
    gradients = cpp_planes.batch_norm_gradient(g, x, mean, inverse, weight)
    expected = arrays.batch_norm_gradient(*arguments)
    for ours, theirs in zip(gradients, expected, strict=True):
        close(ours, theirs.astype(dtype), x.size // C)
    sums = cpp_planes.batch_norm_sums(g, x, mean, inverse)
    for a, b in zip(sums, gradients[1:], strict=True):
        np.testing.assert_array_equal(a, b)
    y = cpp_planes.batch_norm(x, mean, weight, bias)
    close(y, arrays.batch_norm(x, mean, weight, bias))
    close(cpp_planes.batch_norm(x, None, weight, None), arrays.batch_norm(x, None, weight, None))


@given(batches(), dtypes, st.sampled_from([1e-5, 0.5]), st.integers(0, 2**32))
def test_batch_norm_with_given_statistics(shape, dtype, eps, seed):
    rng = RNG(seed)
    x, mean = rng.standard_normal(shape).astype(dtype), rng.standard_normal(shape[1]).astype(dtype)
    var, weight, bias = (rng.random((3, shape[1])) + 0.1).astype(dtype)
    y = cpp_planes.batch_norm_fixed(x, mean, var, weight, bias, eps)
    close(y, arrays.batch_norm_fixed(x, mean, var, weight, bias, eps))
    assert y.dtype == dtype
    # statistics of another dtype, and what does not lie side by side in memory
    wide, apart = mean.astype("float64"), np.repeat(var, 2)[::2]
    np.testing.assert_array_equal(
        cpp_planes.batch_norm_fixed(np.asfortranarray(x), wide, apart, weight, bias, eps), y
    )


@pytest.mark.parametrize("shape", [(64, 3, 32, 32), (4000, 20), (1000, 2, 7, 7), (2, 2, 300, 301)])
@pytest.mark.parametrize("mean, deviation", [(0, 1), (100, 1), (-3, 1e-3), (1e4, 1)])
def test_statistics_in_float32_are_as_good_as_pytorchs(shape, mean, deviation):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    C = shape[1]
    x = (RNG(0).standard_normal(shape) * deviation + mean).astype("float32")
    axes = (0, *range(2, x.ndim))
    exact_mean, exact_var = x.mean(axes, dtype="float64"), x.astype("float64").var(axes)
    ones, zeros = np.ones(C, "float32"), np.zeros(C, "float32")
    _, ours_mean, ours_var, _ = cpp_planes.batch_norm_train(x, ones, zeros, 1e-5)
    theirs = torch.zeros(C), torch.zeros(C)
    torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True, momentum=1.0)
    n = x.size // C
    for ours, their, exact, scale in (
        (ours_mean, theirs[0].numpy(), exact_mean, np.abs(exact_mean) + exact_var**0.5),
        (ours_var, theirs[1].numpy() * np.float64((n - 1) / n), exact_var, exact_var),
    ):
        error, usual = (np.abs(found - exact) / scale for found in (ours, their))
        assert error.max() <= max(1e-6, 2 * usual.max())


def test_a_first_image_unlike_the_others_costs_no_digits():
    """The centre comes from the first pixels: it must not matter that they are far off."""
    for shape in ((64, 2, 32, 32), (500, 3)):
        x = RNG(0).standard_normal(shape).astype("float32")
        x[0] += 1000
        ones, zeros = np.ones(shape[1], "float32"), np.zeros(shape[1], "float32")
        _, mean, var, _ = cpp_planes.batch_norm_train(x, ones, zeros, 1e-5)
        axes = (0, *range(2, x.ndim))
        np.testing.assert_allclose(mean, x.mean(axes, dtype="float64"), rtol=1e-6)
        np.testing.assert_allclose(var, x.astype("float64").var(axes), rtol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shape", [(4, 3, 20, 20), (4, 3, 2), (4, 3)])
@pytest.mark.parametrize("place", [0, -1])
def test_what_is_not_finite_stays_in_its_channel(value, shape, place):
    x = RNG(0).standard_normal(shape)
    expected = arrays.batch_norm_train(x, np.ones(3), np.zeros(3), 1e-5)
    x[:, 1].reshape(4, -1)[place, place] = value
    x = np.ascontiguousarray(x)
    y, mean, var, inverse = cpp_planes.batch_norm_train(x, np.ones(3), np.zeros(3), 1e-5)
    assert np.isnan(y[:, 1]).all() and np.isnan(var[1]) and not np.isfinite(mean[1])
    for c in (0, 2):
        np.testing.assert_allclose(y[:, c], expected[0][:, c], rtol=1e-12, atol=1e-12)
    assert inverse.shape == (3,)


def test_no_images_and_no_channels():
    nothing = np.zeros((0, 3, 4, 4))
    assert cpp_planes.batch_norm(nothing, None, np.ones(3), None).shape == nothing.shape
    gw, gb = cpp_planes.batch_norm_sums(nothing, nothing, np.zeros(3), np.ones(3))
    assert not gw.any() and not gb.any()
    none = np.zeros(0)
    assert cpp_planes.batch_norm_train(np.zeros((4, 0)), none, none, 1e-5)[0].shape == (4, 0)


# Joining and cutting


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.integers(0, 2), st.integers(1, 3),
       st.sampled_from([1, 3, 500, 40_000]), dtypes)
def test_concatenate_and_split(sizes, axis, other, inner, dtype):
    shape = [other, other, inner]
    parts = []
    for n in sizes:
        shape[axis] = n
        parts.append(whole_numbers(shape, dtype, seed=n))
    joined = cpp_planes.concatenate(parts, axis)
    np.testing.assert_array_equal(joined, np.concatenate(parts, axis))
    assert joined.dtype == dtype
    for part, again in zip(parts, cpp_planes.split(joined, sizes, axis), strict=True):
        np.testing.assert_array_equal(again, part)
        assert not np.shares_memory(again, joined)


@pytest.mark.parametrize("shape", [(2000, 3, 30), (1, 3, 100_001), (9000, 2)])
def test_many_short_rows_and_few_long_ones(shape):
    """Rows that share a task, and rows that are cut into several."""
    x, z = whole_numbers(shape, "float32", high=10**6), whole_numbers(shape, "float32", 1, 10**6)
    joined = cpp_planes.concatenate((x, z), 1)
    np.testing.assert_array_equal(joined, np.concatenate((x, z), 1))
    for part, again in zip((x, z), cpp_planes.split(joined, [shape[1]] * 2, 1), strict=True):
        np.testing.assert_array_equal(again, part)


# Whatever the threads, whatever the memory


def every_primitive(x, g, weight):
    """Bytes of all results on images of this shape."""
    found = []
    for arguments in ((2,), (3, 2, 1), (3, 1, 1), (5, 3, 2)):
        geometry = Geometry.pool(x.shape, *arguments)
        y, winner = cpp_planes.max_pool(x, geometry)
        found += [y, winner, cpp_planes.max_pool_put(y, winner, geometry),
                  cpp_planes.max_pool_take(g, winner, geometry),
                  cpp_planes.sum_pool(x, geometry, 0.3), cpp_planes.spread_pool(y, geometry, 0.3)]
    trained = cpp_planes.batch_norm_train(x, weight, weight, 1e-5)
    found += [*trained, cpp_planes.batch_norm(x, None, weight, None),
              *cpp_planes.batch_norm_gradient(g, x, trained[1], trained[3], weight)]
    joined = cpp_planes.concatenate((x, g), 1)
    found += [joined, *cpp_planes.split(joined, (x.shape[1], g.shape[1]), 1)]
    return [a.tobytes() for a in found]


@pytest.mark.parametrize("shape", [(16, 8, 30, 31), (8, 70, 7, 7)])
def test_any_number_of_threads_gives_the_same_bits(shape):
    x, g = (RNG(n).standard_normal(shape).astype("float32") for n in range(2))
    weight = RNG(2).standard_normal(shape[1]).astype("float32")
    before = cpp._ext.get_num_threads()
    try:
        cpp._ext.set_num_threads(1)
        alone = every_primitive(x, g, weight)
        for threads in (2, 5):
            cpp._ext.set_num_threads(threads)
            assert every_primitive(x, g, weight) == alone
    finally:
        cpp._ext.set_num_threads(before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(layout):
    x, g = (whole_numbers((2, 3, 8, 9), "float32", seed=n) for n in range(2))
    weight = whole_numbers(3, "float32", seed=2)
    odd = [LAYOUTS[layout](a) for a in (x, g, weight)]
    before = [a.tobytes() for a in odd]
    assert every_primitive(*odd) == every_primitive(x, g, weight)
    assert [a.tobytes() for a in odd] == before


# The extension, called directly with what is wrong


X, POOL = np.ones((1, 2, 6, 6)), ((2, 2), (3, 3), (2, 2), (0, 0), (1, 1))
G, W = np.ones((1, 2, 3, 3)), np.zeros((1, 2, 3, 3), np.uint8)
BACK = ((6, 6), (2, 2), (2, 2), (0, 0), (1, 1))
V = np.ones(2)
WRONG = {
    "a list": ("max_pool", ([1.0], *POOL), TypeError, "x must be a numpy.ndarray"),
    "integers": ("max_pool", (X.astype(int), *POOL), TypeError, "float32 or float64"),
    "a view": ("max_pool", (X[..., ::2], *POOL), TypeError, "C-contiguous"),
    "rank": ("max_pool", (X[0], *POOL), ValueError, "4 axes"),
    "no axes": ("max_pool", (X, (), *POOL[1:]), ValueError, "1 to 3"),
    "a float": ("max_pool", (X, (2, 2.0), *POOL[1:]), TypeError, r"kernel\[1\] must be an int"),
    "a bool": ("max_pool", (X, (2, True), *POOL[1:]), TypeError, r"kernel\[1\] must be an int"),
    "too few": ("max_pool", (X, (2, 2), (3,), *POOL[2:]), ValueError, "output must have 2"),
    "no list": ("max_pool", (X, (2, 2), [3, 3], *POOL[2:]), TypeError, "output must be a tuple"),
    "zero": ("max_pool", (X, (2, 0), *POOL[1:]), ValueError, "at least 1"),
    "negative": ("max_pool", (X, *POOL[:3], (0, -1), (1, 1)), ValueError, "at least 0"),
    "huge": ("max_pool", (X, (2, 2**70), *POOL[1:]), ValueError, "below"),
    "many taps": ("max_pool", (X, (2**20, 2**20), *POOL[1:]), ValueError, r"2\*\*31 taps"),
    "large": ("sum_pool", (X, 1.0, (2, 2), (2**30, 2**30), *POOL[2:]), ValueError, "too large"),
    "winner's dtype": ("max_pool_put", (G, W.astype(int), *BACK), TypeError, "uint8, got"),
    "winner's shape": ("max_pool_put", (G, W[..., :2].copy(), *BACK), ValueError, "winner must"),
    "winner's kind": ("max_pool_put", (G, None, *BACK), TypeError, "winner must be a numpy"),
    "winner's layout": ("max_pool_take", (X, W.T, *POOL), TypeError, "C-contiguous"),
    "share": ("sum_pool", (X, None, *POOL), TypeError, "share must be a float or"),
    "share's shape": ("sum_pool", (X, V, *POOL), ValueError, r"share must .*\(3, 3\), got \(2,\)"),
    "share's dtype": ("spread_pool", (G, np.ones((3, 3), "f"), *BACK), TypeError, "share is float"),
    "a matrix": ("batch_norm", (V, None, V, None), ValueError, r"\(N, C, ...\)"),
    "scale": ("batch_norm", (X, None, np.ones(3), None), ValueError, "scale must have one number"),
    "dtypes": ("batch_norm", (X, V.astype("f"), V, None), TypeError, "mean is float32 but x is"),
    "no values": ("batch_norm_train", (X[:0], V, V, 1.0), ValueError, "values to take the mean"),
    "g's shape": ("batch_norm_sums", (G, X, V, V), ValueError, "g must have the shape of x"),
    "g's dtype": ("batch_norm_gradient", (X.astype("f"), X, V, V, V), TypeError, "g is float32"),
    "nothing": ("concatenate", ((), 0), TypeError, "one or more arrays"),
    "no tuple": ("concatenate", (X, 0), TypeError, "tuple"),
    "axis": ("concatenate", ((X, X), 4), ValueError, "axis 4 does not exist"),
    "negative axis": ("concatenate", ((X, X), -1), ValueError, "axis must be at least 0"),
    "shapes": ("concatenate", ((X, G), 1), ValueError, "all sizes but that of axis 1"),
    "ranks": ("concatenate", ((X, V), 0), ValueError, "must agree"),
    "two dtypes": ("concatenate", ((X, X.astype("f")), 1), TypeError, "an array is float32"),
    "sizes": ("split", (X, (1, 2), 1), ValueError, r"add up to axis 1 .*got \(1, 2\)"),
    "negative sizes": ("split", (X, (3, -1), 1), ValueError, "at least 0"),
    "sizes' kind": ("split", (X, [1, 1], 1), TypeError, "sizes must be a tuple"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_raise(name):
    function, arguments, error, words = WRONG[name]
    with pytest.raises(error, match=words):
        getattr(cpp._ext, function)(*arguments)


def test_any_window_that_is_asked_for_directly_is_computed():
    """Outputs and paddings that no Geometry would give: windows that see nothing are −∞ and 0."""
    settings = ((2, 2), (1, 1), (50, 0), (1, 1))
    y, winner = cpp._ext.max_pool(X, settings[0], (3, 4), *settings[1:])
    assert (y == -np.inf).all() and not cpp._ext.max_pool_put(
        y, winner, (6, 6), *settings).any()
    assert not cpp._ext.sum_pool(X, 1.0, settings[0], (3, 4), *settings[1:]).any()
    assert not cpp._ext.spread_pool(np.ones((1, 2, 3, 4)), 1.0, (6, 6), *settings).any()
