"""Where training starts: the first values of weights.

A unit sums its fan-in of inputs, so weights of variance Var(w) multiply the variance of what
passes through a layer by fan_in · Var(w). Kept at 1 (times the square of a *gain* that makes up
for what the activation takes away), signals neither die out nor explode through many layers:

    Xavier    Var(w) = gain² · 2 / (fan_in + fan_out)     Glorot & Bengio 2010, AISTATS 9
    He        Var(w) = gain² / fan_in                     He et al. 2015, arXiv 1502.01852

A uniform distribution from −b to b has variance b²/3, hence the √3 in the bounds. All functions
write into the Tensor's array, keep its dtype and device, return the Tensor, and draw from the
generator that :func:`minicnn.manual_seed` seeds.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import backend
from ..random import generator
from ..tensor import FLOATS, Tensor
from .checks import one_of, real

_LINEAR = (
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "sigmoid",
)


class _Drawing(threading.local):
    wanted = True  # False while nn.utils.skip_init makes a network


drawing = _Drawing()


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """What an activation takes from the standard deviation, to be multiplied back.

    1 for linear layers and the sigmoid, 5/3 for tanh, √2 for relu, √(2/(1 + a²)) for leaky_relu
    of slope a = ``param`` (0.01), 3/4 for selu: PyTorch's table.
    """
    slope = 0.01 if param is None else real("calculate_gain", "param", param)
    gains = {
        "tanh": 5 / 3,
        "relu": math.sqrt(2),
        "leaky_relu": math.sqrt(2 / (1 + slope**2)),
        "selu": 3 / 4,
        **dict.fromkeys(_LINEAR, 1.0),
    }
    return gains[one_of("calculate_gain", "nonlinearity", nonlinearity, tuple(gains))]


def calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs a unit sums, and how many units an input feeds: PyTorch's rule.

    For a weight (O, C, *kernel): fan_in = C · taps, fan_out = O · taps, whatever the layer; so a
    transposed convolution's weight (C, O, *kernel) has its fan_in from O.
    """
    shape = _tensor("calculate_fan_in_and_fan_out", tensor).shape
    if len(shape) < 2:
        raise ValueError(f"a fan needs a weight of 2 axes or more, (out, in, ...), got {shape}")
    taps = math.prod(shape[2:])
    return shape[1] * taps, shape[0] * taps


_calculate_fan_in_and_fan_out = calculate_fan_in_and_fan_out  # as PyTorch calls it


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Uniform from a to b."""
    a, b = real("uniform_", "a", a), real("uniform_", "b", b)
    if not a <= b:
        raise ValueError(f"uniform_: a={a} must not be larger than b={b}")
    return _drawn("uniform_", tensor, "random", lambda drawn: a + (b - a) * drawn)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal with that mean and standard deviation."""
    mean, std = real("normal_", "mean", mean), real("normal_", "std", std, low=0)
    return _drawn("normal_", tensor, "standard_normal", lambda drawn: mean + std * drawn)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Every entry ``val``."""
    return _write(_tensor("constant_", tensor), real("constant_", "val", val))


def zeros_(tensor: Tensor) -> Tensor:
    """Every entry 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Every entry 1."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Uniform from −b to b, b = gain · √(6 / (fan_in + fan_out))."""
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Normal with standard deviation gain · √(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain))


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Tensor:
    """He's: uniform from −b to b, b = gain · √(3 / fan); ``a`` is the slope of a leaky relu."""
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Tensor:
    """He's: normal with standard deviation gain / √fan; fan is ``"fan_in"`` or ``"fan_out"``."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity))


def orthogonal_(tensor: Tensor, gain: float = 1) -> Tensor:
    """A random matrix with orthonormal rows (or columns, if there are more rows), times gain.

    A weight of more than two axes is seen as the matrix (shape[0], the rest). From the QR
    decomposition of a normal matrix, the signs of R's diagonal taken out so that every
    orthogonal matrix is equally likely (Saxe et al. 2014, arXiv 1312.6120).
    """
    gain = real("orthogonal_", "gain", gain)
    if _tensor("orthogonal_", tensor).ndim < 2:
        raise ValueError(f"orthogonal_: needs 2 axes or more, got shape {tensor.shape}")
    if tensor.data.size == 0:
        return tensor
    xp = backend.array_module(tensor.data)

    def orthonormal(drawn: Any) -> Any:
        matrix = drawn.reshape(tensor.shape[0], -1)
        wide = matrix.shape[0] < matrix.shape[1]
        q, r = xp.linalg.qr(matrix.T if wide else matrix)
        q = q * xp.where(xp.diagonal(r) < 0, -1, 1).astype(q.dtype)
        return gain * (q.T if wide else q).reshape(tensor.shape)

    return _drawn("orthogonal_", tensor, "standard_normal", orthonormal)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = calculate_fan_in_and_fan_out(tensor)
    return real("xavier", "gain", gain) * math.sqrt(2.0 / max(1, fan_in + fan_out))


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fans = calculate_fan_in_and_fan_out(tensor)
    fan = fans[("fan_in", "fan_out").index(one_of("kaiming", "mode", mode, ("fan_in", "fan_out")))]
    return calculate_gain(nonlinearity, a) / math.sqrt(max(1, fan))


def _tensor(op: str, value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError(f"{op}: expected a Tensor or Parameter, got {type(value).__name__}")
    if value.creator is not None:
        raise RuntimeError(
            f"{op}: this Tensor was computed, and a backward pass may need its values: only "
            f"leaves, such as Parameters, are written to"
        )
    return value


def _drawn(op: str, tensor: Tensor, method: str, values: Callable[[Any], Any]) -> Tensor:
    """Writes ``values`` of random numbers of the Tensor's shape and dtype, on its device."""
    if _tensor(op, tensor).dtype not in FLOATS:
        raise TypeError(f"{op}: random numbers are floats, this Tensor is {tensor.dtype}")
    if not drawing.wanted:
        return tensor
    dtype = np.promote_types(tensor.dtype, np.float32)  # generators know float32 and float64
    draw = getattr(generator(tensor.device), method)
    return _write(tensor, values(draw(tensor.shape, dtype=dtype)))


def _write(tensor: Tensor, values: Any) -> Tensor:
    tensor.data[...] = values
    return tensor
