"""A transposed convolution's checkerboard, and resizing followed by a convolution without it."""

from __future__ import annotations

from typing import Any

import numpy as np

import minicnn as mc
import minicnn.functional as F

from ..images import IMAGE_16X12
from .drawing import plt, show, write


def transposed(image: np.ndarray, size: int) -> np.ndarray:
    """Stride 2, every weight 1: each pixel is stamped onto size×size places, which add up."""
    return F.conv_transpose2d(mc.tensor(image[None, None]), np.ones((1, 1, size, size)), stride=2
                              ).numpy()[0, 0]


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """Each pixel twice in both directions, then a convolution whose weights are all 1."""
    large = F.interpolate(mc.tensor(image[None, None]), scale_factor=2, mode="nearest")
    return F.conv2d(large, np.ones((1, 1, size, size))).numpy()[0, 0]


def checkerboard() -> Any:
    """Twice the size in three ways: of a grey image, which should stay grey, and of the face."""
    flat = np.ones((4, 4))
    ways = {
        "transposed, 3×3, stride 2": (transposed, 3),
        "transposed, 2×2, stride 2": (transposed, 2),
        "resize, then convolve 3×3": (resized, 3),
    }
    figure, axes = plt.subplots(2, 4, figsize=(19, 12), layout="constrained")
    figure.suptitle("The checkerboard: where stamps of a transposed convolution overlap",
                    fontsize=22)
    show(axes[0, 0], flat, "every pixel is 1", cmap="Blues", vmin=0, vmax=6)
    write(axes[0, 0], flat, size=14)
    show(axes[1, 0], IMAGE_16X12, "the face", vmin=0, vmax=255)
    for (upper, lower), (name, (way, size)) in zip(axes[:, 1:].T, ways.items(), strict=True):
        answer = way(flat, size)
        shown = sorted(set(answer.ravel().tolist()))
        show(upper, answer, name, cmap="Blues", vmin=0, vmax=2 * answer.max())
        write(upper, answer, size=12)
        upper.set_xlabel("values: " + ", ".join(f"{v:g}" for v in shown))
        # Divided by what a weight of 1 makes of the grey image on average.
        face = way(IMAGE_16X12, size) / answer[2:-2, 2:-2].mean()
        show(lower, face, "", vmin=0, vmax=255)
    axes[1, 1].set_xlabel("a pattern that is not in the image")
    axes[1, 2].set_xlabel("no overlap, no pattern: but blocks")
    axes[1, 3].set_xlabel("no pattern, and smooth")
    return figure
