"""Dropout: while training, entries are deleted at random, so that none can be relied on.

Source: 001 "Dropout", "Regularization: A common pattern" (y = E_z[f(x, z)]). The slides leave out
the factor 1/(1 − p) that keeps the expectation of every entry as it was; with it, evaluation is
the identity ("inverted" dropout; Srivastava et al. 2014, JMLR 15).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from ..autograd import Function
from ..backend import array_module
from ..random import key
from ..tensor import Tensor, wrap
from .operands import float_tensor


class Dropout(Function):
    """y = x·m/(1 − p) with m = 0 with probability p, else 1.

    m is a function of a random key and the place of the entry, so it need not be kept: the
    gradient, g·m/(1 − p), is the same operation with the same key.
    """

    reads = ()

    def __init__(self, p: float, key: int, kernel: Any = None):
        self.p, self.key, self.kernel = p, key, kernel

    def forward(self, x):
        self.kernel = kernels.pick("dropout", x, self.kernel)
        return self.kernel.dropout(x, self.key, self.p)

    def backward(self, g: Tensor) -> Tensor:
        return Dropout(self.p, self.key, self.kernel)(g)


def dropout(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """y = x·m/(1 − p) with m = 0 with probability p, else 1, drawn anew for each entry.

    With ``training=False`` (or p = 0) the input itself. What is drawn depends on
    :func:`minicnn.manual_seed` alone, not on the device or the number of threads. ``inplace`` is
    taken for PyTorch's sake and has no effect: no Tensor is changed in place.
    """
    x = float_tensor(input)
    p = _probability("dropout", p)
    return Dropout(p, key())(x) if training and p > 0 else x


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
    p = _probability(op, p)
    if not training or p == 0:
        return x
    ones = array_module(x.data).ones((*x.shape[:2], *(1,) * axes), x.dtype)
    return x * wrap(kernels.pick("dropout", ones).dropout(ones, key(), p))


def _probability(op: str, p: Any) -> float:
    number = isinstance(p, (int, float, np.integer, np.floating)) and not isinstance(p, bool)
    if not number or not 0 <= p <= 1:
        raise (ValueError if number else TypeError)(
            f"{op}: p={p!r} must be a probability from 0 to 1"
        )
    return float(p)
