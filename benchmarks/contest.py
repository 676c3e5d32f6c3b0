"""A command that lets this engine and its rivals race over cases, from its options to its table."""

from __future__ import annotations

import argparse
import dataclasses
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
    """Cases under one heading, which of our contenders run them, and the large ones among them."""

    heading: str
    cases: Mapping[str, object]
    ours: Callable[[str], bool] = lambda name: True
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
    warm        seconds of calls before a sample that do not count, and
    sample      seconds of those that do
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
    warm: float = 0.03
    sample: float = 0.06
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
        peak = self.peak(options) if self.flops else None
        parts = [
            part
            for mine, groups in self.heats(options, list(ours))
            for part in self.heat(mine, groups, [*theirs, *(ours[n] for n in mine)], options)
        ]
        if not parts:
            raise RivalError("nothing of ours is left to measure: " + "; ".join(absent.values()))
        if peak:  # once more: the first time something else may have been running
            peak = max(peak, self.peak(options) or peak)
        layout = Layout(names, self.flops is not None, peak, self.errors, self.case)
        notes = report.notes(
            parts, layout, self.known, absent, options.threads, options.starts, self.truth[1],
            self.tolerance,
        ) + self.notes(options) + self.place(options, names, busy)  # fmt: skip
        return report.table(self.title, parts, layout, notes)

    def place(
        self, options: argparse.Namespace, names: Sequence[str], busy: float | None
    ) -> list[str]:
        packages = dict.fromkeys(p for name in names for p in self.known[name].needs)
        return report.place(options.threads, busy, options.command, packages)

    def heats(
        self, options: argparse.Namespace, ours: Sequence[str]
    ) -> list[tuple[list[str], list[Group]]]:
        """Groups of cases that the same of our contenders run, so that processes start once."""
        found: list[tuple[list[str], list[Group]]] = []
        for group in self.groups(options):
            mine = [name for name in ours if group.ours(name)]
            cases = {name: group.cases[name] for name in options.cases if name in group.cases}
            if not mine or not cases:
                continue
            if not found or found[-1][0] != mine:
                found.append((mine, []))
            found[-1][1].append(dataclasses.replace(group, cases=cases))
        return found

    def heat(
        self,
        mine: Sequence[str],
        groups: Sequence[Group],
        rivals: Sequence[Rival],
        options: argparse.Namespace,
    ) -> list[Part]:
        """One race over the cases of all groups; a part of the table for each."""
        keys = [{name: f"{group.heading} {name}".strip() for name in group.cases}
                for group in groups]  # fmt: skip
        cases = {
            key: group.cases[name]
            for group, named in zip(groups, keys, strict=True) for name, key in named.items()
        }  # fmt: skip
        flops = self.flops(cases, options.threads) if self.flops else {}
        measured = self.race(cases, rivals, options)
        return [
            Part(
                group.heading, mine, {name: measured[key] for name, key in named.items()},
                {name: flops[key] for name, key in named.items() if key in flops}, group.least,
            )
            for group, named in zip(groups, keys, strict=True)
        ]  # fmt: skip

    def race(
        self, cases: Mapping[str, object], rivals: Sequence[Rival], options: argparse.Namespace
    ) -> dict[str, Measurement]:
        settings = {"threads": options.threads, **self.truth[0]}
        truth = Rival(TRUTH, engines.pytorch, settings, ALLOCATOR_TUNED, timed=False)
        return race(
            [truth, *rivals], cases, threads=options.threads, rounds=options.rounds,
            starts=options.starts, warm=options.warm if options.tiny else self.warm,
            sample=options.sample if options.tiny or options.quick else self.sample,
            budget=options.budget, tolerance=self.tolerance, seed=options.seed, report=cli.say,
        )  # fmt: skip

    def peak(self, options: argparse.Namespace) -> float | None:
        return machine.multiply_add_peak(options.threads, samples=1 if options.tiny else 7)

    def main(self, argv: Sequence[str] | None = None) -> int:
        options = self.options(argv)
        return cli.finish(functools.partial(self.run, options), options.out)


def declared_flops(cases: Mapping[str, object], threads: int) -> dict[str, float]:
    """Operations of cases that know their own."""
    return {name: case.operations for name, case in cases.items()}
