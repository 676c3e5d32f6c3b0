"""The border: how an image is padded, and what that does to the answer."""

from __future__ import annotations

from typing import Any

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import filters

from ..images import IMAGE_16X12, PADDED_7X8
from .drawing import BLUE, ORANGE, convolve, frame, plt, show, write

MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate",
         "circular": "circular"}


def padding() -> Any:
    """The slide "Zero Padding": the 5×5 image with and without a frame of zeros."""
    inside, kernel = PADDED_7X8[1:6, 1:6], filters.sharpen()
    padded = F.pad(mc.tensor(inside), (1, 1, 1, 1)).numpy()
    same, valid = convolve(inside, kernel, padding=1), convolve(inside, kernel)
    top = np.abs(same).max()
    figure, axes = plt.subplots(
        1, 4, figsize=(20, 6.5), layout="constrained", width_ratios=(7, 3, 5, 5)
    )
    figure.suptitle("Zero padding: a 5×5 image keeps its size under a 3×3 filter", fontsize=22)
    show(axes[0], padded, "image in a frame of zeros (7×7)")
    write(axes[0], padded, size=14)
    frame(axes[0], 1, 1, 5, 5, BLUE)
    frame(axes[0], 0.06, 0.06, 2.94, 2.94, ORANGE)
    show(axes[1], kernel, "filter", signed=True, vmax=2 * np.abs(kernel).max())
    write(axes[1], kernel, size=14)
    show(axes[2], same, "padding 1: 5×5", signed=True, vmax=top)
    write(axes[2], same, size=14)
    frame(axes[2], 0.04, 0.04, 0.96, 0.96, ORANGE)
    frame(axes[2], 1, 1, 3, 3, BLUE)
    # The same pixels where they would stand in the 5×5 answer.
    beside = np.full_like(same, np.nan)
    beside[1:4, 1:4] = valid
    show(axes[3], beside, "no padding: 3×3", signed=True, vmax=top)
    for (i, j), value in np.ndenumerate(valid):
        axes[3].text(j + 1, i + 1, f"{value:g}".replace("-", "−"), ha="center", va="center")
    frame(axes[3], 1, 1, 3, 3, BLUE)
    frame(axes[3], 0, 0, 5, 5, "#888888", 1, ls=":")
    axes[2].set_xlabel("Outside the blue frame the zeros have a part in the sum.")
    axes[3].set_xlabel("Without them these pixels are not there.")
    return figure


def modes() -> Any:
    """Four ways to go on beyond the border, and how far each changes a blurred image."""
    kernel, pad = filters.box(5), 4
    figure, axes = plt.subplots(2, 4, figsize=(17, 12.4), layout="constrained",
                                height_ratios=(24 / 20, 16 / 12))
    figure.suptitle("Beyond the border: what the filter sees there, and what comes of it",
                    fontsize=22)
    height, width = IMAGE_16X12.shape
    for (upper, lower), (name, mode) in zip(axes.T, MODES.items(), strict=True):
        wide = F.pad(mc.tensor(IMAGE_16X12[None, None]), (pad,) * 4, mode=mode).numpy()[0, 0]
        show(upper, wide, f"padding: {name}", vmin=0, vmax=255)
        frame(upper, pad, pad, height, width)
        answer = convolve(wide[2:-2, 2:-2], kernel)  # 2 pixels are what a 5×5 filter needs
        show(lower, answer, f"mean of 5×5 ({answer.shape[0]}×{answer.shape[1]})", vmin=0, vmax=255)
    axes[1, 0].set_xlabel("the zeros darken the rim")
    axes[1, 1].set_xlabel("the image is mirrored")
    axes[1, 2].set_xlabel("the last pixel is repeated")
    axes[1, 3].set_xlabel("the other side comes in again")
    return figure
