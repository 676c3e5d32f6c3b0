"""Boxes and arrows with matplotlib. Lengths are in points (1/72 inch)."""

from __future__ import annotations

import os
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from .box import Box
from .layout import Layout, place

# Fill and line: colours that stay apart for the colour-blind too.
COLOURS = {
    "operation": ("#DDEBF7", "#0072B2"),
    "leaf": ("#FCE4D6", "#D55E00"),
    "constant": ("#EFEFEF", "#8C8C8C"),
    "output": ("#FFFFFF", "#222222"),
}
NOTES = (("operation", "operation"), ("leaf", "leaf: gets a gradient"), ("constant", "constant"))
INK, LINE = "#222222", "#666666"
BOX, PADDING, GAP, MARGIN = 20.0, 7.0, 14.0, 14.0  # a box's height, its sides, between, around
STEM, FALL, HEAD = 16.0, 26.0, 6.0  # under a box, for its shape; between layers; an arrow's head
ROW, NOTE = BOX + STEM + FALL, 11.0
DASHES = (0, (3, 2.2))
FONT = FontProperties(family="DejaVu Sans", size=9)
SMALL = FontProperties(family="DejaVu Sans", size=7.5)


def draw(boxes: list[Box]) -> Figure:
    """The picture of the boxes."""
    tops = [_width(box.text, FONT) + 2 * PADDING for box in boxes]
    widths = [max(t, _width(box.shape, SMALL) + 6) for t, box in zip(tops, boxes, strict=True)]
    pairs = [(arrow.source, i) for i, box in enumerate(boxes) for arrow in box.arrows]
    reads = [arrow.read for box in boxes for arrow in box.arrows]
    plan = place(widths, tops, pairs, GAP)
    notes = _notes(boxes, reads)
    low = max(plan.layer) * ROW + BOX + 10  # below the last box
    width = max(plan.width, *(_width(text, SMALL) + 24 for _, text in notes)) + 2 * MARGIN
    height = low + len(notes) * NOTE + 2 * MARGIN
    figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-MARGIN, width - MARGIN), ylim=(MARGIN - height, MARGIN))
    ax.axis("off")
    for route, port, read in zip(plan.routes, plan.ports, reads, strict=True):
        _arrow(ax, route, plan, plan.x[route[-1]] + port, read)
    for i, box in enumerate(boxes):
        _box(ax, box, plan.x[i], -plan.layer[i] * ROW, tops[i])
    for i, (kind, text) in enumerate(notes):
        _note(ax, kind, text, -low - (i + 0.5) * NOTE)
    return figure


def save(figure: Figure, path: str | os.PathLike) -> None:
    """Saves the picture; the same graph gives the same file."""
    settings = {"svg.hashsalt": "minicnn", "svg.fonttype": "path"}
    date = {"CreationDate": None} if str(path).endswith(".pdf") else {"Date": None}
    metadata = {} if str(path).endswith(".png") else date
    with matplotlib.rc_context(settings):
        figure.savefig(path, dpi=160, metadata=metadata)


def _box(ax: Any, box: Box, x: float, top: float, width: float) -> None:
    fill, line = COLOURS[box.kind]
    style = "round,pad=0,rounding_size=6" if box.kind == "operation" else "square,pad=0"
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, top - BOX), width, BOX, boxstyle=style, fc=fill, ec=line, lw=1.1,
            zorder=3,
        )
    )
    middle = {"ha": "center", "va": "center_baseline"}
    ax.text(x, top - BOX / 2, _plain(box.text), fontproperties=FONT, color=INK, zorder=4, **middle)
    if box.shape:
        ax.text(
            x, top - BOX - STEM / 2 - 1, _plain(box.shape), fontproperties=SMALL, color=INK,
            zorder=2, bbox={"fc": "white", "ec": "none", "pad": 0.8}, **middle,
        )


def _notes(boxes: list[Box], reads: list[bool]) -> list[tuple[str, str]]:
    """What the colours and the dashes of this picture mean."""
    kinds = {box.kind for box in boxes}
    notes = [(kind, text) for kind, text in NOTES if kind in kinds]
    return notes if all(reads) else [*notes, ("dashed", "not read by the backward")]


def _note(ax: Any, kind: str, text: str, y: float) -> None:
    if kind == "dashed":
        ax.plot([0, 16], [y, y], color=LINE, lw=1.0, ls=DASHES)
    else:
        fill, line = COLOURS[kind]
        ax.add_patch(Rectangle((5, y - 3), 6, 6, fc=fill, ec=line, lw=0.8))
    ax.text(22, y, text, fontproperties=SMALL, color=LINE, va="center_baseline")


def _arrow(ax: Any, route: list[int], plan: Layout, port: float, read: bool) -> None:
    """Down the stem, in an S to each bend, straight through the bend's layer, and into the box."""
    at, y = plan.x[route[0]], -plan.layer[route[0]] * ROW - BOX
    points, codes = [(at, y), (at, y - STEM)], [Path.MOVETO, Path.LINETO]
    for i in route[1:]:
        x, top = (port if i == route[-1] else plan.x[i]), -plan.layer[i] * ROW
        end = top + HEAD if i == route[-1] else top
        start = points[-1][1]
        middle = (start + end) / 2
        points += [(points[-1][0], middle), (x, middle), (x, end)]
        codes += [Path.CURVE4] * 3
        if i != route[-1]:
            points.append((x, top - BOX - STEM))
            codes.append(Path.LINETO)
    style = "-" if read else DASHES
    ax.add_patch(PathPatch(Path(points, codes), fc="none", ec=LINE, lw=1.0, ls=style, zorder=1))
    tip = -plan.layer[route[-1]] * ROW
    head = [(port, tip), (port - HEAD / 2.4, tip + HEAD), (port + HEAD / 2.4, tip + HEAD)]
    ax.add_patch(Polygon(head, fc=LINE, ec="none", zorder=2))


def _plain(text: str) -> str:
    """Dollars would be the signs of a formula."""
    return text.replace("$", r"\$")


def _width(text: str, font: FontProperties) -> float:
    return float(TextPath((0, 0), _plain(text), prop=font).get_extents().width) if text else 0.0
