"""What the pictures share: how an image, its numbers and a frame are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from support.picture import BLUE, GREEN, ORANGE, PURPLE, plt

import minicnn as mc
import minicnn.functional as F

GREY = "#888888"
COLORS = (BLUE, ORANGE, GREEN, PURPLE)

__all__ = ["BLUE", "COLORS", "GREEN", "GREY", "ORANGE", "PURPLE", "convolve", "frame", "plt",
           "show", "write"]


def convolve(image: np.ndarray, kernel: np.ndarray, **settings: Any) -> np.ndarray:
    """One image (H, W) under one filter (A, B): the answer (P, Q)."""
    weight = mc.tensor(np.asarray(kernel, dtype="float64")[None, None])
    return F.conv2d(mc.tensor(image[None, None]), weight, **settings).numpy()[0, 0]


def show(ax: Any, image: np.ndarray, title: str = "", signed: bool = False, **settings: Any) -> Any:
    """An image in grey; ``signed`` answers from blue over white (0) to red. No ticks."""
    if signed:
        settings = {"cmap": "RdBu_r", "vmax": np.abs(image).max() or 1} | settings
        settings.setdefault("vmin", -settings["vmax"])
    shown = ax.imshow(image, **({"cmap": "gray"} | settings))
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=14)
    ax.spines[:].set_visible(False)
    return shown


def write(ax: Any, image: np.ndarray, size: float = 10, form: str = "g",
          hide_zeros: bool = False, **settings: Any) -> None:
    """The numbers of an image onto its pixels, dark on light and light on dark."""
    shown = ax.images[0]
    for (i, j), value in np.ndenumerate(image):
        if hide_zeros and not value:
            continue
        red, green, blue, _ = shown.cmap(shown.norm(value))
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        text = format(value, form).replace("-", "−")
        ax.text(j, i, text, ha="center", va="center", fontsize=size,
                **({"color": "white" if dark else "black"} | settings))


def frame(ax: Any, row: float, column: float, height: float, width: float, color: str = ORANGE,
          lw: float = 3, **settings: Any) -> None:
    """A frame round pixels: the first one's row and column, and how many there are."""
    ax.add_patch(plt.Rectangle((column - 0.5, row - 0.5), width, height,
                               **({"fill": False, "edgecolor": color, "lw": lw} | settings)))
    ax.autoscale_view()
