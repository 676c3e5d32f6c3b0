"""Style transfer: the content of one image, the style of another, and few jumps.

Of features F (C channels, M pixels) of an image and P or S of another, at one layer of a network:

    content    ½ Σ (F − P)²                         what is where
    Gram       G_cd = Σ_m F_cm F_dm                 which channels speak together, wherever
    style      Σ (G(F) − G(S))² / (4 C² M²)
    variation  Σ |difference of neighbours|         of the image itself, small where it is smooth

Source: 003 "Convolutional Neural Networks (Course 4)" (neural style transfer); Gatys, Ecker,
Bethge 2015, arXiv 1508.06576; Rudin, Osher, Fatemi 1992 (total variation).
"""

from __future__ import annotations

import math
from typing import Any

from ..tensor import Tensor
from .index import get_item
from .matmul import matmul
from .operands import floats_only
from .reduce import sum
from .reduction import alike, check_reduction, reduced
from .select import abs_
from .shape import reshape, transpose


def gram_matrix(features: Tensor) -> Tensor:
    """G_cd = Σ_m F_cm F_dm of features (N, C, size...): (N, C, C), symmetric.

    Not divided by anything: :func:`style_loss` divides. ValueError for fewer than three axes.
    Source: Gatys et al. 2015, arXiv 1508.06576, equation 3.
    """
    x = _images("gram_matrix", features)
    rows = reshape(x, (*x.shape[:2], math.prod(x.shape[2:])))
    return matmul(rows, transpose(rows, 1, 2))  # (N, C, M) @ (N, M, C)


def content_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """½ Σ (F − P)² over channels and pixels of each image (N, C, size...), both of one shape.

    Averaged or summed over the N images; "none" leaves (N,).
    Source: Gatys et al. 2015, arXiv 1508.06576, equation 1.
    """
    op = "content_loss"
    x, t = alike(_images(op, input), target, reduction, op)
    return reduced(sum((x - t) ** 2, tuple(range(1, x.ndim))) * 0.5, reduction, op)


def style_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """Σ (G(F) − G(S))² / (4 C² M²) of features (N, C, size...), both of one shape.

    G is :func:`gram_matrix` and M the number of pixels. Where things are does not matter: pixels
    of one image may change places. Averaged or summed over the N images; "none" leaves (N,). The
    loss of several layers is a sum of these, :func:`multi_task_loss` with weights.
    Source: Gatys et al. 2015, arXiv 1508.06576, equation 4.
    """
    op = "style_loss"
    x, t = alike(_images(op, input), target, reduction, op)
    size = math.prod(x.shape[1:])  # C·M
    if not size:
        raise ValueError(f"{op}: the features of shape {x.shape} are empty")
    difference = gram_matrix(x) - gram_matrix(t)
    return reduced(sum(difference * difference, (1, 2)) * (1 / (4 * size**2)), reduction, op)


def total_variation(image: Tensor, reduction: str = "mean") -> Tensor:
    """Σ |x[i + 1, j] − x[i, j]| + |x[i, j + 1] − x[i, j]| of each image (N, C, size...).

    Differences of neighbours along every axis of pixels, over all channels (anisotropic: no
    square root); 0 for an image of one colour. Averaged or summed over the N images; "none" leaves
    (N,). Neighbours that are equal have the gradient 0.
    Source: Rudin, Osher, Fatemi 1992.
    """
    op = "total_variation"
    check_reduction(reduction, op)
    x = _images(op, image)
    parts = []
    for axis in range(2, x.ndim):
        before = (slice(None),) * axis
        steps = get_item(x, (*before, slice(1, None))) - get_item(x, (*before, slice(None, -1)))
        parts.append(sum(abs_(steps), tuple(range(1, x.ndim))))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return reduced(total, reduction, op)


def _images(op: str, value: Any) -> Tensor:
    x = floats_only(op, value)
    if x.ndim < 3:
        raise ValueError(f"{op}: the input must be (N, C, size...), got shape {x.shape}"
                         + ("; for a single image pass x[None]" if x.ndim == 2 else ""))
    return x
