"""Gradients that are too long, shortened: between ``loss.backward()`` and ``optimizer.step()``.

Source: Pascanu, Mikolov & Bengio 2013, arXiv 1211.5063. And :func:`skip_init`, for networks whose
first weights do not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from .. import backend
from ..tensor import Tensor
from . import init
from .checks import flag, real
from .module import Module


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Scales all gradients so that their norm, as one long vector, is at most ``max_norm``.

    g ← g · min(1, max_norm / (‖g‖ + 1e-6)), in place; returns ‖g‖ as it was. ``norm_type`` is the
    p of the norm (Σ|g|ᵖ)^(1/p), or inf for the largest |g|. The sum is taken in float64.
    With a norm that is infinite or NaN the gradients end as 0 or NaN, as in PyTorch;
    ``error_if_nonfinite`` raises a RuntimeError instead.
    """
    max_norm = real("clip_grad_norm_", "max_norm", max_norm, low=0)
    p = real("clip_grad_norm_", "norm_type", norm_type, low=0)
    if p == 0:
        raise ValueError("clip_grad_norm_: norm_type=0 is no norm; use 1, 2, ... or inf")
    error_if_nonfinite = flag("clip_grad_norm_", "error_if_nonfinite", error_if_nonfinite)
    tensors = _with_gradients("clip_grad_norm_", parameters)
    if not tensors:
        return Tensor(0.0)
    xp = backend.array_module(tensors[0].grad)
    sizes = (abs(t.grad.astype("float64")) for t in tensors)
    if p == math.inf:
        total = xp.stack([s.max() if s.size else s.sum() for s in sizes]).max()
    else:
        total = xp.stack([(s**p).sum() for s in sizes]).sum() ** (1 / p)
    if error_if_nonfinite and not math.isfinite(float(total)):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of the gradients is {float(total)}, so they cannot be "
            f"scaled; nothing was changed"
        )
    factor = xp.minimum(max_norm / (total + 1e-6), 1.0)
    for tensor in tensors:
        tensor.grad *= factor.astype(tensor.grad.dtype)
    return Tensor(xp.asarray(total, dtype=tensors[0].grad.dtype))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Every entry of every gradient brought into −clip_value ... clip_value, in place."""
    bound = real("clip_grad_value_", "clip_value", clip_value, low=0)
    for tensor in _with_gradients("clip_grad_value_", parameters):
        tensor.grad[...] = tensor.grad.clip(-bound, bound)


def skip_init(module_cls: Callable[..., Module], *args: Any, **kwargs: Any) -> Module:
    """``module_cls(*args, **kwargs)`` without drawing its first weights: they stay 0.

    For a network that is to be counted, shown, or loaded from a file. As nobody writes to the
    weights, most systems give them no memory yet: VGG16, 553 MB, is made in milliseconds.
    ``module_cls`` is a layer, a network, or a function that makes one (PyTorch takes classes only,
    and leaves whatever the memory held). What does not come from :mod:`minicnn.nn.init`'s random
    functions is as ever: the ones of a batch norm, and numbers that the network draws itself.
    """
    if not callable(module_cls) or isinstance(module_cls, Module):
        raise TypeError(
            f"skip_init: expected a class, as in skip_init(nn.Linear, 3, 4), got "
            f"{type(module_cls).__name__}"
        )
    before, init.drawing.wanted = init.drawing.wanted, False
    try:
        return module_cls(*args, **kwargs)
    finally:
        init.drawing.wanted = before


def _with_gradients(op: str, parameters: Any) -> list[Tensor]:
    """The Tensors that have a gradient, all on one device."""
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    hint = "; pass model.parameters()" if hasattr(parameters, "parameters") else ""
    if hint or not isinstance(parameters, Iterable):
        raise TypeError(
            f"{op}: expected Tensors, got {type(parameters).__name__}{hint}"
        )
    tensors = list(parameters)
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{op}: expected Tensors, got {type(tensor).__name__}{hint}")
    tensors = [t for t in tensors if t.grad is not None]
    devices = sorted({t.device for t in tensors})
    if len(devices) > 1:
        raise TypeError(f"{op}: the gradients are on several devices, {devices}; clip each alone")
    return tensors
