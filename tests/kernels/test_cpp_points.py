"""kernels/cpp_points.py: the compiled loops over numbers, against the array code."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_arrays import LAYOUTS

import minicnn as mc
from minicnn.kernels import arrays, cpp, cpp_points

pytestmark = pytest.mark.skipif(cpp.missing() is not None, reason="the extension is not built")

if cpp.missing() is None:
    _ext = cpp_points._ext
RNG = np.random.default_rng
EPS = {"float32": 1.2e-7, "float64": 2.3e-16}
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-45, 3e38, -1.0]
dtypes = st.sampled_from(["float32", "float64"])
# From nothing to a few chunks: blocks of 512 and chunks of 16384 with every kind of rest.
lengths = st.one_of(st.integers(0, 70), st.integers(500, 1100), st.integers(16_300, 33_000))
seeds = st.integers(0, 2**32 - 1)


def numbers(shape, dtype, seed=0, special=True):
    """Normal numbers, some of them replaced by what is not."""
    rng = RNG(seed)
    x = rng.standard_normal(shape).astype(dtype)
    if special and x.size:
        at = rng.integers(0, x.size, max(1, x.size // 7))
        with np.errstate(over="ignore", under="ignore"):
            x.reshape(-1)[at] = rng.choice(np.array(SPECIAL), at.size).astype(dtype)
    return x


def same_bits(ours, theirs):
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    nan = np.isnan(theirs)
    np.testing.assert_array_equal(np.isnan(ours), nan)
    assert ours[~nan].tobytes() == theirs[~nan].tobytes()


def close(ours, theirs, ulps):
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=ulps * EPS[str(theirs.dtype)],
                               atol=ulps * EPS[str(theirs.dtype)])


# ReLU -----------------------------------------------------------------------------------


@given(lengths, dtypes, seeds)
def test_relu_and_its_gradient_are_numpys_bit_for_bit(n, dtype, seed):
    x, g = numbers(n, dtype, seed), numbers(n, dtype, seed + 1)
    y, mask = cpp_points.relu_with_mask(x)
    same_bits(y, arrays.relu(x))
    same_bits(cpp_points.relu(x), y)
    same_bits(cpp_points.relu_gradient(g, mask), arrays.relu_gradient(g, x > 0))
    assert mask.nbytes == -(-n // 512) * 64


# Sums -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of overflows
@given(lengths, dtypes, seeds)
def test_sums_copies_and_multiples_are_numpys_bit_for_bit(n, dtype, seed):
    a, b = numbers(n, dtype, seed), numbers(n, dtype, seed + 1)
    with np.errstate(invalid="ignore", over="ignore"):
        total, double = a + b, a * 2.5
    same_bits(_ext.add(a, b), total)
    same_bits(cpp_points.add(a, b), total)
    same_bits(_ext.scale(a, 2.5), double)
    same_bits(cpp_points.scale(a, 2.5), double)
    same_bits(_ext.copy(a), a)
    same_bits(cpp_points.copy(a), a)
    assert not np.shares_memory(_ext.copy(a), a)
    cpp_points.add_to(a, b)
    same_bits(a, total)


@given(st.integers(0, 300), st.integers(1, 300), dtypes, seeds)
def test_a_row_is_added_to_every_row(rows, columns, dtype, seed):
    a, b = numbers((rows, columns), dtype, seed, False), numbers(columns, dtype, seed + 1, False)
    same_bits(_ext.add(a, b), a + b)
    same_bits(cpp_points.add(a, b), a + b)


@pytest.mark.parametrize("a, b", [((70, 70), (70, 1)), ((70, 70), ()), ((1, 70), (70, 70)),
                                  ((2, 1, 5000), (3, 1)), ((5000,), (1,)), ((9, 5000), (1, 5000))])
def test_other_shapes_broadcast_as_ever(a, b):
    a, b = numbers(a, "float32", special=False), numbers(b, "float32", 1, False)
    same_bits(cpp_points.add(a, b), a + b)


@given(st.lists(st.integers(0, 40), min_size=0, max_size=4), st.data(), dtypes)
def test_sums_over_any_axes(shape, data, dtype):
    places = st.integers(0, len(shape) - 1) if shape else st.nothing()
    axes = tuple(sorted(data.draw(st.sets(places))))
    x = RNG(0).integers(-9, 10, shape).astype(dtype)  # so that every order gives the same sum
    for keepdims in (False, True):
        same_bits(np.asarray(cpp_points.sum(x, axes, keepdims)) + 0,
                  np.asarray(x.sum(axis=axes, keepdims=keepdims)) + 0)


@pytest.mark.parametrize("shape, axes", [
    ((3_000_000,), (0,)), ((64, 3, 129, 127), (0, 2, 3)), ((70_000, 33), (0,)),
    ((40, 70_001), (1,)),
])
def test_long_sums_are_as_good_as_numpys(shape, axes):
    x = RNG(0).random(shape, dtype="float32")  # all positive: rounding errors grow
    exact = x.sum(axis=axes, dtype="float64")
    np.testing.assert_allclose(cpp_points.sum(x, axes, False), exact, rtol=3e-6)
    assert np.isnan(cpp_points.sum(np.full(shape, np.nan, "float32"), axes, False)).all()


# Dropout --------------------------------------------------------------------------------


@given(lengths, dtypes, st.integers(0, 2**64 - 1), st.floats(0, 1))
def test_dropout_draws_what_the_array_code_draws(n, dtype, key, p):
    x = numbers(n, dtype, special=False)
    same_bits(cpp_points.dropout(x, key, p), arrays.dropout(x, key, p))


def test_dropout_of_everything_and_of_what_is_not_finite():
    x = np.array([1, -1, np.inf, np.nan], "float32")
    np.testing.assert_array_equal(cpp_points.dropout(x, 5, 1.0), [0, 0, np.nan, np.nan])


# Cross-entropy --------------------------------------------------------------------------


@given(st.integers(0, 9), st.integers(1, 150), st.lists(st.integers(0, 40), max_size=2), dtypes,
       seeds, st.sampled_from([1.0, 30.0, 1e4]))
def test_cross_entropy(N, C, pixels, dtype, seed, spread):
    rng = RNG(seed)
    x = (rng.standard_normal((N, C, *pixels)) * spread).astype(dtype)
    labels = rng.integers(-1, C, (N, *pixels))
    g = rng.standard_normal(labels.shape).astype(dtype)
    ours, saved = cpp_points.cross_entropy(x, labels, -1)
    theirs, reference = arrays.cross_entropy(x, labels, -1)
    close(ours, theirs, 40)
    for weights in (g, np.array(1.5, dtype)):
        close(cpp_points.cross_entropy_gradient(weights, x, labels, -1, saved),
              arrays.cross_entropy_gradient(weights, x, labels, -1, reference), 40)


@pytest.mark.parametrize("pixels", [(), (21,)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_that_are_not_finite(pixels, dtype):
    """−∞ is a probability of 0; NaN, ∞ and nothing but −∞ have none; an ignored label is 0."""
    rows = np.array([[0, -np.inf, 1], [0, np.inf, 1], [0, np.nan, 1], [-np.inf] * 3], dtype)
    x = np.repeat(rows[:, :, None], 21, 2) if pixels else rows
    for label in range(3):
        labels = np.full((4, *pixels), label)
        with np.errstate(invalid="ignore", divide="ignore"):
            theirs, reference = arrays.cross_entropy(x, labels, -1)
            gradient = arrays.cross_entropy_gradient(np.ones((), dtype), x, labels, -1, reference)
        ours, saved = cpp_points.cross_entropy(x, labels, -1)
        close(ours, theirs, 4)
        close(cpp_points.cross_entropy_gradient(np.ones((), dtype), x, labels, -1, saved),
              gradient, 4)
    ours, saved = cpp_points.cross_entropy(x, np.full((4, *pixels), -1), -1)
    gradient = cpp_points.cross_entropy_gradient(
        np.ones((), dtype), x, np.full((4, *pixels), -1), -1, saved)
    assert not ours.any() and not gradient.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_exponential_is_right_to_the_last_digits(dtype):
    """Two classes, one of score 0: the gradient by the other is 1 / (1 + e^x)."""
    x = np.linspace(-700 if dtype == "float64" else -86, 0, 4001).astype(dtype)
    scores = np.stack([np.zeros_like(x), x], 1)
    labels = np.zeros(len(x), np.int64)
    _, saved = cpp_points.cross_entropy(scores, labels, -1)
    got = cpp_points.cross_entropy_gradient(np.ones((), dtype), scores, labels, -1, saved)[:, 1]
    e = np.exp(x.astype(np.longdouble))
    np.testing.assert_allclose(got, (e / (1 + e)).astype(dtype), rtol=4 * EPS[dtype])


# Optimisers -----------------------------------------------------------------------------


@given(lengths, dtypes, seeds, st.sampled_from([0.0, 0.9]), st.sampled_from([0.0, 0.1]),
       st.booleans(), st.sampled_from([0.0, 0.3]))
def test_sgd(n, dtype, seed, momentum, weight_decay, nesterov, dampening):
    p, g, v = (numbers(n, dtype, seed + i, False) for i in range(3))
    mine, theirs = [(p.copy(), v.copy() if momentum else None) for _ in range(2)]
    before = g.copy()
    for kernel, (parameter, velocity) in ((cpp_points, mine), (arrays, theirs)):
        kernel.sgd(parameter, g, velocity, 0.1, momentum, dampening, weight_decay, nesterov)
    close(mine[0], theirs[0], 8)
    if momentum:
        close(mine[1], theirs[1], 8)
    same_bits(g, before)


@given(lengths, dtypes, seeds, st.sampled_from([0.0, 0.1]), st.booleans(), st.booleans(),
       st.integers(1, 2000))
def test_adam(n, dtype, seed, weight_decay, decoupled, amsgrad, step):
    p, g, first = (numbers(n, dtype, seed + i, False) for i in range(3))
    second = RNG(seed + 3).random(n).astype(dtype)
    largest = RNG(seed + 4).random(n).astype(dtype) if amsgrad else None
    mine, theirs = (
        [p.copy(), first.copy(), second.copy(), largest.copy() if amsgrad else None]
        for _ in range(2)
    )
    for kernel, (a, b, c, d) in ((cpp_points, mine), (arrays, theirs)):
        kernel.adam(a, g, b, c, d, step, 0.01, 0.9, 0.999, 1e-8, weight_decay, decoupled)
    for ours, reference in zip(mine[1:], theirs[1:], strict=True):
        if ours is not None:
            close(ours, reference, 8)
    # A step is lr·m̂ / √v̂, which may be large: its rounding counts.
    np.testing.assert_allclose(mine[0], theirs[0], rtol=0,
                               atol=16 * EPS[dtype] * max(1, float(abs(theirs[0]).max(initial=0))))


def test_what_cannot_be_changed_by_the_extension_is_changed_by_numpy():
    for make in (lambda: np.ones((6, 4), "float32")[:, ::2], lambda: np.ones((4, 6), "float32").T):
        p, g, v = make(), np.full(make().shape, 2, "float32"), make() * 0
        cpp_points.sgd(p, g, v, 0.5, 0.9, 0.0, 0.0, False)
        assert (p == 0).all() and (v == 2).all()
    p = np.ones(4, "float32")
    cpp_points.sgd(p, p, None, 0.25, 0.0, 0.0, 0.0, False)  # its own gradient
    assert (p == 0.75).all()


# All of them ----------------------------------------------------------------------------

CALLS = {
    "relu": lambda k, x, y: k.relu(x),
    "relu_gradient": lambda k, x, y: k.relu_gradient(y, k.relu_with_mask(x)[1]),
    "add": lambda k, x, y: k.add(x, y),
    "copy": lambda k, x, y: k.copy(x),
    "scale": lambda k, x, y: k.scale(x, 0.5),
    "sum": lambda k, x, y: k.sum(x, (0, 2), False),
    "dropout": lambda k, x, y: k.dropout(x, 7, 0.4),
    "cross_entropy": lambda k, x, y: k.cross_entropy(x, np.zeros((6, 3000), np.int64), -1)[0],
    "cross_entropy_gradient": lambda k, x, y: k.cross_entropy_gradient(
        np.ones((), x.dtype), x, np.zeros((6, 3000), np.int64), -1,
        k.cross_entropy(x, np.zeros((6, 3000), np.int64), -1)[1]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CALLS)
def test_any_layout_in_memory(name, layout):
    x, y = (RNG(i).standard_normal((6, 4, 3000)).astype("float32") for i in range(2))
    odd = [LAYOUTS[layout](a) for a in (x, y)]
    got, expected = CALLS[name](cpp_points, *odd), CALLS[name](arrays, x, y)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert got.dtype.newbyteorder("=") == np.float32
    assert got.flags.c_contiguous or name == "add"  # NumPy's sum lies as its operands do


def everything(seed=0):
    x, y = (RNG(seed + i).standard_normal((6, 4, 3000)).astype("float32") for i in range(2))
    results = [call(cpp_points, x, y).tobytes() for call in CALLS.values()]
    results.append(cpp_points.sum(x, (0, 1, 2), False).tobytes())
    results.append(cpp_points.sum(x, (0, 1), False).tobytes())
    p, v, w = x.copy(), y * 0, y * 0
    cpp_points.sgd(p, y, v, 0.1, 0.9, 0.0, 0.1, True)
    cpp_points.adam(p, y, v, w, None, 3, 0.1, 0.9, 0.99, 1e-8, 0.1, False)
    return [*results, p.tobytes(), v.tobytes(), w.tobytes()]


def test_any_number_of_threads_gives_the_same_bits():
    before = _ext.get_num_threads()
    try:
        _ext.set_num_threads(1)
        alone = everything()
        for threads in (2, 3, 8):
            _ext.set_num_threads(threads)
            assert everything() == alone
    finally:
        _ext.set_num_threads(before)


PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
import test_cpp_points as t
import numpy as np
for dtype in ("float32", "float64"):
    for n in (0, 1, 5, 511, 512, 513, 17000):
        x, g = t.numbers(n, dtype), t.numbers(n, dtype, 1)
        y, mask = t.cpp_points.relu_with_mask(x)
        t.same_bits(y, t.arrays.relu(x))
        t.same_bits(t.cpp_points.relu_gradient(g, mask), t.arrays.relu_gradient(g, x > 0))
        x = t.numbers(n, dtype, special=False)
        t.same_bits(t.cpp_points.dropout(x, 3, 0.3), t.arrays.dropout(x, 3, 0.3))
    t.test_cross_entropy.hypothesis.inner_test(5, 37, [19], dtype, 0, 1.0)
    t.test_cross_entropy.hypothesis.inner_test(5, 37, [], dtype, 0, 1.0)
    t.test_sgd.hypothesis.inner_test(17000, dtype, 0, 0.9, 0.1, True, 0.0)
    t.test_adam.hypothesis.inner_test(17000, dtype, 0, 0.1, False, True, 3)
    t.test_the_exponential_is_right_to_the_last_digits(dtype)
t.test_long_sums_are_as_good_as_numpys((64, 3, 129, 127), (0, 2, 3))
print(t._ext.build_info()["instruction_set"])
"""


