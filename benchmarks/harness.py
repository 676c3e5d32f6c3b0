"""How a figure comes about: rivals take turns, and only ratios within a turn are trusted.

A processor's speed drifts with its clock, its temperature and what else runs. So:

- each rival has a process of its own (`worker.py`) and the same number of threads: in one process
  they would share a heap and a thread pool and tune each other;
- a round is one sample of each rival, in an order drawn anew; the baton passes in well under 2 ms,
  since a machine that slept for longer begins again at half its speed;
- a sample is about 30 ms of warm calls that do not count, then the calls that do; its holder waits
  until its threads sleep before it passes the baton on;
- the inputs change in place before each sample, so nothing can be kept from call to call, and the
  results are compared with a float64 reference before and after the timing;
- the figure is the median, over rounds, of rival's time / our time within the round (above 1: we
  are faster). The pages that a process happens to get can change a time by half, so the rounds
  are spread over several starts of all processes.
"""

from __future__ import annotations

import os
import pickle
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .figures import ratios, relative_error
from .worker import Sample, Work

# glibc: never give memory back to the system, so that no call pays for fresh pages again.
ALLOCATOR_TUNED = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 34),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
}
# These only bound the number of threads; every rival gets the same bound.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class RivalError(RuntimeError):
    """A rival's process raised an exception or ended."""


class WrongResult(RuntimeError):
    """A rival's result is further from the reference than the tolerance allows."""


@dataclass(frozen=True)
class Rival:
    """One contender.

    make          a function at the top of an importable module: `make(case, **options)` -> `Work`
    options       its other arguments
    environment   variables set for its process only
    timed         False: a reference, used to check results and never timed
    """

    name: str
    make: Callable[..., Work]
    options: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    timed: bool = True


@dataclass
class Measurement:
    """What was seen of one case: by rival's name, one entry a round (one in all for `errors`)."""

    seconds: dict[str, list[float]]
    page_faults: dict[str, list[float]]
    errors: dict[str, dict[str, float]]  # relative L2, by result: the worse of before and after
    restless: set[str]  # rivals whose threads did not fall asleep in time

    @property
    def rounds(self) -> int:
        return len(next(iter(self.seconds.values())))

    def ratios(self, theirs: str, ours: str) -> np.ndarray:
        return ratios(self.seconds[theirs], self.seconds[ours])

    def error(self, name: str) -> float:
        """The worst relative L2 error of any of a rival's results."""
        return max(self.errors[name].values())


# Processes ------------------------------------------------------------------------------------


class Process:
    """A rival's process, and the two pipes by which the baton goes there and back."""

    def __init__(self, rival: Rival, threads: int) -> None:
        self.rival = rival
        environment = dict(os.environ)
        # It must find what we find, wherever we were started from.
        environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(p) for p in sys.path)
        environment.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
        for name in ALLOCATOR_TUNED:  # whoever starts us has not tuned all rivals unawares
            environment.pop(name, None)
        environment.update(rival.environment)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )  # fmt: skip

    def send(self, method: str, *arguments: object) -> None:
        try:
            pickle.dump((method, arguments), self.child.stdin)
            self.child.stdin.flush()
        except BrokenPipeError:
            pass  # receive() says what became of it

    def receive(self) -> object:
        try:
            fine, value = pickle.load(self.child.stdout)
        except EOFError:
            code = self.child.wait()
            raise RivalError(f"{self.rival.name}: its process ended with code {code}") from None
        if not fine:
            raise RivalError(f"{self.rival.name}: {value}")
        return value

    def do(self, method: str, *arguments: object) -> object:
        self.send(method, *arguments)
        return self.receive()

    def close(self) -> None:
        """End the process; it has nothing to save."""
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass


def ask(rival: Rival, threads: int, function: Callable[..., object], *arguments: object) -> object:
    """The function's answer from a process such as the rival gets, which then ends."""
    process = Process(rival, threads)
    try:
        return process.do("ask", function, *arguments)
    finally:
        process.close()


# The race -------------------------------------------------------------------------------------


