"""From measurements to a table: one row a case and contender of ours, then a summary."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from . import engines, machine
from .figures import geometric_mean, spread
from .harness import ALLOCATOR_TUNED, Measurement, Rival, ask
from .opponents import Opponent
from .table import Column, Table, at_least_one, percent, short


@dataclass
class Part:
    """Rows under one heading: cases, what was measured of them, and who stood for us.

    flops    operations of each case, where counting them says something
    least    cases whose least share of the peak gets a line of its own
    """

    heading: str
    ours: Sequence[str]
    measured: Mapping[str, Measurement]
    flops: Mapping[str, float] = field(default_factory=dict)
    least: Sequence[str] = ()


@dataclass
class Layout:
    """What columns a table has beside our time and the rivals'."""

    rivals: Sequence[str]
    rates: bool = False  # GFLOP/s
    peak: float | None = None  # operations a second; with `rates`, the share of it
    errors: Sequence[str] = ()  # results whose errors are shown one by one; else the worst
    case: str = "case"

    @property
    def columns(self) -> list[Column]:
        times = [Column(title, "ms") for title in ("ours", *self.rivals)]
        ratios = [Column(name, "theirs / ours", at_least_one) for name in self.rivals]
        rates = [Column("GFLOP/s")] * self.rates + [Column("peak")] * self.shares
        errors = [Column(key, "error") for key in self.errors] or [Column("error")]
        return [Column(self.case), Column("ours is"), *times, *ratios, *rates, *errors]

    @property
    def shares(self) -> bool:
        return self.rates and self.peak is not None

    def row(self, **cells: Sequence[str]) -> list[str]:
        """A row from the cells of its groups; a group that is not given stays empty."""
        widths = {
            "names": 2, "times": 1 + len(self.rivals), "ratios": len(self.rivals),
            "rates": self.rates + self.shares, "errors": len(self.errors) or 1,
        }  # fmt: skip
        blank = {group: [""] * width for group, width in widths.items()}
        return [cell for group in (blank | cells).values() for cell in group]


def rows(part: Part, layout: Layout) -> list[list[str]]:
    """A row for each case and contender, then each contender's summary."""
    table = []
    for case, seen in part.measured.items():
        for ours in part.ours:
            seconds = [float(np.median(seen.seconds[name])) for name in (ours, *layout.rivals)]
            rates = []
            if layout.rates:
                rate = part.flops[case] / seconds[0]
                rates = [short(rate / 1e9)]
                rates += [percent(rate / layout.peak)] if layout.shares else []
            found = seen.errors[ours]
            errors = [f"{found[key]:.1e}" if key in found else "" for key in layout.errors]
            table.append(
                layout.row(
                    names=[case, ours],
                    times=[short(1e3 * s) for s in seconds],
                    ratios=[short(ratio(seen, name, ours)) for name in layout.rivals],
                    rates=rates,
                    errors=errors or [f"{seen.error(ours):.1e}"],
                )
            )
    return table + summary(part, layout)


def ratio(seen: Measurement, theirs: str, ours: str) -> float:
    """The figure: the median over rounds of their time / our time within the round."""
    return float(np.median(seen.ratios(theirs, ours)))


def summary(part: Part, layout: Layout) -> list[list[str]]:
    """Geometric mean and slowest case of each contender, and its least share of the peak."""
    lines: list[tuple[str, Callable]] = [("geometric mean", geometric_mean), ("slowest", min)]
    table = []
    if len(part.measured) > 1:
        for label, statistic in lines:
            for ours in part.ours:
                means = [
                    short(statistic([ratio(seen, name, ours) for seen in part.measured.values()]))
                    for name in layout.rivals
                ]
                table.append(layout.row(names=[label, ours], ratios=means))
    least = [case for case in part.least if case in part.measured]
    if least and layout.shares:
        for ours in part.ours:
            share = min(
                part.flops[case] / float(np.median(part.measured[case].seconds[ours]))
                for case in least
            ) / layout.peak  # fmt: skip
            label = f"least of {', '.join(least)}"
            table.append(layout.row(names=[label, ours], rates=["", percent(share)]))
    return table


