"""The threads of the C++ extension: the same bits from any number, also after a fork.

(tests/test_living_together.py: forks, Ctrl-C and other libraries, seen from minicnn.)
"""

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


# N, C, O, H, W, kernel: both of Winograd's ways for large and small filters, also with some images
# after the others, and what it leaves.
CONVOLUTIONS = [(3, 16, 20, 30, 31, 3), (1, 150, 160, 9, 12, 3), (2, 250, 240, 6, 7, 3),
                (5, 70, 110, 48, 71, 3), (4, 3, 8, 25, 24, 5), (2, 40, 70, 14, 14, 1)]


def convolutions(shapes, seed=0):
    """The three functions by both algorithms, on problems with enough work to start threads."""
    rng = np.random.default_rng(seed)
    for N, C, O, H, W, k in shapes:
        x, w, g = (
            rng.standard_normal(shape).astype(np.float32)
            for shape in ((N, C, H, W), (O, C, k, k), (N, O, H, W))
        )
        settings = (1, 1), (k // 2, k // 2), (1, 1), 1  # stride, padding, dilation, groups
        for algorithm in ("winograd", "direct"):
            yield _ext.conv_forward(x, w, None, (H, W), *settings, algorithm)
            yield _ext.conv_input_gradient(g, w, None, (H, W), *settings, algorithm)
            yield _ext.conv_weight_gradient(x, g, (k, k), *settings, algorithm)


def layers(seed=0):
    """What stands round the convolutions."""
    rng = np.random.default_rng(seed)
    x, g = rng.standard_normal((2, 8, 24, 100, 60)).astype(np.float32)
    c = rng.standard_normal((4, 24)).astype(np.float32)
    pool = (3, 3), (2, 2), (1, 1), (1, 1)  # kernel, stride, padding, dilation
    y, mask = _ext.relu(x, True)
    yield from (y, mask, _ext.relu_gradient(g, mask), _ext.copy(x), _ext.add(x, g))
    yield from (_ext.scale(x, 0.3), _ext.dropout(x, 7, 2**31, 2.0))
    yield from (_ext.sum(x, 0, 1), _ext.sum(x, 1, 2), _ext.sum(x, 2, 4), _ext.sum(x, 4, 4))
    y, winner = _ext.max_pool(x, pool[0], (50, 30), *pool[1:])
    yield from (y, winner, _ext.max_pool_take(x, winner, pool[0], (50, 30), *pool[1:]))
    yield _ext.max_pool_put(y, winner, (100, 60), *pool)
    yield _ext.sum_pool(x, 0.1, pool[0], (50, 30), *pool[1:])
    yield _ext.spread_pool(y, 0.1, (100, 60), *pool)
    yield _ext.batch_norm(x, *c[:3])
    yield from _ext.batch_norm_train(x, c[0], c[1], 1e-5)
    yield from _ext.batch_norm_sums(g, x, c[0], c[1])
    yield from _ext.batch_norm_gradient(g, x, c[0], c[1], c[2])
    labels = rng.integers(0, 24, (8, 100, 60))
    losses, rows = _ext.cross_entropy(x, labels, -100)
    yield from (losses, _ext.cross_entropy_gradient(losses, x, labels, -100, rows))
    a, b = rng.standard_normal((300, 200)), rng.standard_normal((200, 310))
    yield from (_ext.matmul(a, b), _ext.concatenate((x, g), 1), *_ext.split(x, (10, 14), 1))
    p, v, s = x.copy(), g.copy(), np.abs(g)
    _ext.add_to(p, g)
    _ext.sgd(p, g, v, 0.1, 0.9, 0.0, 0.01, True)
    _ext.adam(p, g, v, s, None, 3, 0.1, 0.9, 0.99, 1e-8, 0.01, True)
    yield from (p, v, s)


def results(seed=0, shapes=CONVOLUTIONS[:1]):
    return [array.tobytes() for array in convolutions(shapes, seed)]


@pytest.mark.parametrize("work", [lambda: results(0, CONVOLUTIONS),
                                  lambda: [array.tobytes() for array in layers()]],
                         ids=["convolutions", "layers"])
def test_the_thread_count_does_not_change_a_bit(threads, work):
    threads.set_num_threads(1)
    alone = work()
    assert work() == alone  # nor does the second call
    for n in (2, 3, 5, 16, 64):
        threads.set_num_threads(n)
        assert work() == alone, f"{n} threads"


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
    ("3", 3), ("5,2", 5), (" 3 ", 3), ("3 ,2", 3),
    ("0", None), ("-2", None), ("two", None), ("37x", None), ("", None),
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
    expected = [results(0), [array.tobytes() for array in layers(1)]]
    got = [[], []]

    def work(mine):
        for _ in range(5):
            got[mine].append([results(0), [array.tobytes() for array in layers(1)]][mine])

    workers = [threading.Thread(target=work, args=(mine,)) for mine in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert got == [[expected[0]] * 5, [expected[1]] * 5]


def test_the_count_may_change_while_another_thread_computes(threads):
    expected, stop, wrong = results(0), threading.Event(), []

    def work():
        while not stop.is_set():
            if results(0) != expected:
                wrong.append(True)

    worker = threading.Thread(target=work)
    worker.start()
    for n in list(range(1, 9)) * 5:
        threads.set_num_threads(n)
        assert results(0) == expected
    stop.set()
    worker.join()
    assert not wrong


LONG_CALLS = {
    "conv_forward": lambda x: _ext.conv_forward(
        x.reshape(8, 32, 64, 64), np.ones((64, 32, 3, 3)), None, (62, 62), (1, 1), (0, 0), (1, 1), 1
    ),
    "matmul": lambda x: _ext.matmul(x.reshape(1024, 1024), x.reshape(1024, 1024)),
    "batch_norm_train": lambda x: _ext.batch_norm_train(
        np.tile(x, 8).reshape(64, 32, 64, 64), np.ones(32), np.ones(32), 1e-5
    ),
    "max_pool": lambda x: _ext.max_pool(
        x.reshape(8, 32, 64, 64), (9, 9), (56, 56), (1, 1), (0, 0), (1, 1)
    ),
    "adam": lambda x: _ext.adam(
        *np.ones((4, 4 * x.size)), None, 1, 0.1, 0.9, 0.99, 1e-8, 0.0, False
    ),
}


@pytest.mark.parametrize("name", LONG_CALLS)
def test_python_runs_while_a_loop_runs(threads, name):
    """The interpreter's lock is released during the loops.

    With a switch interval of minutes a Python thread gives up the lock only where it chooses to:
    if the call kept it, the main thread would wake up after the call's end.
    """
    threads.set_num_threads(1)
    x = np.ones(1 << 20)
    started, done = threading.Event(), []

    def work():
        started.set()
        LONG_CALLS[name](x)
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
