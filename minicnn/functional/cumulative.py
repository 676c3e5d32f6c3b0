"""Running sums along an axis: y_i = x_0 + ... + x_i.

x_j is part of every y_i from i = j on, so its gradient is the running sum from the other end.
"""

from __future__ import annotations

from typing import Any

from ..autograd import Function
from ..tensor import FLOATS, Tensor
from .operands import as_tensor
from .shape import axis_of


class CumSum(Function):
    """y_i = Σ_{j ≤ i} x_j along an axis, or with ``backwards`` Σ_{j ≥ i} x_j."""

    reads = ()

    def __init__(self, axis: int, backwards: bool = False):
        self.axis, self.backwards = axis, backwards

    def forward(self, x):
        turn = (slice(None),) * self.axis + (slice(None, None, -1),)
        dtype = x.dtype if x.dtype in FLOATS else "int64"
        if self.backwards:
            return x[turn].cumsum(axis=self.axis, dtype=dtype)[turn]
        return x.cumsum(axis=self.axis, dtype=dtype)

    def backward(self, g: Tensor) -> Tensor:
        return CumSum(self.axis, not self.backwards)(g)


def cumsum(x: Any, dim: int) -> Tensor:
    """The sums of the first entries along ``dim``; booleans and integers are summed as int64."""
    x = as_tensor(x)
    axis = axis_of(dim, x.ndim, "cumsum") if x.ndim else 0
    return CumSum(axis)(x) if x.ndim else x
