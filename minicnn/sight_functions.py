"""What each Function does to what is seen: the walk from a Tensor back to the input.

:class:`Sight` goes through the graph that the forward pass has recorded, as the backward pass
would, but asks each node only for its geometry and axes; no gradient is computed and no pixel is
looked at. The arithmetic of intervals is in :mod:`minicnn.sight`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from . import backend
from .autograd import Function
from .functional.activation import ReLU, Sigmoid, Tanh
from .functional.arithmetic import Binary, Neg, Scale
from .functional.binary_loss import BoundedLog
from .functional.broadcast import BroadcastTo
from .functional.conv import Convolution, InputGradient
from .functional.cumulative import CumSum
from .functional.dropout import Dropout
from .functional.elementwise import (
    Cos,
    Exp,
    Expm1,
    Log,
    Log1p,
    LogToBase,
    PowNumber,
    Sin,
    Sqrt,
)
from .functional.index import GetItem, PickLast
from .functional.loss import CrossEntropy
from .functional.matmul import Linear, MatMul
from .functional.norm import BatchNorm, FixedNorm
from .functional.operands import Cast, Move
from .functional.padding import Pad
from .functional.patches import Fold, Unfold
from .functional.pool import MaxPool, SpreadPool, SumPool
from .functional.quantize import Quantize
from .functional.rectifiers import Erf, Softplus
from .functional.reduce import Prod, Sum
from .functional.rounding import Steps
from .functional.select import Abs, Clip
from .functional.shape import Cat, Permute, Reshape
from .functional.softmax import LogSoftmax, LogSumExp, Softmax
from .sight import Axis, Field, Seen, Shape, View, unions
from .tensor import Tensor

# The rules: (node, what the inputs see, shapes of the inputs, shape of the output) -> View.
# An input that does not depend on the network's input sees None.

Views = Sequence["View | None"]


def _entry_by_entry(node: Function, views: Views, shapes: Sequence[Shape], out: Shape) -> View:
    """Each entry sees what the entries that are broadcast to it see."""
    seeing = [(v, s) for v, s in zip(views, shapes, strict=True) if v is not None]
    first = seeing[0][0]
    if all(s == out and v.shape == first.shape for v, s in seeing):
        return View(unions([v.field for v, _ in seeing], first.shape), first.shape)
    fields = []
    for view, s in seeing:
        view, new = view.reshaped(s), len(out) - len(s)
        repeated = [i for i, n in enumerate(s) if n == 1 and out[i + new] != 1]
        fields.append(_shifted(view.without(repeated).field, lambda axis, new=new: axis + new))
    return View(unions(fields, out), out)


def _shifted(field: Field, move: Callable[[int], int]) -> Field:
    return tuple(a if a.axis is None else replace(a, axis=move(a.axis)) for a in field)


def _spatial(node: Function, views: Views, shapes: Sequence[Shape], out: Shape, step) -> View:
    """``step(seen, axis)`` along the spatial axes; the channels meet."""
    fields = []
    for i, (view, s) in enumerate(zip(views, shapes, strict=True)):
        if view is None:
            continue
        if i:  # the weights depend on the input: every position sees what they see
            fields.append(view.reshaped(s).all_together().field)
            continue
        view = view.reshaped(s).without((0, 1))
        fields.append(tuple(
            a if a.axis is None else Axis(a.axis, step(a.seen, a.axis - 2)) for a in view.field
        ))
    return View(unions(fields, out), out)


def _windows(node, views, shapes, out) -> View:
    g = node.geometry
    return _spatial(node, views, shapes, out, lambda seen, k: seen.window(
        g.kernel[k], g.stride[k], g.before[k], g.dilation[k]))


def _transposed(node, views, shapes, out) -> View:
    g = node.geometry
    return _spatial(node, views, shapes, out, lambda seen, k: seen.transposed(
        g.kernel[k], g.stride[k], g.before[k], g.dilation[k]))


def _unfold(node, views, shapes, out) -> View:
    return _windows(node, views, shapes, (*out[:2], *node.geometry.output))


def _fold(node, views, shapes, out) -> View:
    return _transposed(node, views, [(*shapes[0][:2], *node.geometry.output)], out)


def _pad(node, views, shapes, out) -> View:
    view = views[0].reshaped(shapes[0])
    field = tuple(
        a if a.axis is None else Axis(a.axis, a.seen.window(1, 1, node.widths[a.axis][0], 1))
        for a in view.field
    )
    return View(field, out)


def _reshape(node, views, shapes, out) -> View:
    return views[0]  # counted as before, until someone asks for an axis


def _permute(node, views, shapes, out) -> View:
    return View(_shifted(views[0].reshaped(shapes[0]).field, node.axes.index), out)


def _cat(node, views, shapes, out) -> View:
    seeing = [v.reshaped(s) for v, s in zip(views, shapes, strict=True) if v is not None]
    return View(unions([v.without((node.axis,)).field for v in seeing], out), out)


def _get_item(node, views, shapes, out) -> View:
    """The places along an axis are themselves indexed, to see which go where."""
    view = views[0].reshaped(shapes[0])
    key = tuple(backend.to_numpy(k) if backend.is_array(k) else k for k in node.key)
    axes = []
    for a in view.field:
        if a.axis is None:
            axes.append(a)
            continue
        n = shapes[0][a.axis]
        along = np.arange(n).reshape([-1 if i == a.axis else 1 for i in range(len(shapes[0]))])
        places = np.broadcast_to(along, shapes[0])[key]
        varies = [i for i, m in enumerate(out) if m > 1 and (places != places.take([0], i)).any()]
        if not places.size or not varies:
            axes.append(Axis(None, Seen((a.seen.of({int(p) for p in places.flat}),), 0)))
            continue
        # along several axes (windows: which, and the place in it): the one with the least at once
        along = min(varies, key=lambda i: sum(last - first for first, last in _rows(places, i)))
        axes.append(Axis(along, a.seen.by_table(_rows(places, along), n)))
    return View(tuple(axes), out)


def _rows(places: np.ndarray, axis: int) -> list[tuple[int, int]]:
    """The least and the greatest place in each slice along an axis."""
    rows = np.moveaxis(places, axis, 0).reshape(places.shape[axis], -1)
    return [(int(row.min()), int(row.max())) for row in rows]


def _summed(node, views, shapes, out) -> View:
    axes = getattr(node, "axes", (len(shapes[0]) - 1,))  # Prod, PickLast: along the last
    return View(views[0].reshaped(shapes[0]).without(axes, len(out) == len(shapes[0])).field, out)


def _along_axis(node, views, shapes, out) -> View:
    return View(views[0].reshaped(shapes[0]).without((node.axis,)).field, out)


def _first_axes(shape: Shape, entries: int) -> int | None:
    """How many of the first axes have so many entries together, if some have."""
    return next((k for k in range(len(shape) + 1) if prod(shape[:k]) == entries), None)


def _linear(node, views, shapes, out) -> View:
    """Rows stay rows: (N·H·W, C) is still (N, H, W, C) when it comes out as (N, H, W, O)."""
    fields, view = [], views[0]
    if view is not None:
        rows = _first_axes(view.shape, out[0])
        if rows is None:
            view, rows = view.reshaped(shapes[0]), 1
        lost = view.without(range(rows, len(view.shape)))
        fields.append((lost.field, (*view.shape[:rows], out[1])))
    for other, s in zip(views[1:], shapes[1:], strict=True):
        if other is not None:
            fields.append((other.reshaped(s).all_together().field, out))
    new = fields[0][1]
    return View(unions([field for field, _ in fields], new), new)


def _matmul(node, views, shapes, out) -> View:
    a, b = views
    fields = []
    if a is not None:
        a, last = a.reshaped(shapes[0]), len(shapes[0]) - 1
        if b is None and len(shapes[1]) == 2 and not node.inputs[1].requires_grad:
            a = _by_matrix(a, last, backend.to_numpy(node.inputs[1].data))
        else:
            a = a.without((last,))
        fields.append(_shifted(a.field, lambda axis: axis + len(out) - len(shapes[0])))
    if b is not None:
        b = b.reshaped(shapes[1]).without((len(shapes[1]) - 2,))
        fields.append(_shifted(b.field, lambda axis: axis + len(out) - len(shapes[1])))
    return View(unions(fields, out), out)


def _by_matrix(view: View, axis: int, matrix: np.ndarray) -> View:
    """A constant matrix (in, out) along an axis: output j sees where column j is not zero."""
    table = []
    for column in matrix.T:
        places = np.flatnonzero(column)
        table.append((int(places[0]), int(places[-1])) if places.size else None)
    return View(tuple(
        Axis(a.axis, a.seen.by_table(table, len(matrix))) if a.axis == axis else a
        for a in view.field
    ), (*view.shape[:-1], len(table)))


def _batch_norm(node, views, shapes, out) -> View:
    """With the batch's statistics: all of a channel. Layer norm has its rows as channels."""
    view = views[0]
    if view is None:
        return _everything(node, views, shapes, out)
    rows = _first_axes(view.shape, out[1]) if out[0] == 1 else None
    if rows is None:
        return View(view.reshaped(out).without([i for i in range(len(out)) if i != 1]).field, out)
    return View(view.without(range(rows, len(view.shape))).field, view.shape)


