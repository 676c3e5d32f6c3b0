"""Every primitive but convolution, in plain array code: the reference, and what always works.

NumPy and CuPy run the same lines. A faster module may offer the same functions under the same
names; where it does not (for a device, a dtype), these serve.

    matmul          matmul(a, b)
    relu            relu(x), relu_gradient(g, y)
    max_pool        max_pool(x, geometry) -> values and winning taps, then take and put by tap
    sum_pool        sum_pool(x, geometry), and its adjoint spread_pool
    batch_norm      batch_norm(x, mean, scale, shift), batch_norm_gradient(...)
    sgd, adam, rmsprop, adagrad     one update of a parameter, in place
"""

from __future__ import annotations

from math import prod
from typing import Any

from numpy import min_scalar_type, ndindex

from ..backend import array_module
from ..geometry import Geometry

PRIMITIVES = (
    "matmul", "relu", "max_pool", "sum_pool", "batch_norm", "sgd", "adam", "rmsprop", "adagrad",
)


def refuses(array: Any) -> str | None:
    """Why this module cannot serve ``array``: it serves all."""
    return None


def matmul(a: Any, b: Any) -> Any:
    """A B: (..., I, K) @ (..., K, J)."""
    return a @ b


def relu(x: Any) -> Any:
    """max(x, 0); NaN stays NaN."""
    return array_module(x).maximum(x, x.dtype.type(0))


def relu_gradient(g: Any, y: Any) -> Any:
    """g where the output y = relu(x) is positive, else 0."""
    return array_module(g).where(y > 0, g, g.dtype.type(0))  # g may be infinite: no g · 0


def max_pool(x: Any, geometry: Geometry) -> tuple[Any, Any]:
    """The largest pixel in each window, and which tap (in row-major order) it lay under.

    Of equal pixels the first wins; a NaN wins over all. Padding is −∞ and never wins.
    """
    xp = array_module(x)
    padded = _padded(x, geometry, -float("inf"))
    shape = (*x.shape[:2], *geometry.output)
    best = xp.full(shape, -float("inf"), x.dtype)
    winner = xp.zeros(shape, min_scalar_type(prod(geometry.kernel)))
    winner += _first_inside(geometry, xp)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        pixels = padded[(..., *geometry.window(tap))]
        better = (pixels > best) | (pixels != pixels)
        best = xp.where(better, pixels, best)
        winner = xp.where(better, winner.dtype.type(number), winner)
    return best, winner


def max_pool_put(g: Any, winner: Any, geometry: Geometry) -> Any:
    """Each entry of g added to the pixel under the winning tap of its window."""
    xp = array_module(g)
    padded = xp.zeros((*g.shape[:2], *geometry.padded), g.dtype)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        pixels = padded[(..., *geometry.window(tap))]
        pixels += xp.where(winner == number, g, g.dtype.type(0))
    return padded[(..., *geometry.interior)]


def max_pool_take(x: Any, winner: Any, geometry: Geometry) -> Any:
    """The pixel under the winning tap of each window: the adjoint of :func:`max_pool_put`."""
    xp = array_module(x)
    padded = _padded(x, geometry, 0)
    y = xp.zeros(winner.shape, x.dtype)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        pixels = padded[(..., *geometry.window(tap))]
        y += xp.where(winner == number, pixels, x.dtype.type(0))
    return y


def sum_pool(x: Any, geometry: Geometry) -> Any:
    """The sum of the pixels in each window; padding counts as zero."""
    padded = _padded(x, geometry, 0)
    y = array_module(x).zeros((*x.shape[:2], *geometry.output), x.dtype)
    for tap in ndindex(*geometry.kernel):
        y += padded[(..., *geometry.window(tap))]
    return y


def spread_pool(g: Any, geometry: Geometry) -> Any:
    """Each entry of g added to every pixel in its window: the adjoint of :func:`sum_pool`."""
    padded = array_module(g).zeros((*g.shape[:2], *geometry.padded), g.dtype)
    for tap in ndindex(*geometry.kernel):
        pixels = padded[(..., *geometry.window(tap))]
        pixels += g
    return padded[(..., *geometry.interior)]


def batch_norm(x: Any, mean: Any, scale: Any, shift: Any) -> Any:
    """(x − mean)·scale + shift, with one number a channel (axis 1) for each of the three."""
    y = x - _channels(mean, x)
    y *= _channels(scale, x)
    y += _channels(shift, x)
    return y


def batch_norm_statistics(x: Any) -> tuple[Any, Any]:
    """Mean and population variance of each channel (axis 1), in two passes."""
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axis=axes)
    centred = x - _channels(mean, x)
    centred *= centred
    return mean, centred.mean(axis=axes)


def batch_norm_gradient(g: Any, x: Any, mean: Any, inverse: Any, weight: Any) -> tuple:
    """Gradients by x, weight and bias of y = weight·x̂ + bias with x̂ = (x − mean)·inverse,

    where mean and inverse = 1/√(var + ε) come from x itself (over n values a channel):

        gb = Σ g,    gw = Σ g·x̂,    gx = weight·inverse·(g − gb/n − x̂·gw/n)

    Ioffe & Szegedy 2015, arXiv 1502.03167, section 3.
    """
    axes = (0, *range(2, x.ndim))
    n = x.size // max(1, x.shape[1])
    normal = x - _channels(mean, x)
    normal *= _channels(inverse, x)
    gb, gw = g.sum(axis=axes), (g * normal).sum(axis=axes)
    normal *= _channels(gw / n, x)
    gx = g - _channels(gb / n, x)
    gx -= normal
    gx *= _channels(weight * inverse, x)
    return gx, gw, gb


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


def _padded(x: Any, geometry: Geometry, value: float) -> Any:
    if geometry.padded == geometry.size:
        return x
    padded = array_module(x).full((*x.shape[:2], *geometry.padded), value, x.dtype)
    padded[(..., *geometry.interior)] = x
    return padded


def _first_inside(geometry: Geometry, xp: Any) -> Any:
    """Number of the first tap that lies inside the image, for each output place: (*output).

    It wins where all pixels are −∞, so that even then the gradient goes to a pixel.
    """
    number = xp.zeros(geometry.output, min_scalar_type(prod(geometry.kernel)))
    ndim = len(geometry.size)
    for axis in range(ndim):
        before, stride, dilation = (
            geometry.padding[axis][0], geometry.stride[axis], geometry.dilation[axis]
        )
        starts = [i * stride - before for i in range(geometry.output[axis])]
        taps = [max(0, -(start // dilation)) if start < 0 else 0 for start in starts]
        behind = prod(geometry.kernel[axis + 1 :])
        along = xp.asarray([t * behind for t in taps], dtype=number.dtype)
        number += along.reshape([-1 if i == axis else 1 for i in range(ndim)])
    return number


def _channels(values: Any, x: Any) -> Any:
    """One number a channel, shaped to broadcast over x (N, C, ...)."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))
