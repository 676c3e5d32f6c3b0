"""DropConnect: while training, connections are deleted at random, where dropout deletes nodes.

    y = (m∘W) x / (1 − p) + b      m = 0 with probability p, else 1, for each entry of W

A node then sees a different part of its inputs in each step. The factor 1/(1 − p) keeps the
expectation of every weight as it was, so evaluation uses W itself, as dropout does here.

Three things are simpler than in the paper (and its p is the probability to *keep*): one mask
serves all samples of a batch, biases are kept, and evaluation uses the mean weights instead of
sampling from a normal distribution of the sums. (What some image networks call "drop connect",
the deletion of whole samples, is :func:`stochastic_depth`.)

Source: 001 "Dropout" ("drop the connections instead of nodes"), "Regularization: A common
pattern"; Wan et al. 2013, ICML.
"""

from __future__ import annotations

from ..random import key
from ..tensor import Tensor
from .dropout import Dropout, _probability
from .operands import float_tensor


def drop_connect(weight: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """m∘W/(1 − p) with m = 0 with probability p, else 1, drawn anew for each weight and call.

    For weights of any shape: ``conv2d(x, drop_connect(w, 0.2))``. With ``training=False`` (or
    p = 0) the weight itself. What is drawn depends on :func:`minicnn.manual_seed` alone.
    ValueError for p outside 0 to 1.
    """
    w = float_tensor(weight)
    p = _probability("drop_connect", p)
    return Dropout(p, key())(w) if training and p > 0 else w
