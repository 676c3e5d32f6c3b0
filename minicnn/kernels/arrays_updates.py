"""What optimisers do, of :mod:`~minicnn.kernels.arrays`: one parameter, one step, in place."""

from __future__ import annotations

from typing import Any

from ..backend import array_module


def sgd(
    p: Any, g: Any, velocity: Any,
    lr: float, momentum: float, dampening: float, weight_decay: float, nesterov: bool,
) -> None:
    """g ← g + weight_decay·p;  v ← momentum·v + (1 − dampening)·g;  p ← p − lr·v.

    With ``nesterov`` the last is p ← p − lr·(g + momentum·v). ``velocity`` None stands for no
    momentum. Changes p and velocity in place, never the array g.
    """
    if weight_decay:
        g = g + weight_decay * p
    if velocity is not None:
        velocity *= momentum
        velocity += g if dampening == 0 else (1 - dampening) * g
        g = g + momentum * velocity if nesterov else velocity
    p -= lr * g


def adam(
    p: Any, g: Any, first: Any, second: Any, largest: Any, step: int,
    lr: float, beta1: float, beta2: float, eps: float, weight_decay: float, decoupled: bool,
) -> None:
    """m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − lr·m̂/(√v̂ + ε), hats: /(1 − βᵗ).

    Before that, weight decay: ``decoupled`` (AdamW) p ← p − lr·weight_decay·p, else
    g ← g + weight_decay·p. ``largest``, where it is not None, holds the largest v so far, which
    then stands for v in v̂ (AMSGrad). ``step`` t counts from 1. Changes p and the moments in
    place, never the array g. Kingma & Ba 2015, arXiv 1412.6980, algorithm 1.
    """
    xp = array_module(p)
    if weight_decay and decoupled:
        p *= 1 - lr * weight_decay
    elif weight_decay:
        g = g + weight_decay * p
    first *= beta1
    first += (1 - beta1) * g
    second *= beta2
    second += (1 - beta2) * (g * g)
    if largest is not None:
        xp.maximum(largest, second, out=largest)
        second = largest
    denominator = xp.sqrt(second)
    denominator *= 1 / (1 - beta2**step) ** 0.5
    denominator += eps
    p -= (lr / (1 - beta1**step)) * first / denominator


def rmsprop(
    p: Any, g: Any, square: Any, mean: Any, velocity: Any,
    lr: float, alpha: float, eps: float, momentum: float, weight_decay: float,
) -> None:
    """s ← αs + (1−α)g²;  p ← p − lr·g/(√s + ε).

    ``mean``, where it is not None, is the running mean m of g, and s − m² stands for s under the
    root (centred). ``velocity``, where it is not None: v ← momentum·v + g/(√s + ε), p ← p − lr·v.
    Changes p and these three in place, never the array g.
    """
    xp = array_module(p)
    if weight_decay:
        g = g + weight_decay * p
    square *= alpha
    square += (1 - alpha) * (g * g)
    spread = square
    if mean is not None:
        mean *= alpha
        mean += (1 - alpha) * g
        # Rounding can make a variance of nearly 0 negative, and its root NaN.
        spread = xp.maximum(square - mean * mean, p.dtype.type(0))
    scaled = g / (xp.sqrt(spread) + eps)
    if velocity is not None:
        velocity *= momentum
        velocity += scaled
        scaled = velocity
    p -= lr * scaled


def adagrad(p: Any, g: Any, total: Any, lr: float, eps: float, weight_decay: float) -> None:
    """g ← g + weight_decay·p;  s ← s + g²;  p ← p − lr·g/(√s + ε).

    Changes p and total (s) in place, never the array g.
    """
    if weight_decay:
        g = g + weight_decay * p
    total += g * g
    p -= lr * g / (array_module(p).sqrt(total) + eps)
