"""The matrix product, and the layer that is one: y = x Wᵀ + b.

    Y = A B:    ∂L/∂A = G Bᵀ,    ∂L/∂B = Aᵀ G        (004 "Last Week: Recap")

Axes before the last two are a stack of matrices and broadcast like any others.
"""

from __future__ import annotations

from math import prod

from .. import kernels
from ..autograd import Function
from ..tensor import Tensor
from .broadcast import sum_to
from .operands import as_tensor, pair
from .reduce import Sum
from .shape import Permute, reshape, transpose, unsqueeze


class MatMul(Function):
    """Y = A B, of stacks of matrices."""

    reads = ((1,), (0,))

    def forward(self, a, b):
        return kernels.pick("matmul", a).matmul(a, b)  # (..., I, K) @ (..., K, J)

    def backward(self, g: Tensor):
        a, b = self.inputs
        ga = gb = None
        if self.needs[0]:
            ga = sum_to(MatMul()(g, transpose(b, -1, -2)), a.shape)  # (I, J) @ (J, K)
        if self.needs[1]:
            gb = sum_to(MatMul()(transpose(a, -1, -2), g), b.shape)  # (K, I) @ (I, J)
        return ga, gb


class Linear(Function):
    """y = x Wᵀ + b, for rows x: (N, in) @ (in, out) + (out,):  gx = g W, gw = gᵀ x, gb = Σ_n g."""

    reads = ((1,), (0,), ())
    names = ("input", "weight", "bias")

    def forward(self, x, w, bias=None):
        return kernels.pick("matmul", x).matmul(x, w.T, bias)

    def backward(self, g: Tensor):
        x, w = self.inputs[:2]
        gx = MatMul()(g, w) if self.needs[0] else None  # (N, out) @ (out, in)
        gw = MatMul()(Permute((1, 0))(g), x) if self.needs[1] else None  # (out, N) @ (N, in)
        if len(self.inputs) == 2:
            return gx, gw
        return gx, gw, Sum((0,), keepdim=False)(g) if self.needs[2] else None


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """A @ B: (..., I, K) @ (..., K, J) -> (..., I, J); a vector is a row on the left, a column on
    the right, and leaves no axis behind."""
    a, b = pair(a, b)
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(f"matmul: needs vectors or matrices, got shapes {a.shape} and {b.shape}")
    rows = unsqueeze(a, 0) if a.ndim == 1 else a
    columns = unsqueeze(b, 1) if b.ndim == 1 else b
    stacks = zip(reversed(rows.shape[:-2]), reversed(columns.shape[:-2]), strict=False)
    if rows.shape[-1] != columns.shape[-2] or any(m != n and 1 not in (m, n) for m, n in stacks):
        raise ValueError(
            f"matmul: shapes {a.shape} and {b.shape} do not fit: the last size of the first must "
            f"be the last but one of the second, and the axes before must broadcast"
        )
    y = MatMul()(rows, columns)
    if a.ndim == 1 or b.ndim == 1:
        matrix = y.shape[-2:]
        y = reshape(y, y.shape[:-2] + matrix[a.ndim == 1 : 2 - (b.ndim == 1)])
    return y


def mm(a: Tensor, b: Tensor) -> Tensor:
    """A @ B for two matrices: (I, K) @ (K, J) -> (I, J)."""
    return _of_axes("mm", a, 2, b, 2)


def bmm(a: Tensor, b: Tensor) -> Tensor:
    """A @ B for two stacks of as many matrices: (N, I, K) @ (N, K, J) -> (N, I, J)."""
    a, b = pair(a, b)
    if a.ndim == b.ndim == 3 and len(a) != len(b):
        raise ValueError(f"bmm: shapes {a.shape} and {b.shape} are not stacks of one length")
    return _of_axes("bmm", a, 3, b, 3)


def mv(a: Tensor, b: Tensor) -> Tensor:
    """A @ b for a matrix and a vector: (I, K) @ (K,) -> (I,)."""
    return _of_axes("mv", a, 2, b, 1)


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Σ a_i b_i of two vectors."""
    return _of_axes("dot", a, 1, b, 1)


def outer(a: Tensor, b: Tensor) -> Tensor:
    """y_ij = a_i b_j of two vectors."""
    a, b = pair(a, b)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"outer: needs two vectors, got shapes {a.shape} and {b.shape}")
    return unsqueeze(a, 1) * b


def _of_axes(op: str, a: Tensor, first: int, b: Tensor, second: int) -> Tensor:
    """A @ B, if they have so many axes."""
    a, b = pair(a, b)
    if a.ndim != first or b.ndim != second:
        kinds = {1: "a vector", 2: "a matrix", 3: "a stack of matrices"}
        raise ValueError(
            f"{op}: needs {kinds[first]} and {kinds[second]}, got shapes {a.shape} and {b.shape}; "
            f"matmul, or @, takes all of them"
        )
    return matmul(a, b)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y = x Wᵀ + b: (..., in) @ (in, out) + (out,); weight has shape (out, in).

    Source: 002 "FULLY CONNECTED LAYERS", 004 "Putting It All Together".
    """
    like = next((t for t in (input, weight, bias) if isinstance(t, Tensor)), None)
    x, w = as_tensor(input, like), as_tensor(weight, like)
    if w.ndim != 2 or x.ndim < 1 or x.shape[-1] != w.shape[1]:
        raise ValueError(
            f"linear: the last size of the input {x.shape} must be the number of inputs of the "
            f"weight (out, in), here {w.shape}"
        )
    operands = [x if x.ndim == 2 else reshape(x, (prod(x.shape[:-1]), x.shape[-1])), w]
    if bias is not None:
        operands.append(as_tensor(bias, like))
        if operands[2].shape != (w.shape[0],):
            raise ValueError(
                f"linear: the bias must have shape ({w.shape[0]},), got {operands[2].shape}"
            )
    y = Linear()(*operands)
    return y if x.ndim == 2 else reshape(y, (*x.shape[:-1], w.shape[0]))
