"""What works number by number, in compiled loops: ``csrc/layers/`` through pybind11.

The primitives of :mod:`~minicnn.kernels.arrays` under the same names;
:mod:`~minicnn.kernels.cpp` offers them with its own. The extension takes plain memory only and
raises a TypeError for everything else, which is seldom. So it is asked first, without a look at
the arrays, and what it refuses (a view, another byte order) is copied, or left to the array code.
Below some thousand numbers NumPy is as quick, and adds and scales itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import arrays
from .plain_memory import plain

PRIMITIVES = ("relu", "add", "copy", "scale", "sum", "dropout", "cross_entropy", "sgd", "adam")
FEW = 4096  # numbers

try:
    from minicnn import _ext
except ImportError:  # cpp.missing() says so
    _ext = None


def relu(x: Any) -> Any:
    """max(x, 0); NaN stays NaN."""
    return _on_plain(_ext.relu, x, False)


def relu_with_mask(x: Any) -> tuple[Any, Any]:
    """relu(x), and a bit for each number that says whether it is positive."""
    return _on_plain(_ext.relu, x, True)


def relu_gradient(g: Any, mask: Any) -> Any:
    """g where the mask of :func:`relu_with_mask` says so, else 0."""
    return _on_plain(_ext.relu_gradient, g, mask)


def add(a: Any, b: Any) -> Any:
    """a + b, with broadcasting."""
    if a.size < FEW or b.size < 16 or a.shape[a.ndim - b.ndim :] != b.shape:
        return a + b
    try:
        return _ext.add(a, b)
    except TypeError:
        return a + b


def add_to(a: Any, b: Any) -> None:
    """a += b, for equal shapes."""
    try:
        _ext.add_to(a, b)
    except (TypeError, ValueError):
        arrays.add_to(a, b)


def copy(x: Any) -> Any:
    """x in memory of its own, C-contiguous."""
    if x.size < FEW:
        return x.copy(order="C")
    try:
        return _ext.copy(x)
    except TypeError:
        return x.copy(order="C")


def scale(x: Any, k: float) -> Any:
    """k·x."""
    return x * k if x.size < FEW else _on_plain(_ext.scale, x, k)


def sum(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Σ x along ``axes``, which count from 0 up."""
    kept = [i for i in range(x.ndim) if i not in axes]
    first, last = (kept[0], kept[-1] + 1) if kept else (0, 0)
    if last - first != len(kept):
        return arrays.sum(x, axes, keepdims)
    try:
        y = _ext.sum(x, first, last)
    except TypeError:
        return arrays.sum(x, axes, keepdims)
    if not keepdims:
        return y
    return y.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])


def dropout(x: Any, key: int, p: float) -> Any:
    """x·m/(1 − p) with m = 0 where the number that ``key`` draws for this place is below p."""
    return _on_plain(_ext.dropout, x, key, *arrays.dropout_settings(p))


def cross_entropy(x: Any, labels: Any, ignored: int) -> tuple[Any, Any]:
    """−ln softmax(x)[label] for each label, and what the gradient needs."""
    return _on_plain(_ext.cross_entropy, x, _int64(labels), ignored)


def cross_entropy_gradient(g: Any, x: Any, labels: Any, ignored: int, saved: Any) -> Any:
    """g·(softmax(x) − 1[label])."""
    return _on_plain(_ext.cross_entropy_gradient, np.asarray(g), x, _int64(labels), ignored, saved)


def sgd(p: Any, g: Any, velocity: Any, *options: Any) -> None:
    """One step of SGD, in one pass over memory."""
    _in_place(_ext.sgd, arrays.sgd, p, g, velocity, *options)


def adam(p: Any, g: Any, first: Any, second: Any, largest: Any, *options: Any) -> None:
    """One step of Adam, in one pass over memory."""
    _in_place(_ext.adam, arrays.adam, p, g, first, second, largest, *options)


def in_pool(array: np.ndarray) -> bool:
    """Whether the array's memory is a block of the extension's pool, and so its own."""
    return _ext is not None and _ext.in_pool(array)


def _on_plain(function: Callable, *args: Any) -> Any:
    """``function``, and again with its arrays copied if it refuses them."""
    try:
        return function(*args)
    except TypeError:
        return function(*[plain(a) if isinstance(a, np.ndarray) else a for a in args])


def _in_place(function: Callable, reference: Callable, *args: Any) -> None:
    """``function``; the array code where it refuses, for what it changes cannot be a copy."""
    try:
        function(*args)
    except (TypeError, ValueError):
        reference(*args)


def _int64(labels: Any) -> Any:
    return np.ascontiguousarray(labels, np.int64).reshape(labels.shape)  # which makes 0-d 1-d
