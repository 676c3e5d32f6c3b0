"""Several tasks, one network: the weighted sum of their losses, L = Σ w_k·L_k.

Heads that share a trunk (segmentation, depth, the age of a brain) are trained together through
one number. A loss in other units swamps the rest, hence the weights.

Source: 002 "MULTI-TASK LEARNING"; Caruana 1997, "Multitask Learning".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backend import is_array
from ..tensor import FLOATS, Tensor
from .arithmetic import Scale, add
from .operands import as_tensor
from .reduction import setting


def multi_task_loss(losses: Any, weights: Any = None) -> Tensor:
    """Σ w_k·L_k: a list of losses and one of weights, or two dicts with the same names.

    Each loss is a float Tensor with one entry and no axes, as the losses return; a Tensor (K,)
    holds K of them. ``weights`` are numbers, 0 or more; None is 1 for each.

    ValueError for no losses, for a loss of another shape, for weights that are too few, too many,
    negative or have other names; TypeError for what is no float and no list or dict.
    Source: 002 "MULTI-TASK LEARNING".
    """
    op = "multi_task_loss"
    if isinstance(losses, Mapping):
        names = list(losses)
        if weights is not None:
            if not isinstance(weights, Mapping):
                raise TypeError(f"{op}: the losses have names, {names}: give the weights as a "
                                f"dict too, got {type(weights).__name__}")
            if set(weights) != set(names):
                raise ValueError(f"{op}: the losses are {names}, the weights {list(weights)}")
            weights = [weights[name] for name in names]
        losses = list(losses.values())
    else:
        if isinstance(weights, Mapping):
            raise TypeError(f"{op}: the weights have names, {list(weights)}: give the losses as a "
                            f"dict too, got {type(losses).__name__}")
        losses = _listed(op, "losses", losses)
        names = list(range(len(losses)))
    if not losses:
        raise ValueError(f"{op}: there is no loss to add up")
    factors = [1.0] * len(losses) if weights is None else _weights(op, weights, names)
    total = None
    for name, factor, loss in zip(names, factors, losses, strict=True):
        loss = as_tensor(loss)
        if loss.dtype not in FLOATS:
            raise TypeError(f"{op}: losses[{name!r}] must be a float, got {loss.dtype}")
        if loss.ndim:
            raise ValueError(f"{op}: losses[{name!r}] must be one number, got shape {loss.shape}: "
                             f"take its mean or sum")
        part = Scale(factor)(loss)
        total = part if total is None else add(total, part)
    return total


def _weights(op: str, weights: Any, names: list) -> list[float]:
    values = _listed(op, "weights", weights)
    values = [w.item() if isinstance(w, Tensor) or is_array(w) else w for w in values]
    if len(values) != len(names):
        raise ValueError(f"{op}: {len(names)} losses need as many weights, got {len(values)}")
    return [setting(w, f"weights[{name!r}]", op) for w, name in zip(values, names, strict=True)]


def _listed(op: str, what: str, values: Any) -> list:
    try:
        return list(values)
    except TypeError:
        raise TypeError(
            f"{op}: {what} must be a list or a dict, one entry for each task, got "
            f"{type(values).__name__}"
        ) from None