def race(
    rivals: Sequence[Rival],
    cases: Mapping[str, object],
    *,
    threads: int,
    rounds: int,
    starts: int = 1,
    warm: float = 0.03,
    sample: float = 0.06,
    budget: float = float("inf"),
    tolerance: float = float("inf"),
    seed: int = 0,
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Measurement]:
    """Let the rivals run the cases in turns; returns what was measured by the cases' names.

    The first rival is the reference that results are compared with. `rounds` are shared out over
    `starts` new sets of processes. `warm` and `sample` are seconds of calls before and in a
    sample. A case whose rounds would take longer than `budget` seconds gets fewer (and is left out
    of later starts), but three at least. Raises `WrongResult` for an error above `tolerance`,
    `RivalError` for a rival that fails.
    """
    if rounds < 1 or starts < 1 or threads < 1:
        raise ValueError(
            f"rounds, starts and threads must be at least 1, got {rounds}, {starts}, {threads}"
        )
    names = [rival.name for rival in rivals]
    if len(set(names)) != len(names):
        raise ValueError(f"rivals need names of their own, got {names}")
    timed = [rival.name for rival in rivals if rival.timed]
    dice = random.Random(seed)
    measured = {
        case: Measurement({n: [] for n in timed}, {n: [] for n in timed}, {}, set())
        for case in cases
    }
    starts = min(starts, rounds)
    spent = dict.fromkeys(cases, 0.0)
    for start in range(starts):
        share = rounds // starts + (start < rounds % starts)
        processes: dict[str, Process] = {}
        try:
            for rival in rivals:
                processes[rival.name] = Process(rival, threads)
            for name, case in cases.items():
                had = measured[name].rounds
                least = min(share, max(1, 3 - had))
                if had >= 3 and spent[name] >= budget:
                    continue
                _prepare(case, processes)
                _compare(name, processes, measured[name], tolerance, "before")
                began = time.perf_counter()  # what came before may have been a compiler's work
                plan = _plan(processes, warm, sample)
                each = sum(p.seconds for p in plan.values())
                count = int(max(least, min(share, (budget - spent[name]) / each)))
                _take_turns(count, plan, processes, measured[name], dice)
                _compare(name, processes, measured[name], tolerance, "after")
                spent[name] += time.perf_counter() - began
                report(f"start {start + 1} of {starts}: {name}, {count} rounds")
        finally:
            for process in processes.values():
                process.close()
    return measured


@dataclass(frozen=True)
class Plan:
    """A rival's sample of one case: seconds of warm calls, timed calls, and how long all takes."""

    warm: float
    calls: int
    seconds: float


def _prepare(case: object, processes: Mapping[str, Process]) -> None:
    """All at the same time: nothing is timed yet, and engines take their time to be imported."""
    for process in processes.values():
        process.send("prepare", process.rival.make, case, dict(process.rival.options))
    for process in processes.values():
        process.receive()


def _plan(processes: Mapping[str, Process], warm: float, sample: float) -> dict[str, Plan]:
    """How each timed rival fills its sample, from a first look at how long a call takes."""
    plan = {}
    for name, process in processes.items():
        if process.rival.timed:
            once: float = process.do("calibrate")
            calls = max(1, round(sample / once))
            # A call ten times as long as the warm-up needs none: that would be a tenth of it.
            warming = warm if once < 10 * warm else 0.0
            plan[name] = Plan(warming, calls, warming + calls * once)
    return plan


def _take_turns(
    rounds: int,
    plan: Mapping[str, Plan],
    processes: Mapping[str, Process],
    seen: Measurement,
    dice: random.Random,
) -> None:
    """The rounds of one case: what they show is added to `seen`."""
    order = list(plan)
    for _ in range(rounds):
        dice.shuffle(order)
        for name in order:
            one: Sample = processes[name].do("sample", plan[name].warm, plan[name].calls)
            seen.seconds[name].append(one.seconds)
            seen.page_faults[name].append(one.page_faults)
            if not one.asleep:
                seen.restless.add(name)
    for process in processes.values():
        if not process.rival.timed:
            process.do("change_inputs", rounds)  # catch up with the samples' changes


def _compare(
    name: str, processes: Mapping[str, Process], seen: Measurement, tolerance: float, when: str
) -> None:
    """Hold every rival's results against the first one's."""
    reference, *others = processes.values()
    truth = reference.do("results")
    for process in others:
        rival = process.rival.name
        results = process.do("results")
        if results.keys() != truth.keys():
            raise WrongResult(
                f"{name}: {rival} returned {sorted(results)}, the reference {sorted(truth)}"
            )
        for key, result in results.items():
            error = relative_error(result, truth[key])
            if not error <= tolerance:
                raise WrongResult(
                    f"{name}: {key} of {rival} has a relative L2 error of {error:.1e} {when} the "
                    f"timing, above the tolerance of {tolerance:.1e}"
                )
            errors = seen.errors.setdefault(rival, {})
            errors[key] = max(error, errors.get(key, 0.0))
