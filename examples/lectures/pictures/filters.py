"""Filters and their responses: the face of lecture 004 in both printings."""

from __future__ import annotations

from typing import Any

import numpy as np

from minicnn import filters

from ..images import IMAGE_16X12, IMAGE_16X12_FIRST
from .drawing import convolve, frame, plt, show, write


def laplacian_on_both() -> Any:
    """The image as the slide prints it first and second, and what the differing pixels change."""
    printings = {"first printing": IMAGE_16X12_FIRST, "second printing": IMAGE_16X12}
    kernel = filters.laplacian()
    answers = {name: convolve(image, kernel) for name, image in printings.items()}
    top = max(np.abs(answer).max() for answer in answers.values())
    figure, axes = plt.subplots(
        2, 3, figsize=(15, 14), layout="constrained", width_ratios=(12, 10, 10)
    )
    figure.suptitle(
        "One image, printed twice, under the filter of “Convolution Operation”", fontsize=22
    )
    different = np.argwhere(IMAGE_16X12_FIRST != IMAGE_16X12)
    for (left, middle, _), (name, image) in zip(axes, printings.items(), strict=True):
        show(left, image, f"image, {name}")
        write(left, image, size=9)
        show(middle, answers[name], "answer", signed=True, vmax=top)
        write(middle, answers[name], size=9)
        for i, j in different:
            frame(left, i, j, 1, 1)
    upper, lower = axes[:, 2]
    show(upper, kernel, "filter (Laplacian)", signed=True, vmax=2 * np.abs(kernel).max())
    write(upper, kernel, size=22)
    change = answers["second printing"] - answers["first printing"]
    show(lower, change, f"what {len(different)} pixels change", signed=True)
    write(lower, change, size=9, hide_zeros=True)
    return figure


def edges() -> Any:
    """The four edge filters of "Different Filters Capture Different Local Features"."""
    bank = filters.edge_bank()
    answers = [convolve(IMAGE_16X12, kernel) for kernel in bank]
    top = max(np.abs(answer).max() for answer in answers)
    figure, axes = plt.subplots(
        2, 5, figsize=(18, 9), layout="constrained", height_ratios=(3, 5),
        width_ratios=(1.2, 1, 1, 1, 1),
    )
    figure.suptitle("Different filters capture different local features", fontsize=22)
    show(axes[1, 0], IMAGE_16X12, "image (16×12)")
    for i, (kernel, answer) in enumerate(zip(bank, answers, strict=True)):
        show(axes[0, i + 1], kernel, f"filter {i + 1}", signed=True, vmax=2)
        write(axes[0, i + 1], kernel, size=18)
        shown = show(axes[1, i + 1], answer, f"answer {i + 1} (14×10)", signed=True, vmax=top)
    figure.colorbar(shown, ax=axes[1], label="answer", shrink=0.8)
    axes[0, 0].set_axis_off()
    axes[0, 0].text(
        0, 0.5, "Filter 3 is filter 1 turned by\n180°. A true convolution\nturns each filter, "
        "and so\nswaps their answers;\nlikewise filters 2 and 4,\neach mirrored.",
        va="center", transform=axes[0, 0].transAxes,
    )
    return figure
