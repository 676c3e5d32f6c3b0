"""A row as it is printed: the slide, what it prints, what the engine computes, and the verdict."""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path

from .agree import entry
from .rows import Answer, Compared, External, Row
from .show import lines, number

WIDTH = 98
INDENT = 7  # of what follows a row's number
LABEL, VALUE = 42, 24  # characters up to which a label and a value share a line with others


def of_row(row: Row, answer: Answer) -> str:
    source = Path(inspect.getsourcefile(row.function) or "")
    line = inspect.getsourcelines(row.function)[1]
    printed_is = "formula" if callable(row.prints) else "slide"
    return "\n".join(
        [
            _heading(row, answer.verdict),
            _paragraphs(row.text),
            _paragraphs(f"examples/lectures/{source.name}:{line} {row.function.__name__}"),
            textwrap.indent("\n".join(_values(answer.compared, printed_is)), " " * INDENT),
            *([_paragraphs(answer.why)] if answer.why else []),
            *([_paragraphs(_picture(row))] if row.picture else []),
        ]
    )


def picture_name(picture: str) -> str:
    """The file of the picture "filters.responses": filters_responses.png."""
    return picture.replace(".", "_") + ".png"


def _picture(row: Row) -> str:
    return f"Picture: {picture_name(row.picture or '')}, saved by {row.number} --out DIR"


def of_external(row: External) -> str:
    return "\n".join(
        [
            _heading(row, "EXTERNAL"),
            _paragraphs(f"The slide says: {row.says}"),
            _paragraphs(f"Not verified here: {row.source}"),
        ]
    )


def _heading(row: Row | External, verdict: str) -> str:
    """Number, slide and verdict; the verdict at the right, on the slide's last line."""
    left = textwrap.fill(
        f"{row.number:<{INDENT}}{row.slide}",
        WIDTH - 10,
        subsequent_indent=" " * INDENT,
        drop_whitespace=True,
    ).split("\n")
    return "\n".join(["", *left[:-1], f"{left[-1]:<{WIDTH - 8}}{verdict}"])


def _paragraphs(text: str) -> str:
    """Filled paragraphs, which an empty line sets apart; one with indented lines stays as it is."""
    indent, made = " " * INDENT, []
    for paragraph in re.split(r"\n\s*\n", text):
        if re.search("^ ", paragraph, re.M):
            made.append(textwrap.indent(paragraph, indent))
        else:
            made.append(
                textwrap.fill(paragraph, WIDTH, initial_indent=indent, subsequent_indent=indent)
            )
    return "\n".join(made)


def _values(compared: list[Compared], printed_is: str) -> list[str]:
    """Label by label, what the slide (or its formula) has and what the engine computes.

    Short values stand in columns, one label a line; matrices and the like below their label.
    """
    short = [c for c in compared if _is_short(c)]
    label = max((len(c.label) for c in short), default=0)
    value = max((len(_line(c.printed)) for c in short if c.printed is not None), default=0)
    left = len(printed_is) + 1 + value if value else 0
    told = []
    for c in compared:
        if c in short:
            printed = "" if c.printed is None else f"{printed_is} {_line(c.printed)}"
            cells = [f"{c.label:<{label}}", f"{printed:<{left}}", f"engine {_line(c.computed)}"]
            told.append("   ".join(cell for cell in cells if cell))
        else:
            told += [c.label] if c.label else []
            told += _block(printed_is, c.printed) if c.printed is not None else []
            told += _block("engine", c.computed)
        told += _differences(c)
    return told


def _line(value: object) -> str:
    """A value that takes one line."""
    (line,) = lines(value)
    return line


def _is_short(c: Compared) -> bool:
    both = [c.computed] if c.printed is None else [c.printed, c.computed]
    shown = [lines(value) for value in both]
    return len(c.label) <= LABEL and all(len(s) == 1 and len(s[0]) <= VALUE for s in shown)


def _block(name: str, value: object) -> list[str]:
    return [f"  {name if i == 0 else '':<8}{line}".rstrip() for i, line in enumerate(lines(value))]


def _differences(c: Compared) -> list[str]:
    """Where an array differs from the printed one; beside single numbers it is plain to see."""
    if c.printed is not None and c.different is None:
        return ["  the shapes differ"]
    return [
        f"  differ at {list(at)}: {_both(c, at)}" for at in c.different or [] if at
    ]


def _both(c: Compared, at: tuple[int, ...]) -> str:
    return f"{number(entry(c.printed, at))} is printed, {number(entry(c.computed, at))} comes out"
