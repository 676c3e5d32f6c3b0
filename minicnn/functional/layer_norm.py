"""Batch norm's relatives: the same normalisation over other sets of entries.

    batch norm      one mean and variance a channel, over images and pixels
    layer norm      one an image (or row), over its last axes           Ba et al. 2016, 1607.06450
    group norm      one an image and group of channels                  Wu & He 2018, 1803.08494
    instance norm   one an image and channel, over its pixels           Ulyanov et al., 1607.08022

Written as rows (R, D) of the entries that are normalised together, all are batch norm of R
channels with one image, so its Function (and its gradient) serves them. None keeps running
statistics, so training and evaluation are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..backend import array_module
from ..geometry import whole_number
from ..tensor import FLOATS, Tensor, wrap
from .norm import BatchNorm
from .operands import as_tensor
from .shape import reshape


def _normalised(x: Tensor, rows: int, eps: float) -> Tensor:
    """x̂ = (x − E)/√(Var + ε) over each of ``rows`` equal parts of x, in row-major order."""
    if x.data.size == 0:
        return x
    xp = array_module(x.data)
    together = reshape(x, (1, rows, x.data.size // max(1, rows)))
    one, zero = wrap(xp.ones(rows, x.dtype)), wrap(xp.zeros(rows, x.dtype))
    return reshape(BatchNorm(eps)(together, one, zero), x.shape)


def _affine(x: Tensor, weight: Any, bias: Any, shape: tuple[int, ...]) -> Tensor:
    """γ·x + β with γ and β given ``shape``, which broadcasts over x."""
    if weight is not None:
        x = x * reshape(as_tensor(weight, x), shape)
    return x if bias is None else x + reshape(as_tensor(bias, x), shape)


def _input(op: str, input: Any, least: int) -> Tensor:
    x = as_tensor(input)
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: the input must be floats, got {x.dtype}")
    if x.ndim < least:
        raise ValueError(f"{op}: the input must have {least} or more axes, got shape {x.shape}")
    return x


def _check(op: str, shape: tuple[int, ...], eps: float, **given: Any) -> None:
    if not eps >= 0:
        raise ValueError(f"{op}: eps={eps} must not be negative")
    for name, value in given.items():
        if value is not None and np.shape(value) != shape:
            raise ValueError(f"{op}: {name} must have shape {shape}, got {np.shape(value)}")


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """γ·(x − E)/√(Var + ε) + β over the last axes, whose sizes are ``normalized_shape``.

    Population variance; ``weight`` γ and ``bias`` β have that shape too.
    """
    x = _input("layer_norm", input, 1)
    given = normalized_shape if isinstance(normalized_shape, Sequence) else (normalized_shape,)
    last = tuple(whole_number("layer_norm", "normalized_shape", n) for n in given)
    if not last or x.shape[-len(last) :] != last:
        raise ValueError(
            f"layer_norm: the last sizes of the input {x.shape} must be normalized_shape {last}"
        )
    _check("layer_norm", last, eps, weight=weight, bias=bias)
    return _affine(_normalised(x, prod(x.shape[: -len(last)]), eps), weight, bias, last)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """γ·(x − E)/√(Var + ε) + β over each image and group of neighbouring channels (N, C, ...).

    ``num_groups`` divides C; ``weight`` and ``bias`` have shape (C,).
    """
    x = _input("group_norm", input, 2)
    images, channels = x.shape[:2]
    if whole_number("group_norm", "num_groups", num_groups) < 1 or channels % num_groups:
        raise ValueError(
            f"group_norm: num_groups={num_groups} must divide the {channels} channels of the "
            f"input {x.shape}"
        )
    _check("group_norm", (channels,), eps, weight=weight, bias=bias)
    per_channel = (channels, *(1,) * (x.ndim - 2))
    return _affine(_normalised(x, images * num_groups, eps), weight, bias, per_channel)


def instance_norm(
    input: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """γ·(x − E)/√(Var + ε) + β over the pixels of each image and channel (N, C, ...).

    ``weight`` and ``bias`` have shape (C,). Running statistics are not kept: they must be None.
    """
    if running_mean is not None or running_var is not None or not use_input_stats:
        raise ValueError(
            "instance_norm: running statistics are not kept here; leave running_mean and "
            "running_var None and use_input_stats True"
        )
    x = _input("instance_norm", input, 3)
    if prod(x.shape[2:]) < 2:
        raise ValueError(
            f"instance_norm: needs more than one pixel a channel, got input {x.shape}"
        )
    return group_norm(x, x.shape[1], weight, bias, eps)


