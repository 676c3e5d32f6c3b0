"""The fully connected layer, and those that only reshape or pass on.

Source: 002 "FULLY CONNECTED LAYERS", 004 "Putting It All Together".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..creation import zeros
from ..functional.shape import axis_of
from ..geometry import shown
from ..tensor import Tensor
from . import checks, init
from .module import Module
from .parameter import Parameter


class Linear(Module):
    """y = x Wᵀ + b: (..., in_features) -> (..., out_features).

    ``weight`` (out, in) and ``bias`` (out,) start uniform from −1/√in to 1/√in, PyTorch's
    default (He's uniform rule with a = √5).
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: str | None = None,
        dtype: Any = None,
    ):
        super().__init__()
        layer = type(self).__name__
        self.in_features = checks.whole(layer, "in_features", in_features)
        self.out_features = checks.whole(layer, "out_features", out_features)
        made = checks.factory(layer, dtype, device)
        self.weight = Parameter(zeros(self.out_features, self.in_features, **made))
        has_bias = checks.flag(layer, "bias", bias)
        self.register_parameter(
            "bias", Parameter(zeros(self.out_features, **made)) if has_bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws weight and bias anew."""
        reset_weight_and_bias(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


def reset_weight_and_bias(weight: Parameter, bias: Parameter | None) -> None:
    """PyTorch's default for linear and convolution layers: both uniform within ±1/√fan_in."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))  # gain √(2/6), so the bound is 1/√fan_in
    if bias is not None:
        fan_in, _ = init.calculate_fan_in_and_fan_out(weight)
        init.uniform_(bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))


class Flatten(Module):
    """Axes ``start_dim`` to ``end_dim`` (included) as one: (N, C, H, W) -> (N, C·H·W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        least = -(2**31)  # an axis may be counted from the end
        self.start_dim = checks.whole("Flatten", "start_dim", start_dim, least)
        self.end_dim = checks.whole("Flatten", "end_dim", end_dim, least)

    def forward(self, input: Tensor) -> Tensor:
        return F.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Axis ``dim`` as several, of sizes ``unflattened_size``: the inverse of :class:`Flatten`.

    ``Unflatten(1, (C, H, W))`` makes (N, C·H·W) into (N, C, H, W). One size may be −1, to be
    worked out from the others.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]):
        super().__init__()
        self.dim = checks.whole("Unflatten", "dim", dim, least=-(2**31))
        if not isinstance(unflattened_size, (list, tuple)) or not unflattened_size:
            raise TypeError(
                f"Unflatten: unflattened_size must be a tuple of sizes, got "
                f"{shown(unflattened_size)}"
            )
        for n in unflattened_size:
            if n != -1:
                checks.whole("Unflatten", "unflattened_size", n)
        if list(unflattened_size).count(-1) > 1:
            raise ValueError(
                f"Unflatten: unflattened_size={unflattened_size!r} may hold one -1, not more"
            )
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        axis = axis_of(self.dim, len(input.shape), "Unflatten")
        before, size, after = input.shape[:axis], input.shape[axis], input.shape[axis + 1 :]
        wanted = tuple(self.unflattened_size)
        known = math.prod(n for n in wanted if n != -1)
        wanted = tuple(size // known if n == -1 else n for n in wanted)
        if math.prod(wanted) != size:
            raise ValueError(
                f"Unflatten: axis {self.dim} of the input {input.shape} has {size} entries, which "
                f"do not fit unflattened_size={self.unflattened_size!r}"
            )
        return input.reshape(*before, *wanted, *after)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """y = x: stands where a layer was taken out. Takes, and ignores, any arguments."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
