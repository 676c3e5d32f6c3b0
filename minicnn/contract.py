"""What a Function is handed and what it hands back, checked.

A user's operation is a class with two methods; what can be wrong with it, or with what it is
called on, is told here: inputs of two devices or two float dtypes, a forward that returns no
array, a backward that returns too few gradients, or arrays, or one of another shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import backend
from .tensor import FLOATS, Tensor, check_dtype, numbers, wrap


def tensor_like(value: Any, like: Tensor) -> Tensor:
    """A number, list or array as a Tensor of ``like``'s dtype; an array must share its device."""
    if isinstance(value, Tensor):
        return value
    if type(value) is float and type(like.data) is np.ndarray:
        return wrap(np.array(value, like.data.dtype))  # the usual case, without further questions
    xp = backend.array_module(like.data)
    if backend.is_array(value):
        if backend.device_of(value) != like.device:
            raise TypeError(
                f"an array on {backend.device_of(value)} met a Tensor on {like.device}; nothing "
                f"is moved implicitly: use minicnn.tensor(array, device={like.device!r})"
            )
        check_dtype(value.dtype)
        return wrap(value.astype(like.dtype, copy=False))
    if not isinstance(value, (int, float)):
        value = numbers(value).tolist()  # refuses None, text and Tensors, of which NumPy would make
    return wrap(xp.asarray(value, dtype=like.dtype))  # NaN, what they spell and plain numbers


def fitting(inputs: Sequence[Any], function: Any) -> Sequence[Tensor]:
    """The inputs as Tensors of one device and one float dtype, or an error that names two.

    A number or a plain array beside a Tensor takes the Tensor's dtype.
    """
    op = type(function).__name__
    if not inputs:
        raise TypeError(f"{op} needs at least one Tensor")
    dtype = None
    for t in inputs:
        if not isinstance(t, Tensor) or type(t.data) is not np.ndarray:
            break
        if dtype is None:
            dtype = t.data.dtype
        elif t.data.dtype != dtype:
            break
    else:
        return inputs  # the usual case, without further questions
    given = [t for t in inputs if isinstance(t, Tensor)]
    like = next((t for t in given if t.dtype in FLOATS), None)
    tensors = [
        t if isinstance(t, Tensor) else Tensor(t) if like is None else tensor_like(t, like)
        for t in inputs
    ]
    first = (given or tensors)[0] if like is None else like
    cls, dtype = type(first.data), first.dtype
    names = [name_of(i, function) for i in range(len(tensors))]
    its_name = next(name for name, t in zip(names, tensors, strict=True) if t is first)
    for name, t in zip(names, tensors, strict=True):
        if type(t.data) is not cls or (cls is not np.ndarray and t.device != first.device):
            raise TypeError(
                f"{op}: {its_name} is on {first.device} and {name} on {t.device}; nothing is "
                f"moved implicitly: move one of them, for instance with .to({first.device!r})"
            )
        if t.dtype != dtype and t.dtype in FLOATS and dtype in FLOATS:
            raise TypeError(
                f"{op}: {its_name} is {dtype} and {name} is {t.dtype}; convert one of them, for "
                f"instance with .to({str(dtype)!r})"
            )
    return tensors


def name_of(i: int, function: Any) -> str:
    """What input ``i`` of a Function is called in messages."""
    return function.names[i] if i < len(function.names) else f"input {i}"


def checked_output(data: Any, first: Tensor, op: str) -> Any:
    """What forward returned, as one array on the device of the first input."""
    if isinstance(data, (Tensor, tuple, list)) or data is None:
        raise TypeError(f"forward of {op} must return one array, got {type(data).__name__}")
    if backend.is_array(data) and backend.device_of(data) != first.device:
        raise TypeError(
            f"forward of {op} got arrays on {first.device}, but returned one on "
            f"{backend.device_of(data)}"
        )
    array = backend.array_module(first.data).asarray(data)
    check_dtype(array.dtype)
    return array


def check_gradients(returned: Sequence[Any], function: Any) -> None:
    """RuntimeError or TypeError unless backward returned a fitting Tensor (or None) an input."""
    op, inputs = type(function).__name__, function.inputs
    if len(returned) != len(inputs):
        raise RuntimeError(
            f"backward of {op} returned {len(returned)} gradients for {len(inputs)} inputs: "
            f"return one Tensor or None for each"
        )
    for i, g in enumerate(returned):
        if g is None or not function.needs[i]:
            continue
        t = inputs[i]
        if not isinstance(g, Tensor):
            raise TypeError(
                f"backward of {op} returned a {type(g).__name__} for {name_of(i, function)}: "
                f"return a Tensor, computed with differentiable operations"
            )
        if g.shape != t.shape or g.dtype != t.dtype:
            raise RuntimeError(
                f"backward of {op} returned a gradient of shape {g.shape} and dtype {g.dtype} "
                f"for {name_of(i, function)}, which has shape {t.shape} and dtype {t.dtype}"
            )
