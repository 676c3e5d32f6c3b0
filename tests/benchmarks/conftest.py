"""Rivals in plain Python, so that the harness is tested without an engine."""

import sys

import pytest

RIVALS = '''
"""Rivals in plain Python, found by the processes that the harness starts."""
import os
import numpy as np
from benchmarks.worker import Work

def double(case, how="add"):
    x = np.arange(1, case + 1, dtype=float)
    call = (lambda: x + x) if how == "add" else (lambda: 2 * x)
    return Work(call, [x], lambda: {"y": call()})

def remembers(case):
    x = np.arange(1, case + 1, dtype=float)
    y = 2 * x
    return Work(lambda: y, [x], lambda: {"y": y})

def wrong(case):
    x = np.arange(1, case + 1, dtype=float)
    return Work(lambda: 2.1 * x, [x], lambda: {"y": 2.1 * x})

def fails(case):
    raise KeyError("no such layer")

def dies(case):
    os._exit(3)

def chatters(case):
    print("something on standard output", flush=True)
    return double(case)

def environment(name):
    return os.environ.get(name)
'''


@pytest.fixture
def plain(tmp_path, monkeypatch):
    """A module with the rivals above, importable here and, by sys.path, in their processes."""
    (tmp_path / "plain_rivals.py").write_text(RIVALS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "plain_rivals", raising=False)
    import plain_rivals

    return plain_rivals
