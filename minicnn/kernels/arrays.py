"""Every primitive but convolution, in plain array code: the reference, and what always works.

NumPy and CuPy run the same lines. A faster module may offer the same functions under the same
names; where it does not (for a device, a dtype), these serve.

    matmul          matmul(a, b, bias)
    relu            relu(x), relu_with_mask(x) -> y and where y > 0, relu_gradient(g, mask)
    add             add(a, b), add_to(a, b) in place
    copy, scale, sum
    dropout         dropout(x, key, p), its own gradient
    cross_entropy   cross_entropy(x, labels, ignored) -> losses and what the gradient needs,
                    cross_entropy_gradient(g, x, labels, ignored, saved)
    max_pool        max_pool(x, geometry) -> values and winning taps, then take and put by tap
    sum_pool        sum_pool(x, geometry, share), and its adjoint spread_pool
    batch_norm      batch_norm(x, mean, scale, shift), batch_norm_train(...) and their gradients
    concatenate     concatenate(arrays, axis), and its adjoint split
    sgd, adam, rmsprop, adagrad     one update of a parameter, in place
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import Any

from numpy import min_scalar_type, ndindex

from ..backend import array_module
from ..geometry import Geometry

PRIMITIVES = (
    "matmul", "relu", "add", "copy", "scale", "sum", "dropout", "cross_entropy", "max_pool",
    "sum_pool", "batch_norm", "concatenate", "sgd", "adam", "rmsprop", "adagrad",
)


def refuses(array: Any) -> str | None:
    """Why this module cannot serve ``array``: it serves all."""
    return None


def matmul(a: Any, b: Any, bias: Any = None) -> Any:
    """A B + bias: (..., I, K) @ (..., K, J) + (J,)."""
    c = a @ b
    if bias is not None:
        c += bias
    return c


def relu(x: Any) -> Any:
    """max(x, 0); NaN stays NaN."""
    return array_module(x).maximum(x, x.dtype.type(0))


def relu_with_mask(x: Any) -> tuple[Any, Any]:
    """relu(x), and where it is positive: what the gradient needs, in a form of the kernel's own."""
    y = relu(x)
    return y, y > 0


def relu_gradient(g: Any, mask: Any) -> Any:
    """g where the mask of :func:`relu_with_mask` says so, else 0."""
    return array_module(g).where(mask, g, g.dtype.type(0))  # g may be infinite: no g · 0


def add(a: Any, b: Any) -> Any:
    """a + b, with broadcasting."""
    return a + b


def add_to(a: Any, b: Any) -> None:
    """a += b, for equal shapes."""
    a += b


def copy(x: Any) -> Any:
    """x in memory of its own, C-contiguous."""
    return x.copy(order="C")


def scale(x: Any, k: float) -> Any:
    """k·x."""
    return x * k


