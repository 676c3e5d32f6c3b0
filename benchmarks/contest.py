"""A command that lets this engine and its rivals race over cases, from its options to its table."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from . import cli, engines, machine, opponents, report
from .harness import ALLOCATOR_TUNED, Measurement, Rival, RivalError, ask, race
from .opponents import Opponent
from .report import Layout, Part
from .table import Table

TRUTH = "the truth"


@dataclass(frozen=True)
class Group:
    """Cases under one heading, and the kernels that run them (None: all that were asked for)."""

    heading: str
    cases: Mapping[str, object]
    kernels: Sequence[str] | None = None
    least: Sequence[str] = ()


@dataclass(frozen=True)
class Contest:
    """What one command measures.

    groups      from the options to the cases; a case has `work(engine)` and a name as its key
    quick       the cases of --quick
    kernels     what stands for us unless --kernels says otherwise
    prepared    also with `mc.prepare`, as contenders of their own
    truth       the options of the PyTorch that results are compared with, and what it is called
    modes       whether --mode leaves out the gradients
    flops       from cases by name to their operations; None: GFLOP/s say nothing
    errors      results whose errors are shown one by one
    """

    command: str
    title: str
    about: str | None
    groups: Callable[[argparse.Namespace], list[Group]]
    quick: Sequence[str]
    kernels: Sequence[str] = ("auto",)
    prepared: bool = False
    known: Mapping[str, Opponent] = field(default_factory=lambda: opponents.PYTORCH)
    usual: Sequence[str] = opponents.USUAL
    truth: tuple[Mapping[str, object], str] = ({"dtype": "float64"}, "PyTorch in float64")
    tolerance: float = 1e-5
    modes: bool = False
    flops: Callable[[Mapping[str, object], int], Mapping[str, float]] | None = None
    errors: Sequence[str] = ()
    case: str = "case"
    notes: Callable[[argparse.Namespace], list[str]] = lambda options: []

    # Options ------------------------------------------------------------------------------------

    def options(self, argv: Sequence[str] | None) -> argparse.Namespace:
        made = cli.parser(self.command, self.about)
        if self.modes:
            made.add_argument(
                "--mode",
                choices=("fwd", "both"),
                default="both",
                help="forward only, or also forward with both gradients (default)",
            )
        every = argparse.Namespace(mode="both", tiny=False, quick=False)
        names = list(dict.fromkeys(n for group in self.groups(every) for n in group.cases))
        cli.add_cases(made, names)
        made.add_argument(
            "--kernels",
            nargs="+",
            metavar="K",
            help=f"what stands for us (default: those of {' '.join(self.kernels)} that are here); "
            "any of minicnn's kernels, auto, and pytorch for a second PyTorch in our place",
        )
        cli.add_rivals(made, self.known, self.usual)
        cli.add_race(made)
        cli.add_out(made)
        options = cli.read(made, argv)
        hasty = (options.quick or options.tiny) and not options.cases
        options.cases = list(self.quick) if hasty else cli.chosen(made, options.cases, names)
        return options

    # Contenders ---------------------------------------------------------------------------------

    def ours(self, options: argparse.Namespace) -> tuple[dict[str, Rival], dict[str, str]]:
        """Our contenders by name, and why others are left out. One asked for must be there."""
        kernels = list(dict.fromkeys(options.kernels or self.kernels))
        ready = [kernel for kernel in kernels if kernel != "pytorch"]
        missing: dict[str, str] = {}
        if ready:
            probe = Rival("minicnn", engines.minicnn)
            missing = ask(probe, options.threads, engines.minicnn_missing, ready, self.prepared)
        for kernel in kernels:
            if kernel in missing and options.kernels:
                raise RivalError(f"kernel {kernel!r} cannot be measured here: {missing[kernel]}")
        found = {}
        for kernel in (kernel for kernel in kernels if kernel not in missing):
            threads = {"threads": options.threads}
            if kernel == "pytorch":
                found[kernel] = Rival(kernel, engines.pytorch, threads, ALLOCATOR_TUNED)
                continue
            settings = {**threads, "kernel": kernel}
            found[kernel] = Rival(kernel, engines.minicnn, settings)
            if self.prepared and "prepared" not in missing:
                name = f"{kernel}, prepared"
                found[name] = Rival(name, engines.minicnn, {**settings, "prepared": True})
        return found, missing

    # The race -----------------------------------------------------------------------------------

    def run(self, options: argparse.Namespace) -> Table:
        ours, absent = self.ours(options)
        names, gone = opponents.present(options.rivals, self.known)
        absent |= gone
        for name, why in absent.items():
            cli.say(f"{name} is left out: {why}")
        theirs = [self.known[name].rival(name, options.threads) for name in names]
        busy = machine.busy_cores()
        peak = machine.multiply_add_peak(options.threads) if self.flops else None
        parts = []
        for group in self.groups(options):
            mine = [
                name for name in ours
                if group.kernels is None or name in (*group.kernels, "pytorch")
            ]  # fmt: skip
            cases = {name: group.cases[name] for name in options.cases if name in group.cases}
            if mine and cases:
                cli.say(group.heading)
                measured = self.race(cases, [*theirs, *(ours[name] for name in mine)], options)
                flops = self.flops(cases, options.threads) if self.flops else {}
                parts.append(Part(group.heading, mine, measured, flops, group.least))
        if not parts:
            raise RivalError("nothing of ours is left to measure: " + "; ".join(absent.values()))
        if peak:  # once more: the first time something else may have been running
            peak = max(peak, machine.multiply_add_peak(options.threads) or peak)
        layout = Layout(names, self.flops is not None, peak, self.errors, self.case)
        notes = report.notes(
            parts, layout, self.known, absent, options.threads, options.starts, self.truth[1],
            self.tolerance,
        ) + self.notes(options) + report.place(options.threads, busy, options.command)  # fmt: skip
        return report.table(self.title, parts, layout, notes)

    def race(
        self, cases: Mapping[str, object], rivals: Sequence[Rival], options: argparse.Namespace
    ) -> dict[str, Measurement]:
        settings = {"threads": options.threads, **self.truth[0]}
        truth = Rival(TRUTH, engines.pytorch, settings, ALLOCATOR_TUNED, timed=False)
        return race(
            [truth, *rivals], cases, threads=options.threads, rounds=options.rounds,
            starts=options.starts, warm=options.warm, sample=options.sample,
            budget=options.budget, tolerance=self.tolerance, seed=options.seed, report=cli.say,
        )  # fmt: skip

    def main(self, argv: Sequence[str] | None = None) -> int:
        options = self.options(argv)
        return cli.finish(functools.partial(self.run, options), options.out)


def declared_flops(cases: Mapping[str, object], threads: int) -> dict[str, float]:
    """Operations of cases that know their own."""
    return {name: case.operations for name, case in cases.items()}
