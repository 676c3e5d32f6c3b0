"""Weights in files: ``.npz`` (NumPy's archive) and ``.safetensors``.

A file of weights is somebody else's: it is read as untrusted. No pickle is ever executed. Names
and shapes are read from the headers and held against the model before any array is, so a file
cannot claim a size and have it. A file that does not fit changes nothing. What is written appears
whole under its name or not at all, whenever the process ends.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import backend
from .atomic import PathLike
from .npz import NpzReader, write_npz
from .safetensors import SafetensorsReader, write_safetensors

_FORMATS: dict[str, tuple[Callable, Callable]] = {
    ".npz": (write_npz, NpzReader),
    ".safetensors": (write_safetensors, SafetensorsReader),
}


def save_weights(model: Any, path: PathLike) -> None:
    """The model's state_dict (parameters and buffers) to ``path``: .npz or .safetensors.

    Names and dtypes are the state_dict's. The file appears whole or not at all. Weights on a GPU
    are copied to the CPU first. ValueError for another suffix, TypeError for what is no model,
    OSError as writing raises it.
    """
    write, _ = _format(model, path, "save_weights")
    write(path, {name: backend.to_numpy(a) for name, a in model.state_dict().items()})


def load_weights(model: Any, path: PathLike, strict: bool = True) -> Any:
    """Fills the model from a file that :func:`save_weights`, or a user of PyTorch, wrote.

    Each array is converted to the dtype of the model's parameter or buffer (float64 into a
    float32 model is rounded; the model's dtype stays), on its device. With ``strict`` the names
    must be the model's; otherwise entries that the model does not have are passed over, and
    missing ones left as they are. PyTorch's ``num_batches_tracked`` is accepted and not kept.

    ValueError says what is wrong with the file, naming every entry that does not fit, and then
    nothing has changed; OSError (FileNotFoundError ...) where it cannot be opened. Returns what
    ``model.load_state_dict`` returns: the missing and the unexpected names.
    """
    _, reader_of = _format(model, path, "load_weights")
    shapes = {name: tuple(array.shape) for name, array in model.state_dict().items()}
    with reader_of(path) as reader:
        # What does not fit is not read: its stand-in is enough for load_state_dict to name it.
        state = {
            name: reader.read(name) if stand_in.shape == shapes.get(name) else stand_in
            for name, stand_in in reader.headers.items()
        }
        try:
            return model.load_state_dict(state, strict=strict)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} does not fit the model: {error}") from error


def _format(model: Any, path: PathLike, name: str) -> tuple[Callable, Callable]:
    """How to write and read the file ``path``; an error for wrong arguments."""
    if not hasattr(model, "load_state_dict") or isinstance(model, type):
        raise TypeError(
            f"{name}(model, path): the model must be a Module, got {reprlib.repr(model)}"
        )
    suffix = Path(path).suffix
    if suffix not in _FORMATS:
        raise ValueError(f"{path}: the name must end with {' or '.join(map(repr, _FORMATS))}")
    return _FORMATS[suffix]
