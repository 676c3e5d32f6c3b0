"""ONNX's operators in terms of minicnn's: what each node of an ONNX graph computes here.

``OPERATORS[op_type](attributes, *inputs)`` takes and returns Tensors (a tuple where the node has
several outputs); an input that the node leaves out is None. ``attributes["opset"]`` is the version
of the operators that the model was written for: settings that are inputs today were attributes
once. Shapes, axes and such are worked out here; the numbers are the engine's.
"""

from functools import reduce

import numpy as np

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
    "Identity": lambda x: x,
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


for name, function in {
    "ReduceSum": mc.sum, "ReduceMean": mc.mean, "ReduceMax": mc.max, "ReduceMin": mc.min,
    "ReduceLogSumExp": mc.logsumexp,
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


# Shapes and places -----------------------------------------------------------------------------

@operator
def Constant(a):
    return a["value"]


@operator
def Reshape(a, x, shape):
    wanted = ints(shape)
    if not a.get("allowzero"):
        wanted = [x.shape[i] if n == 0 else n for i, n in enumerate(wanted)]
    return mc.reshape(x, wanted)


@operator
def Flatten(a, x):
    axis = a.get("axis", 1)
    axis = axis % x.ndim if axis < 0 else axis
    return mc.reshape(x, (int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))


@operator
def Squeeze(a, x, axes=None):
    axes = setting(a, "axes", axes)
    return mc.squeeze(x, None if axes is None else tuple(axes))


@operator
def Unsqueeze(a, x, axes=None):
    axes = setting(a, "axes", axes)
    for axis in sorted(axis % (x.ndim + len(axes)) for axis in axes):
        x = mc.unsqueeze(x, axis)
    return x


@operator
def Transpose(a, x):
    return mc.permute(x, a.get("perm", list(range(x.ndim))[::-1]))


@operator
def Expand(a, x, shape):
    return x.expand(np.broadcast_shapes(x.shape, tuple(ints(shape))))


@operator
def Tile(a, x, repeats):
    return mc.repeat(x, ints(repeats))


@operator
def Concat(a, *xs):
    return mc.cat(xs, a["axis"])


@operator
def Split(a, x, sizes=None):
    axis, sizes = a.get("axis", 0), setting(a, "split", sizes)
    return mc.chunk(x, a["outputs"], axis) if sizes is None else mc.split(x, sizes, axis)


@operator
def Slice(a, x, starts=None, ends=None, axes=None, steps=None):
    starts, ends = setting(a, "starts", starts), setting(a, "ends", ends)
    axes = setting(a, "axes", axes) or range(len(starts))
    steps = setting(a, "steps", steps) or [1] * len(starts)
    key = [slice(None)] * x.ndim
    for axis, *cut in zip(axes, starts, ends, steps, strict=True):
        key[axis] = slice(*cut)
    return x[tuple(key)]


@operator
def Gather(a, x, places):
    return x[(slice(None),) * (a.get("axis", 0) % x.ndim) + (places,)]


@operator
def GatherElements(a, x, places):
    return mc.gather(x, a.get("axis", 0), places)


@operator
def Pad(a, x, pads=None, value=None, axes=None):
    pads = setting(a, "pads", pads)
    axes = range(x.ndim) if axes is None else ints(axes)
    pairs = dict.fromkeys(range(x.ndim), (0, 0))
    for axis, before, after in zip(axes, pads, pads[len(pads) // 2 :], strict=False):
        pairs[axis % x.ndim] = before, after
    mode = a.get("mode", b"constant").decode()
    mode = {"edge": "replicate", "wrap": "circular"}.get(mode, mode)
    value = a.get("value", 0.0) if value is None else value.item()
    widths = [w for axis in reversed(range(x.ndim)) for w in pairs[axis]]
    return F.pad(x, widths, mode, value if mode == "constant" else None)


@operator
def OneHot(a, labels, depth, values):
    rows = F.one_hot(labels.long(), int(depth.item())).to(str(values.dtype))
    rows = rows * (values[1] - values[0]) + values[0]
    axis = a.get("axis", -1) % rows.ndim
    others = list(range(rows.ndim - 1))
    return mc.permute(rows, others[:axis] + [rows.ndim - 1] + others[axis:])


@operator
def DepthToSpace(a, x):
    n, c, h, w = x.shape
    r = a["blocksize"]
    if a.get("mode", b"DCR") == b"DCR":  # PyTorch's order, and ours, is CRD
        x = mc.transpose(mc.reshape(x, (n, r * r, c // (r * r), h, w)), 1, 2)
    return F.pixel_shuffle(mc.reshape(x, (n, c, h, w)), r)


@operator
def SpaceToDepth(a, x):
    r = a["blocksize"]
    y = F.pixel_unshuffle(x, r)
    if a.get("mode", b"DCR") == b"CRD":
        return y
    n, c, h, w = y.shape
    return mc.reshape(mc.transpose(mc.reshape(y, (n, c // (r * r), r * r, h, w)), 1, 2), y.shape)


@operator
def Col2Im(a, columns, size, block):
    begin_and_end = a.get("pads", [0] * 4)
    assert begin_and_end[:2] == begin_and_end[2:]
    return F.fold(columns, ints(size), ints(block), a.get("dilations", 1), begin_and_end[:2],
                  a.get("strides", 1))


@operator
def Resize(a, x, region=None, scales=None, sizes=None):
    if a["opset"] < 11:
        region, scales = None, region
    axes = a.get("axes", range(x.ndim))
    factors = [1.0] * x.ndim
    wanted = list(x.shape)
    if sizes is not None:
        for axis, n in zip(axes, ints(sizes), strict=True):
            wanted[axis] = n
        policy = a.get("keep_aspect_ratio_policy", b"stretch")
        if policy != b"stretch":
            choose = min if policy == b"not_larger" else max
            factor = choose(wanted[axis] / x.shape[axis] for axis in axes)
            for axis in axes:
                wanted[axis] = round(factor * x.shape[axis])
        how = {"size": wanted[2:]}
    else:
        for axis, f in zip(axes, scales.data, strict=True):
            factors[axis] = float(f)
        how = {"scale_factor": factors[2:]}
    if a.get("mode", b"nearest") == b"nearest":
        return F.interpolate(x, **how)
    corners = a.get("coordinate_transformation_mode") == b"align_corners"
    mode = {3: "linear", 4: "bilinear", 5: "trilinear"}[x.ndim]
    return F.interpolate(x, **how, mode=mode, align_corners=corners)


OPERATORS["Upsample"] = Resize


# Products, convolutions, pooling ----------------------------------------------------------------

OPERATORS["MatMul"] = lambda a, x, y: mc.matmul(x, y)


@operator
def Gemm(a, x, y, c=None):
    x = mc.transpose(x, 0, 1) if a.get("transA") else x
    y = mc.transpose(y, 0, 1) if a.get("transB") else y
    product = mc.matmul(x, y) * a.get("alpha", 1.0)
    return product if c is None else product + c * a.get("beta", 1.0)


def pads_of(a, sizes, kernel):
    """(before, after) for each spatial axis, also where ``auto_pad`` says them."""
    auto, axes = a.get("auto_pad", b"NOTSET"), len(sizes)
    if not auto.startswith(b"SAME"):
        given = a.get("pads", [0] * 2 * axes)
        return list(zip(given[:axes], given[axes:], strict=True))
    strides, dilations = a.get("strides", [1] * axes), a.get("dilations", [1] * axes)
    pairs = []
    for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True):
        total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        small, large = total // 2, total - total // 2
        pairs.append((small, large) if auto == b"SAME_UPPER" else (large, small))
    return pairs


@operator
def Conv(a, x, w, bias=None):
    function = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim]
    return function(x, w, bias, a.get("strides", 1), pads_of(a, x.shape[2:], w.shape[2:]),
                    a.get("dilations", 1), a.get("group", 1))


@operator
def ConvTranspose(a, x, w, bias=None):
    axes = x.ndim - 2
    strides, dilations = a.get("strides", [1] * axes), a.get("dilations", [1] * axes)
    extra = list(a.get("output_padding", [0] * axes))
    pads = pads_of({"pads": a.get("pads", [0] * 2 * axes)}, x.shape[2:], w.shape[2:])
    upper = a.get("auto_pad") == b"SAME_UPPER"
    wanted = a.get("output_shape")
    if a.get("auto_pad", b"NOTSET").startswith(b"SAME"):
        wanted = [n * s for n, s in zip(x.shape[2:], strides, strict=True)]
    if wanted is not None:
        for i, n in enumerate(wanted):
            full = strides[i] * (x.shape[2 + i] - 1) + dilations[i] * (w.shape[2 + i] - 1) + 1
            total = full + extra[i] - n
            extra[i] += max(0, -total)
            small, large = max(0, total) // 2, max(0, total) - max(0, total) // 2
            pads[i] = (small, large) if upper else (large, small)
    function = {3: F.conv_transpose1d, 4: F.conv_transpose2d, 5: F.conv_transpose3d}[x.ndim]
    return function(x, w, bias, strides, pads, extra, a.get("group", 1), dilations)


def symmetric(pads, kernel):
    """The padding as the pooling functions take it, or None where they do not."""
    fits = all(b == e and 2 * b <= k for (b, e), k in zip(pads, kernel, strict=True))
    return [b for b, _ in pads] if fits else None


def around(x, pads, value):
    return F.pad(x, [w for pair in reversed(pads) for w in pair], value=value)


@operator
def MaxPool(a, x):
    function = {3: F.max_pool1d, 4: F.max_pool2d, 5: F.max_pool3d}[x.ndim]
    kernel = a["kernel_shape"]
    pads = pads_of(a, x.shape[2:], kernel)
    padding = symmetric(pads, kernel)
    if padding is None:
        x, padding = around(x, pads, float("-inf")), 0
    return function(x, kernel, a.get("strides", 1), padding, a.get("dilations", 1),
                    bool(a.get("ceil_mode")))


@operator
def AveragePool(a, x):
    function = {3: F.avg_pool1d, 4: F.avg_pool2d, 5: F.avg_pool3d}[x.ndim]
    kernel, strides, ceil = a["kernel_shape"], a.get("strides", 1), bool(a.get("ceil_mode"))
    assert set(a.get("dilations", [1])) == {1}
    include = bool(a.get("count_include_pad"))
    pads = pads_of(a, x.shape[2:], kernel)
    padding = symmetric(pads, kernel)
    if padding is not None:
        return function(x, kernel, strides, padding, ceil, include)
    ones = mc.ones_like(x)
    if include:
        return function(around(x, pads, 0.0), kernel, strides, 0, ceil)
    total, count = (function(around(t, pads, 0.0), kernel, strides, 0, ceil) for t in (x, ones))
    return total / count


def every_pixel(name, function):
    def run(a, x):
        return getattr(F, f"{function}{x.ndim - 2}d")(x, 1)

    OPERATORS[name] = run


every_pixel("GlobalAveragePool", "adaptive_avg_pool")
every_pixel("GlobalMaxPool", "adaptive_max_pool")


# Normalisation and losses -----------------------------------------------------------------------

@operator
def BatchNormalization(a, x, weight, bias, mean, var):
    eps, keep = a.get("epsilon", 1e-5), a.get("momentum", 0.9)
    if not a.get("training_mode"):
        return F.batch_norm(x, mean, var, weight, bias, eps=eps)
    running, spread = mc.tensor(mean), mc.tensor(var)
    y = F.batch_norm(x, running, spread, weight, bias, True, 1 - keep, eps)
    n = x.numel() // x.shape[1]  # ONNX's running variance lacks Bessel's correction
    return y, running, var * keep + (spread - var * keep) * ((n - 1) / n)


@operator
def LayerNormalization(a, x, weight, bias=None):
    axis, eps = a.get("axis", -1) % x.ndim, a.get("epsilon", 1e-5)
    axes = tuple(range(axis, x.ndim))
    y = F.layer_norm(x, x.shape[axis:], weight, bias, eps)
    return y, mc.mean(x, axes, True), (mc.var(x, axes, True, correction=0) + eps) ** -0.5


@operator
def GroupNormalization(a, x, weight, bias):
    return F.group_norm(x, a["num_groups"], weight, bias, a.get("epsilon", 1e-5))


@operator
def InstanceNormalization(a, x, weight, bias):
    return F.instance_norm(x, weight=weight, bias=bias, eps=a.get("epsilon", 1e-5))


@operator
def NegativeLogLikelihoodLoss(a, x, target, weight=None):
    return F.nll_loss(x, target, weight, a.get("ignore_index", -100),
                      a.get("reduction", b"mean").decode())


@operator
def SoftmaxCrossEntropyLoss(a, x, target, weight=None):
    loss = F.cross_entropy(x, target, weight, a.get("ignore_index", -100),
                           a.get("reduction", b"mean").decode())
    return loss, F.log_softmax(x, 1)
