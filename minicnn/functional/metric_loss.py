"""Losses of distances: what belongs together shall lie close, what does not far apart.

A network turns an image into D numbers; two images of one person (one cell, one patient) shall be
close there and two of different ones at least a margin m further apart.

    triplet        max(d(a, p) − d(a, n) + m, 0)                  anchor, positive, negative
    contrastive    ½·s·d² + ½·(1 − s)·max(m − d, 0)²              pairs, s = 1 for "the same"

Source: 003 "Convolutional Neural Networks (Course 4)" (Siamese network, triplet loss); Schroff et
al. 2015, arXiv 1503.03832; Hadsell, Chopra, LeCun 2006, "Dimensionality Reduction by Learning an
Invariant Mapping".
"""

from __future__ import annotations

import math
from typing import Any

from ..tensor import FLOATS, Tensor
from .length import norm
from .operands import as_tensor, cast
from .reduce import sum
from .reduction import check_bits, check_reduction, reduced, setting
from .select import clip, minimum


def triplet_margin_loss(
    anchor: Tensor,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(d(a, p) − d(a, n) + margin, 0) for vectors (..., D); "none" leaves (...).

    d(x, y) = ‖x − y + eps‖_p, as in PyTorch: eps keeps the distance of equal vectors off its kink.
    With ``swap`` the distance of the negative is the smaller of d(a, n) and d(p, n) (Balntas et
    al. 2016), the harder of the two questions. (FaceNet has squared distances of normalised
    vectors; this, as PyTorch's, does not square.) The gradient at the corner is that of the slope.

    Unlike PyTorch's, the three have one shape: nothing is broadcast. ValueError for other shapes,
    a margin or p that is not above 0, a negative eps.
    Source: 003 "Convolutional Neural Networks (Course 4)"; Schroff et al. 2015, arXiv 1503.03832.
    """
    op = "triplet_margin_loss"
    check_reduction(reduction, op)
    a, b, c = _vectors(op, anchor=anchor, positive=positive, negative=negative)
    margin, eps = setting(margin, "margin", op, positive=True), setting(eps, "eps", op)
    p = math.inf if p == math.inf else setting(p, "p", op, positive=True)
    if not isinstance(swap, bool):
        raise TypeError(f"{op}: swap must be True or False, got {swap!r}")

    def distance(x: Tensor, y: Tensor) -> Tensor:
        return norm(x - y + eps, p, -1)

    far = distance(a, c)
    if swap:
        far = minimum(far, distance(b, c))
    return reduced(clip(distance(a, b) - far + margin, min=0.0), reduction, op)


def contrastive_loss(
    x1: Tensor, x2: Any, same: Any, margin: float = 1.0, reduction: str = "mean"
) -> Tensor:
    """½·s·d² + ½·(1 − s)·max(margin − d, 0)² for pairs of vectors (..., D), d = ‖x1 − x2‖.

    ``same`` s (...) is 1 (True) where a pair belongs together and 0 where it does not; the paper's
    Y is 1 − s. Pairs that differ and are a margin apart cost nothing. "none" leaves (...). Where
    x1 = x2 the length d has a kink: a pair that should differ has the gradient 0 there.

    ValueError for other shapes, for an s that is neither 0 nor 1 and a margin that is not above 0.
    Source: 003 "Convolutional Neural Networks (Course 4)" (Siamese network); Hadsell et al. 2006.
    """
    op = "contrastive_loss"
    check_reduction(reduction, op)
    a, b = _vectors(op, x1=x1, x2=x2)
    margin = setting(margin, "margin", op, positive=True)
    s = as_tensor(same, a)
    if s.shape != a.shape[:-1]:
        raise ValueError(
            f"{op}: same must have shape {a.shape[:-1]}, a number for each pair, got {s.shape}"
        )
    check_bits(s.data, op, "same must be 1 (the same) or 0 (different)")
    s, difference = cast(s, a.dtype), a - b
    apart = clip(margin - norm(difference, 2, -1), min=0.0)
    losses = 0.5 * (s * sum(difference * difference, -1) + (1 - s) * apart * apart)
    return reduced(losses, reduction, op)


def _vectors(op: str, **given: Any) -> list[Tensor]:
    """All as floats of one shape (..., D); numbers and arrays take the dtype of a Tensor."""
    first = next((x for x in given.values() if isinstance(x, Tensor)), None)
    tensors = {name: as_tensor(x, first) for name, x in given.items()}
    leader, like = next(iter(tensors.items()))
    for name, t in tensors.items():
        if t.dtype not in FLOATS:
            raise TypeError(f"{op}: {name} must be floats, got {t.dtype}")
        if t.shape != like.shape:
            raise ValueError(f"{op}: {leader} {like.shape} and {name} {t.shape} must have the "
                             f"same shape")
    if not like.ndim:
        raise ValueError(f"{op}: {leader} must be vectors (..., D), got a single number")
    return list(tensors.values())
