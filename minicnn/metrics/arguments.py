"""What the metrics of classification are given: labels and scores, checked alike everywhere."""

from __future__ import annotations

from numbers import Number, Real
from typing import Any

import numpy as np

from ..backend import array_module, device_of, is_array
from ..tensor import Tensor
from .undefined import some


def as_array(value: Any, name: str) -> Any:
    """``value`` as an array where it lives: a Tensor's own, a list or a number as NumPy has it."""
    if isinstance(value, Tensor):
        return value.data
    if is_array(value):
        array = value
    else:
        try:
            array = np.asarray(value)
        except ValueError:
            raise ValueError(f"{name}: the lists have different lengths") from None
    if array.dtype.kind == "O" and all(isinstance(v, str) for v in array.reshape(-1)):
        array = array.astype(str)  # a column of names, as pandas keeps it
    if array.dtype.kind in "US" and not is_array(value) and _is_mixed(value):
        raise TypeError(f"{name} has numbers and names in one list; labels must be all one or the "
                        f"other")
    if array.dtype.kind not in "biufUS":
        raise TypeError(
            f"{name} must be a Tensor, an array or a list of numbers or names, got "
            f"{array.dtype if is_array(value) else type(value).__name__}"
        )
    return array


def label_arrays(metric: str, **arrays: Any) -> list:
    """Labels (N,), one for each sample: integers, booleans, whole floats or names; of one length.

    Booleans come out as the integers 0 and 1, so that ``pos_label=1`` is True.
    """
    found = [_labels(as_array(value, f"{metric}: {name}"), f"{metric}: {name}")
             for name, value in arrays.items()]
    same_place(metric, dict(zip(arrays, found, strict=True)))
    return found


def one_device(metric: str, arrays: dict[str, Any]) -> None:
    """TypeError where arrays, by their names, lie on different devices."""
    first, *others = arrays
    for name in others:
        here, there = device_of(arrays[first]), device_of(arrays[name])
        if here != there:
            raise TypeError(
                f"{metric}: {first} is on {here} and {name} on {there}; nothing is moved "
                f"implicitly: move one of them, for instance with .to('cpu')"
            )


def same_place(metric: str, arrays: dict[str, Any]) -> None:
    """One device, and one number of samples."""
    one_device(metric, arrays)
    first, *others = arrays
    for name in others:
        a, b = arrays[first], arrays[name]
        if len(a) != len(b):
            raise ValueError(
                f"{metric}: {first} has {len(a)} entries and {name} has {len(b)}; there must be "
                f"one in each for every sample"
            )


def same_shape(metric: str, arrays: dict[str, Any], what: str) -> None:
    """One device, and one shape of what holds an entry for every ``what``."""
    one_device(metric, arrays)
    (first, a), (second, b) = arrays.items()
    if a.shape != b.shape:
        raise ValueError(
            f"{metric}: {first} has shape {a.shape} and {second} {b.shape}; there must be one "
            f"entry in each for every {what}"
        )


def same_kind(metric: str, arrays: dict[str, Any]) -> None:
    """Not names in one and numbers in another: they could never be equal."""
    full = {name: a for name, a in arrays.items() if a.size}
    if len({_kind(a) for a in full.values()}) > 1:
        kinds = [f"{name} holds {_kind(a)}" for name, a in full.items()]
        raise TypeError(f"{metric}: {' and '.join(kinds)}; labels must be all one or the other")


def known_labels(metric: str, labels: Any, present: dict[str, Any]) -> Any:
    """The labels asked for, or, for None, all that are present, in order."""
    arrays = list(present.values())
    xp = array_module(arrays[0])
    same_kind(metric, present)
    if labels is None:
        full = [a for a in arrays if a.size]  # an empty list has a dtype too, which means nothing
        return xp.unique(xp.concatenate(full or arrays))
    if isinstance(labels, (list, tuple, range)):
        labels = list(labels)
        labels = as_array(labels, f"{metric}: labels")
        labels = labels if _is_names(labels) else xp.asarray(labels.tolist())
    (labels,) = label_arrays(metric, labels=labels)
    first = next(iter(present))
    one_device(metric, {first: present[first], "labels": labels})
    same_kind(metric, {first: present[first], "labels": labels})
    if not labels.size:
        raise ValueError(f"{metric}: labels is empty; name one label or more, or give None")
    if xp.unique(labels).size != labels.size:
        raise ValueError(f"{metric}: each of the labels must be named once, got {labels.tolist()}")
    return labels


