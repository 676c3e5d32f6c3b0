import numpy as np
import pytest

import minicnn as mc
from minicnn.nn import checks

RIGHT = [
    (checks.whole, (np.int64(3),), 3),
    (checks.whole, (0, 0), 0),
    (checks.real, (2,), 2.0),
    (checks.real, (np.float32(0.5), 0, 1), 0.5),
    (checks.sizes, (np.int64(3),), (3,)),
    (checks.sizes, ([2, 1],), (2, 1)),
    (checks.flag, (True,), True),
    (checks.flag, (np.False_,), False),
    (checks.one_of, ("a", ("a", "b")), "a"),
    (checks.per_axis, (3, 2, 1), (3, 3)),
    (checks.per_axis, ([1, 2], 2, 1), (1, 2)),
]


@pytest.mark.parametrize("check, arguments, expected", RIGHT)
def test_returns_the_value(check, arguments, expected):
    assert check("Layer", "name", *arguments) == expected


WRONG = [
    (checks.whole, (0,), ValueError, "Layer: name=0 must be at least 1"),
    (checks.whole, (1.0,), TypeError, "Layer: name must be a whole number, got 1.0"),
    (checks.whole, (True,), TypeError, "got True"),
    (checks.real, (-1, 0), ValueError, "Layer: name=-1 must be 0 or more"),
    (checks.real, (1.5, 0, 1), ValueError, "Layer: name=1.5 must be from 0 to 1"),
    (checks.real, (float("nan"),), ValueError, "Layer: name=nan must be a number"),
    (checks.real, ("1",), TypeError, "Layer: name must be a number, got '1'"),
    (checks.real, (True,), TypeError, "got True"),
    (checks.sizes, ((),), ValueError, r"Layer: name=\(\) must have an entry"),
    (checks.sizes, ((2, 0),), ValueError, "Layer: name=0 must be at least 1"),
    (checks.sizes, ("23",), TypeError, "Layer: name must be a whole number, got '23'"),
    (checks.constants, ([1.0],), TypeError, "Layer: name must be a Tensor or an array of floats"),
    (checks.constants, (np.ones(2, int),), TypeError, "Layer: name must hold floats, got int64"),
    (
        checks.constants, (mc.ones(2, requires_grad=True),), ValueError,
        "Layer: name is not learnt, .*detach",
    ),
    (checks.flag, (1,), TypeError, "Layer: name must be True or False, got 1"),
    (checks.one_of, ("c", ("a", "b")), ValueError, "Layer: name='c' must be one of 'a', 'b'"),
    (checks.one_of, (None, ("a", "b")), TypeError, "Layer: name must be a name, got None"),
    (checks.one_of, (mc.ones(9, 9), ("a",)), TypeError, r"got Tensor of shape \(9, 9\)$"),
    (checks.real, (np.ones((9, 9)),), TypeError, r"a number, got ndarray of shape \(9, 9\)$"),
    (checks.flag, (mc.ones(9, 9),), TypeError, r"True or False, got Tensor of shape \(9, 9\)$"),
    (checks.whole, (mc.ones(9, 9),), TypeError, r"a whole number, got Tensor of shape \(9, 9\)$"),
    (checks.per_axis, ((1, 2, 3), 2, 1), ValueError, "3 entries"),
    (checks.per_axis, (0, 2, 1), ValueError, "at least 1"),
]


@pytest.mark.parametrize("check, arguments, error, message", WRONG)
def test_refuses(check, arguments, error, message):
    with pytest.raises(error, match=message):
        check("Layer", "name", *arguments)


def test_numbers_are_shown_as_they_were_given():
    found = [checks.real("Layer", "name", v) for v in (2, 2.5, np.int8(2), np.float32(2.5))]
    assert list(map(repr, found)) == ["2", "2.5", "2", "2.5"]


def test_constants_are_tensors_of_their_own():
    assert checks.constants("Layer", "name", None) is None
    given = mc.ones(2)
    made = checks.constants("Layer", "name", given)
    assert made is not given and made.data is given.data
    assert type(checks.constants("Layer", "name", np.ones(2))) is mc.Tensor


def test_kernel_names():
    for name in (None, "auto", "direct", "cpp"):
        assert checks.kernel_name("Layer", name) == name
    with pytest.raises(ValueError, match="Layer: kernel='fast' must be one of 'auto', 'direct'"):
        checks.kernel_name("Layer", "fast")


def test_factory():
    assert checks.factory("Layer", None, None) == {"dtype": np.float32, "device": "cpu"}
    assert checks.factory("Layer", "float64", "cpu")["dtype"] == np.float64
    for dtype in ("int64", "float16", bool):
        with pytest.raises(TypeError, match="Layer: dtype must be float32 or float64"):
            checks.factory("Layer", dtype, None)
    with pytest.raises(ValueError, match="unknown device"):
        checks.factory("Layer", None, "tpu")
