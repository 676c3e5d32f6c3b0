"""Fractional max pooling: images shrink by a factor such as 1.4, through windows at random places.

Along an axis of H pixels, P windows of A pixels start at

    ⌊(i + u)·α⌋ − ⌊u·α⌋   for i < P − 1,   and at H − A for the last,      α = (H − A)/(P − 1)

with one u from 0 to 1 for each image, channel and axis. The steps are ⌊α⌋ or ⌈α⌉, in an order
that u decides, so two passes see the image pooled a little differently: a regulariser, and slower
shrinking allows more layers. There is no evaluation mode: it is drawn whenever it is called.

Source: 001 "Regularization: A common pattern"; Graham 2014, arXiv 1412.6071.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import kernels
from ..backend import array_module, device_of
from ..geometry import IntOrTuple, per_axis, shown
from ..random import key
from ..tensor import Tensor
from .index import get_item
from .operands import as_tensor, floats_only
from .reduce import max as max_
from .shape import reshape

_OP = "fractional_max_pool2d"


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: IntOrTuple,
    output_size: IntOrTuple | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Tensor:
    """The largest pixel of P·Q windows at random places: (N, C, H, W) -> (N, C, P, Q).

    Either ``output_size`` (one number or one for each axis) or ``output_ratio``, from 0 to 1
    (both excluded): ⌊H·ratio⌋ places. ``_random_samples``, (N, C, 2) of the input's dtype, from 0
    up to 1, are the u of the second spatial axis and of the first (in this order, as in PyTorch);
    left out, they are drawn, and depend on :func:`minicnn.manual_seed` alone. Of equal pixels the
    first in row-major order gets the gradient. ``return_indices`` is refused.

    ValueError for shapes and settings that do not fit (P + A − 1 must not exceed H), TypeError
    for integers.
    """
    x = floats_only(_OP, input)
    if x.ndim != 4:
        raise ValueError(
            f"{_OP}: the input must have 4 dimensions (N, C, H, W), got shape {x.shape}"
            + ("; for a single image without its batch axis pass x[None]" * (x.ndim == 3))
        )
    if return_indices:
        raise ValueError(f"{_OP}: return_indices={shown(return_indices)} is not supported")
    kernel = per_axis(_OP, "kernel_size", kernel_size, 2, least=1)
    outs = _output_size(x.shape, kernel, output_size, output_ratio)
    u = _samples(x, _random_samples)
    xp = array_module(x.data)
    n, c = x.shape[:2]
    places = [
        _starts(xp, u[:, :, 1 - axis], x.shape[2 + axis], outs[axis], kernel[axis])[..., None]
        + xp.arange(kernel[axis])
        for axis in (0, 1)
    ]  # pixels of each window along each axis: (N, C, P, A), (N, C, Q, B)
    windows = get_item(x, (
        xp.arange(n).reshape(n, 1, 1, 1, 1, 1),
        xp.arange(c).reshape(1, c, 1, 1, 1, 1),
        places[0].reshape(n, c, outs[0], 1, kernel[0], 1),
        places[1].reshape(n, c, 1, outs[1], 1, kernel[1]),
    ))
    return max_(reshape(windows, (n, c, *outs, kernel[0] * kernel[1])), -1)


def _starts(xp: Any, u: Any, size: int, out: int, taps: int) -> Any:
    """Where the windows start along an axis: (N, C) random numbers -> (N, C, out) pixels.

    In the arithmetic of the input's dtype, for there PyTorch rounds too.
    """
    steps = xp.zeros((*u.shape, out), "int64")
    if out > 1:
        alpha = u.dtype.type(size - taps) / u.dtype.type(out - 1)
        i = xp.arange(out - 1, dtype=u.dtype)
        u = u[..., None]
        steps[..., :-1] = ((i + u) * alpha).astype("int64") - (u * alpha).astype("int64")
        steps = steps.clip(0, size - taps)  # a u from 0 to 1 needs no help
    steps[..., -1] = size - taps
    return steps


def _output_size(shape: tuple, kernel: tuple, size: Any, ratio: Any) -> tuple[int, int]:
    check_one_given(_OP, size, ratio)
    if ratio is None:
        outs = per_axis(_OP, "output_size", size, 2, least=1)
    else:
        outs = tuple(int(n * r) for n, r in zip(shape[2:], ratios(_OP, ratio), strict=True))
    for n, p, a in zip(shape[2:], outs, kernel, strict=True):
        if p < 1 or p + a - 1 > n:
            raise ValueError(
                f"{_OP}: {outs} windows of {kernel} pixels do not fit into the input {shape}: "
                f"along each axis there must be at least one, and places + window − 1 must not "
                f"exceed the pixels, here {p} + {a} − 1 and {n}"
            )
    return outs


def check_one_given(op: str, size: Any, ratio: Any) -> None:
    """``output_size`` or ``output_ratio``, one of them."""
    if (size is None) == (ratio is None):
        raise ValueError(
            f"{op}: give either output_size or output_ratio, got output_size={size!r} and "
            f"output_ratio={ratio!r}"
        )


def ratios(op: str, value: Any) -> tuple[float, float]:
    """``output_ratio`` as one number for each axis, checked."""
    several = isinstance(value, Sequence) and not isinstance(value, str)
    each = tuple(value) if several else (value, value)
    for r in each:
        if isinstance(r, bool) or not isinstance(r, (int, float, np.integer, np.floating)):
            raise TypeError(f"{op}: output_ratio must be a number or two, got {shown(value)}")
    if len(each) != 2 or not all(0 < r < 1 for r in each):
        raise ValueError(
            f"{op}: output_ratio={value!r} must be one number or two between 0 and 1"
        )
    return each


def _samples(x: Tensor, given: Any) -> Any:
    """The random numbers from 0 up to 1: (N, C, 2), an array on the input's device."""
    shape = (*x.shape[:2], 2)
    if given is None:
        xp = array_module(x.data)
        bits = kernels.arrays.random_bits(key(), 2 * shape[0] * shape[1], xp)
        # 24 bits, which a float32 holds: rounded up to 1, a window would lie outside
        dtype = x.dtype if x.dtype == np.float64 else np.dtype("float32")
        return ((bits >> 8).astype(dtype) * dtype.type(2**-24)).reshape(shape)
    u = as_tensor(given, x).data
    if device_of(u) != x.device or u.dtype != x.dtype:
        raise TypeError(
            f"{_OP}: _random_samples are {u.dtype} on {device_of(u)} and the input is {x.dtype} "
            f"on {x.device}; nothing is converted implicitly: use .to(...)"
        )
    if u.shape != shape:
        raise ValueError(
            f"{_OP}: _random_samples must have shape {shape}, two numbers for each image and "
            f"channel of the input {x.shape}, got {u.shape}"
        )
    if not bool(((u >= 0) & (u <= 1)).all()):  # NaN too
        raise ValueError(f"{_OP}: _random_samples must lie from 0 up to 1, none below, none NaN")
    return u
