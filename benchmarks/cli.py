"""What the commands have in common: their options, and how they end."""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from . import machine
from .harness import RivalError, WrongResult
from .opponents import Opponent
from .table import Table


def say(line: str) -> None:
    """A line of progress: tables go to standard output, all else to standard error."""
    print(line, file=sys.stderr, flush=True)


def parser(command: str, about: str | None) -> argparse.ArgumentParser:
    """A parser with the options that every command has."""
    made = argparse.ArgumentParser(
        prog=f"python -m benchmarks{command and '.' + command}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("--threads", type=int, default=2, help="of every rival (default 2)")
    add("--rounds", type=int, help="samples of each rival in each case")
    add("--starts", type=int, help="new processes that the rounds are shared over")
    add(
        "--quick",
        action="store_true",
        help="few cases and rounds: shows that it works, not how fast it is",
    )
    add("--tiny", action="store_true", help="shrunken cases, for the tests of these commands")
    return made


def add_cases(made: argparse.ArgumentParser, names: Iterable[str]) -> None:
    made.add_argument(
        "--cases",
        nargs="+",
        metavar="C",
        help=f"those whose names contain one of these (default: all of {' '.join(names)})",
    )


def add_rivals(
    made: argparse.ArgumentParser, known: Mapping[str, Opponent], usual: Sequence[str]
) -> None:
    made.add_argument(
        "--rivals",
        nargs="+",
        choices=known,
        metavar="R",
        default=list(usual),
        help=f"of {' '.join(known)} (default: {' '.join(usual)})",
    )


def add_race(made: argparse.ArgumentParser) -> None:
    """The options of commands that let rivals race."""
    made.add_argument(
        "--budget",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="slow cases get fewer rounds, to take about this long (default 30)",
    )
    made.add_argument("--seed", type=int, default=0, help="of the order within the rounds")
    made.add_argument(
        "--isa",
        choices=machine.LIMITS,
        help="keep this engine and PyTorch to an older instruction set (default: the machine's)",
    )


def add_out(made: argparse.ArgumentParser) -> None:
    made.add_argument("--out", metavar="PNG", help="also save the table as a picture")


def read(
    made: argparse.ArgumentParser, argv: Sequence[str] | None, rounds: int = 24, starts: int = 4
) -> argparse.Namespace:
    """The options, with the defaults that depend on others; wrong ones end the program."""
    options = made.parse_args(argv)
    hasty = options.quick or options.tiny
    if options.rounds is None:
        options.rounds = 3 if hasty else rounds
    if options.starts is None:
        options.starts = 1 if hasty else starts
    options.warm = 1e-4 if options.tiny else 0.03
    options.sample = 1e-4 if options.tiny else 0.02 if options.quick else 0.06
    if hasty and "budget" in options:
        options.budget = min(options.budget, 2.0)
    for name in ("threads", "rounds", "starts"):
        if getattr(options, name) < 1:
            made.error(f"--{name} must be at least 1, got {getattr(options, name)}")
    if getattr(options, "isa", None):
        machine.limit_to(options.isa)
    given = sys.argv[1:] if argv is None else argv
    options.command = shlex.join(["python", "-m", *made.prog.split()[2:], *given])
    return options


def chosen(
    made: argparse.ArgumentParser, asked: Sequence[str] | None, names: Sequence[str]
) -> list[str]:
    """The names that contain one of those asked for; all where nothing was asked for.

    A name that is there as it stands means that one alone.
    """
    if not asked:
        return list(names)
    found = []
    for part in asked:
        matches = [part] if part in names else [name for name in names if part in name]
        if not matches:
            made.error(f"no case is called {part!r}; there are {', '.join(names)}")
        found += matches
    return [name for name in names if name in found]


def finish(run: Callable[[], Table], out: str | None, needs_torch: bool = True) -> int:
    """Run, print the table, save its picture; the program's exit status."""
    if needs_torch and importlib.util.find_spec("torch") is None:
        say("PyTorch, the rival, is not installed: pip install torch (the CPU build is enough)")
        return 2
    try:
        table = run()
    except (RivalError, WrongResult) as error:
        say(f"stopped: {error}")
        return 1
    print(table.text())
    if out:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        table.picture(out)
        say(f"saved {out}")
    return 0
