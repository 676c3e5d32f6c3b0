"""Pictures that are saved, never shown: no display is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .extras import extra

extra("matplotlib").use("Agg")
plt = extra("matplotlib.pyplot")

# Colours that stay apart for the colour-blind too.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#9467BD"

plt.rcParams.update(
    {
        "font.size": 14,
        "axes.titlesize": 16,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "lines.linewidth": 2,
        "legend.frameon": False,
        "figure.dpi": 120,
        "figure.constrained_layout.w_pad": 0.12,  # inches
        "figure.constrained_layout.h_pad": 0.12,
        "svg.hashsalt": "minicnn",  # so that the same drawing is the same file
    }
)


def save(figure: Any, path: Path) -> None:
    """Saves the figure, lets go of it, and says where it is."""
    figure.savefig(path)
    plt.close(figure)
    print(f"picture: {path}")
