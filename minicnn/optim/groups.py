"""Parameter groups: what an optimiser may be handed, and what is refused with a hint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensor import FLOATS, Tensor

# Keys of a group that no optimiser has as an option: a label for the reader, and what schedules
# leave there.
NOTES = frozenset(("name", "initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum"))


def from_params(params: Any, owner: str) -> list[dict[str, Any]]:
    """``params`` as a list of groups, however it was given."""
    given = _listed(params, owner)
    dicts = [isinstance(item, dict) for item in given]
    if any(dicts) and not all(dicts):
        raise TypeError(
            f"{owner}: params mixes dicts with Tensors: give a list of Tensors, or a list of "
            f"dicts such as [{{'params': [...], 'lr': 0.1}}, ...]"
        )
    return given if any(dicts) else [{"params": given}]


def checked(group: Any, defaults: dict[str, Any], others: list[dict], owner: str) -> dict[str, Any]:
    """A group of its own, filled up with the defaults; its parameters are leaves, each new."""
    if not isinstance(group, dict) or "params" not in group:
        raise TypeError(
            f"{owner}: a parameter group is a dict with the key 'params', got "
            f"{sorted(group, key=str) if isinstance(group, dict) else type(group).__name__}"
        )
    unknown = [key for key in group if key not in defaults and key not in NOTES | {"params"}]
    if unknown:
        raise ValueError(
            f"{owner} has no option {unknown[0]!r}: it has {sorted(defaults)} (a label for a "
            f"group goes under 'name')"
        )
    params = _listed(group["params"], owner)
    if not params and not isinstance(group["params"], (list, tuple)):
        raise ValueError(
            f"{owner}: the params of a group are an empty {type(group['params']).__name__}. A "
            f"generator is empty once it has been looped over: pass a list"
        )
    known = {p for other in others for p in other["params"]}
    for i, p in enumerate(params):
        _check_parameter(p, f"{owner}: params[{i}]")
        if p in known:
            raise ValueError(
                f"{owner}: params[{i}] (shape {p.shape}) is there twice and would be updated "
                f"twice in a step: give each parameter once, in one group"
            )
        known.add(p)
    return {**defaults, **group, "params": params}


def _listed(params: Any, owner: str) -> list:
    """The items of an iterable; hints for what is none, or none with an order."""
    hint = None
    if isinstance(params, Tensor):
        hint = "is a single Tensor: put it in a list, [tensor]"
    elif callable(getattr(params, "parameters", None)):
        hint = f"is a {type(params).__name__}: pass its .parameters()"
    elif callable(params):
        hint = f"is a function: call it, {getattr(params, '__name__', 'parameters')}()"
    elif isinstance(params, dict):
        hint = "is a dict: pass its .values(), or a list of groups [{'params': [...], ...}]"
    elif isinstance(params, (set, frozenset)):
        hint = "is a set, which has no fixed order: pass a list"
    elif isinstance(params, (str, bytes)) or not isinstance(params, Iterable):
        hint = f"is a {type(params).__name__}: pass model.parameters() or a list of Tensors"
    if hint is not None:
        raise TypeError(f"{owner}: params {hint}")
    return list(params)


def _check_parameter(p: Any, where: str) -> None:
    if not isinstance(p, Tensor):
        if isinstance(p, tuple) and len(p) == 2 and isinstance(p[0], str):
            hint = "a (name, parameter) pair: pass model.parameters(), not named_parameters()"
        elif callable(getattr(p, "parameters", None)):
            hint = f"a {type(p).__name__}: pass its .parameters()"
        elif isinstance(p, np.ndarray):
            hint = "an array: pass Tensors, minicnn.tensor(array, requires_grad=True)"
        else:
            hint = f"a {type(p).__name__}: pass Tensors"
        raise TypeError(f"{where} is {hint}")
    if not p.is_leaf:
        raise ValueError(
            f"{where} (shape {p.shape}) was computed by {type(p.creator).__name__}: only a leaf "
            f"can be optimised, for a computed Tensor is made anew in every forward pass; pass "
            f"what it was computed from, or a leaf made with .detach().requires_grad_()"
        )
    if p.dtype not in FLOATS:
        raise TypeError(
            f"{where} (shape {p.shape}) has dtype {p.dtype}: only floats have a gradient"
        )