@pytest.mark.parametrize("level", ["avx512", "avx2", "baseline"])
def test_every_instruction_set(level):
    here = os.path.dirname(__file__)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, here, os.path.dirname(here)],
        env={**os.environ, "MINICNN_ISA": level}, capture_output=True, text=True, timeout=120,
    )
    if "this machine can run" in done.stderr:
        pytest.skip(f"this machine has no {level}")
    assert done.stdout.split() == [level], done.stderr


def test_large_results_are_in_the_pool_and_others_are_not():
    x = np.ones(100_000, "float32")
    y = cpp_points.relu(x)
    assert cpp_points.in_pool(y) and not y.flags.owndata
    assert not cpp_points.in_pool(x) and not cpp_points.in_pool(y[1:])
    assert cpp_points.in_pool((mc.tensor(x) + mc.tensor(x)).data)


# What the extension refuses -------------------------------------------------------------

F, D, MASK = np.ones(6, "float32"), np.ones(6), np.zeros(64, "uint8")
X, LABELS, ROWS = np.ones((2, 3), "float32"), np.zeros(2, np.int64), np.ones((2, 2, 1), "float32")
FROZEN = np.ones(6, "float32")
FROZEN.flags.writeable = False
BOTH = np.ones(12, "float32")
SGD = (0.1, 0.9, 0.0, 0.0, False)
ADAM = (1, 0.1, 0.9, 0.9, 1e-8, 0.0, False)
G0 = np.ones((), "float32")


