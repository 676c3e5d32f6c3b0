"""Reductions: sum, product, mean, extremes and variance along axes, and where the extremes are.

``dim`` is None (everything), an axis or a tuple of axes, negative ones counted from the end (the
empty tuple is no axis: nothing is reduced); ``keepdim`` leaves the reduced axes with size 1.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from .. import backend, kernels
from ..autograd import Function
from ..tensor import FLOATS, Tensor, wrap
from .arithmetic import Scale
from .broadcast import broadcast_to
from .index import pick_last
from .operands import as_tensor
from .select import where
from .shape import permute, reshape

Dim = int | Sequence[int] | None


def axes_of(dim: Dim, ndim: int, op: str) -> tuple[int, ...]:
    """``dim`` as a sorted tuple of axes from 0 to ndim − 1; IndexError if one does not exist."""
    if dim is None:
        return tuple(range(ndim))
    given = dim if isinstance(dim, Sequence) else (dim,)
    axes = []
    for d in given:
        try:
            axis = operator.index(d)
        except TypeError:
            raise TypeError(
                f"{op}: dim must be an int, a tuple of ints or None, got {dim!r}"
            ) from None
        if not -ndim <= axis < ndim:
            raise IndexError(
                f"{op}: dim={dim} names axis {axis}, but the Tensor has {ndim} axes "
                f"({-ndim} to {ndim - 1})"
            )
        axes.append(axis % ndim)
    if len(set(axes)) < len(axes):
        raise ValueError(f"{op}: dim={dim} names an axis twice")
    return tuple(sorted(axes))


class Sum(Function):
    """y = Σ x along some axes: every summand has the slope 1."""

    reads = ()

    def __init__(self, axes: tuple[int, ...], keepdim: bool):
        self.axes, self.keepdim = axes, keepdim

    def forward(self, x):
        if x.dtype not in FLOATS:
            return x.sum(axis=self.axes, dtype="int64", keepdims=self.keepdim)
        return kernels.pick("sum", x).sum(x, self.axes, self.keepdim)

    def backward(self, g: Tensor) -> Tensor:
        shape = self.inputs[0].shape
        kept = tuple(1 if i in self.axes else n for i, n in enumerate(shape))
        return broadcast_to(reshape(g, kept), shape)


def sum(x: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Σ x along ``dim``; booleans and integers are summed as int64."""
    x = as_tensor(x)
    return Sum(axes_of(dim, x.ndim, "sum"), keepdim)(x)


class Prod(Function):
    """y = Π x along the last axis:  ∂y/∂x_i = Π_{j ≠ i} x_j, which is y/x_i if no x is 0."""

    def forward(self, x):
        self.y = x.prod(axis=-1, dtype=None if x.dtype in FLOATS else "int64")
        return self.y

    def backward(self, g: Tensor) -> Tensor:
        (x,) = self.inputs
        y, n = self.output(self.y), x.shape[-1]
        if (x.data != 0).all():
            return reshape(g * y, (*g.shape, 1)) / x
        xp = backend.array_module(x.data)
        rows = broadcast_to(reshape(x, (*g.shape, 1, n)), (*g.shape, n, n))
        others = where(xp.eye(n, dtype=bool), 1.0, rows)  # in row i all entries but the i-th
        return reshape(g, (*g.shape, 1)) * Prod()(others)


