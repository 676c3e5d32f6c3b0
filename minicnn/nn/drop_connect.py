"""DropConnect as a layer: a fully connected one whose connections are deleted while training.

Source: 001 "Dropout", "Regularization: A common pattern"; Wan et al. 2013, ICML.
"""

from __future__ import annotations

from typing import Any

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .linear import Linear


class DropConnectLinear(Linear):
    """y = x (m∘W)ᵀ/(1 − p) + b, m = 0 with probability p, else 1, drawn anew for each weight and
    call while training; in evaluation mode y = x Wᵀ + b.

    ``weight`` (out, in), ``bias`` (out,) or None, as of :class:`Linear`. One mask serves a whole
    batch, and biases are kept: see :func:`minicnn.functional.drop_connect`.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        p: float = 0.5,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ):
        p = checks.real("DropConnectLinear", "p", p, 0, 1)
        super().__init__(in_features, out_features, bias, device, dtype)
        self.p = p

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, F.drop_connect(self.weight, self.p, self.training), self.bias)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, p={self.p}"
