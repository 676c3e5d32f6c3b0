"""The C++ extension called directly: right results, and a refusal for everything else.

``minicnn.kernels.cpp`` prepares its arguments so that most of what is refused here never gets
this far. These tests make sure that nothing goes wrong if it does.
"""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

_ext = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")

FLOATS = [np.float32, np.float64]


# The definition of T, axis by axis, with explicit index arrays: a reference unlike the C++.


def positions(size, kernel, output, stride, padding, dilation):
    """0/1 array M[a, i, h] of one axis: 1 where tap a of output i reads pixel h."""
    a, i, h = np.ogrid[:kernel, :output, :size]
    return (i * stride + a * dilation - padding == h).astype(np.int64)


def trilinear(x, w, g, shapes, missing, groups=1, bias=None):
    """The derivative of T by the argument named ``missing``, in float64, by einsum."""
    tables = [positions(*axis) for axis in shapes]
    axes = len(tables)
    taps, places, pixels = "abc"[:axes], "ijk"[:axes], "pqr"[:axes]
    x_at, w_at, g_at = f"NGC{pixels}", f"GOC{taps}", f"NGO{places}"
    split = {
        "x": lambda x: x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:]),
        "w": lambda w: w.reshape(groups, w.shape[0] // groups, *w.shape[1:]),
        "g": lambda g: g.reshape(g.shape[0], groups, g.shape[1] // groups, *g.shape[2:]),
    }
    names = {"x": x_at, "w": w_at, "g": g_at}
    given = {"x": x, "w": w, "g": g}
    operands = [k for k in "xwg" if k != missing]
    spec = ",".join([names[k] for k in operands] + [a + i + p for a, i, p in zip(
        taps, places, pixels, strict=True)])
    arrays = [split[k](given[k].astype(np.float64)) for k in operands]
    result = np.einsum(f"{spec}->{names[missing]}", *arrays, *tables, optimize=True)
    if missing == "w":
        return result.reshape(-1, *result.shape[2:])
    result = result.reshape(result.shape[0], -1, *result.shape[3:])
    return result if bias is None else result + bias.reshape(-1, *(1,) * axes)


class Problem:
    """One convolution on small integers: every sum is exact in float32 and float64."""

    def __init__(self, N=2, C=2, O=3, size=(5,), kernel=(3,), output=None, stride=None,
                 padding=None, dilation=None, groups=1, dtype=np.float64, seed=0):
        axes = len(size)
        self.stride, self.padding = stride or (1,) * axes, padding or (0,) * axes
        self.dilation, self.groups = dilation or (1,) * axes, groups
        self.size, self.kernel = size, kernel
        self.output = output if output is not None else tuple(
            (h + 2 * p - d * (a - 1) - 1) // s + 1
            for h, a, s, p, d in zip(size, kernel, self.stride, self.padding, self.dilation,
                                     strict=True)
        )
        rng = np.random.default_rng(seed)

        def integers(*shape):
            return rng.integers(-4, 5, shape).astype(dtype)

        self.x = integers(N, C, *size)
        self.w = integers(O, C // groups, *kernel)
        self.g = integers(N, O, *self.output)
        self.bias_o, self.bias_c = integers(O), integers(C)

    @property
    def settings(self):
        return self.stride, self.padding, self.dilation, self.groups

    # The three calls; a test changes one argument or another.

    def forward(self, **changes):
        arguments = dict(x=self.x, w=self.w, bias=self.bias_o, output=self.output)
        return self._call(_ext.conv_forward, {**arguments, **changes})

    def input_gradient(self, **changes):
        arguments = dict(g=self.g, w=self.w, bias=self.bias_c, size=self.size)
        return self._call(_ext.conv_input_gradient, {**arguments, **changes})

    def weight_gradient(self, **changes):
        arguments = dict(x=self.x, g=self.g, kernel=self.kernel)
        return self._call(_ext.conv_weight_gradient, {**arguments, **changes})

    def _call(self, function, arguments):
        names = ("stride", "padding", "dilation", "groups")
        return function(**{**dict(zip(names, self.settings, strict=True)), **arguments})

    def expected(self, missing, bias=None):
        shapes = list(zip(self.size, self.kernel, self.output, self.stride, self.padding,
                          self.dilation, strict=True))
        return trilinear(self.x, self.w, self.g, shapes, missing, self.groups, bias)


PROBLEMS = {
    "signal": dict(size=(11,), kernel=(3,)),
    "image": dict(size=(7, 9), kernel=(3, 2)),
    "volume": dict(size=(5, 4, 6), kernel=(2, 3, 2), padding=(1, 0, 1)),
    "wide rows": dict(size=(3, 40), kernel=(2, 5), padding=(1, 2)),
    "stride": dict(size=(9, 30), kernel=(3, 3), stride=(2, 3), padding=(1, 1)),
    "dilation": dict(size=(9, 12), kernel=(3, 2), dilation=(2, 3), padding=(2, 0)),
    "groups": dict(C=4, O=6, size=(6, 5), kernel=(2, 2), groups=2),
    "depthwise": dict(C=3, O=6, size=(6, 5), kernel=(3, 3), padding=(1, 1), groups=3),
    "1x1": dict(C=3, O=4, size=(4, 5), kernel=(1, 1)),
    "leftover": dict(size=(8, 8), kernel=(3, 3), stride=(3, 3)),
    "stride beyond kernel": dict(size=(9, 9), kernel=(1, 2), stride=(3, 4)),
    "output beyond the input": dict(size=(4, 3), kernel=(2, 2), output=(9, 8), stride=(2, 2)),
    "all padding": dict(size=(3, 3), kernel=(2, 2), output=(2, 2), padding=(9, 9)),
    "kernel beyond the input": dict(size=(3, 2), kernel=(6, 5), output=(3, 2), stride=(3, 2),
                                    dilation=(2, 1), padding=(1, 0)),
    "fewer outputs than fit": dict(size=(8, 8), kernel=(2, 2), output=(3, 1)),
    "odd mixture": dict(N=3, C=4, O=2, size=(5, 6, 7), kernel=(3, 1, 2), stride=(2, 1, 3),
                        padding=(2, 0, 1), dilation=(1, 2, 2), groups=2),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_all_three_are_exact_on_small_integers(name, dtype):
    problem = Problem(**PROBLEMS[name], dtype=dtype)
    y, x, w = problem.forward(), problem.input_gradient(), problem.weight_gradient()
    assert y.dtype == x.dtype == w.dtype == dtype
    np.testing.assert_array_equal(y, problem.expected("g", problem.bias_o))
    np.testing.assert_array_equal(x, problem.expected("x", problem.bias_c))
    np.testing.assert_array_equal(w, problem.expected("w"))
    np.testing.assert_array_equal(problem.forward(bias=None), problem.expected("g"))
    np.testing.assert_array_equal(problem.input_gradient(bias=None), problem.expected("x"))


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_three_are_derivatives_of_one_form(name):
    """⟨g, y⟩ = ⟨x, gx⟩ = ⟨w, gw⟩, exactly."""
    p = Problem(**PROBLEMS[name])
    by_g = (p.g * p.forward(bias=None)).sum()
    assert by_g == (p.x * p.input_gradient(bias=None)).sum() == (p.w * p.weight_gradient()).sum()


def test_real_numbers_within_rounding():
    problem = Problem(N=2, C=8, O=5, size=(20, 21), kernel=(3, 3), padding=(1, 1))
    rng = np.random.default_rng(1)
    for name in ("x", "w", "g"):
        setattr(problem, name, rng.standard_normal(getattr(problem, name).shape))
    expected = {k: problem.expected(k) for k in "gxw"}
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-4)):
        for name in ("x", "w", "g"):
            setattr(problem, name, getattr(problem, name).astype(dtype))
        y, x = problem.forward(bias=None), problem.input_gradient(bias=None)
        np.testing.assert_allclose(y, expected["g"], atol=tolerance)
        np.testing.assert_allclose(x, expected["x"], atol=tolerance)
        np.testing.assert_allclose(problem.weight_gradient(), expected["w"], atol=tolerance)


@pytest.mark.parametrize("shape", [
    dict(N=0), dict(C=0), dict(O=0), dict(N=0, C=0, O=0), dict(C=0, O=0, groups=3),
    dict(size=(0, 4), kernel=(1, 1), output=(3, 4)), dict(size=(4, 0), kernel=(1, 1)),
    dict(kernel=(0, 2), output=(2, 3)), dict(output=(0, 3)),
], ids=str)
def test_empty_arrays_give_zeros_or_the_bias(shape):
    problem = Problem(**{"size": (4, 4), "kernel": (2, 2), "N": 2, "C": 3, "O": 3, **shape})
    N, C, O = problem.x.shape[0], problem.x.shape[1], problem.w.shape[0]
    y, x, w = problem.forward(), problem.input_gradient(), problem.weight_gradient()
    assert y.shape == (N, O, *problem.output)
    assert x.shape == (N, C, *problem.size)
    assert w.shape == problem.w.shape
    np.testing.assert_array_equal(y, np.broadcast_to(problem.bias_o[:, None, None], y.shape))
    np.testing.assert_array_equal(x, np.broadcast_to(problem.bias_c[:, None, None], x.shape))
    np.testing.assert_array_equal(w, np.zeros(w.shape))


def test_empty_arrays_of_enormous_shape_take_no_time():
    big = 2**31 - 1
    none = np.zeros((big, 0, 1))
    assert _ext.conv_forward(none, np.zeros((3, 0, 1)), None, (0,), (1,), (0,), (1,), 1).size == 0
    w = np.zeros((1, 1, big, 0))
    y = _ext.conv_forward(np.ones((1, 1, 3, 3)), w, None, (2, 2), (1, 1), (0, 0), (1, 1), 1)
    np.testing.assert_array_equal(y, np.zeros((1, 1, 2, 2)))


def test_the_largest_numbers_allowed_do_not_overflow():
    big = 2**31 - 1
    x, w = np.ones((1, 1, 3)), np.ones((1, 1, 4))
    y = _ext.conv_forward(x, w, None, (5,), (big,), (0,), (big,), 1)
    np.testing.assert_array_equal(y[0, 0], [1, 0, 0, 0, 0])
    y = _ext.conv_forward(x, w, None, (5,), (big,), (big,), (big,), 1)
    np.testing.assert_array_equal(y[0, 0], [1, 1, 0, 0, 0])
    y = _ext.conv_forward(x, w, None, (5,), (1,), (big,), (1,), 1)
    np.testing.assert_array_equal(y[0, 0], np.zeros(5))


# What is refused. Each row changes one argument of a call that works.


def plain():
    return Problem(N=2, C=4, O=6, size=(5, 6), kernel=(3, 2), groups=2)


def non_contiguous(array):
    return np.asfortranarray(array)


def reversed_(array):
    return array[..., ::-1]


def big_endian(array):
    return array.astype(">f8")


def misaligned(array):
    raw = np.zeros(array.nbytes + 1, np.uint8)[1:]
    view = raw.view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def subclass(array):
    return np.ma.masked_array(array, array > 0)


WRONG_ARRAYS = {
    "Fortran order": (non_contiguous, "C-contiguous"),
    "negative stride": (reversed_, "C-contiguous"),
    "big-endian": (big_endian, "native byte order.*>f8"),
    "misaligned": (misaligned, "aligned"),
    "masked": (subclass, "numpy.ndarray, got .*MaskedArray"),
    "int64": (lambda a: a.astype(np.int64), "int64"),
    "bool": (lambda a: a.astype(bool), "bool"),
    "float16": (lambda a: a.astype(np.float16), "float16"),
    "longdouble": (lambda a: a.astype(np.longdouble), "float32 or float64"),
    "complex": (lambda a: a.astype(complex), "complex"),
    "objects": (lambda a: a.astype(object), "dtype..O"),
    "structured": (lambda a: np.zeros(a.shape, [("a", "f8")]), "dtype"),
    "strings": (lambda a: a.astype(str), "dtype"),
    "list": (lambda a: a.tolist(), "numpy.ndarray, got list"),
    "number": (lambda a: 1.0, "got float"),
    "NumPy number": (lambda a: a.dtype.type(1), "got numpy.float64"),
    "memoryview": (lambda a: memoryview(a), "got memoryview"),
    "nothing": (lambda a: None, "got NoneType"),
    "other dtype": (lambda a: a.astype(np.float32), "float32.*float64|float64.*float32"),
}

ARRAY_ARGUMENTS = [
    ("forward", "x"), ("forward", "w"), ("forward", "bias"),
    ("input_gradient", "g"), ("input_gradient", "w"), ("input_gradient", "bias"),
    ("weight_gradient", "x"), ("weight_gradient", "g"),
]


# A vector has only one order, and a missing bias is allowed.
WRONG_ARRAY_CALLS = [
    (function, name, kind)
    for function, name in ARRAY_ARGUMENTS
    for kind in WRONG_ARRAYS
    if not (name == "bias" and kind in ("Fortran order", "nothing"))
]


@pytest.mark.parametrize("function, name, kind", WRONG_ARRAY_CALLS)
def test_wrong_arrays_raise_type_error(function, name, kind):
    problem = plain()
    bias = problem.bias_o if function == "forward" else problem.bias_c
    original = {"x": problem.x, "w": problem.w, "g": problem.g, "bias": bias}[name]
    change, message = WRONG_ARRAYS[kind]
    with pytest.raises(TypeError, match=rf"(?s)(?=.*\b{name}\b).*({message})"):
        getattr(problem, function)(**{name: change(original)})


def test_read_only_arrays_and_equal_dtypes_are_fine():
    problem = plain()
    expected = problem.forward(), problem.input_gradient(), problem.weight_gradient()
    for array in (problem.x, problem.w, problem.g, problem.bias_o, problem.bias_c):
        array.flags.writeable = False
    # A dtype that equals float64 without being the same object, as unpickling makes them.
    problem.x = problem.x.view(np.dtype(">f8").newbyteorder("="))
    got = problem.forward(), problem.input_gradient(), problem.weight_gradient()
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.flags.writeable and a.flags.owndata and a.flags.c_contiguous


def test_the_arguments_are_left_alone():
    problem = plain()
    before = [a.copy() for a in (problem.x, problem.w, problem.g, problem.bias_o, problem.bias_c)]
    problem.forward(), problem.input_gradient(), problem.weight_gradient()
    after = (problem.x, problem.w, problem.g, problem.bias_o, problem.bias_c)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


RESULT_SHAPE = {"forward": "output", "input_gradient": "size", "weight_gradient": "kernel"}

WRONG_TUPLES = [
    ("a list", [1, 1], TypeError, "tuple of ints.*got list"),
    ("an int", 1, TypeError, "tuple of ints.*got int"),
    ("None", None, TypeError, "got NoneType"),
    ("an array", np.array([1, 1]), TypeError, "got numpy.ndarray"),
    ("floats", (1.0, 1), TypeError, r"\[0\] must be an int, got float"),
    ("NumPy floats", (1, np.float64(1)), TypeError, r"\[1\] must be an int, got numpy.float64"),
    ("bools", (True, 1), TypeError, r"\[0\] must be an int, got bool"),
    ("NumPy bools", (1, np.True_), TypeError, r"\[1\] must be an int, got numpy.bool"),
    ("strings", ("1", "1"), TypeError, r"\[0\] must be an int, got str"),
    ("None inside", (1, None), TypeError, r"\[1\] must be an int, got NoneType"),
    ("a float array", (1, np.array(1.0)), TypeError, r"\[1\] must be an int, got numpy.ndarray"),
    ("negative", (1, -1), ValueError, r"\[1\] must be at least \d and below 2\*\*31, got -1"),
    ("too large", (2**31, 1), ValueError, r"\[0\] .*got 2147483648"),
    ("much too large", (2**62, 1), ValueError, f"got {2**62}"),
    ("beyond int64", (10**30, 1), ValueError, r"int beyond 2\*\*63"),
    ("far below", (1, -(10**30)), ValueError, r"int beyond -2\*\*63"),
    ("three", (1, 1, 1), ValueError, "axes|must have 2 ints.*got 3"),
    ("one", (1,), ValueError, "axes|must have 2 ints.*got 1"),
    ("none at all", (), ValueError, "got 0"),
    ("four", (1, 1, 1, 1), ValueError, "got 4"),
]


@pytest.mark.parametrize(
    "what, value, error, message", WRONG_TUPLES, ids=[row[0] for row in WRONG_TUPLES]
)
@pytest.mark.parametrize("function", RESULT_SHAPE)
@pytest.mark.parametrize("name", ["stride", "padding", "dilation", "result"])
def test_wrong_tuples_are_refused(function, name, what, value, error, message):
    if name == "result":
        name = RESULT_SHAPE[function]
        if what in ("three", "one"):  # decides the number of axes: stride is found not to fit
            message = "stride must have"
        if what == "none at all" or what == "four":
            message = f"{name} must have 1 to 3 ints"
    with pytest.raises(error, match=f"(?s).*({message})"):
        getattr(plain(), function)(**{name: value})


@pytest.mark.parametrize("function", RESULT_SHAPE)
@pytest.mark.parametrize("name, value", [("stride", (0, 1)), ("dilation", (1, 0)), ("groups", 0)])
def test_zero_is_refused_where_it_means_nothing(function, name, value):
    with pytest.raises(ValueError, match=f"{name}.* must be at least 1 .*got 0"):
        getattr(plain(), function)(**{name: value})


@pytest.mark.parametrize("function", RESULT_SHAPE)
@pytest.mark.parametrize("value, error", [
    (True, TypeError), (1.0, TypeError), (None, TypeError), ("2", TypeError), ((2,), TypeError),
    (-1, ValueError), (2**31, ValueError), (2**100, ValueError),
    (4, ValueError), (3, ValueError), (7, ValueError),  # divide C = 4 or O = 6 or neither
], ids=str)
def test_wrong_groups_are_refused(function, value, error):
    with pytest.raises(error, match="groups"):
        getattr(plain(), function)(groups=value)


def zeros(*shape):
    return np.zeros(shape)


SHAPE_ERRORS = [
    ("forward", dict(x=zeros(4, 5, 6)), r"x must have 4 axes.*got shape \(4, 5, 6\)"),
    ("forward", dict(x=zeros(1, 2, 4, 5, 6)), "x must have 4 axes"),
    ("forward", dict(x=zeros()), r"x must have 4 axes.*got shape \(\)"),
    ("forward", dict(w=zeros(6, 2, 3)), r"w must have 4 axes.*got shape \(6, 2, 3\)"),
    ("forward", dict(w=zeros(6, 3, 3, 2)), r"C/groups = 2 channels.*got shape \(6, 3, 3, 2\)"),
    ("forward", dict(w=zeros(5, 2, 3, 2)), r"filters in w \(5\).*divisible by groups \(2\)"),
    ("forward", dict(x=zeros(2, 5, 5, 6)), r"channels of x \(5\).*divisible by groups \(2\)"),
    ("forward", dict(bias=zeros(4)), r"each of the 6 filters, got shape \(4,\)"),
    ("forward", dict(bias=zeros(6, 1)), r"each of the 6 filters, got shape \(6, 1\)"),
    ("forward", dict(bias=zeros()), r"each of the 6 filters, got shape \(\)"),
    ("forward", dict(x=np.zeros((2**31, 0, 1, 1))), "every axis of x must be below 2.*2147483648"),
    ("input_gradient", dict(g=zeros(6, 3, 5)), "g must have 4 axes"),
    ("input_gradient", dict(w=zeros(6, 2, 3, 2, 1)), "w must have 4 axes"),
    ("input_gradient", dict(g=zeros(2, 5, 3, 5)), r"each of the 6 filters.*\(2, 5, 3, 5\)"),
    ("input_gradient", dict(w=zeros(4, 2, 3, 2)), r"each of the 4 filters.*\(2, 6, 3, 5\)"),
    ("input_gradient", dict(w=zeros(5, 2, 3, 2)), r"filters in w \(5\).*groups \(2\)"),
    ("input_gradient", dict(bias=zeros(6)), r"each of the 4 channels.*got shape \(6,\)"),
    ("weight_gradient", dict(x=zeros(2, 4, 5)), "x must have 4 axes"),
    ("weight_gradient", dict(g=zeros(2, 6, 3)), "g must have 4 axes"),
    ("weight_gradient", dict(g=zeros(3, 6, 3, 5)), r"\(2, 4, 5, 6\) and \(3, 6, 3, 5\)"),
    ("weight_gradient", dict(x=zeros(2, 3, 5, 6)), r"channels of x \(3\).*groups \(2\)"),
    ("weight_gradient", dict(g=zeros(2, 3, 3, 5)), r"channels of g \(3\).*groups \(2\)"),
    ("forward", dict(output=(2**20, 2**20)), "too large"),
    ("forward", dict(output=(2**31 - 1, 2**31 - 1)), r"\(2, 6, 2147483647, 2147483647\)"),
    ("forward", dict(output=(2**31 - 1, 0)), None),
    ("forward", dict(x=zeros(0, 4, 5, 6), output=(2**30, 2**30)), "too large"),
    ("input_gradient", dict(size=(2**20, 2**20)), "too large"),
    ("weight_gradient", dict(kernel=(2**20, 2**20)), "too large"),
    ("input_gradient", dict(w=np.zeros((0, 2**31 - 1, 1, 1)), g=zeros(2, 0, 1, 1), bias=None),
     "too large"),
]


@pytest.mark.parametrize("function, changes, message", SHAPE_ERRORS)
def test_shapes_that_do_not_fit_raise_value_error(function, changes, message):
    if message is None:  # the neighbour that is allowed: nothing to allocate
        assert getattr(plain(), function)(**changes).size == 0
        return
    with pytest.raises(ValueError, match=message):
        getattr(plain(), function)(**changes)


@pytest.mark.skipif(os.name != "posix", reason="needs a system with memory limits")
def test_a_result_that_no_memory_holds_raises_memory_error():
    # 2**40 elements are allowed by the checks, 8 TiB are not to be had.
    code = (
        "import resource, numpy as np; from minicnn import _ext\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))\n"
        "one = np.ones((1, 1, 1, 1))\n"
        "try: _ext.conv_forward(one, one, None, (2**20, 2**20), (1, 1), (0, 0), (1, 1), 1)\n"
        "except MemoryError: print('MemoryError')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "MemoryError", done.stderr


def test_wrong_numbers_of_arguments_raise_type_error():
    for function in (_ext.conv_forward, _ext.conv_input_gradient, _ext.conv_weight_gradient,
                     _ext.set_num_threads):
        with pytest.raises(TypeError):
            function()
        with pytest.raises(TypeError):
            function(*[None] * 20)


def test_anything_at_all_raises_and_does_not_crash():
    class Trouble:
        """Claims to be an int, then misbehaves."""

        def __index__(self):
            raise RuntimeError("no")

    junk = [None, True, -1, 2**70, 1.5, "x", (), (1, 1), [], {}, object(), np.float32(1),
            np.zeros((0, 0)), np.zeros((1, 1, 1, 1)), np.ones((1, 1), np.int8), Trouble(),
            (Trouble(), 1), np.ndarray, _ext]
    rng = np.random.default_rng(0)
    good = plain()
    functions = {
        _ext.conv_forward: (good.x, good.w, good.bias_o, good.output, *good.settings),
        _ext.conv_input_gradient: (good.g, good.w, good.bias_c, good.size, *good.settings),
        _ext.conv_weight_gradient: (good.x, good.g, good.kernel, *good.settings),
    }
    refused = 0
    for function, arguments in functions.items():
        for _ in range(400):
            call = list(arguments)
            for k in rng.choice(len(call), rng.integers(1, 4), replace=False):
                call[k] = junk[rng.integers(len(junk))]
            try:
                function(*call)
            except (TypeError, ValueError, RuntimeError):
                refused += 1
    assert refused > 1000


def test_an_int_that_changes_the_array_while_it_is_read():
    """Numbers are read before arrays are looked at, so this is merely a shape that does not fit."""
    problem = plain()

    class Reshaping:
        def __index__(self):
            problem.x.resize((1, 1, 1, 1), refcheck=False)
            return 1

    with pytest.raises(ValueError, match="channels of x"):
        problem.forward(dilation=(1, Reshaping()))


def test_build_info_says_how_it_was_built():
    info = _ext.build_info()
    assert set(info) == {"compiler", "standard", "optimised", "instruction_set",
                         "instruction_sets", "threads"}
    assert re.fullmatch(r"C\+\+(17|20|23)", info["standard"])
    assert info["optimised"] is True
    assert info["compiler"] and info["instruction_set"] in info["instruction_sets"]
