"""Checkpoints: everything that a training run needs to go on as if it had not stopped.

One ``.npz`` file with the arrays (parameters, buffers, the optimiser's moments) and one member
that describes the rest as JSON: plain numbers, strings, lists and dicts, with arrays referred to
by name. No pickle, so nothing in the file is ever executed (see :mod:`minicnn.files.weights`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import backend, random
from ..tensor import Tensor
from .atomic import PathLike
from .npz import NpzReader, write_npz

_FORMAT = "minicnn checkpoint 1"
_DESCRIPTION = "minicnn checkpoint"  # the name of the member with the JSON


def save_checkpoint(
    path: PathLike,
    model: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    epoch: int | None = None,
    **extra: Any,
) -> None:
    """Model, optimiser, scheduler, the random generator's state, the epoch and what else is given.

    Each of the three has ``state_dict()``; ``extra`` may hold numbers, strings, arrays, and lists
    and dicts of them. The file (its name ends with .npz) appears whole or not at all. Of the
    random generators it holds the CPU's: on a GPU dropout goes on with other masks. A
    ``DataLoader`` that shuffles from a seed of its own is put in place by its ``epoch``.

    TypeError names what a checkpoint cannot hold; then nothing is written.
    """
    _check_path(path)
    parts = _parts(model, optimizer, scheduler)
    content = {
        "format": _FORMAT,
        "epoch": epoch,
        "random": random.get_state(),
        "extra": extra,
        "parts": {name: part.state_dict() for name, part in parts.items()},
    }
    arrays: dict[str, np.ndarray] = {}
    description = json.dumps(_encode(content, arrays, "checkpoint"))
    arrays[_DESCRIPTION] = np.frombuffer(description.encode(), np.uint8)
    write_npz(path, arrays)


def load_checkpoint(
    path: PathLike, model: Any = None, optimizer: Any = None, scheduler: Any = None
) -> dict[str, Any]:
    """Puts back what :func:`save_checkpoint` saved; returns ``{"epoch": ..., **extra}``.

    What is given here must be in the file. If any of it does not fit, a ValueError says why and
    nothing has changed: not the model, the optimiser, the scheduler or the random generator.
    OSError (FileNotFoundError ...) where the file cannot be opened.
    """
    _check_path(path)
    parts = _parts(model, optimizer, scheduler)
    content = _read(path)
    for name in parts:
        if name not in content["parts"]:
            raise ValueError(
                f"{path} holds no {name}, only: {', '.join(content['parts']) or 'nothing'}"
            )
    before = {name: part.state_dict() for name, part in parts.items()}
    done = []
    try:
        for name, part in parts.items():
            done.append(name)
            part.load_state_dict(content["parts"][name])
        random.set_state(content["random"])  # last: it changes all or nothing
    except BaseException as error:
        for name in done:
            parts[name].load_state_dict(before[name])
        if not isinstance(error, Exception):
            raise
        raise ValueError(
            f"{path} does not fit, nothing was loaded: {type(error).__name__}: {error}"
        ) from error
    return {"epoch": content["epoch"], **content["extra"]}


def _check_path(path: Any) -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(
            f"a checkpoint's first argument is its path, got {type(path).__name__}"
        )
    if Path(path).suffix != ".npz":
        raise ValueError(f"{path}: the name of a checkpoint must end with '.npz'")


def _parts(model: Any, optimizer: Any, scheduler: Any) -> dict[str, Any]:
    """Those that are given, by name."""
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    parts = {name: part for name, part in parts.items() if part is not None}
    for name, part in parts.items():
        if not hasattr(part, "load_state_dict"):
            raise TypeError(
                f"{name} must have state_dict() and load_state_dict(), got {type(part).__name__}"
            )
    return parts


def _read(path: PathLike) -> dict[str, Any]:
    """What was saved, in the form that :func:`save_checkpoint` gave it."""
    with NpzReader(path, compressed=False) as reader:
        member = reader.headers.get(_DESCRIPTION)
        if member is None or member.dtype != np.uint8 or member.ndim != 1:
            raise ValueError(f"{path} holds arrays, but is no checkpoint: mc.load_weights?")
        unread = set(reader.headers) - {_DESCRIPTION}
        try:
            text = reader.read(_DESCRIPTION).tobytes().decode()
            content = _decode(json.loads(text), reader, unread)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path}: the checkpoint is damaged: {error}") from None
    expected = {"format", "epoch", "random", "extra", "parts"}
    if not isinstance(content, dict) or set(content) != expected or content["format"] != _FORMAT:
        raise ValueError(f"{path} is no checkpoint of this version ({_FORMAT!r})")
    if not isinstance(content["parts"], dict) or not isinstance(content["extra"], dict):
        raise ValueError(f"{path}: the checkpoint is damaged")
    return content


def _encode(value: Any, arrays: dict[str, np.ndarray], where: str) -> Any:
    """``value`` as JSON knows it: tuples, lists, dicts and arrays are lists ["kind", ...]."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "fiub" and value.itemsize <= 8:
        return value.item()
    if isinstance(value, Tensor):
        value = value.data
    if backend.is_array(value) and value.dtype.kind in "fiub":
        name = f"array{len(arrays)}"
        arrays[name] = backend.to_numpy(value)
        return ["array", name]
    if isinstance(value, Mapping):
        pairs = [
            [_encode(k, arrays, f"a key of {where}"), _encode(v, arrays, f"{where}[{k!r}]")]
            for k, v in value.items()
        ]
        return ["dict", pairs]
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return [kind, [_encode(v, arrays, f"{where}[{i}]") for i, v in enumerate(value)]]
    dtype = f" of dtype {value.dtype}" if hasattr(value, "dtype") else ""
    raise TypeError(
        f"{where} is a {type(value).__name__}{dtype}; a checkpoint holds numbers, strings, arrays "
        f"of numbers, and lists and dicts of them"
    )


def _decode(value: Any, reader: NpzReader, unread: set[str]) -> Any:
    """The value that :func:`_encode` was given. Each array is read once, so that a small file
    cannot ask for a large one again and again."""
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "array":
        unread.remove(content)  # KeyError for a second time, or for what is not there
        return reader.read(content)
    if kind == "dict":
        return {_decode(k, reader, unread): _decode(v, reader, unread) for k, v in content}
    if kind in ("list", "tuple"):
        items = [_decode(v, reader, unread) for v in content]
        return tuple(items) if kind == "tuple" else items
    raise ValueError(f"unknown entry {kind!r}")
