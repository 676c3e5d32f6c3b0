"""Activations as layers, for Sequential: the formulas are in minicnn.functional.activation."""

from __future__ import annotations

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module


class InPlace(Module):
    """``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place."""

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = checks.flag(type(self).__name__, "inplace", inplace)

    def settings(self) -> list[str]:
        """What the repr shows beside ``inplace``."""
        return []

    def extra_repr(self) -> str:
        return ", ".join(self.settings() + ["inplace=True"] * self.inplace)


class ReLU(InPlace):
    """y = max(x, 0).

    ``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input)


class Sigmoid(Module):
    """y = 1/(1 + e⁻ˣ)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class Tanh(Module):
    """y = tanh x."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


class _OverAxis(Module):
    def __init__(self, dim: int | None = None):
        super().__init__()
        layer = type(self).__name__
        if dim is None:
            raise ValueError(
                f"{layer}: say along which axis, {layer}(dim=1) for classes in (N, C, ...); "
                f"PyTorch would guess"
            )
        self.dim = checks.whole(layer, "dim", dim, least=-(2**31))

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_OverAxis):
    """y_i = e^{x_i} / Σ_j e^{x_j} along ``dim``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)


class LogSoftmax(_OverAxis):
    """y_i = x_i − ln Σ_j e^{x_j} along ``dim``."""

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)
