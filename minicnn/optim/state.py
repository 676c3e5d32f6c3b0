"""The check of an optimiser's state dict: everything is looked at before anything is changed."""

from __future__ import annotations

import copy
import math
import numbers
from collections.abc import Callable
from typing import Any

from .. import backend
from ..tensor import Tensor


def checked_groups(
    state_dict: Any, current: list[dict[str, Any]], owner: str
) -> tuple[list[dict[str, Any]], dict[Any, Tensor]]:
    """The saved groups with our parameters in them, and our parameter for each saved number."""
    if not isinstance(state_dict, dict) or not {"state", "param_groups"} <= set(state_dict):
        raise TypeError(
            f"{owner}: a state dict is a dict with the keys 'state' and 'param_groups', as "
            f"state_dict() gives it, got "
            f"{list(state_dict) if isinstance(state_dict, dict) else type(state_dict).__name__}"
        )
    saved = state_dict["param_groups"]
    if not isinstance(saved, (list, tuple)) or not all(
        isinstance(group, dict) and isinstance(group.get("params"), (list, tuple))
        for group in saved
    ):
        raise TypeError(
            f"{owner}: 'param_groups' of a state dict is a list of dicts, each with a list of "
            f"numbers under 'params'"
        )
    if len(saved) != len(current):
        raise ValueError(
            f"{owner}: the state dict has {len(saved)} parameter groups, this optimiser has "
            f"{len(current)}"
        )
    by_number: dict[Any, Tensor] = {}
    groups = []
    for i, (theirs, ours) in enumerate(zip(saved, current, strict=True)):
        if len(theirs["params"]) != len(ours["params"]):
            raise ValueError(
                f"{owner}: group {i} has {len(theirs['params'])} parameters in the state dict, "
                f"{len(ours['params'])} in this optimiser"
            )
        for number, p in zip(theirs["params"], ours["params"], strict=True):
            if not _is_number(number) or number in by_number:
                raise ValueError(
                    f"{owner}: the 'params' of a state dict are numbers, each there once; "
                    f"group {i} has {number!r}"
                )
            by_number[number] = p
        options = {k: copy.deepcopy(v) for k, v in theirs.items() if k != "params"}
        groups.append({**options, "params": ours["params"]})
    return groups, by_number


def checked_state(
    saved: Any,
    groups: list[dict[str, Any]],
    by_number: dict[Any, Tensor],
    names: Callable[[dict[str, Any]], tuple[str, ...]],
    owner: str,
) -> dict[Tensor, dict[str, Any]]:
    """The saved state with its arrays copied, by parameter; ``names`` says what must be in it."""
    if not isinstance(saved, dict):
        raise TypeError(f"{owner}: 'state' of a state dict is a dict, got {type(saved).__name__}")
    group_of = {p: group for group in groups for p in group["params"]}
    result = {}
    for number, entry in saved.items():
        if not _is_number(number) or number not in by_number:
            raise ValueError(
                f"{owner}: the state dict has state for parameter {number!r}, but its groups "
                f"have only {list(by_number)}"
            )
        if not isinstance(entry, dict):
            raise TypeError(
                f"{owner}: the state of parameter {number} is a dict, got {type(entry).__name__}"
            )
        p = by_number[number]
        where = f"{owner}: the state of parameter {number} (shape {p.shape})"
        entry = {name: value for name, value in entry.items() if value is not None}
        missing = [name for name in names(group_of[p]) if name not in entry]
        if missing and entry:
            raise ValueError(f"{where} lacks {missing}, it has {list(entry)}")
        result[p] = {name: _value(name, value, p, where) for name, value in entry.items()}
    return {p: entry for p, entry in result.items() if entry}


def _value(name: str, value: Any, p: Tensor, where: str) -> Any:
    """A copy of an array of the parameter's shape, in its dtype, on its device; or a number."""
    if name == "step":
        return _step(value, where)
    if isinstance(value, Tensor):
        value = value.data
    if not backend.is_array(value):
        if isinstance(value, (numbers.Real, str)):
            return value
        raise TypeError(f"{where}: {name!r} must be an array, got {type(value).__name__}")
    if value.shape != p.shape:
        raise ValueError(f"{where}: {name!r} has shape {value.shape}")
    if value.dtype.kind not in "fiu":
        raise TypeError(f"{where}: {name!r} has dtype {value.dtype}, it must be a float's")
    return backend.to_device(value, p.device).astype(p.dtype)  # astype copies


def _step(value: Any, where: str) -> int:
    """How many updates there have been: a whole number, also from an array with one entry."""
    if backend.is_array(value) or isinstance(value, Tensor):
        value = value.item() if math.prod(value.shape) == 1 else None
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not math.isfinite(value)
        or value < 0
        or value != int(value)
    ):
        raise ValueError(f"{where}: 'step' must be a whole number from 0 on, got {value!r}")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)
