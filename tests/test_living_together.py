"""Forks, Ctrl-C, PyTorch and scikit-learn: minicnn in a process that has other things to do."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")

needs_fork = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="needs an operating system with fork"
)

TRAINING = """
import os, sys, threading, time
import numpy as np
import minicnn as mc
from minicnn import functional as F, nn, optim

def train(steps, seed=0):
    \"\"\"The weights after some steps, as bytes: enough work to wake threads.\"\"\"
    rng = np.random.default_rng(seed)
    mc.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
                          nn.MaxPool2d(2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
                          nn.Flatten(), nn.Linear(16 * 8 * 8, 10))
    optimiser = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x = mc.tensor(rng.standard_normal((16, 3, 16, 16)).astype(np.float32))
    labels = mc.tensor(rng.integers(0, 10, 16))
    for _ in range(steps):
        optimiser.zero_grad()
        F.cross_entropy(model(x), labels).backward()
        optimiser.step()
    return [p.numpy().tobytes() for p in model.parameters()]
"""


def run(program, timeout=120):
    done = subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c",
                           TRAINING + program], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


@needs_fork
def test_children_train_too_and_so_do_theirs():
    """multiprocessing by fork after parallel calls; each child forks once more."""
    assert run("""
import multiprocessing
context = multiprocessing.get_context("fork")
mc.set_num_threads(4)
expected = train(3)

def child(answers, depth):
    answers.put(train(3) == expected)
    if depth > 0:
        grandchild = context.Process(target=child, args=(answers, depth - 1))
        grandchild.start()
        grandchild.join(60)

answers = context.Queue()
children = [context.Process(target=child, args=(answers, 2)) for _ in range(2)]
for process in children: process.start()
print([answers.get(timeout=60) for _ in range(6)].count(True))
for process in children: process.join(60)
print(train(3) == expected, [process.exitcode for process in children].count(0))
""") == ["6", "True", "2"]


@needs_fork
def test_a_fork_while_other_threads_compute():
    """The child must not wait for a lock that one of the parent's other threads held."""
    assert run("""
mc.set_num_threads(3)
expected = train(2)
stop = threading.Event()

def work():
    while not stop.is_set():
        train(1)

workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers: worker.start()
right = 0
for _ in range(20):
    child = os.fork()
    if child == 0:
        os._exit(0 if train(2) == expected else 1)
    for _ in range(600):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            right += status == 0
            break
        time.sleep(0.05)
    else:
        os.kill(child, 9)
stop.set()
for worker in workers: worker.join()
print(right)
""") == ["20"]


INTERRUPTED = """
import signal
# A shell starts what it puts into the background with this signal ignored, and so its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Beside a training, a parameter of many numbers whose gradient is 1 everywhere: after any number of
# whole steps all of its numbers are the same.
p = nn.Parameter(np.zeros(3_000_000, np.float32))
optimiser = optim.SGD([p], lr=1.0)
print("ready", flush=True)
steps = 0
try:
    while True:
        train(1)
        optimiser.zero_grad()
        p.sum().backward()
        optimiser.step()
        steps += 1
except KeyboardInterrupt:
    print("stopped", flush=True)
values = np.unique(p.numpy())
print(len(values) == 1 and values[0] in (-steps, -steps - 1), flush=True)
print(train(2) == train(2), flush=True)  # and everything still works
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a signal as a terminal does")
def test_ctrl_c_stops_a_training_within_a_second_and_leaves_parameters_whole():
    waits = []
    for pause in (0.3, 0.37, 0.44):
        process = subprocess.Popen([sys.executable, "-c", TRAINING + INTERRUPTED], text=True,
                                   stdout=subprocess.PIPE)
        too_long = threading.Timer(60, process.kill)  # then the next line read is empty
        too_long.start()
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(pause)
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "stopped\n"
            waits.append(time.monotonic() - sent)
            assert process.stdout.read().split() == ["True", "True"]
            assert process.wait(60) == 0
        finally:
            too_long.cancel()
            process.kill()
            process.stdout.close()
    assert min(waits) < 1  # on a machine that is busy otherwise one of them may wait its turn


def test_pytorch_scikit_learn_and_minicnn_take_turns():
    """Each computes what it computes alone, and none changes the others' numbers of threads."""
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    assert run("""
import torch
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_info

def torch_step():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU(), torch.nn.Flatten(),
                                torch.nn.Linear(16 * 30 * 30, 10))
    model(torch.ones(8, 3, 32, 32)).square().mean().backward()
    return [p.grad.clone() for p in model.parameters()]

def scikit_step():
    points = np.random.default_rng(0).standard_normal((3000, 8))
    return KMeans(5, n_init=1, random_state=0).fit(points).cluster_centers_

def counts():
    \"\"\"The threads of every library but ours.\"\"\"
    libraries = [(one["prefix"], one["num_threads"]) for one in threadpool_info()]
    return libraries, torch.get_num_threads()

mc.set_num_threads(2)
torch.set_num_threads(2)
ours, theirs, centres = train(2), torch_step(), scikit_step()
before = counts()
for turn in range(6):
    mc.set_num_threads(1 + turn % 4)
    assert train(2) == ours
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(torch_step(), theirs))
    assert np.allclose(scikit_step(), centres)
    assert counts() == before
mc.set_num_threads(3)
torch.set_num_threads(1)
assert mc.get_num_threads() == 3 and torch.get_num_threads() == 1
assert train(2) == ours
print("right")

# All at once, each in a thread of its own.
right = []
def work(step, check):
    right.append(all(check(step()) for _ in range(4)))
workers = [
    threading.Thread(target=work, args=(lambda: train(2), lambda r: r == ours)),
    threading.Thread(target=work, args=(torch_step, lambda r: all(
        torch.allclose(a, b, atol=1e-6) for a, b in zip(r, theirs)))),
    threading.Thread(target=work, args=(scikit_step, lambda r: np.allclose(r, centres))),
]
for worker in workers: worker.start()
for worker in workers: worker.join()
print(right.count(True))
""", timeout=300) == ["right", "3"]


def test_numpy_arrays_that_outlive_everything_are_harmless_at_exit():
    """Blocks of the pool may be given back while the interpreter shuts down."""
    assert run("""
import atexit
kept = mc.functional.relu(mc.tensor(np.ones((64, 64, 64)))).numpy()
atexit.register(lambda: print(kept.sum()))
sys.kept = [kept[1:], kept.reshape(-1)]
print("done")
""") == ["done", str(np.ones((64, 64, 64)).sum())]
