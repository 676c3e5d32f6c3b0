"""Losses of classification: how little probability the right class was given.

Cross-entropy of the softmax is the negative logarithm of the probability given to the right
class; a network that knows nothing about C classes starts at ln C (001; 2.3026 for ten).

Source: 001 and 002 "categorical cross-entropy", 004 "Putting It All Together".
"""

from __future__ import annotations

import operator
from math import nan
from typing import Any

from .. import kernels
from ..autograd import Function, is_grad_enabled
from ..backend import array_module
from ..tensor import FLOATS, Tensor, wrap
from .arithmetic import Scale
from .index import get_item, pick_last
from .operands import as_tensor, cast
from .reduce import mean, sum
from .reduction import check_float_target, check_reduction, reduced
from .select import where
from .shape import permute, reshape
from .softmax import log_softmax, softmax


class CrossEntropy(Function):
    """ℓ = −ln softmax(x)[label]:  ∂ℓ/∂x_c = softmax(x)_c − 1[c = label].

    Scores x (N, C, ...), labels (N, ...); ℓ is 0 where the label is ``ignored``. To first order
    forward and gradient are a pass over x each. When the gradient is to be differentiated again, it
    is composed of differentiable operations: the same numbers, and the graph that goes with them.
    """

    reads = ((0,),)

    def __init__(self, labels: Any, ignored: int, counted: int, reduction: str):
        self.labels, self.ignored, self.counted = labels, ignored, counted
        self.reduction = reduction

    def forward(self, x):
        self.kernel = kernels.pick("cross_entropy", x)
        losses, self.saved = self.kernel.cross_entropy(x, self.labels, self.ignored)
        if self.reduction == "none":
            return losses
        return losses.sum() / (self.counted if self.reduction == "mean" else 1)

    def backward(self, g: Tensor) -> Tensor:
        (x,) = self.inputs
        if self.reduction == "mean":
            g = Scale(1 / self.counted if self.counted else nan)(g)
        if not is_grad_enabled():
            return wrap(self.kernel.cross_entropy_gradient(
                g.data, x.data, self.labels, self.ignored, self.saved
            ))
        xp = array_module(x.data)
        labels = xp.expand_dims(self.labels, 1)  # (N, 1, ...)
        classes = xp.arange(x.shape[1]).reshape(1, -1, *(1,) * (x.ndim - 2))
        right = wrap((classes == labels).astype(x.dtype))  # (N, C, ...)
        if self.reduction == "none":
            g = reshape(g, labels.shape)
        return where(labels != self.ignored, (softmax(x, 1) - right) * g, 0.0)


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """−ln softmax(x)[target]: logits (N, C, ...) and class indices (N, ...) or probabilities.

    Indices are integers from 0 to C − 1; entries equal to ``ignore_index`` count for nothing.
    Probabilities have the input's shape and dtype kind: −Σ_c p_c ln softmax(x)_c. ``weight`` (C,)
    multiplies the terms of each class; the mean is then weighted too. ``label_smoothing`` ε mixes
    the target with the uniform distribution, (1 − ε)·target + ε/C. ``reduction`` is "mean",
    "sum" or "none" (one number for each target). Logits need no softmax before.
    """
    x, target = _logits(input, "cross_entropy"), _target(target, input)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing={label_smoothing} must be from 0 to 1")
    check_reduction(reduction, "cross_entropy")
    weight = _class_weight(weight, x, "cross_entropy")
    classes = x.shape[1]
    if weight is None and label_smoothing == 0 and classes and target.dtype not in FLOATS:
        ignored = operator.index(ignore_index)
        counted = _check_labels(target, x, ignored)
        return CrossEntropy(target.data, ignored, counted, reduction)(x)
    log_p = log_softmax(x, 1)
    if target.dtype in FLOATS:
        if target.shape != x.shape:
            raise ValueError(
                f"cross_entropy: target probabilities must have the shape of the input "
                f"{x.shape}, got {target.shape}"
            )
        check_float_target(x, target, "cross_entropy")
        goal = target * (1 - label_smoothing) + label_smoothing / classes
        weighted = log_p if weight is None else log_p * _by_class(weight, x.ndim)
        losses = -sum(goal * weighted, 1)
        if reduction == "mean":
            return mean(losses)
        return sum(losses) if reduction == "sum" else losses
    if label_smoothing == 0:
        return nll_loss(log_p, target, weight, ignore_index, reduction)
    hard = nll_loss(log_p, target, weight, ignore_index, reduction)
    weighted = log_p if weight is None else log_p * _by_class(weight, x.ndim)
    smooth = where(target.data != ignore_index, -sum(weighted, 1), 0.0)
    if reduction == "mean":
        _, each = _picked_weights(target, weight, ignore_index, x)
        smooth = sum(smooth) / sum(each)
    elif reduction == "sum":
        smooth = sum(smooth)
    return hard * (1 - label_smoothing) + smooth * (label_smoothing / classes)


