"""The ladder drawn: a bar for each step, and the roofline that they stand under.

The roofline says what a machine can do at most with a piece of work: its peak where there is much
to compute for each byte, and memory's speed times operations a byte where there is little.
Source: Williams, Waterman & Patterson 2009, "Roofline", Communications of the ACM 52(4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import machine


@dataclass(frozen=True)
class Limits:
    """Operations a second on one thread and on all (None without a compiler), bytes a second."""

    one: float | None
    all: float | None
    bytes: float

    @classmethod
    def measured(cls, threads: int, tiny: bool) -> Limits:
        hurry = {"samples": 1} if tiny else {}
        return cls(
            machine.multiply_add_peak(1, **hurry),
            machine.multiply_add_peak(threads, **hurry),
            machine.copy_bandwidth(threads, **hurry, mebibytes=16 if tiny else 256),
        )


def draw(
    path: str | Path, title: str, rates: Mapping[str, float], intensity: float, limit: Limits
) -> None:
    """Save the picture; rates in operations a second, intensity in operations a byte."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names, values = list(rates), np.array(list(rates.values())) / 1e9
    fig, (bars, roof) = plt.subplots(
        1, 2, figsize=(13, 1.8 + 0.36 * max(8, len(names))), layout="constrained"
    )
    fig.suptitle(title)
    places = np.arange(len(names))
    bars.barh(places, values, color="#4477aa")
    bars.set_yticks(places, names)
    bars.invert_yaxis()
    bars.set_xscale("log")
    bars.set_xlabel("GFLOP/s")
    bars.margins(x=0.15)
    for place, value in zip(places, values, strict=True):
        bars.annotate(f" {value:.3g}", (value, place), va="center", fontsize=8)
    if limit.all:
        bars.axvline(limit.all / 1e9, color="#aa3333", linestyle="--", label="peak, all threads")
        bars.axvline(limit.one / 1e9, color="#aa3333", linestyle=":", label="peak, one thread")
        bars.legend(loc="upper right", fontsize=8)

    x = np.geomspace(min(0.25, intensity / 4), max(256.0, 4 * intensity), 200)
    roof.plot(x, np.minimum(limit.bytes * x, limit.all or np.inf) / 1e9, color="#aa3333")
    if limit.one:
        roof.plot(x, np.minimum(limit.bytes * x, limit.one) / 1e9, color="#aa3333", linestyle=":")
    roof.set_xscale("log")
    roof.set_yscale("log")
    roof.set_xlabel("operations for each byte that must move")
    roof.set_ylabel("GFLOP/s")
    roof.set_title(f"Roofline: memory {limit.bytes / 1e9:.1f} GB/s", fontsize=10)
    colours = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(names)))
    for name, value, colour in zip(names, values, colours, strict=True):
        roof.plot(intensity, value, "o", color=colour, label=name)
    roof.legend(fontsize=7, loc="lower right")
    roof.grid(alpha=0.3)
    fig.savefig(path, dpi=130)
    plt.close(fig)
