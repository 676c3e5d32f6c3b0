"""W·X + B: convolution as a matrix, beside those of an unshared and of a dense layer."""

from __future__ import annotations

from typing import Any

import numpy as np

import minicnn as mc

from .drawing import ORANGE, plt

UNITS, SIDE, FILTER = 7, 5, 3  # x and s of the drawn connections; the image of the matrices


def sparse_unshared_dense() -> Any:
    """Who sees whom, and where the weights stand: shared, unshared, fully connected."""
    figure, axes = plt.subplots(
        2, 3, figsize=(18, 12), layout="constrained", height_ratios=(2.2, 5)
    )
    figure.suptitle("Three layers, one formula: W·X + B", fontsize=22)
    taps = np.arange(1, FILTER**2 + 1, dtype="float64").reshape(1, 1, FILTER, FILTER)
    image = (1, SIDE, SIDE)
    shared = mc.kernels.sparse.conv_matrix(taps, image, padding=FILTER // 2).toarray()
    number = np.zeros_like(shared)
    number[shared != 0] = np.arange(1, np.count_nonzero(shared) + 1)
    dense = np.arange(1, shared.size + 1.0).reshape(shared.shape)
    layers = {
        "convolution: sparse, shared": (shared, "tab10"),
        "locally connected: sparse, unshared": (number, "turbo"),
        "fully connected: dense": (dense, "turbo"),
    }
    for (upper, lower), (name, (matrix, colors)) in zip(axes.T, layers.items(), strict=True):
        draw_connections(upper, name, colors)
        weights = len(np.unique(matrix[matrix != 0]))
        entries = np.count_nonzero(matrix)
        draw_matrix(lower, matrix, colors)
        lower.set_title(f"{weights} weights in {entries} of {matrix.size} entries")
    axes[1, 0].set_ylabel(f"place of the answer ({SIDE}×{SIDE})")
    for ax in axes[1]:
        ax.set_xlabel(f"pixel of the image ({SIDE}×{SIDE})")
    return figure


def draw_connections(ax: Any, name: str, colors: str) -> None:
    """x below, s above, and the weights as lines: those of s3 stand out."""
    ax.set_title(name)
    palette = plt.get_cmap(colors)
    dense, shared = name.startswith("fully"), name.startswith("convolution")
    for i in range(UNITS):
        for j in range(UNITS):
            tap = j - i + FILTER // 2
            if not dense and not 0 <= tap < FILTER:
                continue
            color = palette(tap) if shared else palette((i * UNITS + j) / UNITS**2)
            ax.plot([j, i], [0, 1], color=color, lw=3.5 if i == 2 else 1.3, zorder=1)
    for i in range(UNITS):
        seen = dense or abs(i - 2) <= FILTER // 2
        for y, letter, marked in ((0, "x", seen), (1, "s", i == 2)):
            ax.scatter(i, y, s=620, color="white", zorder=2, linewidth=2.5,
                       edgecolor=ORANGE if marked else "#999999")
            ax.text(i, y, f"{letter}$_{i + 1}$", ha="center", va="center", zorder=3)
    ax.set(ylim=(-0.3, 1.3))
    ax.set_axis_off()


def draw_matrix(ax: Any, matrix: np.ndarray, colors: str) -> None:
    """Equal weights in equal colours; white where there is none."""
    top = 10 if colors == "tab10" else matrix.max()
    ax.imshow(np.where(matrix, matrix - 1, np.nan), cmap=colors, vmin=0, vmax=top)
    edges = np.arange(-0.5, len(matrix))
    ax.set_xticks(edges, minor=True)
    ax.set_yticks(edges, minor=True)
    ax.grid(which="minor", color="#dddddd", lw=0.5)
    ax.tick_params(which="both", length=0)
    ax.set(xticks=range(0, len(matrix), SIDE), yticks=range(0, len(matrix), SIDE))
