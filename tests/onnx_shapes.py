"""ONNX's operators that move entries about, make new ones or pick some, in terms of minicnn's.

Importing this adds them to the table of :mod:`onnx_operators`.
"""

import numpy as np
from onnx_operators import ints, last_axis_to, operator, setting

import minicnn as mc
import minicnn.functional as F


@operator
def Constant(a):
    return a["value"]


@operator
def ConstantOfShape(a, shape):
    value = a["value"] if "value" in a else mc.zeros(1)
    return mc.full(ints(shape), value.item(), dtype=str(value.dtype))


@operator
def EyeLike(a, x):
    assert not a.get("k"), "the main diagonal only"
    dtype = {1: "float32", 11: "float64"}[a["dtype"]] if "dtype" in a else str(x.dtype)
    return mc.eye(*x.shape, dtype=dtype)


@operator
def Range(a, start, end, step):
    return mc.arange(start.item(), end.item(), step.item(), dtype=str(start.dtype))


@operator
def Trilu(a, x, k=None):
    return (mc.triu if a.get("upper", 1) else mc.tril)(x, 0 if k is None else k.item())


@operator
def NonZero(a, x):
    return mc.transpose(mc.nonzero(x), 0, 1)


@operator
def Compress(a, x, mask):
    x, axis = (x, a["axis"]) if "axis" in a else (mc.reshape(x, -1), 0)
    return mc.index_select(x, axis, mc.nonzero(mask)[:, 0])


@operator
def Unique(a, x):
    assert "axis" not in a and a.get("sorted", 1)
    values, inverse, counts = mc.unique(x, return_inverse=True, return_counts=True)
    return values, None, mc.reshape(inverse, -1), counts


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
def GatherND(a, x, places):
    batch = a.get("batch_dims", 0)
    key = [mc.arange(n).data.reshape(-1, *(1,) * (places.ndim - 2 - i))
           for i, n in enumerate(x.shape[:batch])]
    return x[(*key, *(places[..., i] for i in range(places.shape[-1])))]


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
    return last_axis_to(rows * (values[1] - values[0]) + values[0], a.get("axis", -1))


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
