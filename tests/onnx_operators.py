"""ONNX's operators in terms of minicnn's: what each node of an ONNX graph computes here.

``OPERATORS[op_type](attributes, *inputs)`` takes and returns Tensors (a tuple where the node has
several outputs, with None for one that is not offered); an input that the node leaves out is None.
``attributes["opset"]`` is the version of the operators that the model was written for: settings
that are inputs today were attributes once. Shapes, axes and such are worked out here; the numbers
are the engine's. This file has the arithmetic; :mod:`onnx_shapes` and :mod:`onnx_layers` the rest.
"""

from functools import reduce

import minicnn as mc
import minicnn.functional as F
from minicnn.functional.rectifiers import Erf

OPERATORS = {}


def operator(function):
    OPERATORS[function.__name__] = function
    return function


def ints(t):
    """A Tensor of integers as a list of Python's."""
    return [int(v) for v in t.data.reshape(-1)]


def setting(a, name, given):
    """A list of integers: an input of newer operators, an attribute of older ones, or None."""
    return ints(given) if given is not None else a.get(name)


def last_axis_to(x, axis):
    """The last axis moved to the place ``axis``."""
    others = list(range(x.ndim - 1))
    axis %= x.ndim
    return mc.permute(x, others[:axis] + [x.ndim - 1] + others[axis:])


# Entry by entry ---------------------------------------------------------------------------------

def entrywise(name, function):
    OPERATORS[name] = lambda a, *inputs: function(*_old_broadcast(a, inputs))


def _old_broadcast(a, inputs):
    """Before version 7, ``axis`` said where the shape of the second operand fits the first's."""
    if a.get("broadcast") and "axis" in a:
        x, b = inputs
        after = x.ndim - a["axis"] % x.ndim - b.ndim
        return x, mc.reshape(b, (*b.shape, *(1,) * after))
    return inputs


for name, function in {
    "Add": mc.add, "Sub": mc.sub, "Mul": mc.mul, "Div": mc.div, "Neg": mc.neg, "Pow": mc.pow,
    "Abs": mc.abs, "Exp": mc.exp, "Log": mc.log, "Sqrt": mc.sqrt, "Sin": mc.sin, "Cos": mc.cos,
    "Relu": F.relu, "Sigmoid": F.sigmoid, "Tanh": F.tanh, "Softplus": F.softplus,
    "Erf": lambda x: Erf()(x), "Reciprocal": lambda x: 1 / x, "Where": mc.where,
    "Equal": lambda x, y: x == y, "Less": lambda x, y: x < y, "LessOrEqual": lambda x, y: x <= y,
    "Greater": lambda x, y: x > y, "GreaterOrEqual": lambda x, y: x >= y, "IsNaN": mc.isnan,
    "Identity": lambda x: x, "Not": mc.logical_not, "And": mc.logical_and, "Or": mc.logical_or,
    "Xor": mc.logical_xor, "BitwiseAnd": lambda x, y: x & y, "BitwiseOr": lambda x, y: x | y,
    "BitwiseXor": lambda x, y: x ^ y, "BitwiseNot": lambda x: ~x,
    "Floor": mc.floor, "Ceil": mc.ceil, "Round": mc.round, "Sign": mc.sign,
    "Sum": lambda *xs: reduce(mc.add, xs), "Mean": lambda *xs: reduce(mc.add, xs) / len(xs),
    "Max": lambda *xs: reduce(mc.maximum, xs), "Min": lambda *xs: reduce(mc.minimum, xs),
}.items():
    entrywise(name, function)


@operator
def IsInf(a, x):
    wanted = [x > 0] * a.get("detect_positive", 1) + [x < 0] * a.get("detect_negative", 1)
    asked = reduce(mc.maximum, wanted) if wanted else x != x
    return mc.where(asked, mc.isinf(x), False)


