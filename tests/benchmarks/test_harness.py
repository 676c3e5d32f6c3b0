"""The race, which is never timed here: its order, its checks, its processes."""

import hashlib
import os
import threading

import numpy as np
import pytest

from benchmarks.harness import Rival, RivalError, WrongResult, ask, race
from benchmarks.worker import Work, Worker, change, wait_until_asleep


def quick(rivals, cases, **options):
    return race(rivals, cases, **{"threads": 1, "warm": 1e-4, "sample": 1e-4, **options})


def test_rivals_take_turns_over_several_starts(plain):
    rivals = [
        Rival("truth", plain.double, timed=False),
        Rival("adds", plain.double),
        Rival("multiplies", plain.double, {"how": "multiply"}),
        Rival("chatters", plain.chatters),
    ]
    seen = quick(rivals, {"small": 10, "large": 1000}, rounds=5, starts=2, tolerance=0.0)
    assert list(seen) == ["small", "large"]
    for one in seen.values():
        assert one.rounds == 5
        assert list(one.seconds) == ["adds", "multiplies", "chatters"]
        for name, seconds in one.seconds.items():
            assert len(seconds) == len(one.page_faults[name]) == 5
            assert min(seconds) > 0
        assert one.errors == {n: {"y": 0.0} for n in ("adds", "multiplies", "chatters")}
        assert one.error("adds") == 0.0
        assert one.ratios("adds", "multiplies").shape == (5,)


def test_a_wrong_result_stops_the_race_before_the_timing(plain):
    rivals = [Rival("truth", plain.double), Rival("wrong", plain.wrong)]
    with pytest.raises(WrongResult, match=r"y of wrong .* 5\.0e-02 before the timing"):
        quick(rivals, {"case": 10}, rounds=1, tolerance=1e-3)


def test_a_result_kept_from_call_to_call_is_found_after_the_timing(plain):
    rivals = [Rival("truth", plain.double), Rival("remembers", plain.remembers)]
    with pytest.raises(WrongResult, match="y of remembers .* after the timing"):
        quick(rivals, {"case": 10}, rounds=1, tolerance=1e-3)


@pytest.mark.parametrize(
    "make, message", [("fails", "loser.*no such layer"), ("dies", "loser.*ended with code 3")]
)
def test_a_rival_that_fails_is_named(plain, make, message):
    rivals = [Rival("fine", plain.double), Rival("loser", getattr(plain, make))]
    with pytest.raises(RivalError, match=r"(?s)" + message):
        quick(rivals, {"case": 10}, rounds=1)


def test_a_small_budget_leaves_three_rounds(plain):
    rivals = [Rival("a", plain.double), Rival("b", plain.double)]
    seen = quick(rivals, {"case": 10}, rounds=50, starts=2, budget=1e-9)
    assert seen["case"].rounds == 3


def test_each_process_has_its_own_environment(plain, monkeypatch):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "5")  # must not tune every rival unawares
    tuned = Rival("tuned", plain.double, environment={"MALLOC_TRIM_THRESHOLD_": "7"})
    plainly = Rival("plain", plain.double)
    assert ask(tuned, 3, plain.environment, "MALLOC_TRIM_THRESHOLD_") == "7"
    assert ask(plainly, 3, plain.environment, "MALLOC_TRIM_THRESHOLD_") is None
    assert ask(plainly, 3, plain.environment, "OMP_NUM_THREADS") == "3"


@pytest.mark.parametrize("option", ["rounds", "starts", "threads"])
def test_numbers_below_one_are_refused(plain, option):
    with pytest.raises(ValueError, match="at least 1"):
        quick([Rival("a", plain.double)], {"case": 10}, **{"rounds": 1, option: 0})


def test_two_rivals_of_one_name_are_refused(plain):
    with pytest.raises(ValueError, match="names of their own"):
        quick([Rival("a", plain.double), Rival("a", plain.wrong)], {"case": 10}, rounds=1)


def test_inputs_change_in_place_exactly_and_return():
    x = np.arange(1.0, 11.0).reshape(2, 5)
    seen, memory = [x.copy()], x.ctypes.data
    for step in range(6):
        change(x, step)
        assert not any(np.array_equal(x, other) for other in seen[1:])
        seen.append(x.copy())
    assert x.ctypes.data == memory
    np.testing.assert_array_equal(seen[3], -seen[0])
    np.testing.assert_array_equal(seen[6], seen[0])


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="thread states are Linux's")
def test_a_thread_at_work_is_waited_for():
    # hashlib lets go of the interpreter's lock, so that thread runs beside this one.
    work = threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha256", b"a", b"b", 1_000_000))
    work.start()
    assert not wait_until_asleep(limit=0.02)
    work.join()
    assert wait_until_asleep(limit=10.0)


def test_inputs_change_by_index_whatever_their_order_in_memory():
    plain = np.arange(1.0, 121.0).reshape(2, 3, 4, 5)
    last = np.empty((2, 4, 5, 3)).transpose(0, 3, 1, 2)  # channels last in memory
    last[...] = plain
    for step in range(4):
        change(plain, step)
        change(last, step)
        np.testing.assert_array_equal(last, plain)


def test_what_calls_change_is_put_back_before_each_sample():
    worker, calls, x = Worker(), [], np.ones(4)
    worker.work = Work(lambda: calls.append(x.copy()), [x], dict, calls.clear)
    for step in range(3):
        worker.sample(warm=0, calls=5)
        assert len(calls) == 5
        assert np.flatnonzero(calls[0] < 0).size == (2, 3, 4)[step]


def test_work_is_what_rivals_return(plain):
    work = plain.double(3)
    assert isinstance(work, Work)
    np.testing.assert_array_equal(work.results()["y"], [2.0, 4.0, 6.0])
