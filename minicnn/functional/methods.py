"""Hangs the operations onto Tensor: operators, indexing, methods.

Tensor itself (a floor below) knows none of them, so that nothing there imports upward.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import creation
from ..tensor import FLOATS, Tensor
from . import (
    activation,
    arithmetic,
    compare,
    counting,
    cumulative,
    diagonal,
    elementwise,
    index,
    inplace,
    length,
    logic,
    matmul,
    operands,
    rank,
    reduce,
    rounding,
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
    "mod": rounding.remainder,
    "floordiv": rounding.floor_divide,
    "and": logic.bitwise_and,
    "or": logic.bitwise_or,
    "xor": logic.bitwise_xor,
}
for _name, _function in _OPERATORS.items():
    setattr(Tensor, f"__{_name}__", _function)
    setattr(Tensor, f"__r{_name}__", lambda self, other, f=_function: f(other, self))
inplace.hang_on(_OPERATORS)
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
Tensor.__invert__ = logic.bitwise_not
Tensor.__abs__ = select.abs_
Tensor.__getitem__ = index.get_item

_METHODS = {
    arithmetic: ("add", "sub", "mul", "div", "neg"),
    elementwise: (
        "exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square", "reciprocal",
        "sin", "cos", "pow",
    ),
    rounding: ("round", "floor", "ceil", "sign", "remainder", "floor_divide"),
    select: ("clip", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"),
    logic: ("logical_and", "logical_or", "logical_xor", "logical_not"),
    reduce: (
        "sum", "prod", "mean", "var", "std", "max", "min", "amax", "amin", "argmax", "argmin",
        "any", "all",
    ),
    cumulative: ("cumsum",),
    length: ("norm",),
    counting: ("nonzero", "unique", "bincount"),
    shape: (
        "reshape", "ravel", "flatten", "squeeze", "unsqueeze", "permute", "transpose", "expand",
        "expand_as", "flip",
    ),
    index: ("index_select",),
    diagonal: ("diag", "trace", "tril", "triu"),
    splitting: ("split", "chunk", "unbind", "repeat", "repeat_interleave", "roll"),
    rank: ("gather", "sort", "argsort", "topk", "masked_fill"),
    compare: ("isnan", "isinf", "isfinite", "equal", "allclose"),
    matmul: ("matmul", "mm", "bmm", "mv", "dot", "outer"),
    activation: ("relu", "sigmoid", "tanh"),
    softmax: ("softmax", "log_softmax", "logsumexp"),
    operands: ("to",),
    creation: ("new_zeros", "new_ones", "new_full", "new_empty", "new_tensor"),
}
for _module, _names in _METHODS.items():
    for _name in _names:
        setattr(Tensor, _name, getattr(_module, _name))
Tensor.abs = select.abs_
Tensor.clamp = select.clip
Tensor.view = shape.reshape


def _converter(name: str) -> Callable[[Tensor], Tensor]:
    def convert(self: Tensor) -> Tensor:
        return operands.cast(self, name)

    convert.__doc__ = f"The Tensor as {name}."
    return convert


_CONVERTERS = {
    "half": "float16", "float": "float32", "double": "float64", "int": "int32", "long": "int64",
    "bool": "bool",
}
for _name, _dtype in _CONVERTERS.items():
    setattr(Tensor, _name, _converter(_dtype))


def _type(self: Tensor, dtype: Any) -> Tensor:
    """The Tensor in another dtype, as ``.to(dtype)``."""
    return operands.to(self, dtype=dtype)


def _type_as(self: Tensor, other: Tensor) -> Tensor:
    """The Tensor in the dtype of ``other`` and on its device, as ``.to(other)``."""
    return operands.to(self, other)


def _is_floating_point(self: Tensor) -> bool:
    """Whether the entries are floats."""
    return self.dtype in FLOATS


def _cpu(self: Tensor) -> Tensor:
    """The Tensor on the CPU."""
    return operands.to(self, device="cpu")


def _cuda(self: Tensor, device: Any = "cuda") -> Tensor:
    """The Tensor on a GPU."""
    return operands.to(self, device=device)


def _t(self: Tensor) -> Tensor:
    """The transpose of a matrix; all axes reversed."""
    return shape.permute(self, tuple(reversed(range(self.ndim))))


def _mt(self: Tensor) -> Tensor:
    """The last two axes exchanged: every matrix of a stack transposed."""
    return shape.transpose(self, -1, -2)


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
Tensor.type, Tensor.type_as, Tensor.is_floating_point = _type, _type_as, _is_floating_point
Tensor.cpu, Tensor.cuda = _cpu, _cuda
Tensor.T, Tensor.mT = property(_t), property(_mt)
Tensor.t = _t
