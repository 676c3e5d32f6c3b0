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
from typing import Any

from ..backend import array_module
from .arrays_pools import max_pool as max_pool
from .arrays_pools import max_pool_put as max_pool_put
from .arrays_pools import max_pool_take as max_pool_take
from .arrays_pools import spread_pool as spread_pool
from .arrays_pools import sum_pool as sum_pool
from .arrays_updates import adagrad as adagrad
from .arrays_updates import adam as adam
from .arrays_updates import rmsprop as rmsprop
from .arrays_updates import sgd as sgd

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


def _channels(values: Any, x: Any) -> Any:
    """One number a channel, shaped to broadcast over x (N, C, ...)."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))
