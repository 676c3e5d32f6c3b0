"""Hangs the operations onto Tensor: operators, indexing, methods.

Tensor itself (a floor below) knows none of them, so that nothing there imports upward.
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import (
    activation,
    arithmetic,
    compare,
    elementwise,
    index,
    matmul,
    operands,
    rank,
    reduce,
    select,
    shape,
    softmax,
    splitting,
)

_OPERATORS = {
    "add": arithmetic.add,
    "sub": arithmetic.sub,
    "mul": arithmetic.mul,
    "truediv": arithmetic.div,
    "pow": elementwise.pow,
    "matmul": matmul.matmul,
}
for _name, _function in _OPERATORS.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", lambda self, other, f=_function: f(other, self))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Tensor, f"__{_name}__", getattr(select, _name))


def _eq(self: Tensor, other: Any) -> Tensor:
    """self == other, entry by entry. Nothing (None) and text are no numbers: just not equal."""
    return NotImplemented if other is None or isinstance(other, str) else select.eq(self, other)


def _ne(self: Tensor, other: Any) -> Tensor:
    """self != other, entry by entry. Nothing (None) and text are no numbers: just not equal."""
    return NotImplemented if other is None or isinstance(other, str) else select.ne(self, other)


Tensor.__eq__, Tensor.__ne__ = _eq, _ne
Tensor.__neg__ = arithmetic.neg
Tensor.__abs__ = select.abs_
Tensor.__getitem__ = index.get_item

_METHODS = {
    arithmetic: ("add", "sub", "mul", "div", "neg"),
    elementwise: ("exp", "log", "sqrt", "sin", "cos", "pow"),
    select: ("clip", "maximum", "minimum"),
    reduce: ("sum", "mean", "var", "std", "max", "min", "argmax", "argmin", "any", "all"),
    shape: ("reshape", "flatten", "squeeze", "unsqueeze", "permute", "transpose", "expand", "flip"),
    splitting: ("split", "chunk", "unbind", "repeat", "roll"),
    rank: ("gather", "sort", "argsort", "topk", "masked_fill"),
    compare: ("isnan", "isinf", "isfinite", "equal", "allclose"),
    matmul: ("matmul",),
    activation: ("relu", "sigmoid", "tanh"),
    softmax: ("softmax", "log_softmax", "logsumexp"),
    operands: ("to",),
}
for _module, _names in _METHODS.items():
    for _name in _names:
        setattr(Tensor, _name, getattr(_module, _name))
Tensor.abs = select.abs_
Tensor.clamp = select.clip
Tensor.view = shape.reshape


def _float(self: Tensor) -> Tensor:
    """The Tensor as float32."""
    return operands.cast(self, "float32")


def _double(self: Tensor) -> Tensor:
    """The Tensor as float64."""
    return operands.cast(self, "float64")


def _long(self: Tensor) -> Tensor:
    """The Tensor as int64."""
    return operands.cast(self, "int64")


def _cpu(self: Tensor) -> Tensor:
    """The Tensor on the CPU."""
    return operands.to(self, device="cpu")


def _cuda(self: Tensor, device: Any = "cuda") -> Tensor:
    """The Tensor on a GPU."""
    return operands.to(self, device=device)


def _t(self: Tensor) -> Tensor:
    """The transpose of a matrix; all axes reversed."""
    return shape.permute(self, tuple(reversed(range(self.ndim))))


def _clone(self: Tensor) -> Tensor:
    """A copy of the entries; gradients flow through."""
    return operands.Cast(self.dtype)(self)


def _contiguous(self: Tensor) -> Tensor:
    """The Tensor itself: here every operation takes any memory layout."""
    return self


def _view_as(self: Tensor, other: Tensor) -> Tensor:
    """The entries in the shape of ``other``."""
    return shape.reshape(self, other.shape)


Tensor.clone, Tensor.contiguous = _clone, _contiguous
Tensor.view_as = Tensor.reshape_as = _view_as
Tensor.float, Tensor.double, Tensor.long = _float, _double, _long
Tensor.cpu, Tensor.cuda = _cpu, _cuda
Tensor.T = property(_t)
Tensor.t = _t
