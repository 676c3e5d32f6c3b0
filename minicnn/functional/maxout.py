"""Maxout: the largest of several channels, instead of a fixed activation.

    y_o = max over j < k of x_{o·k + j}

Of k affine pieces the largest is convex and piecewise linear, so the network learns the shape of
its activation; max(x, 0) is the case k = 2 with one piece held at 0. If the pieces are responses
to one pattern in different poses, the largest does not tell which it was: pooling over *features*
makes invariance, as pooling over pixels makes invariance to small shifts.

Source: 002 "POOLING - ROTATION INVARIANCE" (Goodfellow, Bengio & Courville, Figure 9.9), 004
"Brain Tumor Segmentation" (the TwoPathCNN is made of it); Goodfellow et al. 2013, arXiv 1302.4389.
"""

from __future__ import annotations

from ..geometry import whole_number
from ..tensor import Tensor
from .operands import floats_only
from .reduce import max as max_
from .shape import axis_of, reshape


def maxout(input: Tensor, pieces: int, dim: int = 1) -> Tensor:
    """The largest of each ``pieces`` neighbours along ``dim``: (N, O·k, ...) -> (N, O, ...).

    Channel o of the output is the maximum of the channels o·k to o·k + k − 1. Of equal ones the
    first gets the gradient. ValueError if ``pieces`` does not divide the axis, IndexError if
    there is no such axis, TypeError for integers.
    """
    x, k = floats_only("maxout", input), whole_number("maxout", "pieces", pieces)
    axis = axis_of(dim, x.ndim, "maxout")
    if k < 1 or x.shape[axis] % k:
        raise ValueError(
            f"maxout: pieces={pieces} must divide the {x.shape[axis]} entries along dim={dim} of "
            f"the input {x.shape}"
        )
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    grouped = reshape(x, (*before, x.shape[axis] // k, k, *after))
    return max_(grouped, axis + 1)
