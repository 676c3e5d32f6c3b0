"""Every primitive but convolution, in plain array code: the reference, and what always works.

NumPy and CuPy run the same lines. A faster module may offer the same functions under the same
names; where it does not (for a device, a dtype), these serve.

    matmul          matmul(a, b)
    relu            relu(x), relu_gradient(g, y)
    max_pool        max_pool(x, geometry) -> values and winning taps, then take and put by tap
    sum_pool        sum_pool(x, geometry), and its adjoint spread_pool
    batch_norm      batch_norm(x, mean, scale, shift), batch_norm_gradient(...)
    sgd, adam       one update of a parameter, in place
"""

from __future__ import annotations

from math import prod
from typing import Any

from numpy import min_scalar_type, ndindex

from ..backend import array_module
from ..geometry import Geometry

PRIMITIVES = ("matmul", "relu", "max_pool", "sum_pool", "batch_norm", "sgd", "adam")


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
    return g * (y > 0)


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
        pixels += g * (winner == number)
    return padded[(..., *geometry.interior)]


def max_pool_take(x: Any, winner: Any, geometry: Geometry) -> Any:
    """The pixel under the winning tap of each window: the adjoint of :func:`max_pool_put`."""
    xp = array_module(x)
    padded = _padded(x, geometry, 0)
    y = xp.zeros(winner.shape, x.dtype)
    for number, tap in enumerate(ndindex(*geometry.kernel)):
        y += padded[(..., *geometry.window(tap))] * (winner == number)
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
    n = x.size // x.shape[1]
    normal = x - _channels(mean, x)
    normal *= _channels(inverse, x)
    gb, gw = g.sum(axis=axes), (g * normal).sum(axis=axes)
    normal *= _channels(gw / n, x)
    gx = g - _channels(gb / n, x)
    gx -= normal
    gx *= _channels(weight * inverse, x)
    return gx, gw, gb


def sgd(
    p: Any, g: Any, velocity: Any, lr: float, momentum: float, dampening: float, nesterov: bool
) -> None:
    """v ← momentum·v + (1 − dampening)·g;  p ← p − lr·v  (Nesterov: p − lr·(g + momentum·v)).

    ``velocity`` None stands for no momentum. Changes p and velocity in place, never g.
    """
    if velocity is not None:
        velocity *= momentum
        velocity += g if dampening == 0 else (1 - dampening) * g
        g = g + momentum * velocity if nesterov else velocity
    p -= lr * g


def adam(
    p: Any, g: Any, first: Any, second: Any, step: int,
    lr: float, beta1: float, beta2: float, eps: float,
) -> None:
    """m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − lr·m̂/(√v̂ + ε), hats: /(1 − βᵗ).

    ``step`` t counts from 1. Changes p and both moments in place, never g.
    Kingma & Ba 2015, arXiv 1412.6980, algorithm 1.
    """
    first *= beta1
    first += (1 - beta1) * g
    second *= beta2
    second += (1 - beta2) * (g * g)
    denominator = array_module(p).sqrt(second)
    denominator *= 1 / (1 - beta2**step) ** 0.5
    denominator += eps
    p -= (lr / (1 - beta1**step)) * first / denominator


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
