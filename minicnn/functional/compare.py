"""Questions about values that are answered with yes or no, and so have no gradient."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..tensor import Tensor, wrap
from .operands import as_tensor
from .select import abs_


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
    return wrap(getattr(backend.array_module(array), name)(array))


def equal(a: Any, b: Any) -> bool:
    """Whether two Tensors have one shape and the same entries."""
    a, b = as_tensor(a), as_tensor(b)
    return a.shape == b.shape and bool((a == b).data.all())


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether |a − b| ≤ atol + rtol·|b| everywhere (broadcast); NaN is close to nothing."""
    a, b = as_tensor(a).detach(), as_tensor(b).detach()
    same = (a == b).data  # infinities of one sign, whose difference is NaN
    near = (abs_(a - b) <= atol + rtol * abs_(b)).data
    return bool((same | (near & isfinite(b).data)).all())
