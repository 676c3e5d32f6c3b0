"""The test vectors of the ``onnx`` package, for every operator that minicnn has.

Each vector is a small graph, its inputs and its outputs, computed by others. There are those of
single operators (``onnx.backend.test.case.node``) and those exported from PyTorch and elsewhere
(the folders beside it). :mod:`onnx_operators` and the two modules beside it say what an operator
is here. A vector is run, or listed in ``NOT_RUN`` with the reason; nothing is left out in silence.

Not counted are vectors whose names contain "_expanded": the same numbers again, with the operator
spelled out in others.
"""

import warnings
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import numpy as np
import onnx_layers  # noqa: F401  (adds to OPERATORS)
import onnx_shapes  # noqa: F401
import pytest
from kernel_list import each_kernel
from onnx_operators import OPERATORS
from oracles import close

import minicnn as mc

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")

NO_DTYPE = "no such dtype: floats have 16, 32 or 64 bits, integers 8 to 64"
DILATED_MEAN = "average pooling has no dilation, as in PyTorch"
INTEGER_QUOTIENT = "a quotient of integers is a float, as in PyTorch"
NOTHING = "the largest or smallest of nothing is an error, as in PyTorch"
LABELS = "labels outside the classes are an error, as in PyTorch"
MASK = "the mask is drawn by a generator of NumPy's that this one is not"
CUBIC = "no cubic interpolation"
ANTIALIAS = "no antialiasing"
REGION = "no resizing of a part of an image"
ROUNDING = "nearest is PyTorch's: output pixel i shows pixel ⌊i·H/P⌋"

TRUNCATED = "a remainder has the sign of the divisor, as in PyTorch's remainder and in Python"

NOT_RUN = {  # a vector's name, or a pattern of names: why
    "test_averagepool_2d_dilations": DILATED_MEAN,
    "test_averagepool_3d_dilations_*": DILATED_MEAN,
    "test_*bfloat16*": NO_DTYPE,
    "test_cast_*BFLOAT16*": NO_DTYPE,
    "test_cast_*FLOAT8E*": NO_DTYPE,
    "test_cast_*FLOAT4E*": NO_DTYPE,
    "test_cast_*INT4*": NO_DTYPE,
    "test_cast_*INT2*": NO_DTYPE,
    "test_col2im_5d": "fold has two spatial axes, as in PyTorch",
    "test_div_*int*": INTEGER_QUOTIENT,
    "test_equal_string*": "no text",
    "test_eyelike_populate_off_main_diagonal": "eye has no other diagonal, as PyTorch's",
    "test_gather_elements_negative_indices": "places below 0 are an error, as in PyTorch",
    "test_identity_opt": "no optional values",
    "test_identity_sequence": "no sequences",
    "test_maxpool_2d_uint8": "max pooling takes floats",
    "test_mod_mixed_sign_float??": TRUNCATED,
    "test_mod_int64_fmod": TRUNCATED,
    "test_onehot_negative_indices": LABELS,
    "test_onehot_out_of_range_indices": LABELS,
    "test_pow_types_int??_float32": "a power with a float exponent is a float, as in PyTorch",
    "test_reduce_max_empty_set*": NOTHING,
    "test_reduce_min_empty_set": NOTHING,
    "test_resize_*cubic*": CUBIC,
    "test_resize_*_linear_antialias": ANTIALIAS,
    "test_resize_tf_crop_and_resize*": REGION,
    "test_resize_*_half_pixel_symmetric": "that mapping of pixels does not exist here",
    "test_resize_downsample_scales_linear_align_corners":
        "ONNX takes 2.4 pixels, a size times a factor, for the width of an image of 2",
    "test_resize_downsample_sizes_linear_pytorch_half_pixel":
        "of one output pixel ONNX says the first pixel, PyTorch (now) and minicnn the middle",
    "test_resize_downsample_scales_nearest": ROUNDING,
    "test_resize_downsample_sizes_nearest": ROUNDING,
    "test_resize_downsample_sizes_nearest_not_smaller": ROUNDING,
    "test_resize_upsample_sizes_nearest_ceil_half_pixel": ROUNDING,
    "test_resize_upsample_sizes_nearest_floor_align_corners": ROUNDING,
    "test_resize_upsample_sizes_nearest_round_prefer_ceil_asymmetric": ROUNDING,
    "test_unique_sorted_with_*axis*": "unique has no axis: of all entries together",
    "test_unique_not_sorted_*": "unique sorts",
    "test_training_dropout": MASK,
    "test_training_dropout_mask": MASK,
    "test_training_dropout_default*": MASK,
}
FEWER_OUTPUTS = {  # operators of whose outputs one is not offered
    "Dropout": "the mask is not returned",
    "MaxPool": "the places of the winners are not returned",
    "Unique": "the places of the first ones are not returned",
}
DIGITS = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 4}  # of the expected output


@dataclass
class Vector:
    name: str
    graph: object
    opset: int
    inputs: list
    outputs: list

    @property
    def operators(self):
        return [node.op_type for node in self.graph.node]


