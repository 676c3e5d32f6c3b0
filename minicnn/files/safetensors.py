"""Arrays in ``.safetensors`` files, by the safetensors library.

The format has no pickle and no checksum: a byte that flips among the numbers goes unnoticed,
where a ``.npz`` would be refused. https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .atomic import PathLike, atomic_write

_DTYPES = {
    "F64": "f8", "F32": "f4", "F16": "f2", "BOOL": "?",
    "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
    "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1",
}


def _library() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "files in the .safetensors format need the safetensors library: "
            "pip install 'minicnn[weights]'"
        ) from None
    return safetensors


def write_safetensors(path: PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """The arrays under their names."""
    # The library writes the memory as it lies, so an array in another order would come back
    # scrambled. Not ascontiguousarray, which gives an array without axes one.
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    encoded = _library().numpy.save(plain)
    with atomic_write(path) as file:
        file.write(encoded)


class SafetensorsReader:
    """The arrays of a ``.safetensors`` file, as :class:`~.npz.NpzReader` gives them."""

    def __init__(self, path: PathLike):
        self.path = Path(path)
        safe_open = _library().safe_open
        with open(self.path, "rb"):
            pass  # no such file, a folder, no permission: an OSError like any other's
        try:
            self._file = safe_open(str(self.path), framework="numpy").__enter__()
            pieces = {name: self._file.get_slice(name) for name in self._file.keys()}  # noqa: SIM118
            self._dtypes = {name: piece.get_dtype() for name, piece in pieces.items()}
            self.headers = {
                name: np.broadcast_to(
                    np.zeros((), _DTYPES.get(self._dtypes[name], "f4")), piece.get_shape()
                )
                for name, piece in pieces.items()
            }
        except Exception as error:  # the library has its own error type
            raise ValueError(
                f"{self.path} is not a .safetensors file, or was cut off: {error}"
            ) from None

    def __enter__(self) -> SafetensorsReader:
        return self

    def __exit__(self, *exc) -> None:
        self._file.__exit__(None, None, None)

    def read(self, name: str) -> np.ndarray:
        """The array of that name; ValueError for a dtype that NumPy does not have (bfloat16)."""
        if self._dtypes[name] not in _DTYPES:
            raise ValueError(
                f"{self.path}: {name!r} has dtype {self._dtypes[name]}, which NumPy does not "
                f"have: convert it to F32 where the file is made"
            )
        return self._file.get_tensor(name)
