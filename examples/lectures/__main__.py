"""Runs the five lectures: what each slide prints, what the engine computes, and the verdict.

    python examples/lectures                  all five lectures
    python examples/lectures 002              one lecture
    python examples/lectures 4.5 2.20         rows: one of lecture 004, one of lecture 002
    python examples/lectures --list           what there is
    python examples/lectures 004 --out DIR    draws the pictures of lecture 004 into DIR, too
    python examples/lectures --markdown       prints the page docs/lectures.md

Rows stand in the order of the slides, which their numbers do not follow. Each is a short function
of lecture_000.py .. lecture_004.py, to be read beside the slide. "slide" is what the slide prints,
"formula" what its formula gives as it is printed, "engine" what minicnn computes; docs/lectures.md
says what the verdicts mean.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from collections.abc import Container, Sequence
from pathlib import Path

if not __package__:  # run by its path: `lectures` is to be found, and not its files
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lectures import page, report, rows

Chosen = list[rows.Row | rows.External]


def main(argv: Sequence[str] | None = None) -> int:
    start = time.perf_counter()
    options = parser()
    given = options.parse_args(argv)
    every = rows.load()
    if given.out is not None:
        make_folder(options, given.out, every)
    try:
        chosen = choose(every, given.which)
    except ValueError as error:
        options.error(str(error))
    if given.list:
        list_rows(chosen)
    elif given.markdown:
        print(page.page(chosen, {row.lecture: title(row.lecture) for row in chosen}))
    else:
        verdicts = run_rows(chosen)
        rows_ = "1 row" if len(chosen) == 1 else f"{len(chosen)} rows"
        print(f"\n{rows_} in {time.perf_counter() - start:.1f} s: "
              f"{rows.counts(verdicts)}")
    if given.out is not None:
        draw(chosen, given.out)
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python examples/lectures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "which", nargs="*", metavar="LECTURE|ROW",
        help="a lecture such as 002 or a row such as 4.5, as many as wanted (default: all)",
    )
    instead = made.add_mutually_exclusive_group()
    instead.add_argument(
        "--list", action="store_true", help="name the rows instead of running them"
    )
    instead.add_argument(
        "--markdown", action="store_true", help="print them as the page docs/lectures.md"
    )
    made.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder in which to save the rows' pictures"
    )
    return made


def make_folder(options: argparse.ArgumentParser, folder: Path, every: Container[str]) -> None:
    """Makes it before any work begins, for later it would be a pity."""
    if str(folder) in every:
        options.error(f"argument --out: {folder} is a row, not a folder; try {folder} --out out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        options.error(f"argument --out: the folder {folder} cannot be made: {error}")
    if not os.access(folder, os.W_OK):
        options.error(f"argument --out: the folder {folder} cannot be written to")


def choose(every: dict[str, rows.Row | rows.External], which: Sequence[str]) -> Chosen:
    """The rows that are named, in the order of the slides; all where none is."""
    lectures = sorted({row.lecture for row in every.values()})
    wanted: set[str] = set()
    for name in which:
        if "." in name:
            found = {n for n in every if n == name or n.rstrip("abcdefghij") == name}
            of_lecture = [n for n in every if n.partition(".")[0] == name.partition(".")[0]]
            there = (
                f"lecture {every[of_lecture[0]].lecture} has {', '.join(of_lecture)}"
                if of_lecture
                else f"the lectures are {', '.join(lectures)}"
            )
            what = "row"
        else:
            found = {n for n, row in every.items() if row.lecture == name.zfill(3)}
            what, there = "lecture", f"there are {', '.join(lectures)}, and rows such as 4.5"
        if not found:
            raise ValueError(f"there is no {what} {name!r}; {there}")
        wanted |= found
    return [row for n, row in every.items() if not which or n in wanted]


def list_rows(chosen: Chosen) -> None:
    lecture = ""
    for row in chosen:
        if row.lecture != lecture:
            lecture = row.lecture
            print(f"\n{title(lecture)}")
        notes = []
        if isinstance(row, rows.External):
            notes.append("external")
        elif row.picture:
            notes.append(f"picture {report.picture_name(row.picture)}")
        print(f"  {row.number:6}{row.slide}" + "".join(f"  [{note}]" for note in notes))


def run_rows(chosen: Chosen) -> list[str]:
    """Runs the rows and prints them; returns their verdicts."""
    verdicts, lecture = [], ""
    for row in chosen:
        if row.lecture != lecture:
            lecture = row.lecture
            print(f"\n{title(lecture)}\n{'=' * report.WIDTH}")
        if isinstance(row, rows.External):
            verdicts.append("EXTERNAL")
            print(report.of_external(row))
        else:
            answer = row.run()
            verdicts.append(answer.verdict)
            print(report.of_row(row, answer))
    return verdicts


def title(lecture: str) -> str:
    """The first line of the lecture's file."""
    module = importlib.import_module(f"lectures.lecture_{lecture}")
    return (module.__doc__ or "").strip().splitlines()[0]


def draw(chosen: Chosen, folder: Path) -> None:
    """Saves each picture that the rows name, once: pictures/<file>.py has the functions."""
    named = [row.picture for row in chosen if isinstance(row, rows.Row) and row.picture]
    if not named:
        print("none of these rows has a picture")
        return
    from support.picture import save  # here: only pictures need matplotlib

    for picture in dict.fromkeys(named):
        file, _, function = picture.partition(".")
        figure = getattr(importlib.import_module(f"lectures.pictures.{file}"), function)()
        save(figure, folder / report.picture_name(picture))


if __name__ == "__main__":
    try:
        status = main()
    except BrokenPipeError:  # `... | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    raise SystemExit(status)
