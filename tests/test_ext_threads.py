"""The threads of the C++ extension: the same bits from any number, also after a fork."""

import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

_ext = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")


@pytest.fixture
def threads():
    """The setting, put back afterwards."""
    before = _ext.get_num_threads()
    yield _ext
    _ext.set_num_threads(before)


def results(seed=0):
    """The three functions on a problem with enough work to start threads, as bytes."""
    rng = np.random.default_rng(seed)
    x, w, g = (
        rng.standard_normal(shape).astype(np.float32)
        for shape in ((3, 16, 30, 31), (20, 16, 3, 3), (3, 20, 30, 31))
    )
    settings = (1, 1), (1, 1), (1, 1), 1  # stride, padding, dilation, groups
    return [
        _ext.conv_forward(x, w, None, (30, 31), *settings).tobytes(),
        _ext.conv_input_gradient(g, w, None, (30, 31), *settings).tobytes(),
        _ext.conv_weight_gradient(x, g, (3, 3), *settings).tobytes(),
    ]


def test_the_thread_count_does_not_change_a_bit(threads):
    threads.set_num_threads(1)
    alone = results()
    for n in (2, 3, 5, 16, 64):
        threads.set_num_threads(n)
        assert results() == alone


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs Linux's list of threads")
def test_threads_are_started_once_and_kept():
    """With four threads a process has three more after the first call, and no more after others."""
    program = """
import os, sys
sys.path.insert(0, sys.argv[1])
import test_ext_threads as t
count = lambda: len(os.listdir("/proc/self/task"))
t._ext.set_num_threads(4)
before = count()
t.results()
after_one = count()
for seed in range(20):
    t.results(seed)
print(after_one - before, count() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, os.path.dirname(__file__)],
        capture_output=True, text=True, timeout=120,
    )
    assert done.stdout.split() == ["3", "3"], done.stderr


@pytest.mark.parametrize("value, error", [
    (0, ValueError), (-1, ValueError), (4097, ValueError), (2**40, ValueError), (2**80, ValueError),
    (True, TypeError), (2.0, TypeError), ("2", TypeError), (None, TypeError),
], ids=str)
def test_wrong_thread_counts_are_refused(threads, value, error):
    before = threads.get_num_threads()
    with pytest.raises(error, match="number of threads"):
        threads.set_num_threads(value)
    assert threads.get_num_threads() == before


def test_thread_counts_are_remembered(threads):
    for n in (1, 7, np.int32(3), 4096):
        threads.set_num_threads(n)
        assert threads.get_num_threads() == n == threads.build_info()["threads"]


def run(code, **environment):
    """What a fresh Python prints, which must end well."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("setting, expected", [
    ("3", 3), ("5,2", 5), ("0", None), ("-2", None), ("two", None), ("37x", None), ("", None),
    ("99999999999999999999", None),
])
def test_omp_num_threads_is_the_default(setting, expected):
    code = (
        "from minicnn import _ext; import os\n"
        "usable = getattr(os, 'sched_getaffinity', lambda _: range(os.cpu_count()))(0)\n"
        "print(_ext.get_num_threads(), len(usable))"
    )
    got, usable = map(int, run(code, OMP_NUM_THREADS=setting).split())
    assert got == (expected or usable)


def _compare(expected, answer):
    answer.put(results() == expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs an operating system with fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # forking is the point here
def test_a_forked_child_can_go_on(threads):
    threads.set_num_threads(4)
    expected = results()  # the parent has run threads
    context = multiprocessing.get_context("fork")
    answer = context.Queue()
    child = context.Process(target=_compare, args=(expected, answer))
    child.start()
    try:
        assert answer.get(timeout=30)
    finally:
        child.join(5)
        if child.is_alive():
            child.kill()
    assert child.exitcode == 0


def test_two_python_threads_at_once(threads):
    threads.set_num_threads(3)
    expected = [results(seed) for seed in range(2)]
    got = [[], []]

    def work(seed):
        got[seed] = [results(seed) for _ in range(5)]

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert got == [[expected[0]] * 5, [expected[1]] * 5]


def test_python_runs_while_a_loop_runs(threads):
    """The interpreter's lock is released during the loops.

    With a switch interval of minutes a Python thread gives up the lock only where it chooses to:
    if the call kept it, the main thread would wake up after the call's end.
    """
    threads.set_num_threads(1)
    x, w = np.ones((8, 32, 42, 42), np.float32), np.ones((64, 32, 3, 3), np.float32)
    started, done = threading.Event(), []

    def work():
        started.set()
        _ext.conv_forward(x, w, None, (40, 40), (1, 1), (0, 0), (1, 1), 1)
        done.append(True)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        worker = threading.Thread(target=work)
        worker.start()
        started.wait()
        awake_before_the_end = not done
        worker.join()
    finally:
        sys.setswitchinterval(before)
    assert awake_before_the_end and done
