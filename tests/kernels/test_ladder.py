"""The ladder: every step computes the same convolution, and refuses what it cannot compute."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minicnn.geometry import Geometry
from minicnn.kernels import cpp, direct, im2col, ladder

needs_extension = pytest.mark.skipif(
    cpp.missing() is not None, reason="the C++ extension is not built"
)
STEPS = ["naive", "loop-order", "vectors", "tile", "band", "threads", "winograd"]
WITH_GRADIENTS = [name for name in STEPS if name not in ("vectors", "tile")]
DRAWS = dict(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True,
             max_examples=60 if os.environ.get("CI") else 15)
TOLERANCE = {"float32": 1e-5, "float64": 1e-13}

each_step = pytest.mark.parametrize("name", STEPS)
each_dtype = pytest.mark.parametrize("dtype", list(TOLERANCE))


@st.composite
def problems(draw, most_channels):
    """x's shape, w's shape, stride and padding, the same on both sides."""
    kernel = draw(st.tuples(*[st.integers(1, 4)] * 2))
    padding = draw(st.tuples(*[st.integers(0, 3)] * 2))
    size = tuple(
        draw(st.integers(max(1, k - 2 * p), 34)) for k, p in zip(kernel, padding, strict=True)
    )
    N, C, O = (draw(st.integers(1, most)) for most in (3, most_channels, most_channels))
    stride = draw(st.tuples(*[st.integers(1, 3)] * 2))
    return (N, C, *size), (O, C, *kernel), stride, padding


def drawn(problem, dtype, integers=False):
    """x, w, a gradient g, and the geometry."""
    x_shape, w_shape, stride, padding = problem
    geometry = Geometry.conv(x_shape, w_shape, stride, padding)
    shapes = x_shape, w_shape, (x_shape[0], w_shape[0], *geometry.output)
    rng = np.random.default_rng(sum(x_shape) + sum(w_shape))
    made = [rng.integers(-4, 5, s) if integers else rng.normal(size=s) for s in shapes]
    return *(a.astype(dtype) for a in made), geometry


def error(got, expected):
    return np.linalg.norm(got - expected) / max(np.linalg.norm(expected), 1e-300)


@needs_extension
def test_the_steps_in_order():
    assert ladder.steps() == STEPS


@needs_extension
@each_dtype
@each_step
@given(problems(most_channels=40))
@settings(**DRAWS)
def test_every_step_is_pytorchs_convolution(name, dtype, problem):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    x, w, _, geometry = drawn(problem, dtype)
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(x).double(), torch.from_numpy(w).double(), None, problem[2], problem[3]
    )
    y = ladder.run(name, x, w, geometry)
    assert y.dtype == x.dtype and y.shape == tuple(expected.shape)
    assert error(y, expected.numpy()) < TOLERANCE[dtype]


@needs_extension
@each_dtype
@pytest.mark.parametrize("name", [n for n in STEPS if n != "winograd"])
@given(problems(most_channels=40))
@settings(**DRAWS)
def test_small_integers_are_exact(name, dtype, problem):
    x, w, _, geometry = drawn(problem, dtype, integers=True)
    np.testing.assert_array_equal(ladder.run(name, x, w, geometry), im2col.forward(x, w, geometry))


@needs_extension
@each_dtype
@each_step
def test_the_definition(name, dtype):
    x, w, g, geometry = drawn(((2, 3, 6, 5), (4, 3, 3, 2), (2, 1), (1, 0)), dtype, integers=True)
    np.testing.assert_array_equal(ladder.run(name, x, w, geometry), direct.forward(x, w, geometry))
    if name in WITH_GRADIENTS:
        np.testing.assert_array_equal(
            ladder.input_gradient(name, g, w, geometry), direct.input_gradient(g, w, geometry)
        )
        np.testing.assert_array_equal(
            ladder.weight_gradient(name, x, g, geometry), direct.weight_gradient(x, g, geometry)
        )


@needs_extension
@each_dtype
@pytest.mark.parametrize("name", WITH_GRADIENTS)
@given(problems(most_channels=24))
@settings(**DRAWS)
def test_gradients(name, dtype, problem):
    x, w, g, geometry = drawn(problem, dtype)
    exact = [a.astype(float) for a in (x, w, g)]
    gx = ladder.input_gradient(name, g, w, geometry)
    gw = ladder.weight_gradient(name, x, g, geometry)
    assert error(gx, im2col.input_gradient(exact[2], exact[1], geometry)) < TOLERANCE[dtype]
    assert error(gw, im2col.weight_gradient(exact[0], exact[2], geometry)) < TOLERANCE[dtype]


@needs_extension
@each_step
@pytest.mark.parametrize("empty", [0, 1, 2])
def test_without_images_channels_or_filters(name, empty):
    N, C, O = (0 if k == empty else 2 for k in range(3))
    x, w = np.ones((N, C, 4, 5), "float32"), np.ones((O, C, 3, 3), "float32")
    y = cpp._ext.ladder(name, x, w, (4, 5), (1, 1), (1, 1))
    np.testing.assert_array_equal(y, np.zeros((N, O, 4, 5)))


@needs_extension
@each_step
def test_padding_beyond_all_memory(name):
    """Only one window meets the pixel; steps that would copy the padding must not."""
    x, w = np.full((1, 1, 1, 1), 3.0), np.full((1, 1, 1, 1), 5.0)
    far = 2**29
    expected = np.zeros((1, 1, 3, 3))
    expected[..., 1, 1] = 15
    y = cpp._ext.ladder(name, x, w, (3, 3), (far, far), (far, far))
    np.testing.assert_array_equal(y, expected)


ON_ONE_THREAD = """
import os
import numpy as np
from minicnn.geometry import Geometry
from minicnn.kernels import ladder
import minicnn as mc

