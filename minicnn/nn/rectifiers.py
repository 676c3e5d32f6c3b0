"""ReLU's relatives as layers: the formulas are in minicnn.functional.rectifiers.

``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place.
"""

from __future__ import annotations

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .activation import InPlace
from .module import Module


class LeakyReLU(InPlace):
    """y = x where x > 0, else negative_slope·x."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False):
        super().__init__(inplace)
        self.negative_slope = checks.real("LeakyReLU", "negative_slope", negative_slope)

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope)

    def settings(self) -> list[str]:
        return [f"negative_slope={self.negative_slope}"]


class ELU(InPlace):
    """y = x where x > 0, else α(eˣ − 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__(inplace)
        self.alpha = checks.real("ELU", "alpha", alpha)

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha)

    def settings(self) -> list[str]:
        return [f"alpha={self.alpha}"]


class GELU(Module):
    """y = x·Φ(x), Φ the normal distribution function; ``"tanh"`` comes near it without erf."""

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = checks.one_of("GELU", "approximate", approximate, ("none", "tanh"))

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(InPlace):
    """y = x·σ(x)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input)


class Softplus(Module):
    """y = ln(1 + e^(βx))/β; where βx > threshold it is x, to the last digit of float32."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta = checks.real("Softplus", "beta", beta)
        if self.beta <= 0:
            raise ValueError(f"Softplus: beta={beta!r} must be larger than 0")
        self.threshold = checks.real("Softplus", "threshold", threshold)

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class ReLU6(InPlace):
    """y = min(max(x, 0), 6)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu6(input)


class Hardtanh(InPlace):
    """y = min(max(x, min_val), max_val)."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
        super().__init__(inplace)
        self.min_val = checks.real("Hardtanh", "min_val", min_val)
        self.max_val = checks.real("Hardtanh", "max_val", max_val)
        if not self.min_val < self.max_val:
            raise ValueError(
                f"Hardtanh: min_val={min_val!r} must be smaller than max_val={max_val!r}"
            )

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val)

    def settings(self) -> list[str]:
        return [f"min_val={self.min_val}", f"max_val={self.max_val}"]
