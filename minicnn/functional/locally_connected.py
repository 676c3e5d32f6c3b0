"""Locally connected layers: a convolution whose filters are not shared between places.

A convolution meets every window of the image with the same filters. Here each output place has
filters of its own, so the sum loses nothing but the sharing:

    y[n, o, i, j] = bias[o, i, j] + Σ x[n, c, i·s + a − p, j·s + b − p] · w[o, c, a, b, i, j]

With w the same at all places (i, j) it is the convolution; with a window as large as the image
there is one place, and it is the dense layer. The weights are P·Q times as many.

The windows are the columns of ``unfold``, and each column meets its own matrix: a stack of P·Q
products, whose gradients the matrix product and ``unfold`` know already.

Source: 002 "CONVOLUTION AS MATRIX VECTOR OPERATION" (unshared convolution), 000 "Projects from
prior semester" (deconvolution of a blur that varies over the image); the name is Keras'.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..geometry import Geometry, IntOrTuple
from ..tensor import Tensor
from .conv import _operands
from .matmul import MatMul
from .patches import Unfold
from .shape import permute, reshape


def locally_connected2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | str | Sequence = 0,
) -> Tensor:
    """y[n, o, i, j] = bias[o, i, j] + Σ x[n, c, i·s + a − p, j·s + b − p] · w[o, c, a, b, i, j].

    input (N, C, H, W), weight (O, C, A, B, P, Q), bias (O, P, Q) -> (N, O, P, Q): conv2d's weight
    with two axes more, for the place. P and Q must be the sizes that the convolution has,
    P = ⌊(H + 2p − A)/s⌋ + 1. ``stride`` and ``padding`` as in :func:`conv2d`; the image is
    correlated, not convolved. float32 or float64, all of one dtype.

    Raises ValueError for shapes and settings that do not fit, TypeError for dtypes and devices.
    """
    return _locally_connected("locally_connected2d", 2, input, weight, bias, stride, padding)


def locally_connected1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | str | Sequence = 0,
) -> Tensor:
    """:func:`locally_connected2d` with one spatial axis: input (N, C, L), weight (O, C, A, Q),
    bias (O, Q)."""
    return _locally_connected("locally_connected1d", 1, input, weight, bias, stride, padding)


def _locally_connected(
    op: str, axes: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any
) -> Tensor:
    x, w, *rest = _operands(op, input, weight, bias)
    geometry = _geometry(op, axes, x.shape, w.shape, stride, padding)
    outs, n, o = geometry.output, x.shape[0], w.shape[0]
    taps, place = prod(w.shape[1 : 2 + axes]), range(2, 2 + axes)
    columns = reshape(Unfold(geometry)(x), (n, taps, *outs))
    filters = reshape(w, (o, taps, *outs))
    # (P, Q, N, C·A·B) @ (P, Q, C·A·B, O)
    y = MatMul()(permute(columns, *place, 0, 1), permute(filters, *place, 1, 0))
    y = permute(y, axes, axes + 1, *range(axes))  # (N, O, P, Q)
    if not rest:
        return y
    if rest[0].shape != (o, *outs):
        raise ValueError(
            f"{op}: the bias must have shape {(o, *outs)}, one number for each output channel and "
            f"place, got {rest[0].shape}"
        )
    return y + rest[0]


def _geometry(
    op: str, axes: int, input_shape: tuple, weight_shape: tuple, stride: Any, padding: Any
) -> Geometry:
    """The geometry of the convolution that has these windows, and as many places as the weight."""
    if len(weight_shape) != 2 + 2 * axes:
        raise ValueError(
            f"{op}: the weight must have {2 + 2 * axes} dimensions (O, C, kernel..., output...), "
            f"got shape {weight_shape}"
        )
    geometry = Geometry.conv(
        input_shape, weight_shape[: 2 + axes], stride, padding, op=op, axes=axes
    )
    if weight_shape[2 + axes :] != geometry.output:
        raise ValueError(
            f"{op}: the output has {geometry.output} places, but the weight {weight_shape} has "
            f"filters for {weight_shape[2 + axes :]}: it should have shape "
            f"{(*weight_shape[: 2 + axes], *geometry.output)}"
        )
    return geometry
