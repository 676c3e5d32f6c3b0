"""New Tensors: filled, counted up, or drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import backend
from .geometry import whole_number
from .random import generator
from .tensor import DEFAULT_DTYPE, Tensor, tensor


def _shape(sizes: tuple) -> tuple[int, ...]:
    if len(sizes) == 1 and isinstance(sizes[0], Sequence):
        sizes = tuple(sizes[0])
    for n in sizes:
        whole = isinstance(n, (int, np.integer)) and not isinstance(n, bool)
        if not whole or n < 0:
            raise (ValueError if whole else TypeError)(
                f"a shape is made of whole numbers from 0 on, got {sizes}"
            )
    return tuple(int(n) for n in sizes)


def zeros(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: str = "cpu"
) -> Tensor:
    """All 0, float32 unless ``dtype`` says otherwise: ``zeros(2, 3)`` or ``zeros((2, 3))``."""
    # not full(): the system hands out zeros, and no memory until something is written there
    array = backend.module_for(device).zeros(_shape(size), dtype or DEFAULT_DTYPE)
    return Tensor(backend.to_device(array, device), requires_grad)


def ones(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: str = "cpu"
) -> Tensor:
    """All 1, float32 unless ``dtype`` says otherwise."""
    return full(_shape(size), 1, dtype or DEFAULT_DTYPE, requires_grad, device)


def full(
    size: Sequence[int],
    fill_value: float,
    dtype: Any = None,
    requires_grad: bool = False,
    device: str = "cpu",
) -> Tensor:
    """All ``fill_value``; the dtype is that of the value (a float's is float32)."""
    if dtype is None:
        dtype = Tensor(fill_value).dtype
    array = backend.module_for(device).full(_shape((size,)), fill_value, dtype)
    return Tensor(backend.to_device(array, device), requires_grad)


def zeros_like(x: Tensor, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """All 0, with the shape, device and (unless given) dtype of x."""
    return zeros(x.shape, dtype=dtype or x.dtype, requires_grad=requires_grad, device=x.device)


def ones_like(x: Tensor, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """All 1, with the shape, device and (unless given) dtype of x."""
    return ones(x.shape, dtype=dtype or x.dtype, requires_grad=requires_grad, device=x.device)


def empty(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: str = "cpu"
) -> Tensor:
    """Room for values that are yet to be written: here zeros, so that nothing depends on luck."""
    return zeros(*size, dtype=dtype, requires_grad=requires_grad, device=device)


def empty_like(x: Tensor, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """:func:`empty` with the shape, device and (unless given) dtype of x."""
    return zeros_like(x, dtype, requires_grad)


def new_zeros(x: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``x.new_zeros(2, 3)``: all 0, with the device and (unless given) dtype of x."""
    return zeros(*size, dtype=dtype or x.dtype, requires_grad=requires_grad, device=x.device)


def new_ones(x: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``x.new_ones(2, 3)``: all 1, with the device and (unless given) dtype of x."""
    return ones(*size, dtype=dtype or x.dtype, requires_grad=requires_grad, device=x.device)


new_empty = new_zeros


def new_full(
    x: Tensor, size: Sequence[int], fill_value: float, dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``x.new_full((2, 3), 7)``: all ``fill_value``, with the device and dtype of x."""
    return full(size, fill_value, dtype or x.dtype, requires_grad, x.device)


def new_tensor(x: Tensor, data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """``x.new_tensor([1, 2])``: a copy of ``data``, with the device and dtype of x."""
    return tensor(data, dtype or x.dtype, requires_grad, x.device)


def rand(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: str = "cpu"
) -> Tensor:
    """Uniform from 0 to 1 (1 excluded), from the generator that ``manual_seed`` seeds."""
    return _drawn("random", _shape(size), dtype, requires_grad, device)


def randn(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: str = "cpu"
) -> Tensor:
    """Normal with mean 0 and variance 1, from the generator that ``manual_seed`` seeds."""
    return _drawn("standard_normal", _shape(size), dtype, requires_grad, device)


def _drawn(method: str, size: tuple, dtype: Any, requires_grad: bool, device: str) -> Tensor:
    dtype = np.dtype(dtype or DEFAULT_DTYPE)
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"random numbers are float32 or float64, not {dtype}")
    array = getattr(generator(device), method)(size, dtype=dtype)
    return Tensor(backend.module_for(device).asarray(array), requires_grad)


def arange(
    start: float,
    end: float | None = None,
    step: float = 1,
    dtype: Any = None,
    requires_grad: bool = False,
    device: str = "cpu",
) -> Tensor:
    """start, start + step, ... up to but without ``end``; ``arange(n)`` counts from 0 to n − 1.

    int64 if all three are integers, else float32, unless ``dtype`` says otherwise. Empty where the
    step leads away from ``end`` (as Python's range; PyTorch refuses).
    """
    if end is None:
        start, end = 0, start
    if step == 0:
        raise ValueError("arange: step must not be zero")
    whole = all(isinstance(v, (int, np.integer)) for v in (start, end, step))
    if dtype is None:
        dtype = np.dtype("int64") if whole else DEFAULT_DTYPE
    # counted in int64 or float64, and then converted: NumPy would count in ``dtype`` itself, where
    # steps of ½ in int64 are steps of 0
    counted = "int64" if whole else "float64"
    array = backend.module_for(device).arange(start, end, step, dtype=counted)
    return Tensor(backend.to_device(array.astype(dtype, copy=False), device), requires_grad)


def linspace(
    start: float,
    end: float,
    steps: int,
    dtype: Any = None,
    requires_grad: bool = False,
    device: str = "cpu",
) -> Tensor:
    """``steps`` equally spaced numbers from start to end, both included."""
    (steps,) = _shape((steps,))
    array = backend.module_for(device).linspace(start, end, steps, dtype=dtype or DEFAULT_DTYPE)
    return Tensor(backend.to_device(array, device), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    dtype: Any = None,
    requires_grad: bool = False,
    device: str = "cpu",
) -> Tensor:
    """The identity matrix (n, n), or (n, m) with ones on the diagonal."""
    rows, columns = _shape((n, n if m is None else m))
    array = backend.module_for(device).eye(rows, columns, dtype=dtype or DEFAULT_DTYPE)
    return Tensor(backend.to_device(array, device), requires_grad)


def randint(
    low: int,
    high: int | Sequence[int],
    size: Sequence[int] | None = None,
    dtype: Any = "int64",
    device: str = "cpu",
) -> Tensor:
    """Whole numbers drawn uniformly from low to high − 1; ``randint(high, size)`` starts at 0."""
    if size is None:
        if not isinstance(high, Sequence):
            raise TypeError(f"randint: give a size as well, as in randint({low}, {high}, (2, 3))")
        low, high, size = 0, low, high
    low, high = whole_number("randint", "low", low), whole_number("randint", "high", high)
    if not low < high:
        raise ValueError(f"randint: low={low} must be less than high={high}")
    drawn = generator(device).integers(low, high, size=_shape((size,)))
    return Tensor(backend.module_for(device).asarray(drawn).astype(dtype, copy=False))


def randperm(n: int) -> Tensor:
    """The numbers 0 to n − 1 in a random order, int64."""
    return Tensor(generator("cpu").permutation(_shape((n,))[0]))


def full_like(
    x: Tensor, fill_value: float, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """All ``fill_value``, with the shape, device and (unless given) dtype of x."""
    return full(x.shape, fill_value, dtype or x.dtype, requires_grad, x.device)


def rand_like(x: Tensor, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """:func:`rand` with the shape, device and (unless given) dtype of x."""
    return rand(x.shape, dtype=dtype or x.dtype, requires_grad=requires_grad, device=x.device)


def randn_like(x: Tensor, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """:func:`randn` with the shape, device and (unless given) dtype of x."""
    return randn(x.shape, dtype=dtype or x.dtype, requires_grad=requires_grad, device=x.device)


def as_tensor(data: Any, dtype: Any = None, device: str | None = None) -> Tensor:
    """``data`` as a Tensor; a Tensor or an array that fits already is not copied.

    Gradients flow through the conversion of a Tensor, as through ``.to``.
    """
    if isinstance(data, Tensor) or backend.is_array(data):
        x = data if isinstance(data, Tensor) else Tensor(data)
        return x.to(device=device, dtype=dtype)
    return tensor(data, dtype, device=device)


def from_numpy(array: np.ndarray) -> Tensor:
    """A Tensor that shares the memory of a NumPy array."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(array).__name__}")
    return Tensor(array)
