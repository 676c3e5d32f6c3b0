"""Stochastic depth: while training, whole residual branches are left out at random.

    y = x + m·f(x)/(1 − p)      m = 0 with probability p, else 1, for each sample or batch

A residual block whose branch f is deleted is the identity, so each step trains a network of fewer
layers, and evaluation uses all of them. The factor 1/(1 − p) keeps the expectation of the branch.

Source: 001 "Regularization: A common pattern"; Huang et al. 2016, ECCV, arXiv 1603.09382 (which
multiplies by 1 − p in evaluation instead). Names and meaning are torchvision's.
"""

from __future__ import annotations

from .. import kernels
from ..backend import array_module
from ..geometry import shown
from ..random import key
from ..tensor import Tensor, wrap
from .dropout import _probability
from .operands import float_tensor

MODES = ("batch", "row")


def stochastic_depth(input: Tensor, p: float, mode: str, training: bool = True) -> Tensor:
    """y = x·m/(1 − p) with m = 0 with probability p, else 1: the branch of a residual block.

    ``mode="row"`` draws m for each sample (N, ...), ``"batch"`` once for all. With
    ``training=False`` (or p = 0) the input itself. Used as ``x + stochastic_depth(f(x), ...)``.
    What is drawn depends on :func:`minicnn.manual_seed` alone. ValueError for another mode, p
    outside 0 to 1, or a row of an input without axes.
    """
    x = float_tensor(input)
    p = _probability("stochastic_depth", p)
    if mode not in MODES:
        raise ValueError(f"stochastic_depth: mode={shown(mode)} must be 'batch' or 'row'")
    if x.ndim == 0 and mode == "row":
        raise ValueError("stochastic_depth: mode='row' needs samples (N, ...), got shape ()")
    if not training or p == 0:
        return x
    draws = (x.shape[0] if mode == "row" else 1, *(1,) * (x.ndim - 1)) if x.ndim else ()
    ones = array_module(x.data).ones(draws, x.dtype)
    return x * wrap(kernels.pick("dropout", ones).dropout(ones, key(), p))
