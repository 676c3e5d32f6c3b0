"""The pool that the C++ kernels' results lie in: blocks come back, are reused, and are bounded."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import minicnn as mc
from minicnn import config

_ext = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")

NAMES = {"bytes_in_use", "bytes_cached", "bytes_peak", "blocks_fresh", "blocks_reused"}
MB = 1 << 20


def large(megabytes=4):
    """A result of the extension that lies in the pool."""
    return _ext.copy(np.ones(megabytes * MB // 8))


def in_use():
    return mc.memory_stats()["bytes_in_use"]


def test_the_stats_have_these_names_and_are_ints():
    stats = mc.memory_stats()
    assert set(stats) == NAMES
    assert all(type(value) is int and value >= 0 for value in stats.values())
    assert "bytes_in_use" in mc.memory_stats.__doc__


def test_without_the_extension_all_are_zero(monkeypatch):
    monkeypatch.setattr(config, "_extension", lambda: None)
    assert mc.memory_stats() == dict.fromkeys(NAMES, 0)
    assert mc.empty_cache() is None


def test_a_block_returns_when_its_array_dies():
    before = in_use()
    array = large()
    assert before + 4 * MB <= in_use() <= before + 5 * MB
    del array
    assert in_use() == before


def test_views_keep_their_block():
    before = in_use()
    array = large()
    view = array[1000:1010].reshape(2, 5)
    del array
    mc.empty_cache()
    assert in_use() >= before + 4 * MB
    np.testing.assert_array_equal(view, 1)
    del view
    assert in_use() == before


def test_a_block_is_used_again():
    array = large()
    address, reused = array.ctypes.data, mc.memory_stats()["blocks_reused"]
    del array
    again = _ext.copy(np.zeros(4 * MB // 8 - 100))  # a little smaller
    assert again.ctypes.data == address
    assert mc.memory_stats()["blocks_reused"] == reused + 1
    np.testing.assert_array_equal(again, 0)


def test_two_arrays_never_share_a_block():
    rng = np.random.default_rng(0)
    kept = []
    for k in range(200):
        kept.append((k, _ext.copy(np.full(rng.integers(5_000, 400_000), float(k)))))
        if len(kept) > 20:
            kept.pop(rng.integers(len(kept)))
        for value, array in kept:
            assert array[0] == array[-1] == value
    for value, array in kept:
        np.testing.assert_array_equal(array, value)


def test_small_results_are_left_to_numpy():
    before = mc.memory_stats()
    array = _ext.copy(np.ones(100))
    assert mc.memory_stats() == before and array.flags.owndata


def test_pooled_arrays_are_ordinary_arrays():
    array = large()
    assert array.flags.writeable and array.flags.aligned and array.flags.c_contiguous
    assert array.ctypes.data % 64 == 0
    array += 1
    assert array.sum() == 2 * array.size
    assert not array.copy().base and type(array) is np.ndarray


def test_arrays_may_die_in_other_threads():
    before = in_use()
    arrays = [large(1) for _ in range(20)]

    def drop():
        while arrays:
            try:
                arrays.pop()
            except IndexError:
                return

    threads = [threading.Thread(target=drop) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert in_use() == before


def test_scratch_is_given_back_when_a_kernel_ends_or_fails():
    before = in_use()
    x, w = np.ones((4, 32, 40, 40), np.float32), np.ones((32, 32, 3, 3), np.float32)
    settings = (1, 1), (1, 1), (1, 1), 1
    y = _ext.conv_forward(x, w, None, (40, 40), *settings)
    assert in_use() - before <= 1.2 * y.nbytes
    del y
    with pytest.raises(ValueError, match="groups"):
        _ext.conv_forward(x, w, None, (40, 40), (1, 1), (1, 1), (1, 1), 5)
    assert in_use() == before


def test_what_lies_unused_is_bounded():
    """Blocks of ever other sizes: used and cached stay within memory_stats()'s bound."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        large_one = _ext.copy(np.ones(int(rng.integers(1, 60) * MB // 8)))
        del large_one
        stats = mc.memory_stats()
        total = stats["bytes_in_use"] + stats["bytes_cached"]
        most = max(stats["bytes_peak"] * 5 // 4, stats["bytes_in_use"] + 64 * MB)
        # (a block that is given back after the last fresh one was measured when it was in use)
        assert total <= most + 68 * MB
        assert stats["bytes_in_use"] <= stats["bytes_peak"]


needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's /proc")

RESIDENT = """
import numpy as np
from minicnn import _ext
import minicnn as mc

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
"""


def run(program):
    done = subprocess.run([sys.executable, "-c", RESIDENT + program], capture_output=True,
                          text=True, timeout=3000)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


@needs_linux
@pytest.mark.parametrize("count, numbers", [(4, 16 << 17), (400, 40_000)], ids=["large", "small"])
def test_empty_cache_lowers_resident_memory(count, numbers):
    """Large blocks are mapped, small ones lie in the C library's heap: both go back."""
    before, full, kept, emptied = run(f"""
source = np.ones({numbers})
_ext.copy(source)
mc.empty_cache()
print(resident())
arrays = [_ext.copy(source) for _ in range({count})]
print(resident())
del arrays
print(resident())
mc.empty_cache()
print(resident())
assert mc.memory_stats()["bytes_cached"] == 0
""")
    size = count * numbers * 8
    assert full - before > 0.9 * size
    assert kept - before > 0.2 * size  # given back to the pool, most of it not to the system
    assert emptied - before < 0.1 * size


@needs_linux
def test_steps_of_changing_shapes_leave_the_process_no_larger():
    """The pool, NumPy's memory and the C library's together.

    By hand, ten thousand: MINICNN_STEPS=10000 python -m pytest tests/test_memory_pool.py -k steps
    """
    settled, later = run("""
import os
from minicnn import functional as F, nn, optim

steps = int(os.environ.get("MINICNN_STEPS", 600))
rng = np.random.default_rng(0)
model = nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    nn.Linear(16, 10),
)
optimiser = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for step in range(steps):
    N, H, W = rng.integers(1, 17), rng.integers(8, 49), rng.integers(8, 49)
    if step == 0:
        N, H, W = 16, 48, 48  # the largest of all
    x = mc.tensor(rng.standard_normal((N, 3, H, W)).astype(np.float32))
    labels = mc.tensor(rng.integers(0, 10, N))
    optimiser.zero_grad()
    F.cross_entropy(model(x), labels).backward()
    optimiser.step()
    if step == steps // 3:
        print(resident())
print(resident())
""")
    assert later - settled < 12 * MB
