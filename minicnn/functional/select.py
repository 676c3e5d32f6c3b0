"""Choosing, entry by entry: where, maximum, minimum, clip, absolute value, comparisons.

Each picks one of several smooth pieces. Which piece is picked changes in jumps, so the choice
is a constant to the derivative; what is picked is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ..autograd import Function
from ..tensor import Tensor, wrap
from .arithmetic import Binary, broadcast_shape
from .broadcast import sum_to
from .operands import as_tensor, float_tensor, pair


class Where(Binary):
    """y = a where the condition holds, else b. The condition is constant."""

    reads = ()

    def __init__(self, condition: Any):
        self.condition = condition

    def forward(self, a, b):
        return backend.array_module(a).where(self.condition, a, b)

    def backward(self, g: Tensor):
        a, b = self.inputs
        ga = sum_to(where(self.condition, g, 0.0), a.shape) if self.needs[0] else None
        gb = sum_to(where(self.condition, 0.0, g), b.shape) if self.needs[1] else None
        return ga, gb


class Maximum(Binary):
    """y = max(a, b): the gradient goes to the larger; where they are equal, half to each."""

    def forward(self, a, b):
        return backend.array_module(a).maximum(a, b)

    def backward(self, g: Tensor):
        a, b = self.inputs
        share = _share(a.data, b.data)
        return sum_to(g * share, a.shape), sum_to(g * (1 - share), b.shape)


class Minimum(Binary):
    """y = min(a, b): the gradient goes to the smaller; where they are equal, half to each."""

    def forward(self, a, b):
        return backend.array_module(a).minimum(a, b)

    def backward(self, g: Tensor):
        a, b = self.inputs
        share = _share(b.data, a.data)
        return sum_to(g * share, a.shape), sum_to(g * (1 - share), b.shape)


def _share(larger: Any, smaller: Any) -> Tensor:
    """1 where larger > smaller, ½ where they tie, else 0."""
    half = larger.dtype.type(0.5)
    return wrap((larger > smaller) + half * (larger == smaller))


class Clip(Function):
    """y = min(max(x, low), high):  ∂y/∂x = 1 from low to high (both included), 0 outside."""

    def __init__(self, low: float | None, high: float | None):
        self.low, self.high = low, high

    def forward(self, x):
        return x.clip(self.low, self.high)

    def backward(self, g: Tensor) -> Tensor:
        x = self.inputs[0].data
        inside = x == x
        if self.low is not None:
            inside &= x >= self.low
        if self.high is not None:
            inside &= x <= self.high
        return where(inside, g, 0.0)


class Abs(Function):
    """y = |x|:  ∂y/∂x = sign x (0 at 0)."""

    def forward(self, x):
        return abs(x)

    def backward(self, g: Tensor) -> Tensor:
        x = self.inputs[0].data
        return g * wrap(backend.array_module(x).sign(x))


class _Compare(Binary):
    """Booleans: nothing to differentiate."""

    def __init__(self, name: str):
        self.ufunc = name

    def forward(self, a, b):
        return getattr(backend.array_module(a), self.ufunc)(a, b)


def where(condition: Any, a: Any, b: Any) -> Tensor:
    """a where the condition (booleans: a Tensor or an array) holds, else b."""
    if isinstance(condition, Tensor):
        condition = condition.data
    if not backend.is_array(condition):
        condition = np.asarray(condition)
    if condition.dtype != np.bool_:
        raise TypeError(f"where: the condition must be booleans, got {condition.dtype}")
    a, b = pair(a, b)
    if backend.device_of(condition) != a.device:
        raise TypeError(
            f"where: the condition is on {backend.device_of(condition)} and the values are on "
            f"{a.device}; nothing is moved implicitly: move one of them with .to(...)"
        )
    shape = broadcast_shape(a.shape, b.shape)
    if shape is not None and broadcast_shape(condition.shape, shape) is None:
        raise ValueError(
            f"where: the condition of shape {condition.shape} does not broadcast with values of "
            f"shapes {a.shape} and {b.shape}"
        )
    return Where(condition)(a, b)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of a and b, entry by entry; NaN where either is NaN."""
    return Maximum()(*pair(a, b))


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of a and b, entry by entry; NaN where either is NaN."""
    return Minimum()(*pair(a, b))


def clip(x: Any, min: float | None = None, max: float | None = None) -> Tensor:
    """x, but no less than ``min`` and no more than ``max``; either may be None. Also ``clamp``."""
    x = as_tensor(x)
    low, high = _bound("min", min), _bound("max", max)
    if low is None and high is None:
        return x
    if isinstance(low, float) or isinstance(high, float):
        x = float_tensor(x)
    return Clip(low, high)(x)


def _bound(name: str, bound: Any) -> float | None:
    """A Python number: one of NumPy's float64 would make a float32 Tensor one of float64."""
    if isinstance(bound, (np.integer, np.floating)):
        bound = bound.item()
    if bound is None or isinstance(bound, (int, float)):
        return bound
    raise TypeError(
        f"clip: {name} must be a number or None, got {type(bound).__name__}; for bounds that "
        f"vary use minicnn.maximum and minicnn.minimum"
    )


def abs_(x: Any) -> Tensor:
    """|x|, entry by entry."""
    return Abs()(as_tensor(x))


def _comparison(symbol: str, ufunc: str) -> Callable[[Any, Any], Tensor]:
    def compare(a: Any, b: Any) -> Tensor:
        return _Compare(ufunc)(*pair(a, b))

    compare.__name__ = compare.__qualname__ = ufunc
    compare.__doc__ = f"a {symbol} b, entry by entry: a Tensor of booleans."
    return compare


eq = _comparison("==", "equal")
ne = _comparison("!=", "not_equal")
lt = _comparison("<", "less")
le = _comparison("<=", "less_equal")
gt = _comparison(">", "greater")
ge = _comparison(">=", "greater_equal")
