"""A Tensor: an array, its gradient, and the Function that made it.

The array (``.data``) is NumPy's or CuPy's and decides dtype and device. ``.grad`` is an array
too. ``.creator`` is the :class:`~minicnn.autograd.Function` whose forward returned the array; it
is None for a *leaf*: data, or a parameter. Following creators from a loss back to the leaves is
all that differentiation needs (:mod:`minicnn.autograd`).

What can be *done* with Tensors, operators and methods included, is defined a floor higher, in
:mod:`minicnn.functional`, which hangs its functions onto this class.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import backend

DEFAULT_DTYPE = np.dtype("float32")  # of Python floats, as in PyTorch
FLOATS = tuple(np.dtype(name) for name in ("float32", "float64", "float16"))


class Tensor:
    """An array that remembers how it was computed.

    ``Tensor(array)`` wraps a NumPy or CuPy array without copying it; :func:`tensor` copies, and
    takes lists and numbers too. With ``requires_grad=True`` (float dtypes only), ``backward()``
    of anything computed from it leaves the gradient in ``.grad``.
    """

    __slots__ = ("data", "grad", "_requires_grad", "creator", "__weakref__", "__dict__")
    __array_ufunc__ = None  # so that array * tensor is left to Tensor.__rmul__
    __array_priority__ = 1000  # the same word to CuPy

    def __init__(self, data: Any, requires_grad: bool = False):
        if isinstance(data, Tensor):
            data = data.data
        elif not backend.is_array(data):
            data = _to_array(data)
        if isinstance(data, np.ndarray):
            _refuse_mask(data)
            data = np.asarray(data)  # a memmap or another subclass is an array like any other
            if not data.dtype.isnative:
                data = data.astype(data.dtype.newbyteorder("="))
        check_dtype(data.dtype)
        self.data = data
        self.grad = None
        self.creator = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad = True

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this Tensor."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and self.dtype not in FLOATS:
            raise TypeError(
                f"a Tensor of dtype {self.dtype} cannot require a gradient: only floats change "
                f"continuously; convert it first, for instance .to('float32')"
            )
        if not value and self.creator is not None:
            raise RuntimeError(
                "requires_grad of a computed Tensor cannot be switched off: use .detach()"
            )
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Sets ``requires_grad`` and returns the Tensor itself."""
        self.requires_grad = requires_grad
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    @property
    def device(self) -> str:
        """``"cpu"`` or ``"cuda:0"`` ..."""
        return backend.device_of(self.data)

    @property
    def is_leaf(self) -> bool:
        """True unless an operation computed it with gradients in mind."""
        return self.creator is None

    def size(self, dim: int | None = None):
        """The shape, or one entry of it."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        return self.ndim

    def numel(self) -> int:
        """Number of entries."""
        return self.data.size

    def numpy(self) -> np.ndarray:
        """The NumPy array itself (shared memory). On a GPU: an error, use ``.cpu().numpy()``.

        Unlike PyTorch's, it also answers for a Tensor that requires a gradient.
        """
        if not isinstance(self.data, np.ndarray):
            raise TypeError(
                f"this Tensor is on {self.device} and nothing is moved implicitly: "
                f"use .cpu().numpy()"
            )
        return self.data

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        if copy is None:
            return np.asarray(self.numpy(), dtype)
        return np.array(self.numpy(), dtype, copy=copy)

    def item(self) -> float | int | bool:
        """The value of a Tensor with one entry, as a Python number."""
        if self.data.size != 1:
            raise ValueError(f"item() needs a Tensor with one entry, this one has {self.shape}")
        return self.data.item()

    def tolist(self):
        """Nested lists of Python numbers."""
        return backend.to_numpy(self.data).tolist()

    def detach(self) -> Tensor:
        """The same array, without its history."""
        return wrap(self.data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.ndim or self.dtype.kind not in "iu":
            raise TypeError(
                f"only an integer Tensor with no axes can be an index, this one has shape "
                f"{self.shape} and dtype {self.dtype}"
            )
        return int(self.item())

    def __bool__(self) -> bool:
        if self.data.size != 1:
            raise ValueError(
                f"the truth of a Tensor of shape {self.shape} is ambiguous: "
                f"use .any() or .all()"
            )
        return bool(self.item())

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a Tensor with no axes has no length")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __setitem__(self, key, value) -> None:
        raise TypeError(
            "a Tensor is not changed in place, for its values may be needed by a backward pass: "
            "write to its array, t.data[...] = value, before it is used, or compute a new Tensor "
            "with minicnn.where"
        )

    def __repr__(self) -> str:
        notes = ""
        if self.dtype not in (DEFAULT_DTYPE, np.dtype("int64"), np.dtype("bool")):
            notes += f", dtype={self.dtype}"
        if self.device != "cpu":
            notes += f", device='{self.device}'"
        if self.creator is not None:
            notes += f", creator={type(self.creator).__name__}"
        elif self.requires_grad:
            notes += ", requires_grad=True"
        array = backend.to_numpy(self.data)
        body = np.array2string(array, separator=", ", prefix="tensor(", threshold=1000)
        return f"tensor({body}{notes})"

    def __format__(self, spec: str) -> str:
        """``f"{loss:.4f}"``: a Tensor with no axes is formatted as its number."""
        return format(self.item(), spec) if self.ndim == 0 else super().__format__(spec)

    __hash__ = object.__hash__  # == compares entries, so a Tensor is hashed by what it *is*

    def __deepcopy__(self, memo) -> Tensor:
        if self.creator is not None:
            raise RuntimeError("only leaf Tensors can be copied deeply: use .detach() first")
        copied = type(self).__new__(type(self))
        memo[id(self)] = copied
        copied.data, copied.creator = self.data.copy(), None
        copied.grad = None if self.grad is None else self.grad.copy()
        copied._requires_grad = self._requires_grad
        return copied

    def __reduce__(self):
        if self.creator is not None:
            raise RuntimeError("only leaf Tensors can be pickled: use .detach() first")
        return _rebuild, (type(self), self.data, self._requires_grad)


def is_tensor(value: object) -> bool:
    """Whether ``value`` is a Tensor."""
    return isinstance(value, Tensor)


def wrap(data: Any) -> Tensor:
    """A Tensor round an array that is known to be sound: the quick way, for the engine itself."""
    result = Tensor.__new__(Tensor)
    # NumPy makes scalars of results without axes
    result.data = np.asarray(data) if isinstance(data, np.generic) else data
    result.grad = None
    result.creator = None
    result._requires_grad = False
    return result


def _rebuild(cls: type, data: Any, requires_grad: bool) -> Tensor:
    result = wrap(data)
    if cls is not Tensor:
        result = cls.__new__(cls)
        result.data, result.grad, result.creator = data, None, None
    result._requires_grad = requires_grad
    return result


def check_dtype(dtype: np.dtype) -> None:
    """TypeError unless a Tensor can hold ``dtype``."""
    if dtype.kind not in "fiub" or dtype.itemsize > 8:
        raise TypeError(
            f"a Tensor holds floats (16, 32 or 64 bits), integers or booleans, not {dtype}"
        )


def _refuse_mask(data: np.ndarray) -> None:
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError(
            "a masked array is not taken, for its mask would be lost: pass array.filled(value)"
        )


def _first_entry(data: Any) -> Any:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return data


def _holds_tensor(data: Any) -> bool:
    return isinstance(data, Tensor) or (
        isinstance(data, (list, tuple)) and any(_holds_tensor(d) for d in data)
    )


def numbers(data: Any) -> np.ndarray:
    """A NumPy array of a number or nested lists of numbers; a TypeError for anything else."""
    if _holds_tensor(data):
        raise TypeError("a list of Tensors would lose their history: use minicnn.stack(list)")
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(f"the rows of nested lists must have one length: {error}") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"expected a Tensor, an array, a number or nested lists of numbers, got "
            f"{type(data).__name__} ({array.dtype})"
        )
    return array


def _to_array(data: Any, dtype: Any = None) -> np.ndarray:
    """A NumPy array of numbers or nested lists: Python's floats become float32, ints int64."""
    array = numbers(data)
    if dtype is not None:
        return array  # all its digits: 0.1 as float64 is not 0.1 as float32 as float64
    if array.dtype == np.float64 and not isinstance(_first_entry(data), (np.generic, np.ndarray)):
        array = array.astype(DEFAULT_DTYPE)
    return array


def tensor(
    data: Any,
    dtype: Any = None,
    requires_grad: bool = False,
    device: str | None = None,
) -> Tensor:
    """A leaf Tensor with a copy of ``data``: an array, a Tensor, a number or nested lists.

    An array keeps its dtype (its byte order made native) and its device; Python floats become
    float32, ints int64, unless ``dtype`` says otherwise.
    """
    if isinstance(data, Tensor):
        data = data.data
    if not backend.is_array(data):
        data = _to_array(data, dtype)
    _refuse_mask(data)
    dtype = np.dtype(dtype) if dtype is not None else data.dtype.newbyteorder("=")
    check_dtype(dtype)
    if device is not None:
        data = backend.to_device(data, device)
    xp = backend.array_module(data)
    return Tensor(xp.array(data, dtype=dtype, order="C"), requires_grad)
