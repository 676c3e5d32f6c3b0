"""What a row is: a number of a slide, the function that computes it, and the verdict.

    @row("1.8", slide="ROC curve and confusion matrix", prints=..., why="...")
    def f1_metric(precision=2 / 3, recall=2 / 3):
        \"\"\"One or two lines for the student.\"\"\"
        return {"F1": ...}

The slide's inputs are the defaults of the function's parameters, so that it can be called with
others too; its result is a dictionary from a label to a number, an array or a text (or a single
value, whose label is then ""). ``prints`` holds what the slide prints, under the same labels: a
number, an array, or a text such as ".67" whose decimals say how the slide rounded (agree.py). It
may also be a function of the same inputs that evaluates the slide's formula as printed, and
returns such a dictionary. A label that ``prints`` lacks is one for which the slide prints nothing.

The verdict is computed, and a row cannot call itself OK or WRONG. Whether a slide that agrees also
says enough is a reading: LOOSE and INCONS are what the row states and argues for.

    ANSWER    the slide prints nothing: here is the answer
    OK        all that it prints agrees with what is computed
    WRONG     something does not
    LOOSE     what it prints or says holds, but only under a reading that it does not state
    INCONS    the slides contradict one another, or themselves
    EXTERNAL  a fact from elsewhere that no program can compute: listed, not verified

For LOOSE and INCONS the row gives ``reading``. All three of WRONG, LOOSE and INCONS need ``why``:
two or three lines that show it. ``{label}`` in them is filled from the result, with a format if
wanted ({F1:.4f}) and an entry of an array by its place ({row 0[3]}): no result is ever typed.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .agree import differences, entry, plain
from .show import in_text

VERDICTS = ("OK", "WRONG", "LOOSE", "INCONS", "ANSWER", "EXTERNAL")
_NUMBER = re.compile(r"([0-4])\.([1-9]\d*)([a-z]?)")
_PICTURE = re.compile(r"[a-z]\w*\.[a-z]\w*")


@dataclass(frozen=True)
class Compared:
    """One label of a row: what the slide prints (None: nothing), what is computed."""

    label: str
    printed: Any
    computed: Any
    different: list[tuple[int, ...]] | None  # the places; None where the shapes differ

    @property
    def agrees(self) -> bool:
        return self.printed is None or self.different == []


@dataclass(frozen=True)
class Answer:
    """What running a row gives."""

    verdict: str
    compared: list[Compared]
    why: str


@dataclass(frozen=True)
class Row:
    """A number (or a few) of one slide, and the function that computes it."""

    number: str
    slide: str
    function: Callable[..., Any]
    prints: Any = None
    why: str = ""
    reading: str | None = None
    picture: str | None = None  # "filters.responses": that function in pictures/filters.py

    @property
    def lecture(self) -> str:
        return lecture_of(self.number)

    @property
    def text(self) -> str:
        """The function's docstring, for the student."""
        return inspect.getdoc(self.function) or ""

    def inputs(self) -> dict[str, Any]:
        """The slide's inputs: the defaults of the function's parameters."""
        parameters = inspect.signature(self.function).parameters.values()
        return {p.name: p.default for p in parameters}

    def compute(self, **changed: Any) -> dict[str, Any]:
        """The result, label by label, on the slide's inputs or on changed ones."""
        with contextlib.redirect_stdout(io.StringIO()):  # mc.summary prints its table
            return labelled(self.function(**changed))

    def printed(self, **changed: Any) -> dict[str, Any]:
        """What the slide prints, label by label; a formula is evaluated on the inputs."""
        if not callable(self.prints):
            return {} if self.prints is None else labelled(self.prints, printed=True)
        inputs = self.inputs() | changed
        taken = inspect.signature(self.prints).parameters
        return labelled(self.prints(**{name: inputs[name] for name in taken}), printed=True)

    def run(self) -> Answer:
        """Computes, compares and judges."""
        result, printed = self.compute(), self.printed()
        if unknown := printed.keys() - result.keys():
            raise ValueError(
                f"row {self.number}: the slide prints {sorted(unknown)}, but the row computes "
                f"only {list(result)}"
            )
        compared = []
        for label, value in result.items():
            there = printed.get(label)
            compared.append(
                Compared(label, there, value, None if there is None else differences(there, value))
            )
        if not all(c.agrees for c in compared):
            verdict = "INCONS" if self.reading == "INCONS" else "WRONG"
        else:
            verdict = self.reading or ("OK" if printed else "ANSWER")
        if verdict in ("WRONG", "LOOSE", "INCONS") and not self.why:
            raise ValueError(f"row {self.number} is {verdict} and needs a text why")
        return Answer(verdict, compared, filled(self.why, result))