def _everything(node, views, shapes, out) -> View:
    seeing = [v.reshaped(s).all_together() for v, s in zip(views, shapes, strict=True) if v]
    return View(unions([v.field for v in seeing], out), out)


RULES: dict[type, Callable[..., View]] = {
    Convolution: _windows, InputGradient: _transposed,
    MaxPool: _windows, SumPool: _windows, SpreadPool: _transposed,
    Unfold: _unfold, Fold: _fold, Pad: _pad,
    Reshape: _reshape, Permute: _permute, Cat: _cat, GetItem: _get_item,
    Sum: _summed, Prod: _summed, PickLast: _summed, LogSumExp: _summed,
    Softmax: _along_axis, LogSoftmax: _along_axis, CumSum: _along_axis,
    Linear: _linear, MatMul: _matmul,
    BatchNorm: _batch_norm, CrossEntropy: _everything,
    **dict.fromkeys((
        Binary, Neg, Scale, BroadcastTo,
        ReLU, Sigmoid, Tanh, Erf, Softplus,
        Exp, Expm1, Log, LogToBase,
        Log1p, Sqrt, Sin, Cos,
        PowNumber, Clip, Abs, Steps, Cast,
        Move, FixedNorm, Dropout, BoundedLog, Quantize,
    ), _entry_by_entry),
}


