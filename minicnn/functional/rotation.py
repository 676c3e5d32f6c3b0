"""A filter in four poses: what pooling over features needs to forget how a pattern was turned.

The response of a turned image to a turned filter is the turned response. So a bank that holds a
filter in all four right-angled poses gives, for a turned image, the same four responses, each
turned, and each under another pose; their maximum over the poses is turned, and nothing else. Its
maximum (or mean) over the pixels is the same number for all four turns of the image.

Source: 002 "POOLING - ROTATION INVARIANCE" (Goodfellow, Bengio & Courville, Figure 9.9, where the
poses are learnt one by one; here they share one filter).
"""

from __future__ import annotations

from ..tensor import Tensor
from .operands import as_tensor
from .shape import flip, reshape, stack, transpose


def rotation_bank(weight: Tensor) -> Tensor:
    """Each filter in its four right-angled poses: (O, C, A, A) -> (4·O, C, A, A).

    Filter 4·o + r is filter o turned r times by 90° counterclockwise (``np.rot90`` of its last
    two axes), so ``maxout(conv2d(x, rotation_bank(w)), 4)`` is the maximum over the poses.
    ValueError for filters that are not square: a turn would change their shape.
    """
    w = as_tensor(weight)
    if w.ndim != 4 or w.shape[2] != w.shape[3]:
        raise ValueError(
            f"rotation_bank: the weight must be square filters (O, C, A, A), got shape {w.shape}"
        )
    poses = [w]
    for _ in range(3):
        poses.append(flip(transpose(poses[-1], 2, 3), 2))
    return reshape(stack(poses, 1), (4 * w.shape[0], *w.shape[1:]))  # from (O, 4, C, A, A)
