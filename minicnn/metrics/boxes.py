"""Boxes round objects: how far two overlap, which of many to keep, and where to begin.

A box is (x1, y1, x2, y2): its left, top, right and bottom edge, so its area is
(x2 − x1)·(y2 − y1). A detector proposes hundreds, as changes of *anchors* that stand at every place
of its feature map; of those that overlap too much, *non-maximum suppression* keeps the one with
the highest score.

    IoU = area of the intersection / area of the union

Source: 003 "Convolutional Neural Networks (Course 4)": IoU, anchor boxes, non-max suppression.
Meaning as in torchvision; Girshick et al. 2014, 1311.2524 (NMS), Ren et al. 2015, 1506.01497
(anchors).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from numbers import Real
from typing import Any

import numpy as np

from ..backend import array_module
from ..geometry import per_axis
from .arguments import as_array, one_device
from .undefined import ratio


def box_iou(boxes1: Any, boxes2: Any) -> Any:
    """Intersection over union of every box of the first with every one of the second: (N, M).

    ``boxes1`` (N, 4), ``boxes2`` (M, 4), each row (x1, y1, x2, y2) with x1 ≤ x2 and y1 ≤ y2
    (ValueError otherwise); floats of one dtype, which the result has, or integers (of both:
    float64). Two boxes without area are 0/0: NaN, with a warning.
    """
    first, second = _boxes("box_iou", "boxes1", boxes1), _boxes("box_iou", "boxes2", boxes2)
    one_device("box_iou", {"boxes1": first, "boxes2": second})
    if first.dtype.kind == second.dtype.kind == "f" and first.dtype != second.dtype:
        raise TypeError(
            f"box_iou: boxes1 is {first.dtype} and boxes2 {second.dtype}; convert one of them"
        )
    dtype = next((b.dtype for b in (first, second) if b.dtype.kind == "f"), "float64")
    first, second = first.astype(dtype), second.astype(dtype)
    both, either = _areas(first[:, None], second[None])
    return ratio(both, either, "box_iou", "two boxes without an area")


def nms(boxes: Any, scores: Any, iou_threshold: float) -> Any:
    """Non-maximum suppression: the indices (int64) of the boxes that are kept, best first.

    The box with the highest score is kept, all that overlap it with an IoU *above*
    ``iou_threshold`` (from 0 to 1) are dropped; then the same with what is left. Of equal scores
    the first box wins. ``boxes`` (N, 4) as for :func:`box_iou`, ``scores`` (N,), no NaN. Boxes
    without area suppress nothing.
    """
    boxes = _boxes("nms", "boxes", boxes)
    scores = as_array(scores, "nms: scores")
    if scores.shape != (len(boxes),):
        raise ValueError(
            f"nms: scores must be ({len(boxes)},), one for each of the boxes, got {scores.shape}"
        )
    one_device("nms", {"boxes": boxes, "scores": scores})
    if scores.dtype.kind not in "iuf":
        raise TypeError(f"nms: scores must be numbers, got {scores.dtype}")
    if boxes.dtype.kind != "f":
        boxes = boxes.astype("float64")
    xp = array_module(boxes)
    if xp.isnan(scores).any():
        raise ValueError("nms: there is NaN in the scores, which cannot be ranked")
    if not isinstance(iou_threshold, Real) or not 0 <= iou_threshold <= 1:
        raise ValueError(f"nms: iou_threshold={iou_threshold!r} must be a number from 0 to 1")
    n = len(boxes)
    # From the last to the first by rising score, turned round: of equal ones the first comes first.
    left = n - 1 - xp.argsort(scores[::-1], kind="stable")[::-1]
    kept = []
    while left.size:
        best, left = left[:1], left[1:]
        kept.append(best)
        both, either = _areas(boxes[best], boxes[left])
        nothing = either == 0
        overlap = xp.where(nothing, 0, both / xp.where(nothing, 1, either))
        left = left[~(overlap > iou_threshold)]
    return xp.concatenate(kept).astype(np.int64) if kept else xp.zeros(0, np.int64)


def anchor_boxes(
    feature_size: int | Sequence[int],
    stride: int | Sequence[int],
    scales: Sequence[float],
    ratios: Sequence[float],
) -> np.ndarray:
    """Boxes of several sizes and shapes round the middle of each cell: (P·Q·K, 4), float64.

    ``feature_size`` (P, Q) of the feature map, ``stride`` pixels from one of its cells to the next
    (one number, or one for each axis): cell (i, j) has its middle at x = (j + ½)·s, y = (i + ½)·s.
    For each ratio r (height/width) and scale a there is a box of area a²: a/√r wide and a·√r high.
    Ordered by rows of cells, then cells, then ratios, then scales (torchvision's order; its boxes
    are rounded, and stand round the cells' upper left corners). Some reach over the image's edge.
    """
    op = "anchor_boxes"
    (P, Q) = per_axis(op, "feature_size", feature_size, 2, least=1)
    steps = per_axis(op, "stride", stride, 2, least=1)
    sizes = [
        (a / sqrt(r), a * sqrt(r))
        for r in _positive(op, "ratios", ratios) for a in _positive(op, "scales", scales)
    ]
    width, height = np.array(sizes).T  # (K,)
    y = ((np.arange(P) + 0.5) * steps[0])[:, None, None]
    x = ((np.arange(Q) + 0.5) * steps[1])[None, :, None]
    edges = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return np.stack(np.broadcast_arrays(*edges), -1).reshape(-1, 4)  # (P, Q, K, 4)


def _areas(a: Any, b: Any) -> tuple[Any, Any]:
    """The areas of intersection and union, for boxes along the last axis that broadcast."""
    xp = array_module(a)
    width = xp.minimum(a[..., 2], b[..., 2]) - xp.maximum(a[..., 0], b[..., 0])
    height = xp.minimum(a[..., 3], b[..., 3]) - xp.maximum(a[..., 1], b[..., 1])
    both = width.clip(0, None) * height.clip(0, None)
    own = [(c[..., 2] - c[..., 0]) * (c[..., 3] - c[..., 1]) for c in (a, b)]
    return both, own[0] + own[1] - both


def _boxes(op: str, name: str, value: Any) -> Any:
    """(N, 4), finite, the right way round; of float16 as float32."""
    boxes = as_array(value, f"{op}: {name}")
    if boxes.dtype.kind not in "iuf":
        raise TypeError(f"{op}: {name} must be numbers, got {boxes.dtype}")
    if not boxes.size and boxes.ndim == 1:
        boxes = boxes.reshape(0, 4)  # an empty list
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(
            f"{op}: {name} must be (N, 4), a row (x1, y1, x2, y2) for each box, got shape "
            f"{boxes.shape}"
        )
    if boxes.dtype == "float16":
        boxes = boxes.astype("float32")
    if not array_module(boxes).isfinite(boxes).all():
        raise ValueError(f"{op}: there is NaN or infinity in {name}")
    if (boxes[:, :2] > boxes[:, 2:]).any():
        raise ValueError(
            f"{op}: {name} must have x1 ≤ x2 and y1 ≤ y2 in each row (x1, y1, x2, y2); boxes given "
            f"by a corner and a size, or a centre and a size, are to be converted first"
        )
    return boxes


def _positive(op: str, name: str, values: Any) -> list[float]:
    each = list(values) if isinstance(values, Iterable) else [values]
    numbers = [v for v in each if isinstance(v, Real) and 0 < v < float("inf")]
    if not numbers or len(numbers) != len(each):
        raise ValueError(f"{op}: {name}={values!r} must be one positive number or more")
    return [float(v) for v in numbers]
