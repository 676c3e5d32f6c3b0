"""The page docs/lectures.md: all rows in a table a lecture, with links to their code.

    python examples/lectures --markdown > docs/lectures.md

writes it anew; a test holds that it is what the command prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import report
from .agree import shape
from .rows import ROWS, VERDICTS, Answer, Compared, External, Row, counts
from .show import in_text

LABELS = 6  # of a row that has more, these many are shown
WIDTH = 64  # characters of a value; a longer one is cut, unless it differs from the slide's
EXAMPLE = "1.8"  # the row that the introduction shows

INTRODUCTION = """\
# The five lectures, run

Five university lectures on convolutional networks for biomedical images, and every number in them
that a program can recompute: on the left what the slide prints, on the right what minicnn computes
from the slide's inputs, or where the slide has none, from small ones of our own.
[errata.md](errata.md) explains the mistakes that this brings to light.

```
python examples/lectures                # all of it, in some seconds
python examples/lectures 002            # one lecture
python examples/lectures 4.5            # one row: its number is in the first column below
python examples/lectures --list         # the rows, by slide, and which have a picture
python examples/lectures 4.5 --out out  # saves the row's picture in the folder out, too
```

The commands are run from the repository's folder; `python` is that of the environment in which
minicnn is installed, `.venv/bin/python` by the [README](../README.md)'s commands.

A row looks like this:

```
{example}
```

The third line is the code: a short function, to be read beside the slide. Its inputs, the slide's
or ours, are the defaults of its parameters, and what it returns comes out of minicnn, so that it
can be called with other inputs too. Beside "engine", which is minicnn, stands what the slide
prints ("slide"), or what the slide's formula gives if it is evaluated as printed ("formula").
Places in lists are counted from 0. The text at the end is there where the slide needs a word.

| verdict | | rows |
|---|---|---|
| OK | all that the slide prints agrees with what is computed | {OK} |
| WRONG | something does not | {WRONG} |
| LOOSE | what the slide says holds, but only under a reading that it does not state | {LOOSE} |
| INCONS | the slides contradict one another, or themselves | {INCONS} |
| ANSWER | the slide prints no number: here is the answer | {ANSWER} |
| EXTERNAL | a fact from elsewhere that no program can compute: listed, not verified | {EXTERNAL} |

The verdict is computed, too; only LOOSE and INCONS are our reading, and the row's text argues for
it. A slide that prints `.67` is right if what is computed rounds to it. What the slides only report
(patients a year, the accuracies of a paper, the size of a data set) has no row, but for the few
that are EXTERNAL.

Where the lectures contradict one another, the engine had to choose:

| | the lectures | minicnn | the other way | rows |
|---|---|---|---|---|
| layout | channels first (000, 004) or last (002, Keras) | first: (N, C, H, W) | \
`x.permute(0, 2, 3, 1)`, never a reshape | 4.27, 2.10, 2.15 |
| convolution | flips its filter (002) or does not (004) | `F.conv2d` does not, as in every \
framework | `F.conv2d(x, w.flip((2, 3)))` | 2.3, 2.5, 2.16, 4.7 |
| confusion matrix | rows are the truth (000, 001, 003) or the prediction (003, its last) | \
the truth | `.T` | 3.6, 3.10, 1.6 |
| Dice | the coefficient (004) or the loss, one minus it (002) | `metrics.dice_score`; \
`F.dice_loss` | one minus it | 4.25, 2.35, 2.34 |
| flattening | column by column (004) or row by row (Flatten) | row by row | \
`x.permute(0, 1, 3, 2)` before | 4.4 |
| top layers | the first (002) or the last (Keras) | neither: first and last | | 2.32b |

Each row below is tested against another computation of it (PyTorch, SciPy, scikit-learn, or
arithmetic), on the slide's inputs and on others, in
[tests/lectures](../tests/lectures/checks.py). Long values are cut short here; the row's command
prints them whole. What is **bold** differs. Rows stand in the order of the slides, which their
numbers do not follow. `python examples/lectures --markdown` prints this page.
"""


def page(chosen: Sequence[Row | External], titles: dict[str, str]) -> str:
    """The introduction and the tables; ``titles`` has the heading of each lecture."""
    lines, verdicts, lecture = [], [], ""
    for row in chosen:
        if row.lecture != lecture:
            lecture = row.lecture
            lines += ["", f"## {titles[lecture]}", ""]
            lines += ["| row | slide | the slide prints | the engine computes | verdict | code |"]
            lines += ["|---|---|---|---|---|---|"]
        if isinstance(row, External):
            verdicts.append("EXTERNAL")
            cells = [escaped(row.says), f"not verified: {escaped(row.source)}", "EXTERNAL", ""]
        else:
            answer = row.run()
            verdicts.append(answer.verdict)
            cells = [*values(row, answer), answer.verdict, code(row)]
        lines.append("| " + " | ".join([row.number, escaped(row.slide), *cells]) + " |")
    example = ROWS[EXAMPLE]
    introduction = INTRODUCTION.format(
        example=report.of_row(example, example.run()).strip("\n"),
        **{verdict: verdicts.count(verdict) for verdict in VERDICTS},
    )
    return "\n".join([introduction, f"{len(verdicts)} rows: {counts(verdicts)}.", *lines])


def values(row: Row, answer: Answer) -> tuple[str, str]:
    """The cells of what the slide prints and of what is computed: a line for each label."""
    chosen = of_most_interest(answer.compared)
    printed = [
        line(c, c.printed) for c in answer.compared if c in chosen and c.printed is not None
    ]
    computed = [line(c, c.computed) for c in answer.compared if c in chosen]
    if len(chosen) < len(answer.compared):
        computed.append(f"… and {len(answer.compared) - len(chosen)} more")
    if printed and callable(row.prints):
        printed.insert(0, "*its formula gives*")
    return "<br>".join(printed), "<br>".join(computed)


def of_most_interest(compared: list[Compared]) -> list[Compared]:
    """What differs from the slide, then what the slide prints, then the rest, up to LABELS."""
    ordered = sorted(compared, key=lambda c: (c.agrees, c.printed is None))  # stable
    return ordered[:LABELS]


def line(c: Compared, value: Any) -> str:
    text = escaped(in_text(value) if not c.agrees else short(value))
    text = f"{escaped(c.label)}: {text}" if c.label else text
    return text if c.agrees else f"**{text}**"


def short(value: Any) -> str:
    """A value on one line, cut to its first row or its first entries where it is long."""
    text = in_text(value)
    if len(text) <= WIDTH or not shape(value):
        return text
    size = " × ".join(map(str, shape(value)))
    if len(shape(value)) > 1:
        first = np.asarray(value)
        while first.ndim > 1:
            first = first[0]
        start = in_text(first[:6])[:-1] + (", …" if len(first) > 6 else "") + "]"
        depth = len(shape(value)) - 1
        return f"{'[' * depth}{start}, …{']' * depth} ({size} numbers)"
    return f"{in_text(value[:3])[:-1]}, …] ({size})"


def code(row: Row) -> str:
    """Links to the row's function and to its picture's."""
    file = Path(inspect.getsourcefile(row.function) or "").name
    start = inspect.getsourcelines(row.function)[1]
    links = [f"[{row.function.__name__}](../examples/lectures/{file}#L{start})"]
    if row.picture:
        drawing = row.picture.partition(".")[0]
        links.append(f"[draws its picture](../examples/lectures/pictures/{drawing}.py)")
    return "<br>".join(links)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in a cell of a table."""
    for sign in "\\|*_[]":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.replace("<", "&lt;").split())