@operator
def Clip(a, x, low=None, high=None):
    low, high = (a.get(n) if t is None else t.item() for n, t in (("min", low), ("max", high)))
    return mc.clip(x, low, high)


@operator
def Mod(a, x, y):
    assert not a.get("fmod"), "of the sign of the divisor, always"
    return x % y


@operator
def LeakyRelu(a, x):
    return F.leaky_relu(x, a.get("alpha", 0.01))


@operator
def Elu(a, x):
    return F.elu(x, a.get("alpha", 1.0))


@operator
def Gelu(a, x):
    return F.gelu(x, a.get("approximate", b"none").decode())


@operator
def Swish(a, x):
    return F.silu(x * a.get("alpha", 1.0)) / a.get("alpha", 1.0)


@operator
def Dropout(a, x, ratio=None, training=None):
    p = a.get("ratio", 0.5) if ratio is None else ratio.item()
    return F.dropout(x, p, training=bool(training is not None and training.item()))


@operator
def Cast(a, x):
    return x.to({1: "float32", 10: "float16", 11: "float64"}[a["to"]])


# Reductions ------------------------------------------------------------------------------------

def reduction(name, function):
    def run(a, x, axes=None):
        axes = setting(a, "axes", axes)
        if not axes and a.get("noop_with_empty_axes"):
            return x
        return function(x, tuple(axes) if axes else None, bool(a.get("keepdims", 1)))

    OPERATORS[name] = run


def product(x, axes, keepdim):
    """Along one axis after the other: ``prod`` takes one, as PyTorch's."""
    for axis in sorted((axis % x.ndim for axis in axes or range(x.ndim)), reverse=True):
        x = mc.prod(x, axis, keepdim)
    return x


for name, function in {
    "ReduceSum": mc.sum, "ReduceMean": mc.mean, "ReduceMax": mc.max, "ReduceMin": mc.min,
    "ReduceLogSumExp": mc.logsumexp, "ReduceProd": product,
    "ReduceL1": lambda x, *how: mc.sum(mc.abs(x), *how),
    "ReduceL2": lambda x, *how: mc.sqrt(mc.sum(x * x, *how)),
    "ReduceSumSquare": lambda x, *how: mc.sum(x * x, *how),
    "ReduceLogSum": lambda x, *how: mc.log(mc.sum(x, *how)),
}.items():
    reduction(name, function)


def extreme(name, function):
    def run(a, x):
        axis, keep = a.get("axis", 0), bool(a.get("keepdims", 1))
        if a.get("select_last_index"):
            return x.shape[axis] - 1 - function(mc.flip(x, axis), axis, keep)
        return function(x, axis, keep)

    OPERATORS[name] = run


extreme("ArgMax", mc.argmax)
extreme("ArgMin", mc.argmin)


@operator
def CumSum(a, x, axis):
    axis = axis.item()
    y = mc.flip(mc.cumsum(mc.flip(x, axis), axis), axis) if a.get("reverse") else mc.cumsum(x, axis)
    return (y - x if a.get("exclusive") else y).to(str(x.dtype))


@operator
def LpNormalization(a, x):
    return F.normalize(x, a.get("p", 2), a.get("axis", -1))


@operator
def Hardmax(a, x):
    axis = a.get("axis", -1) % x.ndim
    rows = F.one_hot(mc.argmax(x, axis), x.shape[axis])
    return last_axis_to(rows, axis).to(str(x.dtype))


@operator
def TopK(a, x, k):
    return tuple(mc.topk(x, k.item(), a.get("axis", -1), bool(a.get("largest", 1))))


def normalised_exponential(name, function):
    def run(a, x):
        if a["opset"] >= 13:
            return function(x, a.get("axis", -1))
        rows = OPERATORS["Flatten"](a, x)  # all axes from ``axis`` on together
        return mc.reshape(function(rows, 1), x.shape)

    OPERATORS[name] = run


normalised_exponential("Softmax", F.softmax)
normalised_exponential("LogSoftmax", F.log_softmax)