@dataclass(frozen=True)
class External:
    """A fact from elsewhere: what the slide says, and where it comes from. Not verified."""

    number: str
    slide: str
    says: str
    source: str

    @property
    def lecture(self) -> str:
        return lecture_of(self.number)


ROWS: dict[str, Row | External] = {}  # in the order of the slides, as the lectures write them


def row(
    number: str,
    *,
    slide: str,
    prints: Any = None,
    why: str = "",
    reading: str | None = None,
    picture: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Makes the function below it the row of that number; the function itself stays as it is."""
    if reading not in (None, "LOOSE", "INCONS"):
        raise ValueError(f"reading is 'LOOSE' or 'INCONS', or left out; got {reading!r}")
    if reading and not why:
        raise ValueError(f"row {number} is {reading} and needs a text why")
    if picture is not None and not _PICTURE.fullmatch(picture):
        raise ValueError(f"picture is '<file>.<function>' in pictures/, got {picture!r}")

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.default is parameter.empty:
                raise ValueError(f"row {number}: the input {parameter.name} has no default")
        if not function.__doc__:
            raise ValueError(f"row {number}: {function.__name__} has no docstring")
        _enter(Row(number, slide, function, prints, why, reading, picture))
        return function

    return add


def external(number: str, *, slide: str, says: str, source: str) -> None:
    """Lists a fact that no program can compute, with its source."""
    if not (says and source):
        raise ValueError(f"row {number}: an external fact needs what the slide says and a source")
    _enter(External(number, slide, says, source))


def _enter(new: Row | External) -> None:
    lecture_of(new.number)
    if new.number in ROWS:
        raise ValueError(f"there is a row {new.number} already: {ROWS[new.number].slide}")
    ROWS[new.number] = new


def lecture_of(number: str) -> str:
    """The lecture of a row: "004" for "4.5". A letter may follow where a row has parts ("4.5b")."""
    if (found := _NUMBER.fullmatch(number)) is None:
        raise ValueError(f"{number!r} is no row: they look like 4.5 (lecture 004, row 5)")
    return f"00{found[1]}"


def load(lecture: str | None = None) -> dict[str, Row | External]:
    """The rows of a lecture, or of all: those of the lecture_*.py beside this file, in order."""
    for path in sorted(Path(__file__).parent.glob(f"lecture_{lecture or ''}*.py")):
        importlib.import_module(f".{path.stem}", __package__)
    chosen = [row for row in ROWS.values() if lecture in (None, row.lecture)]
    return {row.number: row for row in sorted(chosen, key=lambda row: row.lecture)}


def labelled(value: Any, printed: bool = False) -> dict[str, Any]:
    """A row's result as a dictionary of plain values; one value alone has the label ""."""
    values = value if isinstance(value, dict) else {"": value}
    if printed:  # texts stay texts, also within lists
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    return {label: plain(v) for label, v in values.items()}


def filled(text: str, result: dict[str, Any]) -> str:
    """The text with {label}, {label:.3f} and {label[0, 3]} filled from the result."""

    def fill(found: re.Match[str]) -> str:
        name, colon, form = found[1].rpartition(":")
        readings = [(found[1], "")] + ([(name, form)] if colon else [])  # labels may have colons
        for field, spec in readings:
            index = re.fullmatch(r"(.*)\[([-\d, ]+)\]", field)
            if field in result:
                value = result[field]
            elif index is not None and index[1] in result:
                value = entry(result[index[1]], tuple(int(i) for i in index[2].split(",")))
            else:
                continue
            return format(value, spec) if spec else in_text(value)
        raise ValueError(f"the text names {{{found[1]}}}, but the result has {list(result)}")

    return inspect.cleandoc(re.sub(r"\{([^{}]*)\}", fill, text))


def counts(verdicts: list[str]) -> str:
    """ "61 OK, 9 WRONG, ...", in the order of VERDICTS."""
    counted = Counter(verdicts)
    return ", ".join(f"{counted[v]} {v}" for v in VERDICTS if counted[v])
