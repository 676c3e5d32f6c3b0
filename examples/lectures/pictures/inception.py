"""The inception module of GoogLeNet: naive, and reduced by 1×1 convolutions first."""

from __future__ import annotations

from typing import Any

import minicnn as mc
from minicnn import nn

from .. import networks
from .drawing import BLUE, GREEN, GREY, ORANGE, PURPLE, plt

CHANNELS, SIDE = 192, 28  # module 3a
COLORS = {1: ORANGE, 3: BLUE, 5: PURPLE}


def modules() -> Any:
    """Module 3a both ways, with the channels and the parameters of each layer."""
    built = {
        "naive": nn.utils.skip_init(networks.naive_inception, CHANNELS, 64, 128, 32),
        "reduced": nn.utils.skip_init(
            networks.inception, CHANNELS, 64, (96, 128), (16, 32), 32
        ),
    }
    figure, axes = plt.subplots(1, 2, figsize=(19, 9.5), layout="constrained")
    figure.suptitle("Inception module 3a of GoogLeNet: 1×1 convolutions cut the cost", fontsize=22)
    for ax, (name, module) in zip(axes, built.items(), strict=True):
        draw_module(ax, module)
        ax.set_title(f"{name}: {networks.parameters(module):,} parameters")
    return figure


def draw_module(ax: Any, module: nn.Module) -> None:
    """From below: the input, the branches side by side, and their channels joined."""
    x = mc.zeros((1, CHANNELS, SIDE, SIDE))
    box(ax, 1.5, 0, f"previous layer\n{CHANNELS} channels, {SIDE}×{SIDE}", GREY, wide=3.9)
    for column, branch in enumerate(module.branches):
        layers = list(branch.children()) or [branch]
        heights = [1.55] if len(layers) == 1 else [1.0, 2.1]
        top = 0.3
        for layer, height in zip(layers, heights, strict=True):
            line(ax, column, top, height - 0.3)
            box(ax, column, height, *described(layer))
            top = height + 0.3
        line(ax, column, top, 2.85)
        ax.text(column + 0.05, 2.6, f"{branch(x).shape[1]}", color="#555555", fontsize=14)
    box(ax, 1.5, 3.15, f"channels side by side\n{module(x).shape[1]} channels, {SIDE}×{SIDE}",
        GREY, wide=3.9)
    ax.set(xlim=(-0.5, 3.5), ylim=(-0.35, 3.5))
    ax.set_axis_off()


def described(layer: nn.Module) -> tuple[str, str]:
    """What stands in a layer's box, and its colour."""
    if isinstance(layer, nn.MaxPool2d):
        return "max pooling\n3×3, stride 1", GREEN
    size = layer.kernel_size[0]
    count = networks.parameters(layer)
    return (f"{size}×{size} convolution\n{layer.in_channels} → {layer.out_channels}\n"
            f"{count:,} parameters"), COLORS[size]


def box(ax: Any, x: float, y: float, text: str, color: str, wide: float = 0.9) -> None:
    ax.add_patch(plt.Rectangle((x - wide / 2, y - 0.3), wide, 0.6, facecolor=color, alpha=0.2,
                               lw=0, zorder=2))
    ax.add_patch(plt.Rectangle((x - wide / 2, y - 0.3), wide, 0.6, fill=False, edgecolor=color,
                               lw=2, zorder=3))
    ax.text(x, y, text, ha="center", va="center", fontsize=13, zorder=4)


def line(ax: Any, x: float, start: float, end: float) -> None:
    arrow = {"arrowstyle": "->", "color": "#777777", "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x, end), (x, start), arrowprops=arrow)
