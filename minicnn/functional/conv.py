"""Convolution, its gradients and its transpose: three faces of one trilinear form.

With stride s, padding p and dilation d (one set for each spatial axis; two are written here),

    T(x, w, g) = Σ x[n, c, i·s + a·d − p, j·s + b·d − p] · w[o, c, a, b] · g[n, o, i, j]

summed over everything. T is linear in each of its arguments, so each of its partial derivatives
is a bilinear map of the other two:

    ∂T/∂g = y    (N, O, P, Q)    forward(x, w)            a convolution
    ∂T/∂x = gx   (N, C, H, W)    input_gradient(g, w)     a transposed convolution
    ∂T/∂w = gw   (O, C, A, B)    weight_gradient(x, g)

The backward of any one of them is the other two. That is all there is to know: the three
Functions below call each other, so gradients of every order follow, and ``conv_transpose2d`` is
``input_gradient`` started from the other side. Which algorithm computes the sums is the kernel's
business (:mod:`minicnn.kernels`); the one picked in the forward pass serves all its gradients.

What is computed is the cross-correlation (the kernel is not flipped), as in every CNN library;
the lectures' true convolution (002 "CONVOLUTION - 2D") is ``conv2d(x, w.flip((2, 3)))``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import kernels
from ..autograd import Function
from ..geometry import Geometry, IntOrTuple
from ..tensor import Tensor
from .operands import as_tensor
from .reduce import Sum


class _Trilinear(Function):
    """One derivative of T, for a Geometry and on a kernel module."""

    def __init__(self, geometry: Geometry, kernel: Any):
        self.geometry, self.kernel = geometry, kernel

    def _y(self, x: Tensor, w: Tensor) -> Tensor:
        return Convolution(self.geometry, self.kernel)(x, w)

    def _x(self, g: Tensor, w: Tensor) -> Tensor:
        return InputGradient(self.geometry, self.kernel)(g, w)

    def _w(self, x: Tensor, g: Tensor) -> Tensor:
        return WeightGradient(self.geometry, self.kernel)(x, g)

    def _bias(self, grad: Tensor) -> Tensor | None:
        """A bias is added to every place of every image, so its gradient is the sum over them."""
        if len(self.needs) < 3 or not self.needs[2]:
            return None
        return Sum((0, *range(2, grad.ndim)), keepdim=False)(grad)


class Convolution(_Trilinear):
    """y = ∂T/∂g (x, w), started at the bias."""

    names = ("input", "weight", "bias")
    reads = ((1,), (0,), ())

    def forward(self, x, w, bias=None):
        return self.kernel.forward(x, w, self.geometry, bias)

    def backward(self, g: Tensor):
        x, w = self.inputs[:2]
        gx = self._x(g, w) if self.needs[0] else None
        gw = self._w(x, g) if self.needs[1] else None
        return (gx, gw, self._bias(g))[: len(self.inputs)]


class InputGradient(_Trilinear):
    """x = ∂T/∂x (g, w), started at the bias: also the transposed convolution of g."""

    names = ("input", "weight", "bias")
    reads = ((1,), (0,), ())

    def forward(self, g, w, bias=None):
        return self.kernel.input_gradient(g, w, self.geometry, bias)

    def backward(self, x: Tensor):  # the incoming gradient has the shape of x
        g, w = self.inputs[:2]
        gg = self._y(x, w) if self.needs[0] else None
        gw = self._w(x, g) if self.needs[1] else None
        return (gg, gw, self._bias(x))[: len(self.inputs)]


class WeightGradient(_Trilinear):
    """w = ∂T/∂w (x, g)."""

    names = ("input", "gradient")
    reads = ((1,), (0,))

    def forward(self, x, g):
        return self.kernel.weight_gradient(x, g, self.geometry)

    def backward(self, w: Tensor):  # the incoming gradient has the shape of w
        x, g = self.inputs
        gx = self._x(g, w) if self.needs[0] else None
        gg = self._y(x, w) if self.needs[1] else None
        return gx, gg


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | str | Sequence = 0,
    dilation: IntOrTuple = 1,
    groups: int = 1,
    kernel: str | None = None,
) -> Tensor:
    """y[n, o, i, j] = bias[o] + Σ x[n, c, i·s + a·d − p, j·s + b·d − p] · w[o, c, a, b].

    input (N, C, H, W), weight (O, C/groups, A, B), bias (O,) -> (N, O, P, Q) with
    P = ⌊(H + 2p − d·(A − 1) − 1) / s⌋ + 1 (the lecture's (W − F + 2P)/S + 1), Q alike;
    float32 or float64, all of one dtype.

    ``stride``, ``padding`` and ``dilation`` are one number or one for each axis. ``padding`` may
    give a (before, after) pair for each axis, or be ``"valid"`` (none) or ``"same"``:
    ⌈H / s⌉ outputs, the odd pixel of padding after (Keras' rule; PyTorch refuses s > 1).
    ``groups`` splits the channels: group k of the output sees group k of the input.
    ``kernel`` names the algorithm: ``"direct"``, ``"sparse"``, ``"im2col"``, ``"cpp"``; by
    default what :func:`minicnn.use_kernel` chose.

    Raises ValueError for shapes and settings that do not fit, TypeError for dtypes and devices.
    Source: 002 "CONVOLUTIONAL LAYER", 004 "Convolution Operation", "Concepts".
    """
    return _conv(
        "conv2d", 2, input, weight, bias, stride, padding, dilation, groups, kernel
    )


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | str | Sequence = 0,
    dilation: IntOrTuple = 1,
    groups: int = 1,
    kernel: str | None = None,
) -> Tensor:
    """:func:`conv2d` with one spatial axis: input (N, C, L), weight (O, C/groups, A)."""
    return _conv(
        "conv1d", 1, input, weight, bias, stride, padding, dilation, groups, kernel
    )


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | str | Sequence = 0,
    dilation: IntOrTuple = 1,
    groups: int = 1,
    kernel: str | None = None,
) -> Tensor:
    """:func:`conv2d` with three spatial axes: input (N, C, D, H, W), weight (O, C/groups, ...)."""
    return _conv(
        "conv3d", 3, input, weight, bias, stride, padding, dilation, groups, kernel
    )


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | Sequence = 0,
    output_padding: IntOrTuple = 0,
    groups: int = 1,
    dilation: IntOrTuple = 1,
    kernel: str | None = None,
) -> Tensor:
    """y[n, o, i·s + a·d − p, j·s + b·d − p] += x[n, c, i, j] · w[c, o, a, b]: conv2d's transpose.

    Every input pixel paints its multiple of the kernel onto the output, s pixels apart; where the
    prints overlap they add up. input (N, C, H, W), weight (C, O/groups, A, B), bias (O,) ->
    (N, O, P, Q) with P = (H − 1)·s − 2p + d·(A − 1) + 1 + output_padding, Q alike.

    As several sizes of an image shrink to one under stride s, ``output_padding`` (smaller than
    the stride or the dilation) chooses among them: pixels added at the end of each axis.
    Raises as :func:`conv2d`. Source: 002 "CONV2DTRANSPOSE".
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups,
        dilation, kernel,
    )


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | Sequence = 0,
    output_padding: IntOrTuple = 0,
    groups: int = 1,
    dilation: IntOrTuple = 1,
    kernel: str | None = None,
) -> Tensor:
    """:func:`conv_transpose2d` with one spatial axis."""
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups,
        dilation, kernel,
    )


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: IntOrTuple = 1,
    padding: int | Sequence = 0,
    output_padding: IntOrTuple = 0,
    groups: int = 1,
    dilation: IntOrTuple = 1,
    kernel: str | None = None,
) -> Tensor:
    """:func:`conv_transpose2d` with three spatial axes."""
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups,
        dilation, kernel,
    )


