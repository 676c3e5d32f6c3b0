"""Dropout: while training, entries are deleted at random, so that none can be relied on.

Source: 001 "Dropout", "Regularization: A common pattern" (y = E_z[f(x, z)]). The slides leave out
the factor 1/(1 − p) that keeps the expectation of every entry as it was; with it, evaluation is
the identity ("inverted" dropout; Srivastava et al. 2014, JMLR 15).
"""

from __future__ import annotations

import numpy as np

from ..random import generator
from ..tensor import Tensor, wrap
from .operands import float_tensor


def dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """y = x·m/(1 − p) with m = 0 with probability p, else 1, drawn anew for each entry.

    With ``training=False`` (or p = 0) the input itself. The mask is drawn from the generator
    that :func:`minicnn.manual_seed` seeds. ``inplace`` is taken for PyTorch's sake and has no
    effect: no Tensor is changed in place.
    """
    x = float_tensor(input)
    return _masked("dropout", x, x.shape, p, training)


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """:func:`dropout2d` for signals (N, C, L)."""
    return _channels("dropout1d", 1, input, p, training)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, H, W): neighbouring pixels are too alike to miss one.

    One draw for each image and channel (Tompson et al. 2015, arXiv 1411.4280).
    """
    return _channels("dropout2d", 2, input, p, training)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """:func:`dropout2d` for volumes (N, C, D, H, W)."""
    return _channels("dropout3d", 3, input, p, training)


def _channels(op: str, axes: int, input: Tensor, p: float, training: bool) -> Tensor:
    x = float_tensor(input)
    if x.ndim != axes + 2:
        raise ValueError(
            f"{op}: the input must have {axes + 2} dimensions (N, C, size...), got shape {x.shape}"
        )
    return _masked(op, x, (*x.shape[:2], *(1,) * axes), p, training)


def _masked(op: str, x: Tensor, shape: tuple[int, ...], p: float, training: bool) -> Tensor:
    """x times a mask of ``shape`` that is 0 with probability p, else 1/(1 − p)."""
    number = isinstance(p, (int, float, np.integer, np.floating)) and not isinstance(p, bool)
    if not number or not 0 <= p <= 1:
        raise (ValueError if number else TypeError)(
            f"{op}: p={p!r} must be a probability from 0 to 1"
        )
    if not training or p == 0:
        return x
    scale = 0.0 if p == 1 else 1 / (1 - p)
    kept = generator(x.device).random(shape, dtype="float32") >= p
    return x * wrap(kept.astype(x.dtype) * x.dtype.type(scale))
