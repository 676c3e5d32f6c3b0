"""Dropout: while training, entries are deleted at random, so that none can be relied on.

Source: 001 "Dropout", "Regularization: A common pattern" (y = E_z[f(x, z)]). The slides leave out
the factor 1/(1 − p) that keeps the expectation of every entry as it was; with it, evaluation is
the identity ("inverted" dropout; Srivastava et al. 2014, JMLR 15).
"""

from __future__ import annotations

from ..random import generator
from ..tensor import Tensor, wrap
from .operands import float_tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """y = x·m/(1 − p) with m = 0 with probability p, else 1, drawn anew for each entry.

    With ``training=False`` (or p = 0) the input itself. The mask is drawn from the generator
    that :func:`minicnn.manual_seed` seeds.
    """
    if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0 <= p <= 1:
        raise ValueError(f"dropout: p={p!r} must be a probability from 0 to 1")
    x = float_tensor(input)
    if not training or p == 0:
        return x
    scale = 0.0 if p == 1 else 1 / (1 - p)
    kept = generator(x.device).random(x.shape, dtype="float32") >= p
    return x * wrap(kept.astype(x.dtype) * x.dtype.type(scale))