def _conv(op, axes, input, weight, bias, stride, padding, dilation, groups, kernel) -> Tensor:
    operands = _operands(op, input, weight, bias)
    geometry = Geometry.conv(
        *_shapes(operands), stride, padding, dilation, groups, _bias_shape(operands), op, axes
    )
    module = kernels.pick("convolution", operands[0].data, kernel)
    return Convolution(geometry, module)(*operands)


def _conv_transpose(
    op, axes, input, weight, bias, stride, padding, output_padding, groups, dilation, kernel
) -> Tensor:
    operands = _operands(op, input, weight, bias)
    geometry = Geometry.conv_transpose(
        *_shapes(operands), stride, padding, output_padding, groups, dilation,
        _bias_shape(operands), op, axes,
    )
    module = kernels.pick("convolution", operands[0].data, kernel)
    return InputGradient(geometry, module)(*operands)


def _operands(op: str, input: Any, weight: Any, bias: Any) -> tuple[Tensor, ...]:
    """Input, weight and, if there is one, bias as Tensors of a float dtype kernels know."""
    if input is None or weight is None:
        missing = "input" if input is None else "weight"
        raise TypeError(f"{op}: the {missing} is None; only the bias may be left out")
    operands = (input, weight) if bias is None else (input, weight, bias)
    given = [t for t in operands if isinstance(t, Tensor)]
    if len(given) < len(operands):
        like = given[0] if given else None
        operands = tuple([as_tensor(t, like) for t in operands])
    first = operands[0].data.dtype
    for name, t in zip(Convolution.names, operands, strict=False):
        dtype = t.data.dtype
        if dtype.char not in "fd":
            raise TypeError(
                f"{op}: the {name} must be float32 or float64, got {dtype}; convert it, "
                f"for instance with .to('float32')"
            )
        if dtype != first:
            raise TypeError(
                f"{op}: the input is {first} and the {name} is {dtype}; convert one "
                f"of them, for instance with .to({str(first)!r})"
            )
    return operands


def _shapes(operands: tuple[Tensor, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return operands[0].shape, operands[1].shape


def _bias_shape(operands: tuple[Tensor, ...]) -> tuple[int, ...] | None:
    return operands[2].shape if len(operands) > 2 else None
