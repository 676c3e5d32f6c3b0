"""ONNX's layers, resizing and losses in terms of minicnn's.

Importing this adds them to the table of :mod:`onnx_operators`.
"""

from onnx_operators import OPERATORS, ints, operator

import minicnn as mc
import minicnn.functional as F

# Resizing ---------------------------------------------------------------------------------------


@operator
def Resize(a, x, region=None, scales=None, sizes=None):
    if a["opset"] < 11:
        region, scales = None, region
    axes = a.get("axes", range(x.ndim))
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
        factors = dict(zip(axes, scales.tolist(), strict=True))
        how = {"scale_factor": [factors.get(axis, 1.0) for axis in range(2, x.ndim)]}
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
