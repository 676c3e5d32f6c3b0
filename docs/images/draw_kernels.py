"""Draws the pictures of docs/kernels.md: ``python docs/images/draw_kernels.py [FOLDER]``."""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "minicnn", "font.size": 9, "font.family": "sans-serif",
})  # fmt: skip
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

BLUE, ORANGE, GREEN, PINK, GREY = "#9ecae1", "#fdae6b", "#a1d99b", "#f4b6d2", "#eeeeee"


def canvas(width: float, height: float) -> tuple[plt.Figure, Axes]:
    """Axes in units of a square of 0.28 inches, y downwards."""
    figure = plt.figure(figsize=(0.28 * width, 0.28 * height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def box(axes: Axes, x: float, y: float, w: float = 1, h: float = 1, colour: str = "white",
        text: str = "", line: float = 0.7, size: float = 8, edge: str = "black") -> None:
    axes.add_patch(Rectangle((x, y), w, h, facecolor=colour, edgecolor=edge, linewidth=line))
    if text:
        axes.text(x + w / 2, y + h / 2, text, ha="center", va="center", fontsize=size)


def arrow(axes: Axes, start: tuple, end: tuple, colour: str = "black") -> None:
    axes.annotate("", end, start, arrowprops=dict(arrowstyle="->", color=colour, lw=1))


def label(axes: Axes, x: float, y: float, text: str, **style) -> None:
    axes.text(x, y, text, **{"ha": "left", "va": "center", **style})


def tile(path: Path) -> None:
    """R pixels × V vectors of channels, and what one k brings."""
    figure, axes = canvas(32, 15)
    left, top, R, lanes = 10, 4, 6, 4
    for q in range(2):
        x = left + q * (lanes + 0.6)
        for lane in range(lanes):
            box(axes, x + lane, 1.6, colour=ORANGE, edge="white")
            for r in range(R):
                box(axes, x + lane, top + r, colour=GREEN, edge="white")
        for r in range(R):
            box(axes, x, top + r, lanes, 1, "none", f"acc[{r if r < R - 1 else 'R−1'}][{q}]", 1.4)
        box(axes, x, 1.6, lanes, 1, "none", f"w[{q}]", 1.4)
    for r in range(R):
        box(axes, 6.5, top + r, 2, 1, BLUE, f"x[{r if r < R - 1 else 'R−1'}]")
        arrow(axes, (8.6, top + r + 0.5), (left - 0.1, top + r + 0.5))
    for q in range(2):
        middle = left + q * (lanes + 0.6) + lanes / 2
        arrow(axes, (middle, 2.7), (middle, top - 0.1))
    label(axes, 0.3, top + 2.4, "R neighbouring\npixels of a row,\neach spread over\nall lanes")
    label(axes, 20.2, 2.1, "V vectors of output channels\nfrom the filters")
    label(axes, 20.2, top + 2.8, "R·V sums that stay in\nregisters while k runs over\n"
          "all channels and taps:\nR + V loads, R·V multiply-adds")
    label(axes, 0.3, 12, "AVX-512: 32 registers of 16 floats. 14 × 2 sums + 2 vectors of w + 1 "
          "broadcast = 31.")
    label(axes, 0.3, 13.3, "AVX2, SSE2: 16 registers. 6 × 2 sums + 2 + 1 = 15.")
    save(figure, path)


def band(path: Path) -> None:
    """Rows of the image, all channels, copied with their padding."""
    figure, axes = canvas(34, 15)
    for c in (2, 1, 0):
        x, y = 1 + 0.8 * c, 3.6 - 0.8 * c
        box(axes, x, y, 8, 9, GREY)
        for k in range(4):
            box(axes, x, y + 3 + k, 8, 1, BLUE)
    label(axes, 1, 13.4, "image (C, H, W)", fontsize=9)
    arrow(axes, (11.2, 7.2), (13.8, 7.2))
    label(axes, 11.2, 6.4, "copy", fontsize=8)
    for c in (2, 1, 0):
        x, y = 14.2 + 0.8 * c, 6.2 - 0.8 * c
        for k in range(4):
            box(axes, x + 1, y + k, 8, 1, BLUE)
            for column in (x, x + 9):
                box(axes, column, y + k, text="0" if c == 0 else "", size=7)
    label(axes, 14.2, 11.3, "band (C, rows, pitch) in the second-\nlevel cache, padding included")
    for k in range(2):
        box(axes, 28.5, 5.7 + k, 5, 1, GREEN)
    arrow(axes, (26.2, 6.7), (28.3, 6.7))
    label(axes, 26.2, 3.9, "2 rows of results,\nall output channels")
    label(axes, 28.5, 8.6, "a task of its own", fontsize=8)
    label(axes, 14.2, 13.4, "3×3 taps: 2 rows of results meet 2 + 3 − 1 = 4 rows of the image")
    save(figure, path)


def phases(path: Path) -> None:
    """Pixels of the input by phase, and the taps that each phase has: s = 2, 3×3, p = 1."""
    figure, axes = canvas(33, 14.5)
    colours = [[BLUE, ORANGE], [PINK, GREEN]]
    label(axes, 1, 0.9, "the input's gradient, s = 2")
    for i in range(8):
        for j in range(8):
            box(axes, 1 + j, 1.8 + i, colour=colours[i % 2][j % 2])
    label(axes, 1, 11.2, "s² = 4 phases of pixels: each is a convolution\n"
          "of g with stride 1 and some of the taps,\n"
          "dealt back to every second place")
    taps = [[1], [0, 2]]  # of an axis, by phase: (X + p − a) divisible by s
    for r in range(2):
        for q in range(2):
            x, y = 14 + 10 * q, 1.8 + 6.2 * r
            for a in range(3):
                for b in range(3):
                    used = a in taps[r] and b in taps[q]
                    box(axes, x + b, y + a, colour=colours[r][q] if used else "white",
                        text="" if not used else f"w{a}{b}", size=7)
            count = len(taps[r]) * len(taps[q])
            label(axes, x + 3.4, y + 1.5, f"rows {'odd' if r else 'even'},\n"
                  f"columns {'odd' if q else 'even'}:\n{count} tap{'s' * (count > 1)}", fontsize=8)
    label(axes, 14, 0.9, "taps that meet it (p = 1); together 1 + 2 + 2 + 4 = 9")
    save(figure, path)


def winograd(path: Path) -> None:
    """Two overlapping tiles; one tile to 36 points, the products, and back."""
    figure, axes = canvas(35, 15)
    for i in range(6):
        for j in range(10):
            shared = j in (4, 5)
            box(axes, 0.6 + j * 0.8, 3 + i * 0.8, 0.8, 0.8,
                GREEN if shared else BLUE if j < 6 else ORANGE, edge="white")
    box(axes, 0.6, 3, 4.8, 4.8, "none", line=1.6)
    box(axes, 0.6 + 4 * 0.8, 3, 4.8, 4.8, "none", line=1.6)
    label(axes, 0.6, 2, "tiles of 6×6 pixels\noverlap by 2")
    arrow(axes, (8.9, 5.4), (11.3, 5.4))
    label(axes, 10.1, 4.5, "Bᵀ x B", ha="center")
    grid(axes, 11.6, 3, 6, BLUE)
    label(axes, 11.6, 2, "V: 36 points,\nall C channels")
    grid(axes, 11.6, 9.6, 6, ORANGE)
    arrow(axes, (8.9, 12), (11.3, 12))
    label(axes, 10.1, 11.1, "G w Gᵀ", ha="center")
    grid(axes, 5.6, 10.8, 3, ORANGE)
    label(axes, 0.6, 12, "filters, 3×3,\nfor all c, o")
    label(axes, 16.9, 12, "U", ha="left")
    arrow(axes, (16.8, 5.4), (21, 7.6))
    arrow(axes, (17.8, 12), (21, 9))
    label(axes, 17.6, 8.3, "at each point\na product of\nmatrices", fontsize=8)
    grid(axes, 21.3, 6, 6, GREEN)
    label(axes, 21.3, 4.6, "M: 36 points,\nall O channels")
    arrow(axes, (26.5, 8.4), (29.4, 8.4))
    label(axes, 28, 7.5, "Aᵀ M A", ha="center")
    grid(axes, 29.8, 6.8, 4, GREEN)
    label(axes, 29.8, 5.4, "4×4 results")
    label(axes, 21.3, 12, "36 multiplications for each pair (c, o)\ninstead of 16 · 9 = 144")
    save(figure, path)


def grid(axes: Axes, x: float, y: float, n: int, colour: str) -> None:
    for i in range(n):
        for j in range(n):
            box(axes, x + 0.8 * j, y + 0.8 * i, 0.8, 0.8, colour, edge="white")


def save(figure: plt.Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (tile, band, phases, winograd):
        draw(folder / f"kernels_{draw.__name__}.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