def table(title: str, parts: Sequence[Part], layout: Layout, notes: Sequence[str]) -> Table:
    made = Table(title, layout.columns, notes=list(notes))
    for part in parts:
        made.rows += [part.heading] * bool(part.heading)
        made.rows += rows(part, layout)
    return made


def notes(
    parts: Sequence[Part],
    layout: Layout,
    opponents: Mapping[str, Opponent],
    absent: Mapping[str, str],
    threads: int,
    starts: int,
    truth: str,
    tolerance: float,
) -> list[str]:
    """What must be known to read the table."""
    every = [seen for part in parts for seen in part.measured.values()]
    counts = sorted({seen.rounds for seen in every})
    rounds = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    spreads = [
        spread(seen.ratios(name, ours))
        for part in parts for seen in part.measured.values()
        for ours in part.ours for name in layout.rivals
    ] or [0.0]  # fmt: skip
    about = "; ".join(f"{name}: {opponents[name].about}" for name in layout.rivals)
    names = dict.fromkeys([*(name for part in parts for name in part.ours), *layout.rivals])
    faults = {
        name: np.mean([np.median(s.page_faults[name]) for s in every if name in s.page_faults])
        for name in names
    }
    faulty = ", ".join(f"{name} {count:.0f}" for name, count in faults.items())
    theirs = ", ".join(
        f"{name} {max(seen.error(name) for seen in every):.1e}" for name in layout.rivals
    )
    lines = [
        "ms: the median time of a call. theirs / ours: the rival's time / ours within a round, "
        f"median over rounds; above 1 we are faster. {about}.",
    ]
    tuned = [name for name in layout.rivals
             if ALLOCATOR_TUNED.items() <= opponents[name].environment.items()]
    if tuned:
        settings = ", ".join(f"{k}={v}" for k, v in ALLOCATOR_TUNED.items())
        lines.append(f"Allocator tuned ({', '.join(tuned)}): {settings}.")
    if layout.rates:
        lines.append(
            "GFLOP/s counts the definition's multiplications and additions, whatever the algorithm "
            "needs (padding counts like pixels). "
            + (
                f"peak: share of {layout.peak / 1e9:.0f} GFLOP/s, fused multiply-adds in registers "
                f"on {threads} threads, the best of two looks."
                if layout.peak
                else "No C compiler, so the peak was not measured."
            )
        )
    lines += [
        f"error: relative L2 against {truth}, of all results before and after the timing (above "
        f"{tolerance:.0e} the run stops). The rivals' own worst: {theirs}.",
        f"rounds: {rounds}, over {starts} start(s) of all processes; half of "
        f"the rounds lie within ±{np.median(spreads):.1%} of the median (worst line "
        f"±{max(spreads):.1%}). Page faults a call, mean over cases: {faulty}.",
        *(f"left out: {name}: {why}." for name, why in absent.items()),
    ]
    if restless := sorted(set().union(*(seen.restless for seen in every))):
        lines.append(f"WARNING: threads still ran at the end of samples of {', '.join(restless)}.")
    return lines


def place(
    threads: int, busy: float | None, command: str, packages: Iterable[str] = ("torch",)
) -> list[str]:
    """Where, with what and how it was measured; `packages` are those that the rivals stand on."""
    others = machine.versions(p for p in packages if p != "torch")
    facts = [others] * bool(others)
    if "torch" in packages:
        facts.insert(0, torch_facts(threads, *machine.limits()))
    lines = [
        f"machine: {machine.processor()}; {threads} threads each"
        + ("" if busy is None else f"; other programs kept {busy:.1f} cores busy at the start"),
        f"versions: {', '.join([machine.engine(), *facts])}",
        f"date: {date.today().isoformat()}; command: {command}",
    ]
    for isa in machine.limits():
        variables = ", ".join(f"{k}={v}" for k, v in machine.LIMITS[isa].items())
        lines.append(f"All kept to {isa}: {variables}.")
    if busy is not None and busy > 0.3:
        lines.append("WARNING: the machine was not idle; measure again when it is.")
    return lines


@functools.cache
def torch_facts(threads: int, *limits: str) -> str:
    """Under these limits. Asked for in a process of its own: this one never loads an engine."""
    return ask(Rival("facts", engines.pytorch), threads, engines.torch_facts)