def positions(y: Any, labels: Any) -> tuple[Any, Any]:
    """For each entry of ``y`` the place of its label in ``labels``, and whether it is there."""
    xp = array_module(labels)
    if not y.size:
        return xp.zeros(0, np.int64), xp.zeros(0, bool)
    order = xp.argsort(labels)
    ordered = labels[order]
    at = xp.minimum(xp.searchsorted(ordered, y), len(labels) - 1)
    return order[at], ordered[at] == y


def positives(y: Any, pos_label: Any, metric: str, name: str) -> Any:
    """Where ``y`` is ``pos_label``: booleans (N,)."""
    _single(pos_label, metric)
    if y.size and _kind(y) != _kind(np.asarray(pos_label)):
        raise ValueError(
            f"{metric}: pos_label={pos_label!r} is none of the labels of {name}, "
            f"{_few(y)}; say which of them is the positive one"
        )
    return y == pos_label if y.size else array_module(y).zeros(0, bool)


def check_pos_label(pos_label: Any, metric: str, present: dict[str, Any]) -> None:
    """``pos_label`` must be there once there are two labels to choose from.

    (A set of patients who are all well has one label, and it need not be the positive one.)
    """
    _single(pos_label, metric)
    labels = known_labels(metric, None, present)
    if len(labels) > 1 and not (labels == pos_label).any():
        raise ValueError(
            f"{metric}: pos_label={pos_label!r} is none of the labels {some(labels.tolist())}; say "
            f"which of them is the positive one"
        )


def scores(y_score: Any, metric: str, ndim: int) -> Any:
    """Finite numbers, (N,) or (N, labels): the higher, the surer of the positive label."""
    array = as_array(y_score, f"{metric}: y_score")
    if _is_names(array):
        raise TypeError(f"{metric}: y_score must be numbers, got {array.dtype}")
    if array.ndim != ndim:
        shape = "(N,), one score a sample" if ndim == 1 else "(N, C), one score a sample and label"
        hint = "; of two columns pass [:, 1]" if ndim == 1 and array.ndim == 2 else ""
        raise ValueError(f"{metric}: y_score must be {shape}, got shape {array.shape}{hint}")
    xp = array_module(array)
    if not xp.isfinite(array).all():
        raise ValueError(f"{metric}: y_score must be finite, but there is NaN or infinity in it")
    return array.astype(np.uint8) if array.dtype.kind == "b" else array


def _labels(array: Any, name: str) -> Any:
    if array.ndim != 1:
        hint = "of scores take .argmax(1)" if array.dtype.kind == "f" else "for masks .reshape(-1)"
        raise ValueError(
            f"{name} must be (N,), one label for each sample, got shape {array.shape}"
            + (f"; {hint}" if array.ndim > 1 else "")
        )
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind == "f" and not (array == array.round()).all():
        raise ValueError(
            f"{name} must be labels, but {_few(array[array != array.round()])} are no whole "
            f"numbers; of scores take the arg-max, or compare with a threshold"
        )
    return array


def _is_names(array: Any) -> bool:
    return array.dtype.kind in "US"


def _is_mixed(values: Any) -> bool:
    """Of [1, "a"] NumPy makes the names "1" and "a"; here 1 is not "1"."""
    return any(
        _is_mixed(v) if isinstance(v, (list, tuple)) else isinstance(v, Number) for v in values
    ) if isinstance(values, (list, tuple)) else False


def _kind(array: Any) -> str:
    return {"U": "names", "S": "bytes"}.get(array.dtype.kind, "numbers")


def _single(pos_label: Any, metric: str) -> None:
    if not isinstance(pos_label, (str, bytes, Real, np.bool_)):
        raise TypeError(f"{metric}: pos_label must be one label, a number or a name, got "
                        f"{pos_label!r}")


def _few(array: Any) -> str:
    return some(array_module(array).unique(array).tolist())