def prod(x: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Π x along ``dim``, or of everything; booleans and integers are multiplied as int64."""
    x = as_tensor(x)
    rows, kept = _as_rows(x, axes_of(dim, x.ndim, "prod"), keepdim)
    return reshape(Prod()(rows), kept)


def mean(x: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """(1/n) Σ x along ``dim``; NaN where there is nothing to average."""
    x = as_tensor(x)
    if x.dtype not in FLOATS:
        raise TypeError(f"mean: needs floats, got {x.dtype}; use .to('float32') first")
    axes = axes_of(dim, x.ndim, "mean")
    count = math.prod(x.shape[i] for i in axes)
    return Scale(1 / count if count else math.nan)(sum(x, axes, keepdim))


def var(x: Any, dim: Dim = None, keepdim: bool = False, correction: int = 1) -> Tensor:
    """Σ (x − mean)² / (n − correction) along ``dim``; correction 1 (sample), 0 (population)."""
    x = as_tensor(x)
    axes = axes_of(dim, x.ndim, "var")
    freedom = math.prod(x.shape[i] for i in axes) - correction
    centred = x - mean(x, axes, keepdim=True)
    return sum(centred * centred, axes, keepdim) * (1 / freedom if freedom > 0 else float("nan"))


def std(x: Any, dim: Dim = None, keepdim: bool = False, correction: int = 1) -> Tensor:
    """√var(x). Where the variance is 0, and the slope of the root infinite, the gradient is 0."""
    variance = var(x, dim, keepdim, correction)
    constant = variance.data == 0
    return where(constant, 0.0, where(constant, 1.0, variance) ** 0.5)


def max(x: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The largest entries along ``dim`` (values only). Of equal ones the first gets the gradient.

    NaN if one is NaN. See :func:`argmax` for where they are.
    """
    return _extreme(x, dim, keepdim, "argmax", "max")


def min(x: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The smallest entries along ``dim`` (values only). Of equal ones the first gets the gradient.

    NaN if one is NaN. See :func:`argmin` for where they are.
    """
    return _extreme(x, dim, keepdim, "argmin", "min")


def _extreme(x: Any, dim: Dim, keepdim: bool, finder: str, op: str) -> Tensor:
    """Finds the place along the axes made one, and picks the entry there."""
    x = as_tensor(x)
    axes = axes_of(dim, x.ndim, op)
    count = math.prod(x.shape[i] for i in axes)
    if count == 0:
        raise ValueError(f"{op}: shape {x.shape} has no entries along dim={dim}")
    rows, kept = _as_rows(x, axes, keepdim)
    return reshape(pick_last(rows, getattr(rows.data, finder)(axis=-1)), kept)


amax, amin = max, min  # PyTorch's names for the values alone


def _as_rows(x: Tensor, axes: tuple[int, ...], keepdim: bool) -> tuple[Tensor, tuple[int, ...]]:
    """x with ``axes`` moved to the end as one axis, and the shape of what is left of x."""
    others = tuple(i for i in range(x.ndim) if i not in axes)
    count = math.prod(x.shape[i] for i in axes)
    rows = reshape(permute(x, others + axes), (*(x.shape[i] for i in others), count))
    kept = tuple(
        n if i in others else 1 for i, n in enumerate(x.shape) if keepdim or i in others
    )
    return rows, kept


def argmax(x: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the largest entry is along ``dim`` (the first of equals), or when flattened."""
    return _place(x, dim, keepdim, "argmax")


def argmin(x: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest entry is along ``dim`` (the first of equals), or when flattened."""
    return _place(x, dim, keepdim, "argmin")


def _place(x: Any, dim: int | None, keepdim: bool, finder: str) -> Tensor:
    array = as_tensor(x).data
    xp = backend.array_module(array)
    if dim is not None and isinstance(dim, Sequence):
        raise TypeError(f"{finder}: dim must be one axis or None, got {dim!r}")
    axes = axes_of(dim, array.ndim, finder)
    if math.prod(array.shape[i] for i in axes) == 0:
        raise ValueError(f"{finder}: shape {array.shape} has no entries along dim={dim}")
    if dim is None:
        place = getattr(array.reshape(-1), finder)(axis=0)
        return wrap(xp.asarray(place).reshape((1,) * array.ndim if keepdim else ()))
    (axis,) = axes
    place = xp.asarray(getattr(array, finder)(axis=axis))
    return wrap(xp.expand_dims(place, axis) if keepdim else place)


def any(x: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Whether any entry along ``dim`` is true (not zero): booleans."""
    return _truth(x, dim, keepdim, "any")


def all(x: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Whether all entries along ``dim`` are true (not zero): booleans."""
    return _truth(x, dim, keepdim, "all")


def _truth(x: Any, dim: Dim, keepdim: bool, name: str) -> Tensor:
    x = as_tensor(x)
    return wrap(getattr(x.data != 0, name)(axis=axes_of(dim, x.ndim, name), keepdims=keepdim))


