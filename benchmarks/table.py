"""One table: printed as text, and drawn as a picture with the same numbers."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def short(value: float) -> str:
    """Three digits that matter, however small, and no exponent."""
    digits = max(0, 2 - int(math.floor(math.log10(value)))) if value > 0 else 2
    return f"{value:.{min(digits, 7)}f}"


def percent(share: float) -> str:
    """Whole per cents, or one digit of a smaller share."""
    return f"{share:.0%}" if share >= 0.095 else f"{100 * share:.1g}%"


@dataclass(frozen=True)
class Column:
    """`group` stands above neighbours that share it; the picture colours cells where `good` says.

    `good` is asked of a ratio, and None where a column holds none.
    """

    title: str
    group: str = ""
    good: Callable[[float], bool] | None = None


def at_least_one(ratio: float) -> bool:
    """What makes a ratio of times, theirs / ours, a good one."""
    return ratio >= 1


def at_most_one(ratio: float) -> bool:
    """What makes a ratio of sizes, ours / theirs, a good one."""
    return ratio <= 1


@dataclass
class Table:
    """Rows of cells as text; a row that is a single string is a heading between rows."""

    title: str
    columns: list[Column]
    rows: list[list[str] | str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The table for a terminal: first two columns to the left, numbers to the right."""
        cells = [row for row in self.rows if not isinstance(row, str)]
        widths = [
            max([len(column.title), *(len(row[i]) for row in cells)])
            for i, column in enumerate(self.columns)
        ]

        def line(row: list[str]) -> str:
            parts = [
                cell.ljust(width) if i < 2 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            return "  ".join(parts).rstrip()

        lines = [self.title, "", *self._group_line(widths)]
        lines.append(line([column.title for column in self.columns]))
        rule = "-" * (sum(widths) + 2 * len(widths) - 2)
        lines.append(rule)
        for row in self.rows:
            lines += ["", row] if isinstance(row, str) else [line(row)]
        lines += [rule, *self._notes(len(rule))]
        return "\n".join(lines)

    def _notes(self, width: int) -> list[str]:
        return [
            part
            for note in self.notes
            for part in textwrap.wrap(note, width, subsequent_indent="    ")
        ]

    def _group_line(self, widths: list[int]) -> list[str]:
        """The line of groups, each between dashes over its columns; no line without groups."""
        if not any(column.group for column in self.columns):
            return []
        parts, i = [], 0
        while i < len(self.columns):
            group, end = self.columns[i].group, i + 1
            while end < len(self.columns) and group and self.columns[end].group == group:
                end += 1
            width = sum(widths[i:end]) + 2 * (end - i - 1)
            parts.append(f" {group} ".center(width, "-") if group else " " * width)
            i = end
        return ["  ".join(parts).rstrip()]

    def picture(self, path: str | Path) -> None:
        """Save the table as a picture; good ratios are green, others red."""
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt

        texts = [self._groups(), [c.title for c in self.columns]]
        blank = [""] * (len(self.columns) - 1)
        texts += [[row, *blank] if isinstance(row, str) else row for row in self.rows]
        wide = [texts[1], *(row for row in self.rows if not isinstance(row, str))]
        lengths = [max(5, *map(len, column)) for column in zip(*wide, strict=True)]
        notes = self._notes(12 * sum(lengths) // 10)
        width, table, foot = 0.1 * sum(lengths) + 0.4, 0.24 * len(texts), 0.15 * len(notes) + 0.3
        height = 0.5 + table + foot
        fig = plt.figure(figsize=(width, height))
        axes = fig.add_axes((0.2 / width, foot / height, 1 - 0.4 / width, table / height))
        axes.axis("off")
        widths = [n / sum(lengths) for n in lengths]
        drawn = axes.table(texts, colWidths=widths, cellLoc="right", bbox=(0, 0, 1, 1))
        drawn.auto_set_font_size(False)
        drawn.set_fontsize(9)
        for (i, j), cell in sorted(drawn.get_celld().items()):
            cell.set_linewidth(0.3)
            if j < 2:
                cell.set_text_props(ha="left")
            if i < 2:
                cell.set_facecolor("#dddddd")
                cell.set_text_props(weight="bold")
                cell.visible_edges = "B" if i else "T"
            elif isinstance(self.rows[i - 2], str):
                cell.visible_edges = "TB"
                cell.set_text_props(weight="bold")
            elif (good := self.columns[j].good) and texts[i][j]:
                cell.set_facecolor("#d5efd5" if good(float(texts[i][j])) else "#f7dcdc")
        fig.text(0.2 / width, 1 - 0.3 / height, self.title, weight="bold", fontsize=12)
        fig.text(0.2 / width, 0.15 / height, "\n".join(notes), fontsize=8, linespacing=1.25)
        fig.savefig(path, dpi=130)
        plt.close(fig)

    def _groups(self) -> list[str]:
        """Each group's name once, over the middle one of its columns."""
        row = [""] * len(self.columns)
        for group in {column.group for column in self.columns} - {""}:
            members = [i for i, column in enumerate(self.columns) if column.group == group]
            row[members[len(members) // 2]] = group
        return row
