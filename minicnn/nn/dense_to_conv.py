"""A dense head as a convolution: the network then takes images of any size from its own on.

A linear layer after a flattened image (C, H, W) is a convolution whose window is that image: the
same weights, (O, C·H·W) as (O, C, H, W), and one place. On a larger image the window has several
places, and the network gives at each what it gave before for the part of the image that lies
there: a sliding window over the image, whose overlapping work is done once. The stride of the
window is the product of the strides of the layers before (of pooling, mostly).

Equal it is only without padding in the layers before: a window's own border was padded, where the
large image goes on.

Source: 002 "FULLY CONNECTED LAYERS" (fully convolutional networks), 003 "Fully Convolutional
Network"; Sermanet et al. 2013, arXiv 1312.6229.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from . import checks
from .conv import Conv2d
from .linear import Linear
from .utils import skip_init


def linear_to_conv2d(linear: Linear, input_shape: Sequence[int]) -> Conv2d:
    """The Conv2d(C, O, (H, W)) that computes what ``linear`` does of a flattened (C, H, W).

    ``input_shape`` is (C, H, W), what :class:`Flatten` was given; for a linear layer that follows
    another, (in_features, 1, 1). Weight and bias are copies, of the same dtype, on the same
    device and with the same ``requires_grad``.

    TypeError for what is no Linear (or computes something else in a forward of its own),
    ValueError for a shape that does not have ``in_features`` entries.
    """
    if not isinstance(linear, Linear) or type(linear).forward is not Linear.forward:
        raise TypeError(f"linear_to_conv2d: expected an nn.Linear, got {type(linear).__name__}")
    shape = checks.sizes("linear_to_conv2d", "input_shape", input_shape)
    if len(shape) != 3 or prod(shape) != linear.in_features:
        raise ValueError(
            f"linear_to_conv2d: input_shape={input_shape!r} must be (C, H, W) with C·H·W = "
            f"{linear.in_features}, the inputs of {linear}"
        )
    weight, bias = linear.weight, linear.bias
    conv = skip_init(
        Conv2d, shape[0], linear.out_features, shape[1:], bias=bias is not None,
        device=weight.device, dtype=weight.dtype,
    )
    conv.weight.data = weight.data.reshape(conv.weight.shape).copy()
    conv.weight.requires_grad = weight.requires_grad
    if bias is not None:
        conv.bias.data = bias.data.copy()
        conv.bias.requires_grad = bias.requires_grad
    return conv.train(linear.training)
