"""Stride: where the filter stands, and how the answer shrinks."""

from __future__ import annotations

from typing import Any

import numpy as np

from minicnn import filters

from ..images import IMAGE_16X12
from .drawing import COLORS, ORANGE, convolve, frame, plt, show

WIDTH, FILTER = 7, 3


def steps() -> Any:
    """The places of a filter of 3 on 7 pixels at strides 1, 2 and 3, and the answers' sizes."""
    figure, axes = plt.subplots(
        2, 3, figsize=(16, 11.5), layout="constrained", height_ratios=(4, 6)
    )
    figure.suptitle("Stride: ⌊(W − F + 2P)/S⌋ + 1 places", fontsize=22)
    for (upper, lower), stride in zip(axes.T, (1, 2, 3), strict=True):
        places = len(convolve(np.zeros((WIDTH, WIDTH)), np.ones((FILTER, FILTER)), stride=stride))
        upper.set_title(f"stride {stride}: {places} places on {WIDTH} pixels")
        for pixel in range(WIDTH):
            frame(upper, 0, pixel, 1, 1, "#bbbbbb", 1.5)
            upper.text(pixel, 0, str(pixel), ha="center", va="center", color="#888888")
        for place in range(places):
            color = COLORS[place % len(COLORS)]
            frame(upper, 1.3 + place, place * stride, 0.8, FILTER, color, fill=True,
                  facecolor=color, alpha=0.7, lw=0)
            upper.text(place * stride + 1, 1.2 + place, f"place {place}", ha="center",
                       va="center", color="white", weight="bold")
        upper.set(xlim=(-0.7, WIDTH - 0.3), ylim=(6.1, -0.7), aspect="equal")
        upper.set_axis_off()
        left_over = WIDTH - FILTER - stride * (places - 1)
        if left_over:
            frame(upper, 0.04, WIDTH - left_over + 0.04, 0.92, left_over - 0.08, ORANGE)
            upper.text(WIDTH - 0.5, 0.9, "left over", ha="right", va="center", color=ORANGE)
        answer = convolve(IMAGE_16X12, filters.box(FILTER), stride=stride)
        show(lower, answer, f"mean of 3×3, stride {stride}: {answer.shape[0]}×{answer.shape[1]}",
             vmin=0, vmax=255)
        lower.set(xlim=(-0.5, 9.5), ylim=(13.5, -0.5))
    return figure
