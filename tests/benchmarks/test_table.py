"""Tables as text and as pictures, and what stands in them."""

import pytest

from benchmarks import machine, opponents, report
from benchmarks.harness import Measurement
from benchmarks.report import Layout, Part
from benchmarks.table import Column, Table, at_least_one, at_most_one, percent, short


def test_numbers_are_short():
    assert [short(v) for v in (1234.5, 12.34, 1.234, 0.01234)] == ["1234", "12.3", "1.23", "0.0123"]
    assert [percent(v) for v in (1.5, 0.567, 0.096, 0.0123, 0.00004)] == [
        "150%", "57%", "10%", "1%", "0.004%",
    ]  # fmt: skip


def test_a_table_as_text_and_as_a_picture(tmp_path):
    columns = [Column("layer"), Column("kernel"), Column("ms", "forward"),
               Column("ratio", "forward", at_least_one), Column("error")]  # fmt: skip
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


def test_what_a_good_ratio_is():
    assert at_least_one(1.0) and not at_least_one(0.99)
    assert at_most_one(1.0) and not at_most_one(1.01)


def measurement(ours, theirs, error):
    """Our and a rival's seconds, round by round."""
    none = {"cpp": [0.0] * len(ours), "tuned": [0.0] * len(ours)}
    errors = {"cpp": {"y": error, "gx": error / 10}, "tuned": {"y": 0.0}}
    return Measurement({"cpp": ours, "tuned": theirs}, none, errors, set())


def part():
    seen = {
        "large": measurement([1.0, 2.0, 4.0], [4.0, 4.0, 4.0], 1e-6),  # ratios 4, 2, 1
        "small": measurement([0.1, 0.1, 0.1], [0.05, 0.05, 0.05], 2e-6),
    }
    return Part("forward", ["cpp"], seen, {"large": 100e9, "small": 20e9}, least=["large"])


def test_rows_have_medians_of_ratios_and_shares_of_the_peak():
    layout = Layout(["tuned"], rates=True, peak=250e9, errors=("y", "gx"))
    assert report.rows(part(), layout) == [
        ["large", "cpp", "2000", "4000", "2.00", "50.0", "20%", "1.0e-06", "1.0e-07"],
        ["small", "cpp", "100", "50.0", "0.500", "200", "80%", "2.0e-06", "2.0e-07"],
        ["geometric mean", "cpp", "", "", "1.00", "", "", "", ""],
        ["slowest", "cpp", "", "", "0.500", "", "", "", ""],
        ["least of large", "cpp", "", "", "", "", "20%", "", ""],
    ]
    assert all(len(row) == len(layout.columns) for row in report.rows(part(), layout))


def test_columns_that_say_nothing_are_left_out():
    rows = report.rows(part(), Layout(["tuned"], rates=True, peak=None))
    assert rows[0] == ["large", "cpp", "2000", "4000", "2.00", "50.0", "1.0e-06"]
    rows = report.rows(part(), Layout(["tuned"]))
    assert rows[1] == ["small", "cpp", "100", "50.0", "0.500", "2.0e-06"]
    assert report.rows(part(), Layout([]))[0] == ["large", "cpp", "2000", "1.0e-06"]


def test_the_notes_say_what_the_figures_do_not():
    one = part()
    one.measured["small"].errors["tuned"]["y"] = 3e-7
    one.measured["small"].restless.add("cpp")
    known = {"tuned": opponents.PYTORCH["tuned"]}
    layout = Layout(["tuned"], rates=True, peak=250e9)
    lines = report.notes([one], layout, known, {"gone": "why"}, 2, 1, "the truth", 1e-5)
    text = "\n".join(lines)
    assert "share of 250 GFLOP/s" in text
    assert "own worst: tuned 3.0e-07" in text
    assert "rounds: 3, over 1 start(s)" in text
    assert "left out: gone: why." in text
    assert "WARNING: threads still ran at the end of samples of cpp" in text


def test_a_single_case_needs_no_mean():
    one = part()
    del one.measured["small"]
    assert [row[0] for row in report.rows(one, Layout(["tuned"]))] == ["large"]


def test_the_peak_is_a_rate_or_absent():
    peak = machine.multiply_add_peak(threads=1, samples=1)
    assert peak is None or peak > 0
    assert machine.cores() >= 1
    assert machine.processor() and "numpy " in machine.engine()
    assert machine.copy_bandwidth(threads=2, samples=1, mebibytes=1) > 0
