"""What an operation is handed, made into Tensors that fit each other.

The rules (beside those that every Function checks: one device, one float dtype): a Python number
or a plain array beside a Tensor takes the Tensor's dtype; an integer or boolean Tensor beside a
float one is converted to it; integers beside a Python float become float32, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import backend
from ..autograd import Function
from ..contract import tensor_like
from ..tensor import DEFAULT_DTYPE, FLOATS, Tensor, check_dtype, wrap


class Cast(Function):
    """The same numbers in another dtype; the gradient is cast back."""

    reads = ()

    def __init__(self, dtype: Any):
        self.dtype = np.dtype(dtype)

    def forward(self, x):
        return x.astype(self.dtype)

    def backward(self, g: Tensor) -> Tensor:
        return cast(g, self.inputs[0].dtype)


class Move(Function):
    """The same numbers on another device; the gradient moves back. Only when asked for."""

    reads = ()

    def __init__(self, device: str):
        self.device = device

    def __call__(self, x: Tensor) -> Tensor:
        self.source = x.device
        return super().__call__(x)

    def forward(self, x):
        return backend.to_device(x, self.device)

    def _checked_output(self, data: Any, first: Tensor) -> Any:
        return data  # the one Function whose output is on another device

    def backward(self, g: Tensor) -> Tensor:
        return Move(self.source)(g)


def as_tensor(value: Any, like: Tensor | None = None) -> Tensor:
    """``value`` as a Tensor; a number or array takes the dtype of ``like``, if it is a float's."""
    if isinstance(value, Tensor):
        return value
    if like is not None and like.dtype in FLOATS:
        return tensor_like(value, like)
    return Tensor(value)


def floats_only(op: str, value: Any) -> Tensor:
    """``value`` as a Tensor, for an operation that takes no integers (TypeError)."""
    x = as_tensor(value)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}; use .to('float32') first")
    return x


def cast(x: Tensor, dtype: Any) -> Tensor:
    """``x`` in another dtype; itself where it has that already."""
    dtype = np.dtype(dtype)
    return x if x.dtype == dtype else Cast(dtype)(x)


def to(self: Tensor, *args: Any, device: str | None = None, dtype: Any = None) -> Tensor:
    """The Tensor on a device, in a dtype, or both: ``x.to("cuda")``, ``x.to("float64")``.

    Differentiable; the Tensor itself where nothing changes.
    """
    for arg in args:
        if isinstance(arg, Tensor):
            device, dtype = arg.device, arg.dtype
        elif isinstance(arg, str) and not names_a_dtype(arg):
            device = arg
        else:
            dtype = arg
    x = self
    if device is not None and not backend.is_on(x.data, device):
        x = Move(device)(x)
    return x if dtype is None else cast(x, checked_dtype(dtype))


def names_a_dtype(name: str) -> bool:
    try:
        np.dtype(name)
    except TypeError:
        return False
    return True


def checked_dtype(dtype: Any) -> np.dtype:
    """A dtype that a Tensor can have, from its name or type; a TypeError for others."""
    dtype = np.dtype(dtype).newbyteorder("=")
    check_dtype(dtype)
    return dtype


def float_tensor(value: Any) -> Tensor:
    """``value`` as a Tensor of floats; integers become float32, as functions like exp need."""
    x = as_tensor(value)
    return x if x.dtype in FLOATS else cast(x, DEFAULT_DTYPE)


def pair(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Two operands of arithmetic, as Tensors of one dtype."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.data.dtype == b.data.dtype:
            return a, b
        return _promoted(a, b)
    if isinstance(a, Tensor):
        return _beside(a, b)
    if isinstance(b, Tensor):
        second, first = _beside(b, a)
        return first, second
    return pair(Tensor(a), b)


def _beside(x: Tensor, value: Any) -> tuple[Tensor, Tensor]:
    if x.dtype in FLOATS:
        return x, tensor_like(value, x)
    if backend.is_array(value):
        return _promoted(x, Tensor(value))
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or (isinstance(value, int) and _fits(value, x.dtype)):
        return x, wrap(backend.array_module(x.data).asarray(value, dtype=x.dtype))
    other = Tensor(value)  # a float beside integers, an int beside booleans, 300 beside uint8
    return _promoted(x, wrap(backend.to_device(other.data, x.device)))  # numbers belong nowhere


def _promoted(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    a_float, b_float = a.dtype in FLOATS, b.dtype in FLOATS
    if a_float and b_float:
        return a, b  # of two float dtypes: the Function refuses them, naming both
    if a_float:
        return a, cast(b, a.dtype)
    if b_float:
        return cast(a, b.dtype), b
    dtype = common_dtype((a, b))
    return cast(a, dtype), cast(b, dtype)


def _fits(value: int, dtype: np.dtype) -> bool:
    return dtype.kind in "iu" and np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def common_dtype(tensors: Sequence[Tensor]) -> np.dtype:
    """The dtype that several Tensors meet in: the first float's, or the integers' widest."""
    dtypes = [t.dtype for t in tensors]
    dtype = next((d for d in dtypes if d in FLOATS), None) or np.result_type(*dtypes)
    if dtype in FLOATS and not any(d in FLOATS for d in dtypes):
        raise TypeError(
            f"no integers hold all of {sorted({str(d) for d in dtypes})}: convert one of the "
            f"Tensors, for instance with .to('int64')"
        )
    return dtype
