"""Batch normalisation: each channel shifted and scaled to mean 0 and variance 1.

    x̂ = (x − E[x]) / √(Var[x] + ε),    y = γ·x̂ + β

In training E and Var are those of the batch: over images and pixels, one pair a channel, the
population variance. They are functions of x, and the gradient flows through them; a backward
that takes them for constants is the classic mistake. In evaluation they are running averages,
and constant.

Source: 001 "Batch normalization (BN)" (without ε, γ and β, so a constant channel is 0/0 there);
Ioffe & Szegedy 2015, arXiv 1502.03167.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from ..autograd import Function, is_grad_enabled
from ..backend import array_module, device_of
from ..tensor import FLOATS, Tensor, wrap
from .operands import as_tensor
from .reduce import mean as mean_
from .reduce import sum as sum_
from .shape import reshape

NAMES = ("running_mean", "running_var", "weight", "bias")


class BatchNorm(Function):
    """y = γ·x̂ + β with the batch's own statistics.

    To first order the three gradients come from one fused pass (``batch_norm_gradient``). When
    they are to be differentiated again, they are computed from the formulas below instead, with
    differentiable operations: the same numbers, and the graph that goes with them.
    """

    names = ("input", "weight", "bias")
    reads = ((0, 1), (0,), ())

    def __init__(self, eps: float):
        self.eps = eps

    def forward(self, x, weight, bias):
        self.kernel = kernels.pick("batch_norm", x)
        y, self.mean, self.var, self.inverse = self.kernel.batch_norm_train(
            x, weight, bias, self.eps
        )
        return y

    def backward(self, g: Tensor):
        x, weight = self.inputs[:2]
        if not is_grad_enabled() and self.needs[0]:
            gradients = self.kernel.batch_norm_gradient(
                g.data, x.data, self.mean, self.inverse, weight.data
            )
            return tuple([wrap(gradient) for gradient in gradients])
        if not is_grad_enabled() and self.needs[1]:
            gw, gb = self.kernel.batch_norm_sums(g.data, x.data, self.mean, self.inverse)
            return None, wrap(gw), wrap(gb)
        gb = _sum(g)
        if not (self.needs[0] or self.needs[1]):
            return None, None, gb
        centred = x - _mean(x)
        inverse = (_mean(centred * centred) + self.eps) ** -0.5
        normal = centred * inverse
        gw = _sum(g * normal)
        gx = None
        if self.needs[0]:
            within = g - _mean(g) - normal * _mean(g * normal)
            gx = within * inverse * _channels(weight, x.ndim)
        return gx, gw, gb


class FixedNorm(Function):
    """y = γ·x̂ + β with statistics that are constant: one multiplication and addition a pixel.

        ∂y/∂x = γ·inverse,    ∂y/∂γ = x̂ = (x − mean)·inverse,    ∂y/∂β = 1

    with inverse = 1/√(var + ε).
    """

    names = ("input", "weight", "bias")
    reads = ((1,), (0,), ())

    def __init__(self, mean: Any, var: Any, eps: float):
        self.mean, self.var, self.eps = mean, var, eps

    def forward(self, x, weight, bias):
        self.kernel = kernels.pick("batch_norm", x)
        if not self.needs:
            return self.kernel.batch_norm_fixed(x, self.mean, self.var, weight, bias, self.eps)
        inverse = 1 / array_module(x).sqrt(self.var + self.eps)
        self.inverse = inverse.astype(x.dtype, copy=False)
        self.mean, self.var = self.mean.astype(x.dtype), None  # a copy: training may go on
        return self.kernel.batch_norm(x, self.mean, weight * self.inverse, bias)

    def backward(self, g: Tensor):
        x, weight = self.inputs[:2]
        gx = gw = gb = None
        if is_grad_enabled():
            inverse = wrap(self.inverse)
            if self.needs[0]:
                gx = g * _channels(weight * inverse, g.ndim)
            if self.needs[1]:
                gw = _sum(g * (x - _channels(wrap(self.mean), g.ndim))) * inverse
            return gx, gw, _sum(g)
        if self.needs[0]:
            gx = wrap(self.kernel.batch_norm(g.data, None, weight.data * self.inverse, None))
        if self.needs[1]:
            sums = self.kernel.batch_norm_sums(g.data, x.data, self.mean, self.inverse)
            gw, gb = wrap(sums[0]), wrap(sums[1])
        elif self.needs[2]:
            gb = _sum(g)
        return gx, gw, gb


def batch_norm(
    input: Tensor,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """y = γ·(x − E)/√(Var + ε) + β for each channel: (N, C, ...) -> (N, C, ...).

    ``training``: E and Var (population) of the batch; the running statistics (arrays or Tensors
    of shape (C,), if given) move towards them in place,
    running ← (1 − momentum)·running + momentum·batch, the variance with Bessel's correction
    n/(n − 1), as in PyTorch. Otherwise E and Var are the running statistics. ``weight`` γ and
    ``bias`` β have shape (C,); None stands for ones and zeros. A constant channel gives β.

    ValueError for shapes that do not fit, and in training for a single value a channel.
    """
    x = as_tensor(input)
    dtype = x.data.dtype
    if dtype not in FLOATS:
        raise TypeError(f"batch_norm: the input must be floats, got {dtype}")
    if x.data.ndim < 2:
        raise ValueError(f"batch_norm: the input must be (N, C, ...), got shape {x.shape}")
    channels = x.data.shape[1]
    for name, value in zip(NAMES, (running_mean, running_var, weight, bias), strict=True):
        if value is None:
            continue
        shape = value.data.shape if isinstance(value, Tensor) else np.shape(value)
        if shape != (channels,):
            raise ValueError(
                f"batch_norm: {name} must have shape ({channels},), one number for each channel "
                f"of the input {x.shape}, got {shape}"
            )
    mean = _statistic("running_mean", running_mean, training, x)
    var = _statistic("running_var", running_var, training, x)
    if eps < 0:
        raise ValueError(f"batch_norm: eps={eps} must not be negative")
    xp = array_module(x.data)
    gamma = as_tensor(weight, x) if weight is not None else wrap(xp.ones(channels, dtype))
    beta = as_tensor(bias, x) if bias is not None else wrap(xp.zeros(channels, dtype))
    if not training:
        if mean is None or var is None:
            raise ValueError("batch_norm: evaluation needs running_mean and running_var")
        return FixedNorm(mean, var, eps)(x, gamma, beta)
    n = x.data.size // max(1, channels)
    if n < 2 and channels:
        raise ValueError(
            f"batch_norm: training needs more than one value a channel, got input {x.shape}: a "
            f"larger batch or image, or evaluation mode"
        )
    function = BatchNorm(eps)
    y = function(x, gamma, beta)
    if mean is not None:
        mean *= 1 - momentum
        mean += momentum * function.mean
    if var is not None:
        var *= 1 - momentum
        var += (momentum * n / (n - 1)) * function.var
    function.var = None  # no backward reads it
    return y


def _statistic(name: str, value: Any, training: bool, x: Tensor) -> Any:
    """The array of a running statistic, if it is one that can serve ``x``."""
    if value is None:
        return None
    array = value.data if isinstance(value, Tensor) else value
    if type(array) is not np.ndarray or type(x.data) is not np.ndarray:
        if device_of(array) != x.device:
            raise TypeError(
                f"batch_norm: {name} is on {device_of(array)} and the input on {x.device}; "
                f"nothing is moved implicitly: move one of them with .to(...)"
            )
    if training:
        writeable = getattr(array.flags, "writeable", True)  # as CuPy's arrays always are
        if array.dtype.kind != "f" or not writeable:
            raise TypeError(
                f"batch_norm: {name} is changed in place, so it must be floats that can be "
                f"written to, got {array.dtype}{'' if writeable else ', read-only'}"
            )
    return array


def _axes(x: Tensor) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _mean(x: Tensor) -> Tensor:
    """Mean of each channel, (1, C, 1, ...)."""
    return mean_(x, _axes(x), keepdim=True)


def _sum(x: Tensor) -> Tensor:
    """Sum of each channel, (C,)."""
    return sum_(x, _axes(x))


def _channels(values: Tensor, ndim: int) -> Tensor:
    """(C,) as (C, 1, ...), which broadcasts over (N, C, ...)."""
    return reshape(values, (-1, *(1,) * (ndim - 2)))
