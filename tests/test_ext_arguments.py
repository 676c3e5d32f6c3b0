"""Every function of the extension, called directly with wrong arguments: it raises, never crashes.

CALLS has a call that works for each function. Each test changes one argument of it, by what kind of
thing the argument is: an array, a tuple of ints, an int, a number, a flag. What is refused must
leave every array as it was. A function that is missing from CALLS fails the first test.
"""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

_ext = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")


def floats(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def _calls():
    x, g = floats(2, 4, 6, 8), floats(2, 4, 3, 4)
    w, gy = floats(6, 2, 3, 3), floats(2, 6, 6, 8)
    conv = dict(stride=(1, 1), padding=(1, 1), dilation=(1, 1), groups=2, algorithm="winograd")
    pool = dict(kernel=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1))
    image = dict(stride=(1, 1), padding=(1, 1))
    winner = np.zeros((2, 4, 3, 4), np.uint8)
    one = floats(4)
    p, labels = floats(3, 5), np.array([1, 0, 4])
    sgd = dict(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.1, nesterov=True)
    adam = dict(step=1, lr=0.1, beta1=0.9, beta2=0.99, eps=1e-8, weight_decay=0.1, decoupled=True)
    return {
        "conv_forward": dict(x=x, w=w, bias=floats(6), output=(6, 8), **conv),
        "conv_input_gradient": dict(g=gy, w=w, bias=floats(4), size=(6, 8), **conv),
        "conv_weight_gradient": dict(x=x, g=gy, kernel=(3, 3), **conv),
        "PreparedConvolution": dict(w=w, bias=floats(6), algorithm="winograd"),
        "PreparedConvolution.forward": dict(
            x=x, output=(6, 8), stride=(1, 1), padding=(1, 1), dilation=(1, 1), groups=2,
            added=gy, relu=True,
        ),
        "max_pool": dict(x=x, output=(3, 4), **pool),
        "max_pool_put": dict(g=g, winner=winner, size=(6, 8), **pool),
        "max_pool_take": dict(x=x, winner=winner, output=(3, 4), **pool),
        "sum_pool": dict(x=x, share=floats(3, 4), output=(3, 4), **pool),
        "spread_pool": dict(g=g, share=floats(3, 4), size=(6, 8), **pool),
        "batch_norm": dict(x=x, mean=one, scale=one + 1, shift=one + 2, relu=True),
        "batch_norm_fixed": dict(
            x=x, mean=one, var=one**2, weight=one + 1, bias=one + 2, eps=1e-5
        ),
        "batch_norm_train": dict(x=x, weight=one, bias=one + 1, eps=1e-5),
        "batch_norm_sums": dict(g=x + 1, x=x, mean=one, inverse=one + 1),
        "batch_norm_gradient": dict(g=x + 1, x=x, mean=one, inverse=one + 1, weight=one + 2),
        "matmul": dict(a=floats(3, 4), b=floats(4, 5), bias=floats(5)),
        "concatenate": dict(arrays=(floats(2, 3), floats(2, 4)), axis=1),
        "split": dict(x=floats(2, 5), sizes=(2, 3), axis=1),
        "relu": dict(x=x, with_mask=True),
        "relu_gradient": dict(g=x, mask=np.zeros(64 * -(-x.size // 512), np.uint8)),
        "copy": dict(x=x),
        "add": dict(a=x, b=x + 1),
        "add_to": dict(a=x.copy(), b=x + 1),
        "scale": dict(x=x, k=2.0),
        "sum": dict(x=x, first=1, last=2),
        "dropout": dict(x=x, key=1, threshold=2**31, scale=2.0),
        "cross_entropy": dict(x=p, labels=labels, ignored=-100),
        "cross_entropy_gradient": dict(
            g=floats(3), x=p, labels=labels, ignored=-100, rows=floats(2, 3, 1)
        ),
        "sgd": dict(p=p.copy(), g=p + 1, velocity=p + 2, **sgd),
        "adam": dict(p=p.copy(), g=p + 1, first=p + 2, second=p**2, largest=p**2 + 1, **adam),
        "ladder": dict(name="tile", x=x, w=floats(6, 4, 3, 3), output=(6, 8), **image),
        "ladder_input_gradient": dict(
            name="band", g=gy, w=floats(6, 4, 3, 3), size=(6, 8), **image
        ),
        "ladder_weight_gradient": dict(name="naive", x=x, g=gy, kernel=(3, 3), **image),
        "ladder_steps": {},
        "in_pool": dict(x=x),
        "set_num_threads": dict(n=_ext.get_num_threads()),
        "get_num_threads": {},
        "build_info": {},
        "memory_stats": {},
        "empty_cache": {},
    }


CALLS = _calls()
KEPT = _ext.PreparedConvolution(**CALLS["PreparedConvolution"])  # its methods are called
IN_PLACE = {"add_to": ["a"], "sgd": ["p", "velocity"], "adam": ["p", "first", "second", "largest"]}


def test_every_function_of_the_extension_is_here():
    functions = {name for name, value in vars(_ext).items() if callable(value)}
    for name in [name for name in functions if isinstance(getattr(_ext, name), type)]:
        members = vars(getattr(_ext, name)).items()
        functions |= {f"{name}.{m}" for m, value in members if m[0] != "_" and callable(value)}
    assert functions == set(CALLS), "add a call that works to CALLS, or take one away"


def called(name):
    """The function of this name, or the method of KEPT."""
    return getattr(*(KEPT, name.split(".")[1]) if "." in name else (_ext, name))


@pytest.mark.parametrize("name", CALLS)
def test_the_call_works_and_leaves_its_inputs_alone(name):
    before = {k: v.copy() for k, v in CALLS[name].items() if isinstance(v, np.ndarray)}
    arguments = fresh(name)
    called(name)(**arguments)
    for key, array in before.items():
        if key not in IN_PLACE.get(name, []):
            np.testing.assert_array_equal(arguments[key], array)
    # By position too, so that the names above are in the right order.
    called(name)(*in_order(name, fresh(name)).values())


def fresh(name):
    """The call's arguments, with arrays of their own."""
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in CALLS[name].items()}


def in_order(name, arguments):
    """The arguments in the order of the signature, which pybind11 puts into the docstring."""
    function = called(name)
    doc = (function.__init__ if isinstance(function, type) else function).__doc__
    signature = doc.split("(", 1)[1].split(") ->", 1)[0]
    order = [part.split(":")[0].strip() for part in signature.split(", ") if ":" in part]
    return {key: arguments[key] for key in order if key in arguments}


def refused(name, changes, error=(TypeError, ValueError, IndexError)):
    """The call raises in words, and every array is as before."""
    arguments = {**fresh(name), **changes}
    before = {k: v.copy() for k, v in arguments.items() if type(v) is np.ndarray}
    with pytest.raises(error) as caught:
        called(name)(**arguments)
    assert len(str(caught.value)) > 10
    for key, array in before.items():
        np.testing.assert_array_equal(arguments[key], array)
    return str(caught.value)


def misaligned(array):
    view = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


class Mine(np.ndarray):
    pass


WRONG_ARRAYS = {
    "Fortran order": np.asfortranarray,
    "reversed": lambda a: a[..., ::-1],
    "every other": lambda a: np.repeat(a, 2, -1)[..., ::2],
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "misaligned": misaligned,
    "a subclass": lambda a: a.view(Mine),
    "float16": lambda a: a.astype(np.float16),
    "longdouble": lambda a: a.astype(np.longdouble),
    "complex": lambda a: a.astype(complex),
    "objects": lambda a: a.astype(object),
    "strings": lambda a: a.astype(str),
    "dates": lambda a: a.astype("M8[s]"),
    "structured": lambda a: np.zeros(a.shape, [("a", "f8")]),
    "int16": lambda a: a.astype(np.int16),
    "the other float": lambda a: a.astype(np.float32 if a.dtype == float else float),
    "a list": lambda a: a.tolist(),
    "a number": lambda a: 3.5,
    "bytes": lambda a: a.tobytes(),
    "a memoryview": memoryview,
}
ALLOWED = {
    ("in_pool", "x"): {"Fortran order", "reversed", "every other", "other byte order",
                       "misaligned", "float16", "longdouble", "complex", "objects", "strings",
                       "dates", "structured", "int16", "the other float"},
    ("matmul", "a"): {"Fortran order"}, ("matmul", "b"): {"Fortran order"},
    ("sum_pool", "share"): {"a number"}, ("spread_pool", "share"): {"a number"},
    ("cross_entropy_gradient", "rows"): {"reversed"},  # its last axis is one long
}
ALONE = {name for name, call in CALLS.items()  # nothing that the dtype would have to match
         if sum(isinstance(v, np.ndarray) for v in call.values()) == 1
         or name in ("cross_entropy", "relu_gradient", "max_pool_put", "max_pool_take")}
ARRAYS = [(name, key, kind) for name, call in CALLS.items() for key, value in call.items()
          if isinstance(value, np.ndarray) for kind in WRONG_ARRAYS
          if kind not in ALLOWED.get((name, key), ())
          and not (kind == "Fortran order" and value.ndim < 2)
          and not (kind in ("other byte order", "misaligned") and value.itemsize == 1)
          and not (kind == "the other float" and name in ALONE and value.dtype == float)]


@pytest.mark.parametrize("name, key, kind", ARRAYS)
def test_wrong_arrays_are_refused(name, key, kind):
    refused(name, {key: WRONG_ARRAYS[kind](CALLS[name][key])}, TypeError)


OPTIONAL = {("conv_forward", "bias"), ("conv_input_gradient", "bias"), ("matmul", "bias"),
            ("batch_norm", "mean"), ("batch_norm", "shift"), ("sgd", "velocity"),
            ("adam", "largest"), ("PreparedConvolution", "bias"),
            ("PreparedConvolution.forward", "added")}


@pytest.mark.parametrize("name, key", [(n, k) for n, call in CALLS.items() for k in call])
def test_none_is_refused_where_it_is_not_allowed(name, key):
    if (name, key) in OPTIONAL:
        called(name)(**{**fresh(name), key: None})
    else:
        refused(name, {key: None}, TypeError)


def other_shapes(shape):
    yield (*shape, 1)
    yield (1, *shape)
    yield shape[1:]
    for axis in range(len(shape)):
        for length in (0, 1, shape[axis] - 1, shape[axis] + 1):
            yield (*shape[:axis], length, *shape[axis + 1 :])


# Where another shape is another right call: arrays that come alone, and some that broadcast.
ANY_SHAPE = {"copy", "relu", "scale", "sum", "dropout", "in_pool", "batch_norm_train"}
SHAPES = [
    (name, key, shape) for name, call in CALLS.items() if name not in ANY_SHAPE
    for key, value in call.items() if isinstance(value, np.ndarray)
    for shape in sorted(set(other_shapes(value.shape)))
]


@pytest.mark.parametrize("name, key, shape", SHAPES)
def test_other_shapes_are_refused_or_computed(name, key, shape):
    """Some are right: another batch size, say. What is computed must then be whole and finite."""
    dtype = CALLS[name][key].dtype
    arguments = {**fresh(name), key: np.ones(shape, dtype)}
    try:
        result = called(name)(**arguments)
    except (TypeError, ValueError, IndexError) as error:
        assert len(str(error)) > 10
        return
    for array in result if isinstance(result, (tuple, list)) else [result]:
        if isinstance(array, np.ndarray):
            # (max_pool's answer for a window without a pixel is -inf.)
            assert np.isfinite(array).all() or array.dtype != dtype or name == "max_pool"


def test_shapes_that_cannot_be_right_are_refused():
    """A selection of the above, for which nothing else would do."""
    for name, key, shape in [
        ("relu_gradient", "mask", (63,)), ("max_pool_put", "winner", (2, 4, 3, 5)),
        ("max_pool_take", "winner", (2, 4, 4, 4)), ("sum_pool", "share", (4, 4)),
        ("spread_pool", "share", (3, 4, 1)), ("batch_norm", "mean", (5,)),
        ("batch_norm_train", "weight", (4, 1)), ("batch_norm_train", "x", (4,)),
        ("batch_norm_train", "x", (0, 4, 3)), ("batch_norm_gradient", "g", (2, 4, 6, 7)),
        ("batch_norm_sums", "inverse", ()), ("matmul", "b", (5, 4)), ("matmul", "bias", (4,)),
        ("add", "b", (3, 8)), ("add_to", "b", (8,)), ("cross_entropy", "labels", (3, 1)),
        ("cross_entropy", "x", (3,)), ("cross_entropy_gradient", "rows", (2, 3)),
        ("cross_entropy_gradient", "g", (1, 3)), ("sgd", "velocity", (5, 3)),
        ("adam", "second", (3, 4)),
    ]:
        message = refused(name, {key: np.ones(shape, CALLS[name][key].dtype)}, ValueError)
        assert key in message or "shape" in message, message


WRONG_INTS = [True, np.True_, 1.0, np.float64(1), "1", b"1", [1], (1,), {}, np.array([1, 1]),
              -1, 2**31, 2**63, 2**64, 2**200, -(2**63) - 1]
# Ints with limits of their own: what they allow of the above.
WIDE = {"key": {2**31, 2**63}, "ignored": {-1, 2**31}, "threshold": {2**31}}


def kind_of(value):
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "word"
    if isinstance(value, tuple) and all(isinstance(item, int) for item in value):
        return "tuple"
    return "array"


def arguments_of(kind):
    return [(n, k) for n, call in CALLS.items() for k, v in call.items() if kind_of(v) == kind]


@pytest.mark.parametrize("name, key", arguments_of("int"))
def test_wrong_ints_are_refused(name, key):
    for value in WRONG_INTS:
        if type(value) is not int or value not in WIDE.get(key, ()):
            refused(name, {key: value}, (TypeError, ValueError))


@pytest.mark.parametrize("name, key", arguments_of("tuple"))
def test_wrong_tuples_are_refused(name, key):
    good = CALLS[name][key]
    for value in WRONG_INTS:
        refused(name, {key: (value, *good[1:])}, (TypeError, ValueError))
        refused(name, {key: (*good[:-1], value)}, (TypeError, ValueError))
    for value in (list(good), good[0], np.array(good), iter(good), "ab", {1: 2}):
        refused(name, {key: value}, TypeError)
    for value in ((), good[:1], (*good, 1), (1,) * 4, (1,) * 100):
        refused(name, {key: value}, ValueError)


@pytest.mark.parametrize("name, key", arguments_of("number"))
def test_wrong_numbers_are_refused(name, key):
    for value in (True, "1", b"1", [1.0], (1.0,), {}, 1j, np.ones(3), object()):
        refused(name, {key: value}, TypeError)


@pytest.mark.parametrize("name, key", arguments_of("flag"))
def test_wrong_flags_are_refused(name, key):
    for value in (0, 1, 1.0, np.True_, "True", [True], ()):
        refused(name, {key: value}, TypeError)


@pytest.mark.parametrize("name, key", arguments_of("word"))
def test_wrong_words_are_refused(name, key):
    for value in ("", "Winograd", "direct ", "Tile", "\ud800", "x" * 10_000):
        refused(name, {key: value}, ValueError)
    for value in (1, True, b"direct", ("direct",)):
        refused(name, {key: value}, TypeError)


@pytest.mark.parametrize("name", ["concatenate"])
def test_wrong_tuples_of_arrays_are_refused(name):
    good = CALLS[name]["arrays"]
    for arrays in (list(good), (), good[0], (good[0], None), (good[0], 1.0), (good[0], good),
                   (good[0], good[1].astype(np.float32)), (good[0], good[1].T)):
        refused(name, {"arrays": arrays}, TypeError)
    for arrays in ((good[0], floats(3, 4)), (good[0], floats(2, 4, 1)), (good[0], floats(2))):
        refused(name, {"arrays": arrays}, ValueError)
    refused(name, {"axis": 2}, ValueError)
    nothing = np.zeros((2**30, 0))  # in an enormous shape
    with pytest.raises(ValueError, match="too large"):
        _ext.concatenate((nothing,) * 5, 0)


def test_split_sizes_must_add_up():
    for sizes in ((2, 2), (6,), (), (2, 3, 1), (2**31 - 1, 2**31 - 1)):
        refused("split", {"sizes": sizes}, ValueError)


def test_labels_outside_the_classes_are_refused():
    for name in ("cross_entropy", "cross_entropy_gradient"):
        for label in (5, -1, 2**40, -(2**63)):
            refused(name, {"labels": np.array([1, label, 0])}, IndexError)
        refused(name, {"labels": np.array([1, 0, 4], np.int32)}, TypeError)


IN_PLACE_ARGUMENTS = [(name, key) for name, keys in IN_PLACE.items() for key in keys]


@pytest.mark.parametrize("name, key", IN_PLACE_ARGUMENTS)
def test_what_is_changed_in_place_must_be_writable(name, key):
    array = CALLS[name][key].copy()
    array.flags.writeable = False
    assert "read-only" in refused(name, {key: array}, ValueError)


@pytest.mark.parametrize("name, key", IN_PLACE_ARGUMENTS)
def test_what_is_changed_in_place_must_not_overlap_another_array(name, key):
    shape = CALLS[name][key].shape
    size = int(np.prod(shape))
    for other, value in CALLS[name].items():
        if other == key or not isinstance(value, np.ndarray):
            continue
        memory = floats(size + 1)
        one, two = memory[:-1].reshape(shape), memory[1:].reshape(shape)
        assert "shares memory" in refused(name, {key: one, other: two}, ValueError)


@pytest.mark.parametrize("name", CALLS)
def test_wrong_numbers_of_arguments_are_refused(name):
    function, arguments = called(name), fresh(name)
    with pytest.raises(TypeError):
        function(**arguments, surprise=1)
    with pytest.raises(TypeError):
        function(*[None] * 30)
    if arguments and name != "get_num_threads":
        with pytest.raises(TypeError):
            function()


# Anything at all, two to four arguments at once. In a process of its own, with a limit to its
# memory, so that a crash is seen as what it is, and a huge result cannot be had.

FUZZ = """
import os, sys
sys.path.insert(0, sys.argv[1])
import resource
import numpy as np
resource.setrlimit(resource.RLIMIT_AS, (2**33, 2**33))
import test_ext_arguments as t
print(t.fuzz(int(sys.argv[2]), int(sys.argv[3])))
"""


class Trouble:
    """Claims to be an int, then misbehaves."""

    def __index__(self):
        raise RuntimeError("no")


def junk(rng):
    """Something, often nearly right."""
    shape = tuple(int(n) for n in rng.integers(0, 9, rng.integers(0, 6)))
    dtype = rng.choice(["f4", "f8", "f8", "f8", "i8", "u1", "f2", "?"])
    return [
        None, True, 0, 1, -1, 3, 2**31 - 1, 2**63, 1.5, float("nan"), "x", "direct", (), [], {},
        (1,), (1, 1), (2, 3), (0, 0), (3, 1, 2), (1, -1), (2**31 - 1, 1), (1, Trouble()), Trouble(),
        np.zeros(shape, dtype), np.ones(shape, dtype), np.full(shape, 255).astype("u1"),
        np.float32(1), np.ndarray, object(), np.zeros((2, 0, 3)), np.zeros((2**31, 0)),
        np.broadcast_to(1.0, (2, 4, 6, 8)), np.ones((2, 4, 6, 8), "f4"), np.ones((6, 2, 3, 3)),
    ][rng.integers(35)]


LOOPS = {"pool", "ladder"}  # these walk over every tap and place, also where no pixel is


def is_large(value):
    return isinstance(value, tuple) and 2**31 - 1 in value


def fuzz(rounds, seed):
    """How many calls were refused."""
    rng = np.random.default_rng(seed)
    count = 0
    for name, _ in itertools.product(CALLS, range(rounds)):
        call = fresh(name)
        if not call or name == "set_num_threads":
            continue
        for key in rng.choice(list(call), min(len(call), rng.integers(1, 5)), replace=False):
            value = junk(rng)
            while LOOPS.intersection(name.split("_")) and is_large(value):
                value = junk(rng)
            call[key] = value
        try:
            called(name)(**call)
        except (TypeError, ValueError, IndexError, MemoryError, RuntimeError):
            count += 1
    return count


@pytest.mark.skipif(os.name != "posix", reason="needs a system with memory limits")
def test_anything_at_all_raises_or_computes_and_does_not_crash():
    """By hand for longer:

    MINICNN_FUZZ=5000 python -m pytest tests/test_ext_arguments.py -k anything
    """
    rounds = os.environ.get("MINICNN_FUZZ", "150")
    done = subprocess.run(
        [sys.executable, "-c", FUZZ, os.path.dirname(__file__), rounds, "0"],
        capture_output=True, text=True, timeout=3600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 10 * int(rounds)
