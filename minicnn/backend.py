"""Which array library an array belongs to: NumPy on the CPU, CuPy on a GPU.

The array decides. Code above this file never asks "am I on a GPU?": it asks an array for its
module (``xp = array_module(x)``) and calls ``xp.exp(x)``, which NumPy and CuPy spell alike.
Nothing is ever moved between devices unless the caller says so with :func:`to_device`; arrays
of two devices in one operation raise a TypeError that names both.

CuPy is imported when a GPU is first asked for, never before: ``import minicnn`` needs no GPU.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Backend:
    """One array library: its array type, its NumPy-like and SciPy-like modules, its devices."""

    array_type: type
    xp: Any  # the module with NumPy's functions
    sparse: Callable[[], Any]  # the module with scipy.sparse's classes, imported on demand
    device_of: Callable[[Any], str]
    from_numpy: Callable[[np.ndarray, str], Any]  # an explicit move from the CPU
    to_numpy: Callable[[Any], np.ndarray]  # an explicit move to the CPU
    special: Callable[[], Any]  # the module with scipy.special's functions, imported on demand
    ndimage: Callable[[], Any]  # the module with scipy.ndimage's functions, imported on demand


def _scipy_sparse() -> ModuleType:
    import scipy.sparse

    return scipy.sparse


def _scipy_special() -> ModuleType:
    import scipy.special

    return scipy.special


def _scipy_ndimage() -> ModuleType:
    import scipy.ndimage

    return scipy.ndimage


_NUMPY = Backend(
    array_type=np.ndarray,
    xp=np,
    sparse=_scipy_sparse,
    device_of=lambda array: "cpu",
    from_numpy=lambda array, device: array,
    to_numpy=lambda array: array,
    special=_scipy_special,
    ndimage=_scipy_ndimage,
)
_backends: dict[str, Backend] = {"cpu": _NUMPY}  # by the device's name before the colon
_by_type: dict[type, Backend] = {np.ndarray: _NUMPY}


def register(kind: str, backend: Backend) -> None:
    """Makes the devices ``kind``, ``kind:0``, ... and their array type known."""
    _backends[kind] = backend
    _by_type[backend.array_type] = backend


def _register_cupy() -> Backend:
    try:
        import cupy
    except ImportError as error:
        raise RuntimeError(
            "a GPU was asked for, but CuPy is not installed: "
            "pip install 'minicnn[cuda12]' (or [cuda13], as your driver has it)"
        ) from error

    def sparse() -> ModuleType:
        import cupyx.scipy.sparse

        return cupyx.scipy.sparse

    def special() -> ModuleType:
        import cupyx.scipy.special

        return cupyx.scipy.special

    def ndimage() -> ModuleType:
        import cupyx.scipy.ndimage

        return cupyx.scipy.ndimage

    def from_numpy(array: np.ndarray, device: str) -> Any:
        _, _, number = device.partition(":")
        try:
            with cupy.cuda.Device(int(number or 0)):
                return cupy.asarray(array)
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise RuntimeError(
                f"device {device!r} cannot be used ({error}): {gpu_report()}"
            ) from error

    register(
        "cuda",
        Backend(
            array_type=cupy.ndarray,
            xp=cupy,
            sparse=sparse,
            device_of=lambda array: f"cuda:{array.device.id}",
            from_numpy=from_numpy,
            to_numpy=cupy.asnumpy,
            special=special,
            ndimage=ndimage,
        ),
    )
    return _backends["cuda"]


class device(str):
    """The name of a device, for scripts written as ``device("cuda" if ... else "cpu")``.

    ``device("cuda", 1)`` is ``"cuda:1"``; ``.type`` is the part before the colon. Everywhere a
    plain string does as well. ValueError for a name that is none.
    """

    def __new__(cls, name: str, index: int | None = None) -> device:
        if not isinstance(name, str):
            raise TypeError(f"a device is a string such as 'cpu' or 'cuda:0', got {name!r}")
        kind, colon, number = name.partition(":")
        if kind not in (*_backends, "cuda") or (colon and not number.isdigit()):
            raise ValueError(
                f"unknown device {name!r}: use 'cpu', 'cuda' or 'cuda:' and the number of a GPU"
            )
        return super().__new__(cls, name if index is None else f"{kind}:{index}")

    @property
    def type(self) -> str:
        return self.partition(":")[0]


def _find(array_type: type) -> Backend | None:
    for cls in array_type.__mro__:
        if cls in _by_type:
            return _by_type[cls]
        if cls.__module__.split(".")[0] == "cupy" and cls.__name__ == "ndarray":
            return _register_cupy()
    return None


def is_array(value: object) -> bool:
    """True for a NumPy array, a CuPy array or one of a registered backend."""
    return type(value) in _by_type or _find(type(value)) is not None


def backend_of(array: Any) -> Backend:
    """The backend that ``array`` belongs to; a TypeError for what is no array."""
    found = _by_type.get(type(array)) or _find(type(array))
    if found is None:
        raise TypeError(f"expected a NumPy or CuPy array, got {type(array).__name__}")
    return found


def array_module(array: Any) -> Any:
    """numpy or cupy: the module whose functions take ``array``."""
    return backend_of(array).xp


def device_of(array: Any) -> str:
    """``"cpu"``, ``"cuda:0"``, ...: where ``array`` lives."""
    return backend_of(array).device_of(array)


def _backend_for(device: str) -> Backend:
    if not isinstance(device, str):
        raise TypeError(f"a device is a string such as 'cpu' or 'cuda:0', got {device!r}")
    kind, colon, number = device.partition(":")
    well_formed = not colon or number.isdigit()
    if well_formed and kind == "cuda" and "cuda" not in _backends:
        return _register_cupy()
    if not well_formed or kind not in _backends:
        raise ValueError(
            f"unknown device {device!r}: use 'cpu', 'cuda' or 'cuda:' and the number of a GPU"
        )
    return _backends[kind]


def module_for(device: str) -> Any:
    """numpy or cupy: the module that makes arrays on ``device``."""
    return _backend_for(device).xp


def is_on(array: Any, device: str) -> bool:
    """Whether ``array`` lives on ``device``; "cuda" stands for any GPU."""
    _backend_for(device)  # an error for a device that does not exist
    here = device_of(array)
    return here == device or (":" not in device and here.partition(":")[0] == device)


def to_device(array: Any, device: str) -> Any:
    """``array`` on ``device``: itself where it is there already, else a copy. Always explicit."""
    target = _backend_for(device)
    return array if is_on(array, device) else target.from_numpy(to_numpy(array), device)


def to_numpy(array: Any) -> np.ndarray:
    """``array`` as a NumPy array: itself where it is one, else a copy. Always explicit."""
    return backend_of(array).to_numpy(array)


def gpu_report() -> str:
    """One line on the GPU: what CuPy finds, or why there is none. Imports CuPy, if installed."""
    try:
        import cupy
    except ImportError:
        return "none (CuPy is not installed: pip install 'minicnn[cuda12]' or 'minicnn[cuda13]')"
    try:
        count = cupy.cuda.runtime.getDeviceCount()
        names = [cupy.cuda.runtime.getDeviceProperties(i)["name"].decode() for i in range(count)]
    except Exception as error:  # CuPy raises its own errors, or OSError, for a missing driver
        return f"none (CuPy {cupy.__version__} is installed, but finds no usable GPU: {error})"
    return f"{', '.join(names) or 'none'} (CuPy {cupy.__version__})"


def cupy_is_loaded() -> bool:
    """True once something has imported CuPy."""
    return "cupy" in sys.modules
