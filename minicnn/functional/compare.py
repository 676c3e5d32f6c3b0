"""Questions about values that are answered with yes or no, and so have no gradient."""

from __future__ import annotations

from typing import Any

from ..backend import array_module
from ..tensor import Tensor, wrap
from .arithmetic import Binary
from .operands import as_tensor, pair
from .select import eq


class AllClose(Binary):
    """Where |a − b| ≤ atol + rtol·|b|; nothing to differentiate."""

    def __init__(self, rtol: float, atol: float, equal_nan: bool):
        self.rtol, self.atol, self.equal_nan = rtol, atol, equal_nan

    def forward(self, a, b):
        return array_module(a).isclose(a, b, self.rtol, self.atol, self.equal_nan)


def isnan(x: Any) -> Tensor:
    """Where an entry is not a number."""
    return _where(x, "isnan")


def isinf(x: Any) -> Tensor:
    """Where an entry is infinite, of either sign."""
    return _where(x, "isinf")


def isfinite(x: Any) -> Tensor:
    """Where an entry is neither infinite nor NaN."""
    return _where(x, "isfinite")


def _where(x: Any, name: str) -> Tensor:
    array = as_tensor(x).data
    return wrap(getattr(array_module(array), name)(array))


def equal(a: Any, b: Any) -> bool:
    """Whether two Tensors have one shape and the same entries; NaN equals nothing."""
    a, b = pair(a, b)
    return a.shape == b.shape and bool(eq(a, b).data.all())


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether |a − b| ≤ atol + rtol·|b| everywhere (broadcast).

    Infinities of one sign are close; NaN is close to nothing, but to NaN with ``equal_nan``.
    """
    return bool(AllClose(rtol, atol, equal_nan)(*pair(a, b)).data.all())
