"""The benchmarks' machinery: figures from made-up numbers, and races that are never timed here."""

import hashlib
import os
import sys
import threading

import numpy as np
import pytest

from benchmarks import conv, machine
from benchmarks.figures import geometric_mean, ratios, relative_error, spread
from benchmarks.harness import Rival, RivalError, WrongResult, ask, race
from benchmarks.layers import LAYERS, SHRUNKEN
from benchmarks.table import Column, Table, percent, short
from benchmarks.worker import Work, change, wait_until_asleep

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


def quick(rivals, cases, **options):
    return race(rivals, cases, **{"threads": 1, "warm": 1e-4, "sample": 1e-4, **options})


# Figures ----------------------------------------------------------------------------------------


def test_a_ratio_is_taken_within_its_round():
    theirs, ours = [2.0, 8.0, 3.0], [1.0, 2.0, 6.0]
    np.testing.assert_array_equal(ratios(theirs, ours), [2.0, 4.0, 0.5])
    # The median of the ratios, which is not the ratio of the medians (3 / 2).
    assert np.median(ratios(theirs, ours)) == 2.0


def test_the_geometric_mean_balances_twice_and_half():
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)
    assert geometric_mean([1.0, 10.0, 100.0]) == pytest.approx(10.0)


def test_the_spread_is_half_the_quartiles_distance():
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(1 / 3)
    assert spread([7.0]) == 0.0


def test_the_relative_error_is_in_the_l2_norm():
    truth = np.array([3.0, 4.0])
    assert relative_error(np.array([3.0, 4.5]), truth) == pytest.approx(0.1)
    assert relative_error(truth.reshape(1, 2), truth) == float("inf")
    assert relative_error(np.array([3.0, np.nan]), truth) == float("inf")
    assert relative_error(np.zeros(2), np.zeros(2)) == 0.0


# The harness ------------------------------------------------------------------------------------


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
        assert one.errors == {"adds": 0.0, "multiplies": 0.0, "chatters": 0.0}
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


# The table and the layers -----------------------------------------------------------------------


def test_numbers_are_short():
    assert [short(v) for v in (1234.5, 12.34, 1.234, 0.01234)] == ["1234", "12.3", "1.23", "0.0123"]
    assert [percent(v) for v in (1.5, 0.567, 0.096, 0.0123, 0.00004)] == [
        "150%", "57%", "10%", "1%", "0.004%",
    ]  # fmt: skip


def test_a_table_as_text_and_as_a_picture(tmp_path):
    columns = [Column("layer"), Column("kernel"), Column("ms", "forward"),
               Column("ratio", "forward", ratio=True), Column("error")]  # fmt: skip
    rows = [["a", "cpp", "1.25", "2.00", "1e-7"], "Others", ["b", "direct", "10.0", "0.50", "2e-7"]]
    table = Table("A title", columns, rows, ["a note"])
    lines = table.text().splitlines()
    assert lines[0] == "A title"
    assert "forward" in lines[2]
    assert lines[3].split() == ["layer", "kernel", "ms", "ratio", "error"]
    assert lines[5].split() == rows[0]
    assert lines[7] == "Others"
    assert lines[8].split() == rows[2]
    assert lines[-1] == "a note"
    assert len({len(lines[i]) for i in (3, 4, 5, 8)}) == 1  # columns line up

    pytest.importorskip("matplotlib", reason="only the picture needs it")
    table.picture(tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")


def test_shrunken_layers_keep_what_makes_the_layer():
    assert list(LAYERS) == list(SHRUNKEN)
    for name, layer in LAYERS.items():
        small = SHRUNKEN[name]
        assert (small.A, small.stride, small.padding) == (layer.A, layer.stride, layer.padding)
        assert small.flops <= 2 * 200_000  # triples that plain Python visits in a moment


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_the_arrays_that_it_says(name):
    layer = SHRUNKEN[name]
    x, w, g = layer.arrays()
    again, _, _ = layer.arrays("float64")
    np.testing.assert_array_equal(x, again)  # the same numbers for every rival and precision
    padded = layer.H + 2 * layer.padding
    assert (layer.P - 1) * layer.stride + layer.A <= padded  # the last window fits
    assert layer.P * layer.stride + layer.A > padded  # and the next one would not
    assert layer.flops == 2 * g.size * w[0].size
    assert x.dtype == w.dtype == g.dtype == np.float32


# The command ------------------------------------------------------------------------------------


def test_without_pytorch_the_command_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(conv.importlib.util, "find_spec", lambda name: None)
    assert conv.main(["--quick"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and "pip install torch" in err


@pytest.mark.parametrize("bad", [["--rounds", "0"], ["--threads", "-1"], ["--layers", "nosuch"]])
def test_bad_options_are_refused(bad):
    with pytest.raises(SystemExit) as stop:
        conv.main(bad)
    assert stop.value.code == 2


def test_the_command_end_to_end(capsys, tmp_path):
    pytest.importorskip("torch", reason="the rival")
    pytest.importorskip("matplotlib", reason="only the picture needs it")
    command = ["--quick", "--kernels", "im2col", "direct", "--layers", "lenet2", "--rounds", "1"]
    picture = tmp_path / "table.png"
    assert conv.main([*command, "--threads", "1", "--out", str(picture)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("lenet2") for line in lines) == 2
    assert sum(line.startswith("geometric mean") for line in lines) == 2
    assert any(line.startswith("Shrunken layers") for line in lines)
    assert picture.stat().st_size > 1000


def test_the_peak_is_a_rate_or_absent():
    peak = machine.multiply_add_peak(threads=1, samples=1)
    assert peak is None or peak > 0
    assert machine.cores() >= 1
    assert machine.processor() and machine.versions()


def test_work_is_what_rivals_return(plain):
    work = plain.double(3)
    assert isinstance(work, Work)
    np.testing.assert_array_equal(work.results()["y"], [2.0, 4.0, 6.0])