mc.set_num_threads(3)
x, w = np.ones((4, 32, 32, 32), "float32"), np.ones((32, 32, 3, 3), "float32")
geometry = Geometry.conv(x.shape, w.shape)
threads = lambda: len(os.listdir("/proc/self/task"))
before, g = threads(), np.ones((4, 32, 30, 30), "float32")
for name in ladder.steps()[:5]:
    ladder.run(name, x, w, geometry)
for name in ("naive", "loop-order", "band"):
    ladder.input_gradient(name, g, w, geometry)
    ladder.weight_gradient(name, x, g, geometry)
assert threads() == before, "a step below `threads` started a thread"
assert mc.get_num_threads() == 3
ladder.run("threads", x, w, geometry)
assert threads() == before + 2, "the step `threads` started none"
"""


@needs_extension
@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="no /proc to count threads in")
def test_the_steps_below_threads_have_one():
    done = subprocess.run([sys.executable, "-c", ON_ONE_THREAD], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# What is refused --------------------------------------------------------------------------------

X, W, G = np.ones((1, 2, 4, 4)), np.ones((3, 2, 3, 3)), np.ones((1, 3, 2, 2))
PLACES, ONES, NONE = (2, 2), (1, 1), (0, 0)


@needs_extension
@pytest.mark.parametrize(
    ("arguments", "exception", "told"),
    [
        (("fastest", X, W, PLACES, ONES, NONE), ValueError, "naive, loop-order"),
        (("\ud800", X, W, PLACES, ONES, NONE), ValueError, "has no step"),
        ((3, X, W, PLACES, ONES, NONE), TypeError, "name must be a str"),
        (("naive", [1.0], W, PLACES, ONES, NONE), TypeError, "x must be a numpy.ndarray"),
        (("naive", X, None, PLACES, ONES, NONE), TypeError, "w must be a numpy.ndarray"),
        (("naive", X.astype("f2"), W, PLACES, ONES, NONE), TypeError, "float32 or float64"),
        (("naive", X.astype("f4"), W, PLACES, ONES, NONE), TypeError, "must be the same"),
        (("naive", X[..., ::2], W, PLACES, ONES, NONE), TypeError, "C-contiguous"),
        (("naive", X[0], W, PLACES, ONES, NONE), ValueError, "must have 4 axes"),
        (("naive", X, W[0], PLACES, ONES, NONE), ValueError, "must have 4 axes"),
        (("naive", X, W[:, :1].copy(), PLACES, ONES, NONE), ValueError, "2 channels of x"),
        (("naive", X, W, (2,), ONES, NONE), ValueError, "output must have 2 ints"),
        (("naive", X, W, (2**30, 2**30), ONES, NONE), ValueError, "too large"),
        (("naive", X, W, PLACES, (0, 1), NONE), ValueError, r"stride\[0\]"),
        (("naive", X, W, PLACES, [1, 1], NONE), TypeError, "stride must be a tuple"),
        (("naive", X, W, PLACES, ONES, (-1, 0)), ValueError, r"padding\[0\]"),
        (("naive", X, W, PLACES, ONES, (0, 0.5)), TypeError, r"padding\[1\]"),
    ],
)
def test_wrong_arguments(arguments, exception, told):
    with pytest.raises(exception, match=told):
        cpp._ext.ladder(*arguments)


@needs_extension
@pytest.mark.parametrize(
    ("function", "arguments", "exception", "told"),
    [
        ("input", ("tile", G, W, (4, 4)), ValueError, "'tile' has no input gradient"),
        ("input", ("naive", G, W[:2].copy(), (4, 4)), ValueError, "each of the 2 filters"),
        ("input", ("naive", G[0], W, (4, 4)), ValueError, "must have 4 axes"),
        ("input", ("naive", G, W, (-4, 4)), ValueError, r"size\[0\]"),
        ("input", ("naive", G, W.astype("f4"), (4, 4)), TypeError, "must be the same"),
        ("weight", ("vectors", X, G, (3, 3)), ValueError, "has no weight gradient"),
        ("weight", ("naive", X, G.repeat(2, 0), (3, 3)), ValueError, "same number of images"),
        ("weight", ("naive", X, G.astype("f4"), (3, 3)), TypeError, "must be the same"),
        ("weight", ("naive", X, G, (3, 3, 3)), ValueError, "kernel must have 2 ints"),
    ],
)
def test_wrong_arguments_of_the_gradients(function, arguments, exception, told):
    with pytest.raises(exception, match=told):
        getattr(cpp._ext, f"ladder_{function}_gradient")(*arguments, ONES, NONE)


@needs_extension
@pytest.mark.parametrize(
    ("w_shape", "setting", "told"),
    [
        ((4, 1, 3, 3), dict(groups=2), "groups 2"),
        ((4, 2, 2, 2), dict(dilation=2), r"dilation \(2, 2\)"),
    ],
)
def test_geometries_that_the_ladder_leaves_out(w_shape, setting, told):
    w = np.ones(w_shape)
    with pytest.raises(ValueError, match=told):
        ladder.run("naive", X, w, Geometry.conv(X.shape, w.shape, **setting))


@needs_extension
def test_signals_are_left_out():
    x, w = np.ones((1, 1, 5)), np.ones((1, 1, 3))
    with pytest.raises(ValueError, match="1 axes"):
        ladder.run("naive", x, w, Geometry.conv(x.shape, w.shape, axes=1))


def test_without_the_extension_it_says_so(monkeypatch):
    monkeypatch.setattr(cpp, "_why_missing", "it was not built")
    with pytest.raises(RuntimeError, match="it was not built"):
        ladder.steps()
