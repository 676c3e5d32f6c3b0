"""Peak memory of the training steps: `python -m benchmarks.memory`.

How far a process's resident memory rises, in steps of `benchmarks.steps`, above where it stood
before the first one (network, weights and images already there): gradients, momentum, what the
backward pass keeps, scratch, and what an allocator or a library holds on to. One process for each
rival and network; the median over new processes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from . import cli, opponents, steps, training
from .contest import Contest
from .figures import geometric_mean
from .harness import Rival, RivalError, ask
from .table import Column, Table, at_most_one, short
from .worker import Work

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
CALLS = 5  # the second step already has all that stays: momentum, pools, compiled code
MiB = 2**20


def resident(field: str) -> int:
    """Bytes from the process's status: VmRSS, as it is, or VmHWM, the highest so far."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{STATUS} has no {field}")


def growth(make: Callable[..., Work], case: object, options: Mapping[str, object]) -> int:
    """Bytes by which resident memory peaks, during calls, above where it stood before them."""
    work = make(case, **options)
    before = resident("VmRSS")
    RESET.write_text("5")  # the highest so far becomes the present; what came before is forgotten
    for _ in range(CALLS):
        work.call()
    return resident("VmHWM") - before


def measured(
    cases: Mapping[str, object], rivals: Sequence[Rival], threads: int, starts: int
) -> dict[str, dict[str, float]]:
    """The median growth of each rival in each case, by case and rival."""
    found: dict[str, dict[str, float]] = {}
    for name, case in cases.items():
        found[name] = {}
        for rival in rivals:
            seen = [
                ask(rival, threads, growth, rival.make, case, dict(rival.options))
                for _ in range(starts)
            ]
            found[name][rival.name] = float(np.median(seen))
        cli.say(f"{name}, {starts} starts")
    return found


def table(
    found: Mapping[str, Mapping[str, float]], ours: Sequence[str], theirs: Sequence[str]
) -> Table:
    """A row for each network and contender of ours; then geometric mean and largest ratio."""
    columns = [Column("network"), Column("ours is")]
    columns += [Column(title, "MiB") for title in ("ours", *theirs)]
    columns += [Column(name, "ours / theirs", at_most_one) for name in theirs]
    rows = []
    for case, grown in found.items():
        for mine in ours:
            sizes = [grown[name] for name in (mine, *theirs)]
            ratios = [short(grown[mine] / grown[name]) for name in theirs]
            rows.append([case, mine, *(short(size / MiB) for size in sizes), *ratios])
    for label, statistic in (("geometric mean", geometric_mean), ("largest", max)):
        for mine in ours:
            ratios = [
                short(statistic([grown[mine] / grown[name] for grown in found.values()]))
                for name in theirs
            ]
            rows.append([label, mine, *[""] * (1 + len(theirs)), *ratios])
    return Table("Peak memory of training steps in float32", columns, rows)


def run(contest: Contest, options: argparse.Namespace) -> Table:
    if not RESET.exists():
        raise RivalError(f"peak memory is read from {RESET.parent}, which is Linux's")
    ours, absent = contest.ours(options)
    names, gone = opponents.present(options.rivals, contest.known)
    rivals = [contest.known[name].rival(name, options.threads) for name in names]
    cases = {name: training.steps(options.tiny)[name] for name in options.cases}
    found = measured(cases, [*ours.values(), *rivals], options.threads, options.starts)
    made = table(found, list(ours), names)
    about = "; ".join(f"{name}: {contest.known[name].about}" for name in names)
    made.notes = [
        f"MiB: how far resident memory peaks in {CALLS} steps above the state before the first "
        f"(network and images there), median of {options.starts} processes. Code that is first "
        f"touched by a step counts, for all. ours / theirs: below 1 we need less. {about}.",
        *(f"left out: {name}: {why}." for name, why in (absent | gone).items()),
        *contest.place(options, names, None),
    ]
    return made


def main(argv: Sequence[str] | None = None) -> int:
    made = cli.parser("memory", __doc__)
    names = list(training.steps())
    cli.add_cases(made, names)
    made.add_argument("--kernels", nargs="+", metavar="K", help="what stands for us (default auto)")
    cli.add_rivals(made, opponents.PYTORCH, opponents.USUAL)
    cli.add_out(made)
    options = cli.read(made, argv, rounds=1, starts=3)
    hasty = (options.quick or options.tiny) and not options.cases
    options.cases = ["lecture", "resnet20"] if hasty else cli.chosen(made, options.cases, names)
    return cli.finish(lambda: run(steps.CONTEST, options), options.out)


if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import memory

    sys.exit(memory.main())
