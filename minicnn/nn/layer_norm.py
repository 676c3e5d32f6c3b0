"""Batch norm's relatives as layers: each image (or row) is normalised on its own.

What is normalised together is said in :mod:`minicnn.functional.layer_norm`. None keeps running
statistics, so training and evaluation are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .norm import Affine, check_channels


class LayerNorm(Affine):
    """y = γ·(x − E)/√(Var + ε) + β over the last axes of each row: (..., *normalized_shape).

    ``weight`` γ and ``bias`` β have the shape ``normalized_shape`` (one number stands for one
    axis). ``elementwise_affine=False`` leaves both out, ``bias=False`` only β.

    Source: Ba et al. 2016, arXiv 1607.06450.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ):
        super().__init__()
        self.normalized_shape = checks.sizes("LayerNorm", "normalized_shape", normalized_shape)
        self.eps = checks.real("LayerNorm", "eps", eps, low=0)
        self.elementwise_affine = checks.flag("LayerNorm", "elementwise_affine", elementwise_affine)
        has_bias = checks.flag("LayerNorm", "bias", bias) and self.elementwise_affine
        made = checks.factory("LayerNorm", dtype, device)
        self._register_affine(self.normalized_shape, self.elementwise_affine, has_bias, made)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}{self._no_bias()}"
        )


class GroupNorm(Affine):
    """y = γ·(x − E)/√(Var + ε) + β over each image and group of channels: (N, C, ...).

    Neighbouring channels form the ``num_groups`` groups. ``weight`` γ and ``bias`` β (C,);
    ``affine=False`` leaves both out, ``bias=False`` only β.

    Source: Wu & He 2018, arXiv 1803.08494.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: str | None = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        self.num_groups = checks.whole("GroupNorm", "num_groups", num_groups)
        self.num_channels = checks.whole("GroupNorm", "num_channels", num_channels)
        if self.num_channels % self.num_groups:
            raise ValueError(
                f"GroupNorm: num_groups={num_groups} must divide num_channels={num_channels}"
            )
        self.eps = checks.real("GroupNorm", "eps", eps, low=0)
        self.affine = checks.flag("GroupNorm", "affine", affine)
        has_bias = checks.flag("GroupNorm", "bias", bias) and self.affine
        made = checks.factory("GroupNorm", dtype, device)
        self._register_affine((self.num_channels,), self.affine, has_bias, made)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        layer = f"GroupNorm({self.num_groups}, {self.num_channels})"
        check_channels(layer, input.shape, self.num_channels)
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, "
            f"affine={self.affine}{self._no_bias()}"
        )


class _InstanceNorm(Affine):
    """y = γ·(x − E)/√(Var + ε) + β over the pixels of each image and channel: C channels.

    Unlike batch norm's, ``weight`` γ and ``bias`` β (C,) exist only with ``affine=True``. Running
    statistics are not kept: ``track_running_stats`` must be False, and ``momentum`` is taken for
    PyTorch's sake and has no effect.

    Source: Ulyanov et al. 2016, arXiv 1607.08022.
    """

    ranks: dict[int, str]  # the input that the layer takes, by its number of axes

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: str | None = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        layer = type(self).__name__
        self.num_features = checks.whole(layer, "num_features", num_features)
        self.eps = checks.real(layer, "eps", eps, low=0)
        self.momentum = checks.real(layer, "momentum", momentum, low=0, high=1)
        self.affine = checks.flag(layer, "affine", affine)
        if checks.flag(layer, "track_running_stats", track_running_stats):
            raise ValueError(
                f"{layer}: track_running_stats=True is not supported: each image is normalised "
                f"by its own statistics, in training and in evaluation"
            )
        self.track_running_stats = False
        has_bias = checks.flag(layer, "bias", bias) and self.affine
        made = checks.factory(layer, dtype, device)
        self._register_affine((self.num_features,), self.affine, has_bias, made)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        check_channels(f"{type(self).__name__}({self.num_features})", input.shape,
                       self.num_features, self.ranks)
        return F.instance_norm(input, weight=self.weight, bias=self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats=False{self._no_bias()}"
        )


class InstanceNorm1d(_InstanceNorm):
    __doc__ = _InstanceNorm.__doc__.replace("C channels", "(N, C, L)")
    ranks = {3: "(N, C, L)"}


class InstanceNorm2d(_InstanceNorm):
    __doc__ = _InstanceNorm.__doc__.replace("C channels", "(N, C, H, W)")
    ranks = {4: "(N, C, H, W)"}


class InstanceNorm3d(_InstanceNorm):
    __doc__ = _InstanceNorm.__doc__.replace("C channels", "(N, C, D, H, W)")
    ranks = {5: "(N, C, D, H, W)"}
