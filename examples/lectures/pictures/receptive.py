"""Receptive fields: what one place of each layer sees of the image."""

from __future__ import annotations

from typing import Any

import numpy as np

import minicnn as mc
from minicnn import nn

from .drawing import frame, plt, show

SIDE = 64


def growing() -> Any:
    """A network's layers, each with the field of its middle place: by geometry and by gradient."""
    model = nn.Sequential({
        "3×3": nn.Conv2d(1, 1, 3, padding=1),
        "3×3 again": nn.Conv2d(1, 1, 3, padding=1),
        "pool 2×2": nn.AvgPool2d(2),
        "3×3 once more": nn.Conv2d(1, 1, 3, padding=1),
        "3×3, stride 2": nn.Conv2d(1, 1, 3, stride=2, padding=1),
        "3×3, dilation 2": nn.Conv2d(1, 1, 3, padding=2, dilation=2),
        "5×5": nn.Conv2d(1, 1, 5, padding=2),
        "the last 3×3": nn.Conv2d(1, 1, 3, padding=1),
    })
    for parameter in model.parameters():
        parameter.data[...] = 1.0  # so that the gradient counts the ways from pixel to place
    fields = mc.receptive_field(model, (1, SIDE, SIDE))
    figure, axes = plt.subplots(2, 4, figsize=(18, 11), layout="constrained")
    figure.suptitle("What one place of each layer sees of the image: the receptive field grows",
                    fontsize=22)
    image = mc.zeros((1, 1, SIDE, SIDE), requires_grad=True)
    y = image
    for ax, (name, layer) in zip(axes.flat, model.named_children(), strict=True):
        y = layer(y)
        middle = tuple(n // 2 for n in y.shape[2:])
        row = fields[name]
        (ways,) = mc.grad(y[(0, 0, *middle)], [image], retain_graph=True)
        ways = ways.numpy()[0, 0]
        show(ax, ways / ways.max(), cmap="Blues", vmin=0, vmax=1)
        down, right = row.window(*middle)
        frame(ax, down.start, right.start, down.stop - down.start, right.stop - right.start)
        frame(ax, 0, 0, SIDE, SIDE, "#999999", 1)
        ax.set_title(f"{name}\nsees {row.size[0]}×{row.size[1]}, stride {row.stride[0]}")
        assert_inside(ways, down, right)
    figure.supxlabel(
        "orange: mc.receptive_field, from the geometry alone;   blue: the gradient, that is how "
        "many ways lead from each pixel to the place"
    )
    return figure


def assert_inside(ways: np.ndarray, down: slice, right: slice) -> None:
    """The frame would be a lie if the gradient reached beyond it."""
    outside = ways.copy()
    outside[down, right] = 0
    if outside.any():
        raise AssertionError("the gradient reaches beyond the receptive field")