class Sight:
    """What Tensors see of ``source`` (N, C, size...), the input of a network."""

    def __init__(self, source: Tensor):
        self.source = source
        self._known: dict[Function, View | None] = {}

    def of(self, tensor: Tensor) -> View | None:
        """What ``tensor`` sees, by its own axes; None if it does not depend on the input."""
        stack = [tensor]  # of our own, as in the backward walk: networks are deep
        while stack:
            t = stack[-1]
            node = t.creator
            if node is None or node in self._known:
                stack.pop()
                continue
            waiting = [x for x, need in zip(node.inputs, node.needs, strict=True) if need
                       and x.creator is not None and x.creator not in self._known]
            if waiting:
                stack.extend(waiting)
            else:
                self._known[node] = self._rule(node, t.shape)
                stack.pop()
        view = self._look_up(tensor)
        return None if view is None else view.reshaped(tensor.shape)

    def _look_up(self, t: Tensor) -> View | None:
        if t is self.source:
            axes = range(2, t.ndim)
            return View(tuple(Axis(axis, Seen()) for axis in axes), t.shape)
        return None if t.creator is None else self._known[t.creator]

    def _rule(self, node: Function, out: Shape) -> View | None:
        views = [self._look_up(x) if need else None
                 for x, need in zip(node.inputs, node.needs, strict=True)]
        if not any(views):
            return None
        for kind in type(node).__mro__:
            if kind in RULES:
                shapes = [x.shape for x in node.inputs]
                return RULES[kind](node, views, shapes, out)
        raise NotImplementedError(
            f"receptive_field: what an entry of {type(node).__name__}'s output sees of its inputs "
            f"is not known; known are {', '.join(sorted(kind.__name__ for kind in RULES))}"
        )