@pytest.mark.parametrize("name, arguments, error, words", [
    ("relu", ([1.0], False), TypeError, "x must be a numpy.ndarray"),
    ("relu", (F, 1), TypeError, "with_mask must be True or False"),
    ("relu", (np.ones(4, "float16"), False), TypeError, "float32 or float64"),
    ("relu", (np.ones((4, 4))[:, ::2], False), TypeError, "C-contiguous"),
    ("relu", (np.ones(4, ">f4"), False), TypeError, "native byte order"),
    ("relu_gradient", (F, MASK[:8]), ValueError, "64 bytes, got 8"),
    ("relu_gradient", (F, MASK.astype("int8")), TypeError, "uint8"),
    ("relu_gradient", (F, MASK[::-1]), TypeError, "C-contiguous"),
    ("relu_gradient", (F, None), TypeError, "mask must be a numpy.ndarray"),
    ("add", (F, D), TypeError, "same"),
    ("add", (F, F[:4]), ValueError, "shape of a"),
    ("add", (F[0:1], F.reshape(2, 3)), ValueError, "shape of a"),
    ("add_to", (F, F[:4]), ValueError, "same shape"),
    ("add_to", (FROZEN, F), ValueError, "read-only"),
    ("add_to", (BOTH[:6], BOTH[3:9]), ValueError, "shares memory"),
    ("scale", (F, "2"), TypeError, "k must be a number"),
    ("scale", (F, True), TypeError, "bool"),
    ("sum", (F, 0, 2), ValueError, "first <= last"),
    ("sum", (F, 1, 0), ValueError, "first <= last"),
    ("sum", (F, -1, 0), ValueError, "at least 0"),
    ("sum", (F, 0.0, 0), TypeError, "int"),
    ("dropout", (F, -1, 0, 1.0), ValueError, "2\\*\\*64"),
    ("dropout", (F, 2**64, 0, 1.0), ValueError, "2\\*\\*64"),
    ("dropout", (F, 1.5, 0, 1.0), TypeError, "key must be an int"),
    ("dropout", (F, 1, 2**32, 1.0), ValueError, "2\\*\\*32"),
    ("dropout", (F, 1, 2**80, 1.0), ValueError, "2\\*\\*32"),
    ("cross_entropy", (X, LABELS + 3, -1), IndexError, "label 3 is outside 0 to 2"),
    ("cross_entropy", (X, LABELS - 2, -1), IndexError, "label -2"),
    ("cross_entropy", (X, LABELS[:1], -1), ValueError, r"must have shape \(2,\)"),
    ("cross_entropy", (X, LABELS.astype("int32"), -1), TypeError, "int64"),
    ("cross_entropy", (F, LABELS, -1), ValueError, r"\(N, C, ...\)"),
    ("cross_entropy", (X, LABELS, 2**70), TypeError, "64 bits"),
    ("cross_entropy_gradient", (F, X, LABELS, -1, ROWS), ValueError, "g must be one number"),
    ("cross_entropy_gradient", (G0, X, LABELS, -1, ROWS[:1]), ValueError, "rows must be"),
    ("cross_entropy_gradient", (G0, X, LABELS, -1, ROWS.astype(float)), TypeError, "same"),
    ("sgd", (F.copy(), F[:3], None, *SGD), ValueError, "same shape"),
    ("sgd", (F.copy(), D, None, *SGD), TypeError, "same"),
    ("sgd", (FROZEN, F, None, *SGD), ValueError, "read-only"),
    ("sgd", (F, F, None, *SGD), ValueError, "shares memory"),
    ("sgd", (BOTH[:6], F, BOTH[1:7], *SGD), ValueError, "shares memory"),
    ("sgd", (F.copy(), F, None, None, 0.9, 0.0, 0.0, False), TypeError, "lr must be a number"),
    ("sgd", (F.copy(), F, None, 0.1, 0.9, 0.0, 0.0, 0), TypeError, "nesterov must be True"),
    ("adam", (F.copy(), F, F.copy(), BOTH[:6], BOTH[3:9], *ADAM), ValueError, "shares memory"),
    ("adam", (F.copy(), F, F.copy(), F[:2], None, *ADAM), ValueError, "same shape"),
    ("adam", (F.copy(), F, FROZEN, F.copy(), None, *ADAM), ValueError, "read-only"),
    ("adam", (F.copy(), F, F.copy(), F.copy(), None, 0, *ADAM[1:]), ValueError, "step"),
    ("in_pool", (None,), TypeError, "ndarray"),
])
def test_wrong_arguments_raise_and_change_nothing(name, arguments, error, words):
    before = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    with pytest.raises(error, match=words):
        getattr(_ext, name)(*arguments)
    for a, b in zip(arguments, before, strict=True):
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b)