def sum(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Σ x along ``axes``, which count from 0 up."""
    return x.sum(axis=axes, keepdims=keepdims)


def dropout(x: Any, key: int, p: float) -> Any:
    """x·m/(1 − p) with m = 0 where the number that ``key`` draws for this place is below p.

    Linear in x, and its own gradient: the same key draws the same m.
    """
    threshold, scale = dropout_settings(p)
    kept = random_bits(key, x.size, array_module(x)).reshape(x.shape) >= threshold
    return x * (kept.astype(x.dtype) * x.dtype.type(scale))


def dropout_settings(p: float) -> tuple[int, float]:
    """32 random bits below the first drop a number; the others are multiplied by the second."""
    return min(int(p * 2**32), 2**32 - 1), 0.0 if p == 1 else 1 / (1 - p)


def random_bits(key: int, n: int, xp: Any) -> Any:
    """n random numbers of 32 bits, each a function of the key (64 bits) and its place alone.

    A chunk of 16384 places has a key of its own, SplitMix64 of the key and the chunk's number
    (Steele, Lea & Flood 2014); its halves start and disturb a mixing of the place, twice that of
    MurmurHash3 (Appleby 2011).
    """
    length = 16384
    chunks = -(-n // length)
    keys = [_splitmix64(key + (k + 1) * 0x9E3779B97F4A7C15) for k in range(chunks)]
    first = xp.asarray([k & 0xFFFFFFFF for k in keys], dtype="uint32").reshape(-1, 1)
    second = xp.asarray([k >> 32 for k in keys], dtype="uint32").reshape(-1, 1)
    place = xp.arange(min(n, length), dtype="uint32")
    return _mix32(_mix32(place + first) ^ second).reshape(-1)[:n]


def _splitmix64(z: int) -> int:
    z &= 2**64 - 1
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & 2**64 - 1
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & 2**64 - 1
    return z ^ (z >> 31)


def _mix32(h: Any) -> Any:
    h = (h ^ (h >> 16)) * 0x85EBCA6B  # of 32 bits, the rest lost
    h = (h ^ (h >> 13)) * 0xC2B2AE35
    return h ^ (h >> 16)


def cross_entropy(x: Any, labels: Any, ignored: int) -> tuple[Any, Any]:
    """−ln softmax(x)[label] = ln Σ e^(x − m) − (x[label] − m) with m = max x, along axis 1.

    x (N, C, ...), labels (N, ...) from 0 to C − 1, or ``ignored``, where the loss is 0. Returns
    the losses and, in a form of the kernel's own, what the gradient needs.
    """
    xp = array_module(x)
    top = x.max(axis=1, keepdims=True)
    total = xp.exp(x - top).sum(axis=1, keepdims=True)
    counted = xp.expand_dims(labels != ignored, 1)
    index = xp.expand_dims(labels, 1) * counted
    losses = xp.log(total) - (xp.take_along_axis(x, index, axis=1) - top)
    return xp.where(counted, losses, x.dtype.type(0))[:, 0], (top, total)


def cross_entropy_gradient(g: Any, x: Any, labels: Any, ignored: int, saved: Any) -> Any:
    """g·(softmax(x) − 1[label]), 0 where the label is ``ignored``; g (N, ...) or one number."""
    xp = array_module(x)
    top, total = saved
    classes = xp.arange(x.shape[1]).reshape(1, -1, *(1,) * (x.ndim - 2))
    labels = xp.expand_dims(labels, 1)
    gx = xp.exp(x - top) / total - (classes == labels).astype(x.dtype)
    gx *= xp.expand_dims(g, 1) if g.ndim else g
    return xp.where(labels != ignored, gx, x.dtype.type(0))


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


def sum_pool(x: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """The sum of the pixels in each window, times ``share``; padding counts as zero.

    ``share`` is a number, or an array with one for each place of the output, (*output).
    """
    padded = _padded(x, geometry, 0)
    y = array_module(x).zeros((*x.shape[:2], *geometry.output), x.dtype)
    for tap in ndindex(*geometry.kernel):
        y += padded[(..., *geometry.window(tap))]
    y *= share
    return y


def spread_pool(g: Any, geometry: Geometry, share: Any = 1.0) -> Any:
    """Each entry of g, times ``share``, added to every pixel in its window.

    The adjoint of :func:`sum_pool`. Where windows lie side by side it repeats pixels.
    """
    padded = array_module(g).zeros((*g.shape[:2], *geometry.padded), g.dtype)
    entries = g * share
    for tap in ndindex(*geometry.kernel):
        pixels = padded[(..., *geometry.window(tap))]
        pixels += entries
    return padded[(..., *geometry.interior)]


def batch_norm(x: Any, mean: Any, scale: Any, shift: Any, relu: bool = False) -> Any:
    """(x − mean)·scale + shift, with one number a channel (axis 1) for each of the three.

    ``mean`` or ``shift`` None stands for zeros. With ``relu`` the maximum of that and 0.
    """
    y = x * _channels(scale, x) if mean is None else (x - _channels(mean, x)) * _channels(scale, x)
    if shift is not None:
        y += _channels(shift, x)
    return array_module(y).maximum(y, 0, out=y) if relu else y


def batch_norm_fixed(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    """weight·(x − mean)/√(var + ε) + bias, with statistics (C,) that are given."""
    inverse = (1 / array_module(x).sqrt(var + eps)).astype(x.dtype, copy=False)
    return batch_norm(x, mean.astype(x.dtype, copy=False), weight * inverse, bias)


def batch_norm_train(x: Any, weight: Any, bias: Any, eps: float) -> tuple:
    """y = weight·(x − mean)·inverse + bias with the statistics of each channel (axis 1) of x.

    Returns y, mean, var (population) and inverse = 1/√(var + ε). In two passes: the second
    finds the variance about the mean of the first.
    """
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axis=axes)
    centred = x - _channels(mean, x)
    var = (centred * centred).mean(axis=axes)
    inverse = (1 / array_module(x).sqrt(var + eps)).astype(x.dtype, copy=False)
    centred *= _channels(weight * inverse, x)
    centred += _channels(bias, x)
    return centred, mean, var, inverse


def batch_norm_sums(g: Any, x: Any, mean: Any, inverse: Any) -> tuple[Any, Any]:
    """Σ g·x̂ and Σ g over each channel, with x̂ = (x − mean)·inverse: the gradients by γ and β."""
    axes = (0, *range(2, x.ndim))
    centred = x - _channels(mean, x)
    centred *= g
    return centred.sum(axis=axes) * inverse, g.sum(axis=axes)


def batch_norm_gradient(g: Any, x: Any, mean: Any, inverse: Any, weight: Any) -> tuple:
    """Gradients by x, weight and bias of y = weight·x̂ + bias with x̂ = (x − mean)·inverse,

    where mean and inverse = 1/√(var + ε) come from x itself (over n values a channel):

        gb = Σ g,    gw = Σ g·x̂,    gx = weight·inverse·(g − gb/n − x̂·gw/n)

    Ioffe & Szegedy 2015, arXiv 1502.03167, section 3.
    """
    n = x.size // max(1, x.shape[1])
    gw, gb = batch_norm_sums(g, x, mean, inverse)
    normal = x - _channels(mean, x)
    normal *= _channels(inverse * gw / n, x)
    gx = g - _channels(gb / n, x)
    gx -= normal
    gx *= _channels(weight * inverse, x)
    return gx, gw, gb


def concatenate(arrays: Sequence[Any], axis: int) -> Any:
    """Arrays side by side along an axis."""
    return array_module(arrays[0]).concatenate(arrays, axis=axis)


def split(x: Any, sizes: Sequence[int], axis: int) -> list:
    """The parts of x that have these sizes along an axis: the adjoint of :func:`concatenate`."""
    stops = list(accumulate(sizes))
    return [
        x[(slice(None),) * axis + (slice(stop - size, stop),)]
        for size, stop in zip(sizes, stops, strict=True)
    ]


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
