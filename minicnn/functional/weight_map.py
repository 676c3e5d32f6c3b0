"""U-Net's weight map: pixels between two cells that nearly touch count most.

    w(x) = w_c(x) + w₀·exp(−(d₁(x) + d₂(x))² / 2σ²)

w_c balances the classes; d₁ and d₂ are the distances from pixel x to the nearest cell and to the
second nearest. Where both are small there is only a narrow border, which a network would close if
it cost no more than other pixels.

Source: 003 "U-Net" (Fig. 3d); Ronneberger, Fischer, Brox 2015, arXiv 1505.04597.
"""

from __future__ import annotations

from typing import Any

from ..backend import array_module, backend_of
from ..tensor import Tensor
from .loss import cross_entropy
from .operands import as_tensor
from .reduction import check_reduction, reduced, setting, weights


def unet_weight_map(
    labels: Any, w0: float = 10.0, sigma: float = 5.0, class_weight: Any = None
) -> Any:
    """w_c + w₀·exp(−(d₁ + d₂)²/2σ²), an array of float64, from the labels of the cells.

    ``labels`` (H, W) or (N, H, W) are integers: 0 is background, every other number one cell
    (numbers need not follow each other; a boolean mask is a single cell). The distance to a cell
    is that to its nearest pixel, from centre to centre, and 0 inside it; so the map is defined
    inside the cells too (d₁ = 0, d₂ to the nearest other cell). To raise only the background, as
    some do, pass the map through ``where(labels == 0, w, w_c)``. With fewer than two cells there
    is no second distance: it is infinite, and w = w_c.

    ``class_weight`` is w_c: None is 1 everywhere; two numbers are those of background and cells;
    "balanced" is pixels/(2·pixels of the class), counted over all images given, so that both
    classes weigh the same. w₀ = 10 and σ = 5 pixels are the paper's.

    TypeError unless the labels are integers; ValueError for other shapes, negative labels,
    weights or w₀, and σ that is not above 0.
    Source: 003 "U-Net"; Ronneberger et al. 2015, arXiv 1505.04597, equation 2.
    """
    op = "unet_weight_map"
    labels = as_tensor(labels).data
    if labels.dtype.kind not in "iub":
        raise TypeError(f"{op}: labels must be integers, a number for each cell, got "
                        f"{labels.dtype}")
    if labels.ndim not in (2, 3):
        raise ValueError(f"{op}: labels must be (H, W) or (N, H, W), got shape {labels.shape}")
    if labels.dtype.kind == "i" and (labels < 0).any():
        raise ValueError(f"{op}: labels must not be negative (0 is background), got "
                         f"{labels.min()}")
    if labels.dtype.kind == "b":
        labels = labels.astype("uint8")
    w0, sigma = setting(w0, "w0", op), setting(sigma, "sigma", op, positive=True)
    background, cells = _of_classes(class_weight, labels, op)
    xp = array_module(labels)
    w = xp.where(labels != 0, cells, background).astype("float64")
    for image, border in zip(*((labels, w) if labels.ndim == 3 else (labels[None], w[None])),
                             strict=True):
        nearest, second = _two_nearest(image)
        border += w0 * xp.exp(-(((nearest + second) / sigma) ** 2) / 2)  # a part of w
    return w


def pixel_weighted_cross_entropy(
    input: Tensor, target: Any, weight_map: Any, reduction: str = "mean"
) -> Tensor:
    """−w·ln softmax(x)[target] for each pixel: :func:`cross_entropy` times a map of weights.

    Logits (N, C, H, W), class indices (N, H, W) (or probabilities, of the logits' shape), weights
    (N, H, W) or what broadcasts to it, such as (H, W). "sum" is the paper's energy; "mean" divides
    it by the number of pixels, not by the weights, so that doubled weights double the loss.
    "none" leaves (N, H, W). For a single channel of logits use
    ``binary_cross_entropy_with_logits(x, t, weight=weight_map)``.

    ValueError for negative weights and shapes that do not fit; IndexError for a class that does
    not exist. Source: 003 "U-Net"; Ronneberger et al. 2015, arXiv 1505.04597, equation 1.
    """
    op = "pixel_weighted_cross_entropy"
    check_reduction(reduction, op)
    x = as_tensor(input)
    losses = cross_entropy(x, target, reduction="none")
    return reduced(losses * weights(weight_map, losses, "weight_map", op), reduction, op)


def _of_classes(class_weight: Any, labels: Any, op: str) -> tuple[float, float]:
    """w_c of background and of cells."""
    if class_weight is None:
        return 1.0, 1.0
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f"{op}: class_weight={class_weight!r} must be 'balanced', two "
                             f"numbers or None")
        inside = int((labels != 0).sum())
        counts = (labels.size - inside, inside)
        return tuple(labels.size / (2 * n) if n else 0.0 for n in counts)  # no pixel: no matter
    try:
        background, cells = class_weight
    except (TypeError, ValueError):
        raise ValueError(f"{op}: class_weight={class_weight!r} must be two numbers, of background "
                         f"and cells, or 'balanced' or None") from None
    return setting(background, "class_weight[0]", op), setting(cells, "class_weight[1]", op)


def _two_nearest(image: Any) -> tuple[Any, Any]:
    """The distances of all pixels (H, W) to the nearest and the second nearest cell."""
    xp, ndimage = array_module(image), backend_of(image).ndimage()
    nearest, second = (xp.full(image.shape, xp.inf) for _ in range(2))
    for cell in xp.unique(image[image != 0]):
        distance = ndimage.distance_transform_edt(image != cell)  # to the nearest 0, so to the cell
        second = xp.minimum(second, xp.maximum(nearest, distance))
        nearest = xp.minimum(nearest, distance)
    return nearest, second