def nll_loss(
    input: Tensor,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """−x[n, target[n]] for log-probabilities x (N, C, ...) and class indices (N, ...).

    ``weight``, ``ignore_index`` and ``reduction`` as in :func:`cross_entropy`; the weighted mean
    divides by the sum of the weights of the targets.
    """
    x, target = _logits(input, "nll_loss"), _target(target, input)
    check_reduction(reduction, "nll_loss")
    weight = _class_weight(weight, x, "nll_loss")
    counted = _check_labels(target, x, ignore_index)
    rows = reshape(permute(x, (0, *range(2, x.ndim), 1)), (-1, x.shape[1]))  # (N·..., C)
    if weight is None and counted == target.data.size:  # the usual case, nothing extra
        return reduced(-reshape(pick_last(rows, target.data.reshape(-1)), target.shape),
                       reduction, "nll_loss")
    index, each = _picked_weights(target, weight, ignore_index, x)
    picked = reshape(pick_last(rows, index.reshape(-1)), target.shape)
    losses = where(target.data != ignore_index, -picked, 0.0) * each  # not −picked·0: it may be ∞
    if reduction == "mean":
        return sum(losses) / sum(each)
    return sum(losses) if reduction == "sum" else losses


def _logits(input: Any, op: str) -> Tensor:
    x = as_tensor(input)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}")
    if x.ndim < 2:
        raise ValueError(
            f"{op}: the input must be (N, C, ...), one score for each class, got shape {x.shape}"
            + ("; for a single sample pass x[None] and its target with one entry" if x.ndim else "")
        )
    return x


def _target(target: Any, input: Any) -> Tensor:
    t = as_tensor(target)
    device = as_tensor(input).device
    if t.device != device:
        raise TypeError(
            f"the target is on {t.device} and the input on {device}; nothing is moved "
            f"implicitly: move one of them, for instance with .to({device!r})"
        )
    if t.dtype in FLOATS and not isinstance(target, Tensor):
        t = cast(t, as_tensor(input).dtype)
    if t.dtype.kind == "b":
        raise TypeError("the target must be class indices (integers) or probabilities, got bool")
    return t


def _check_labels(target: Tensor, x: Tensor, ignore_index: int) -> int:
    """Integers, of the input's shape without its classes, each a class (or ignored).

    Returns how many are not ignored.
    """
    if target.dtype.kind not in "iu":
        raise TypeError(f"class indices must be integers, got {target.dtype}")
    expected = (x.shape[0], *x.shape[2:])
    if target.shape != expected:
        raise ValueError(
            f"for an input of shape {x.shape} the class indices must have shape {expected}, got "
            f"{target.shape}"
        )
    labels, classes = target.data, x.shape[1]
    if not labels.size:
        return 0
    all_classes = labels.min() >= 0 and labels.max() < classes
    if all_classes and not 0 <= ignore_index < classes:
        return labels.size  # the usual case
    ignored = labels == ignore_index
    wrong = ((labels < 0) | (labels >= classes)) & ~ignored
    if wrong.any():
        first = int(labels[wrong].reshape(-1)[0])
        raise IndexError(
            f"class index {first} is outside 0 to {classes - 1}, the {classes} classes of the "
            f"input {x.shape}"
        )
    return labels.size - int(ignored.sum())


def _class_weight(weight: Any, x: Tensor, op: str) -> Tensor | None:
    if weight is None:
        return None
    w = as_tensor(weight, x)
    if w.shape != (x.shape[1],):
        raise ValueError(
            f"{op}: weight must have shape ({x.shape[1]},), one number for each class, got "
            f"{w.shape}"
        )
    return w


def _picked_weights(target: Tensor, weight: Any, ignore_index: int, x: Tensor) -> tuple:
    """Each target's class (0 where ignored), and its weight (0 where ignored)."""
    counted = target.data != ignore_index
    index = target.data * counted
    each = wrap(counted.astype(x.dtype))
    if weight is not None:
        each = each * reshape(get_item(weight, index.reshape(-1)), index.shape)
    return index, each


def _by_class(weight: Tensor, ndim: int) -> Tensor:
    return reshape(weight, (-1, *(1,) * (ndim - 2)))
