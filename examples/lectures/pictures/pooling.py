"""Pooling: the slides' example of three channels, with its windows."""

from __future__ import annotations

from typing import Any

import numpy as np

import minicnn as mc
import minicnn.functional as F

from ..images import IMAGE_16X12, POOLED
from .drawing import BLUE, COLORS, ORANGE, frame, plt, show, write

SIZE = 2


def example() -> Any:
    """"Max Pooling: Example", with the answers that are lost: the greatest and the mean."""
    x = mc.tensor(POOLED[None])
    answers = {
        "maximum, stride 2": F.max_pool2d(x, SIZE, 2).numpy()[0],
        "average, stride 2": F.avg_pool2d(x, SIZE, 2).numpy()[0],
        "maximum, stride 1": F.max_pool2d(x, SIZE, 1).numpy()[0],
    }
    figure, axes = plt.subplots(
        3, 4, figsize=(15, 13), layout="constrained", width_ratios=(4, 2.4, 2.4, 3.2)
    )
    figure.suptitle("Pooling with a window of 2×2: each channel by itself", fontsize=22)
    corners = [(i, j) for i in (0, 2) for j in (0, 2)]
    for channel, (row, image) in enumerate(zip(axes, POOLED, strict=True)):
        light = {"cmap": "Greys", "vmin": 0, "vmax": 1.6 * POOLED.max()}
        show(row[0], image, f"channel {channel}", **light)
        write(row[0], image, size=16)
        for (i, j), color in zip(corners, COLORS, strict=True):
            frame(row[0], i + 0.04, j + 0.04, SIZE - 0.08, SIZE - 0.08, color, 4)
        for ax, (name, answer) in zip(row[1:], answers.items(), strict=True):
            show(ax, answer[channel], name, **light)
            write(ax, answer[channel], size=16)
            if answer[channel].shape == (2, 2):
                for (i, j), color in zip(corners, COLORS, strict=True):
                    frame(ax, i // 2 + 0.03, j // 2 + 0.03, 0.94, 0.94, color, 4)
    return figure


def windows() -> Any:
    """What pooling keeps of the face, and which pixel a gradient goes back to."""
    x = mc.tensor(IMAGE_16X12[None, None], requires_grad=True)
    greatest = F.max_pool2d(x, SIZE)
    mean = F.avg_pool2d(x, SIZE)
    ways = [mc.grad(y.sum(), [x])[0].numpy()[0, 0] for y in (greatest, mean)]
    figure, axes = plt.subplots(1, 5, figsize=(20, 7), layout="constrained")
    figure.suptitle("Pooling: what goes forward, and the way of the gradient back", fontsize=22)
    grey = {"vmin": 0, "vmax": 255}
    show(axes[0], IMAGE_16X12, "image (16×12)", **grey)
    show(axes[1], greatest.numpy()[0, 0], "maximum of 2×2 (8×6)", **grey)
    show(axes[2], ways[0], "its gradient: one\npixel of each window", cmap="Blues", vmax=1.6)
    show(axes[3], mean.numpy()[0, 0], "average of 2×2 (8×6)", **grey)
    show(axes[4], ways[1], "its gradient: a quarter\nto each pixel", cmap="Blues", vmin=0,
         vmax=1.6)
    height, width = IMAGE_16X12.shape
    for ax in (axes[0], axes[2], axes[4]):
        for i, j in np.ndindex(height // SIZE, width // SIZE):
            frame(ax, SIZE * i, SIZE * j, SIZE, SIZE, ORANGE if ax is axes[0] else BLUE, 0.8)
    return figure
