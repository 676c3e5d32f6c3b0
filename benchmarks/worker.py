"""The process that one rival runs in: it waits for a request, does it, answers, and sleeps.

`harness.py` starts one of these for each rival (`python -m benchmarks.worker`) and hands the
baton round: whoever has a request to answer is the only process at work, and before it answers it
waits until its own threads sleep. So no rival is timed while the threads of the last one still
spin (OpenBLAS's do for about 100 ms after a matrix product).

Requests and answers are pickles on standard input and output; what a rival prints goes to
standard error.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

TASKS = "/proc/self/task"


@dataclass
class Work:
    """What a rival does for one case.

    call      does it once: this is what is timed
    inputs    the arrays that it reads, in the order that all rivals share
    results   does it once and returns what came out, by name
    reset     puts back what calls change (a training step's weights); asked for before a sample
    """

    call: Callable[[], object]
    inputs: list[np.ndarray]
    results: Callable[[], dict[str, np.ndarray]]
    reset: Callable[[], None] = lambda: None


@dataclass
class Sample:
    """One timed sample: seconds and page faults a call; whether the threads slept at its end."""

    seconds: float
    page_faults: float
    asleep: bool


def change(array: np.ndarray, step: int) -> None:
    """Negate every third number of the array, in place, beginning elsewhere at each step.

    Exact, so all rivals keep equal inputs; no new memory; the size of the numbers stays. Numbers
    are counted in the order of the indices, whatever their order in memory (channels last, say).
    """
    third = slice(step % 3, None, 3)
    if array.flags.c_contiguous:
        numbers = array.reshape(-1)
        np.negative(numbers[third], out=numbers[third])
    else:
        array.flat[third] = -array.flat[third]


def threads_at_work() -> int:
    """How many threads of this process, other than the calling one, run or want to (Linux)."""
    me, busy = str(threading.get_native_id()), 0
    for task in os.listdir(TASKS):
        try:
            with open(f"{TASKS}/{task}/stat") as file:
                # "pid (name) state ...": the name may hold blanks and brackets.
                state = file.read().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
        busy += task != me and state == "R"
    return busy


def wait_until_asleep(limit: float = 2.0) -> bool:
    """Wait until all other threads of this process sleep, at most `limit` seconds.

    Their state tells; their processor time would not, as it is counted at ticks only. Where there
    is no /proc, a nap has to do. Returns whether they sleep.
    """
    if not os.path.isdir(TASKS):
        time.sleep(min(limit, 0.15))
        return True
    end = time.perf_counter() + limit
    quiet = 0
    while quiet < 2:  # twice in a row: a thread may be on its way from one lock to the next
        if time.perf_counter() > end:
            return False
        quiet = 0 if threads_at_work() else quiet + 1
    return True


def page_faults() -> int:
    """Page faults of this process so far: how often the system had to hand it fresh memory."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


class Worker:
    """The requests that a rival's process answers: one method each."""

    def __init__(self) -> None:
        self.work: Work | None = None
        self.step = 0

    def prepare(self, make: Callable[..., Work], case: object, options: dict) -> None:
        """Build the work for a case: `make(case, **options)`. What was there before is freed."""
        self.work = None
        self.work, self.step = make(case, **options), 0

    def change_inputs(self, steps: int = 1) -> None:
        for _ in range(steps):
            for array in self.work.inputs:
                change(array, self.step)
            self.step += 1
        self.work.reset()

    def results(self) -> dict[str, np.ndarray]:
        """What the rival computes from the inputs as they are now."""
        return {name: np.array(array) for name, array in self.work.results().items()}

    def calibrate(self, least: float = 0.03) -> float:
        """Roughly how many seconds a call takes, from calls that take `least` seconds together."""
        start = time.perf_counter()
        self.work.call()
        once = time.perf_counter() - start
        if once > 10 * least:  # slow enough that a first, cold call says it
            return once
        calls, start = 0, time.perf_counter()
        while calls == 0 or time.perf_counter() - start < least:
            self.work.call()
            calls += 1
        return (time.perf_counter() - start) / calls

    def sample(self, warm: float, calls: int) -> Sample:
        """Change the inputs, run `warm` seconds of calls that do not count, then time `calls`."""
        self.change_inputs()
        call = self.work.call
        end = time.perf_counter() + warm
        while time.perf_counter() < end:
            call()
        faults, start = page_faults(), time.perf_counter()
        for _ in range(calls):
            call()
        seconds = time.perf_counter() - start
        return Sample(seconds / calls, (page_faults() - faults) / calls, asleep=True)

    def ask(self, function: Callable[..., object], *arguments: object) -> object:
        """Call any function in this process, for versions and the like."""
        return function(*arguments)


def main() -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # from here on, what is printed goes to standard error
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the harness's: it closes our input
    worker = Worker()
    while True:
        try:
            method, arguments = pickle.load(requests)
        except EOFError:
            return
        except Exception:  # the request names a module that is not there, say
            answer = (False, traceback.format_exc())
        else:
            try:
                answer = (True, getattr(worker, method)(*arguments))
            except Exception:
                answer = (False, traceback.format_exc())
        asleep = wait_until_asleep()
        if isinstance(answer[1], Sample):
            answer[1].asleep = asleep
        pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    # `-m` calls this file __main__; requests and answers are to know it by its own name.
    from benchmarks import worker

    worker.main()
