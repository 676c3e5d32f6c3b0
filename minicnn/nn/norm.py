"""Batch normalisation layers: what F.batch_norm learns (γ, β) and remembers (E, Var).

Source: 001 "Batch normalization (BN)"; Ioffe & Szegedy 2015, arXiv 1502.03167.
"""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..creation import zeros
from ..tensor import Tensor
from . import checks, init
from .module import Module
from .parameter import Parameter


class Affine(Module):
    """What every normalisation layer may learn: γ (``weight``) and β (``bias``), of one shape."""

    def _register_affine(
        self, shape: tuple[int, ...], has_weight: bool, has_bias: bool, made: dict[str, Any]
    ) -> None:
        for name, wanted in (("weight", has_weight), ("bias", has_bias)):
            value = Parameter(zeros(*shape, **made)) if wanted else None
            self.register_parameter(name, value)

    def reset_parameters(self) -> None:
        """γ = 1 and β = 0, where there are such."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _no_bias(self) -> str:
        return ", bias=False" if self.weight is not None and self.bias is None else ""


class _BatchNorm(Affine):
    """y = γ·(x − E)/√(Var + ε) + β for each of C channels.

    In training mode E and Var are the batch's, and the buffers ``running_mean`` and
    ``running_var`` move towards them, running ← (1 − momentum)·running + momentum·batch; in
    evaluation mode they are the buffers. ``affine=False`` leaves γ (``weight``) and β (``bias``)
    out, ``bias=False`` only β; ``track_running_stats=False`` leaves out the buffers, and then the
    batch's statistics always serve.

    Unlike PyTorch's there is no ``num_batches_tracked``, and so no ``momentum=None`` (ValueError).
    """

    ranks: dict[int, str]  # the inputs that the layer takes, by their number of axes

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | None = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        layer = type(self).__name__
        self.num_features = checks.whole(layer, "num_features", num_features)
        self.eps = checks.real(layer, "eps", eps, low=0)
        if momentum is None:
            raise ValueError(
                f"{layer}: momentum=None, the average over all batches so far, is not supported, "
                f"because no count of batches is kept; give a number from 0 to 1"
            )
        self.momentum = checks.real(layer, "momentum", momentum, low=0, high=1)
        self.affine = checks.flag(layer, "affine", affine)
        self.track_running_stats = checks.flag(layer, "track_running_stats", track_running_stats)
        made = checks.factory(layer, dtype, device)

        has_bias = checks.flag(layer, "bias", bias) and self.affine
        self._register_affine((self.num_features,), self.affine, has_bias, made)
        for name in ("running_mean", "running_var"):
            value = zeros(self.num_features, **made) if self.track_running_stats else None
            self.register_buffer(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """γ = 1, β = 0, and the statistics as new."""
        self.reset_running_stats()
        super().reset_parameters()

    def reset_running_stats(self) -> None:
        """E = 0 and Var = 1, as before any batch was seen."""
        if self.track_running_stats:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)

    def forward(self, input: Tensor) -> Tensor:
        shape = input.shape
        if len(shape) not in self.ranks or shape[1] != self.num_features:
            layer = f"{type(self).__name__}({self.num_features})"
            check_channels(layer, shape, self.num_features, self.ranks)  # says what is wrong
        return F.batch_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, self.momentum, self.eps,
        )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}{self._no_bias()}"
        )


class BatchNorm1d(_BatchNorm):
    __doc__ = _BatchNorm.__doc__.replace("C channels", "C features: (N, C) or (N, C, L)")
    ranks = {2: "(N, C)", 3: "(N, C, L)"}


class BatchNorm2d(_BatchNorm):
    __doc__ = _BatchNorm.__doc__.replace("C channels", "C channels: (N, C, H, W)")
    ranks = {4: "(N, C, H, W)"}


class BatchNorm3d(_BatchNorm):
    __doc__ = _BatchNorm.__doc__.replace("C channels", "C channels: (N, C, D, H, W)")
    ranks = {5: "(N, C, D, H, W)"}


def check_channels(
    layer: str, shape: tuple[int, ...], channels: int, ranks: dict[int, str] | None = None
) -> None:
    """The input has one of these numbers of axes (where they are given), and the channels."""
    if ranks is not None and len(shape) not in ranks:
        message = f"{layer}: the input must be {' or '.join(ranks.values())}, got shape {shape}"
        if len(shape) == min(ranks) - 1:
            message += "; for a single sample without its batch axis pass x[None]"
        raise ValueError(message)
    if len(shape) > 1 and shape[1] != channels:
        raise ValueError(f"{layer}: the input {shape} has {shape[1]} channels, not {channels}")