@cache
def vectors() -> list[Vector]:
    """All test vectors of the package."""
    from onnx.backend.test.case.node import collect_testcases
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # divisions by zero on purpose
        cases = collect_testcases(None)
    found = [
        Vector(c.name, c.model.graph, c.model.opset_import[0].version, *c.data_sets[0])
        for c in cases if "_expanded" not in c.name
    ]
    for kind in ("simple", "pytorch-operator", "pytorch-converted"):
        for case in load_model_tests(kind=kind):
            folder = Path(case.model_dir)
            model = onnx.load(str(folder / "model.onnx"))
            data = [
                [_load(f) for f in sorted((folder / "test_data_set_0").glob(f"{what}_*.pb"),
                                          key=lambda f: int(f.stem.rpartition("_")[2]))]
                for what in ("input", "output")
            ]
            found.append(Vector(case.name, model.graph, model.opset_import[0].version, *data))
    return found


def _load(file):
    return onnx.TensorProto.FromString(file.read_bytes())


def _array(value):
    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def reason(name: str) -> str | None:
    """Why a vector is not run, or None if it is."""
    return next((why for pattern, why in NOT_RUN.items() if fnmatchcase(name, pattern)), None)


def ours() -> list[Vector]:
    """The vectors all of whose operators minicnn has."""
    return [v for v in vectors() if set(v.operators) <= {*OPERATORS, "Gradient"}]


def run(vector: Vector) -> list:
    """What the graph gives here, node by node: arrays."""
    values = {"": None}
    for constant in vector.graph.initializer:
        values[constant.name] = mc.Tensor(onnx.numpy_helper.to_array(constant))
    free = [i.name for i in vector.graph.input if i.name not in values]
    names = free if len(free) == len(vector.inputs) else [i.name for i in vector.graph.input]
    for name, array in zip(names, map(_array, vector.inputs), strict=False):
        if not isinstance(array, np.ndarray | np.generic):
            raise TypeError(f"{name} is a {type(array).__name__}, not an array")
        t = values[name] = mc.Tensor(array)
        t.requires_grad = t.dtype.kind == "f"
    for node in vector.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        attributes.update(opset=vector.opset, outputs=len(node.output))
        if "value" in attributes and isinstance(attributes["value"], onnx.TensorProto):
            attributes["value"] = mc.Tensor(_array(attributes["value"]))
        given = [values[name] for name in node.input]
        if node.op_type == "Gradient":
            y = values[attributes["y"].decode()]
            results = mc.grad(y, [values[x.decode()] for x in attributes["xs"]])
        else:
            results = OPERATORS[node.op_type](attributes, *given)
        results = (results,) if isinstance(results, mc.Tensor) else results
        values.update(zip(node.output, results, strict=False))
    outputs = [values.get(o.name) for o in vector.graph.output]
    return [None if t is None else t.data for t in outputs]


def check(vector: Vector) -> None:
    """Fails unless the outputs are those of the vector: shape, dtype, values to a few roundings."""
    with np.errstate(all="ignore"):  # the logarithm of 0 is asked for, and the like
        found = run(vector)
    expected = [_array(o) for o in vector.outputs]
    for a, b in zip(found, expected, strict=True):
        if a is None:
            assert set(vector.operators) & set(FEWER_OUTPUTS)
            continue
        tolerance = 1e-3 if a.dtype == "float16" else None
        if vector.name in DIGITS:
            tolerance = 10.0 ** -DIGITS[vector.name]
        close(a, np.asarray(b), vector.name, tolerance)


def failures(some: list[Vector]) -> dict[str, str]:
    """The vectors that do not come out as they should, and how."""
    failed = {}
    for vector in some:
        try:
            check(vector)
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            failed[vector.name] = f"{type(error).__name__}: {error}"
    return failed


def to_run() -> list[Vector]:
    return [v for v in ours() if reason(v.name) is None]


@pytest.mark.parametrize("operator", [*OPERATORS, "Gradient"])
def test_operator(operator):
    having = [v for v in ours() if operator in v.operators]
    assert having, f"no vector has the operator {operator}"
    assert failures([v for v in having if reason(v.name) is None]) == {}


@each_kernel
def test_convolution_kernels(kernel):
    having = [v for v in to_run() if {"Conv", "ConvTranspose"} & set(v.operators)]
    if kernel == "direct":  # Python's loops would take minutes for this one
        having = [v for v in having if v.name != "test_operator_conv"]
    assert len(having) > 40
    with mc.use_kernel(kernel):
        assert failures(having) == {}


def test_what_is_listed_cannot_be_run():
    listed = [v for v in ours() if reason(v.name) is not None]
    assert failures(listed).keys() == {v.name for v in listed}
    for pattern in NOT_RUN:
        assert any(fnmatchcase(v.name, pattern) for v in listed), f"nothing is named {pattern}"


def test_all_are_counted(record_testsuite_property):
    listed = Counter(why for v in ours() if (why := reason(v.name)))
    run_here, others = len(to_run()), len(vectors()) - len(ours())
    record_testsuite_property("onnx vectors run", run_here)
    record_testsuite_property("onnx vectors listed", listed.total())
    print(f"onnx {onnx.__version__}: {len(OPERATORS) + 1} operators, {run_here} vectors run")
    print(f"{listed.total()} listed: {dict(listed)}; {others} of operators that do not exist here")
    assert run_here + listed.total() == len(ours())
    assert run_here > 650
