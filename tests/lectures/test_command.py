"""``python examples/lectures``: what it prints, what it refuses, from where it runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from lectures import __main__ as command
from lectures import rows
from lectures.rows import ROWS, External, load

LECTURES = Path(__file__).parents[2] / "examples" / "lectures"


def printed(capsys, *arguments):
    assert command.main([*arguments]) == 0
    return capsys.readouterr().out


def numbers(text):
    """The numbers of the rows that were printed, in order."""
    return re.findall(r"^(\d\.\d+[a-z]?) ", text, re.M)


def test_a_row_shows_slide_engine_verdict_and_why(capsys):
    text = printed(capsys, "1.8")
    assert numbers(text) == ["1.8"]
    assert "Lecture 001: Duke BME 590L" in text
    assert re.search(r"^1\.8 +ROC curve and confusion matrix: F1 Metric +WRONG$", text, re.M)
    assert re.search(
        r"F1 +formula \[0\.3333333  0\.2857143\] +engine \[0\.6666667  0\.5714286\]\n", text
    )
    assert "differ at [0]: 0.3333333 is printed, 0.6666667 comes out" in text
    assert re.search(r"F1 of a perfect model +formula 0\.5 +engine 1\n", text)
    assert "harmonic *mean*" in text
    assert re.search(r"\n1 row in \d+\.\d s: 1 WRONG\n$", text)


def test_the_code_of_a_row_is_named(capsys):
    file, line, name = re.search(r"(examples/lectures/\S+\.py):(\d+) (\w+)", printed(
        capsys, "1.8")).groups()
    lines = (LECTURES.parents[1] / file).read_text(encoding="utf-8").splitlines()
    assert '@row(' in lines[int(line) - 1]
    assert any(f"def {name}(" in text for text in lines[int(line) - 1 :][:20])


def test_a_lecture_has_all_its_rows_in_order(capsys):
    text = printed(capsys, "000")
    assert numbers(text) == list(load("000"))
    assert f"\n{len(load('000'))} rows in" in text


def test_the_counts_are_those_of_the_verdicts(capsys):
    text = printed(capsys, "000", "001")
    verdicts = re.findall(r"^(?:\d\.\d+[a-z]? | {7}).* ([A-Z]{2,8})$", text, re.M)
    verdicts = [v for v in verdicts if v in rows.VERDICTS]
    counted = re.search(r"rows in .* s: (.*)\n$", text)[1]
    assert counted == ", ".join(
        f"{verdicts.count(v)} {v}" for v in rows.VERDICTS if v in verdicts
    )
    assert len(verdicts) == len(numbers(text))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["1.8", "0.4"], ["0.4", "1.8"]),  # in the order of the slides
        (["0.4", "0.4"], ["0.4"]),
        (["1.11"], ["1.11a", "1.11b"]),  # both parts
        (["1.11b"], ["1.11b"]),
        (["1.5", "000"], [*load("000"), "1.5"]),
    ],
)
def test_rows_are_chosen(arguments, expected, capsys):
    assert numbers(printed(capsys, *arguments)) == expected


def test_a_lecture_may_be_called_by_its_number_alone(capsys):
    assert numbers(printed(capsys, "1")) == list(load("001"))


def test_external_facts_are_listed_with_their_source(capsys):
    text = printed(capsys, "0.12")
    assert re.search(r"^0\.12 .* EXTERNAL$", text, re.M)
    assert "The slide says: 12,500 images of 4 types of blood cell" in text
    assert "Not verified here: " in text


def test_list_names_every_row_and_runs_none(capsys, monkeypatch):
    monkeypatch.setattr(rows.Row, "run", None)
    text = printed(capsys, "--list")
    assert re.findall(r"^  (\d\.\d+[a-z]?) ", text, re.M) == list(load())
    assert text.count("[external]") == sum(isinstance(r, External) for r in load().values())
    assert re.findall(r"^Lecture (\d+):", text, re.M) == ["000", "001", "002", "003", "004"]


def test_a_page_of_a_few_rows(capsys):
    text = printed(capsys, "--markdown", "4.5", "4.22")
    assert re.findall(r"^\| (\d\.\d+) \|", text, re.M) == ["4.5", "4.22"]
    assert "\n2 rows: 1 WRONG, 1 EXTERNAL.\n" in text
    assert "1.8    ROC curve" in text  # the example of the introduction


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--list", "--markdown"], "not allowed with argument --list"),
        (["005"], "there is no lecture '005'; there are 000, 001, 002, 003, 004, and rows such"),
        (["roc"], "there is no lecture 'roc'; there are 000, 001"),
        (["1.99"], "there is no row '1.99'; lecture 001 has 1.1, 1.2, 1.3"),
        (["7.1"], "there is no row '7.1'; the lectures are 000, 001, 002, 003, 004"),
        (["1.5b"], "there is no row '1.5b'; lecture 001 has"),
        (["1.5", "9"], "there is no lecture '9'"),
        (["--all"], "unrecognized arguments: --all"),
    ],
)
def test_what_there_is_not_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        command.main(arguments)
    assert end.value.code == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


def test_help_says_how(capsys):
    with pytest.raises(SystemExit) as end:
        command.main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for part in ("python examples/lectures 4.5", "LECTURE|ROW", "--list", "--out DIR"):
        assert part in text
    assert "--markdown" in text


PICTURE = """
def drawn():
    from support.picture import plt
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    return figure
"""


@pytest.fixture
def with_picture(monkeypatch):
    """Two rows that name one picture, made for the test."""
    pytest.importorskip("matplotlib", reason="the extra 'examples' is not installed")
    module = type(sys)("lectures.pictures.made")
    exec(PICTURE, module.__dict__)
    monkeypatch.setitem(sys.modules, "lectures.pictures.made", module)
    for number in ("1.5", "1.10"):
        changed = type(ROWS[number])(**{**vars(ROWS[number]), "picture": "made.drawn"})
        monkeypatch.setitem(ROWS, number, changed)
    return module


def test_pictures_are_drawn_once_each(with_picture, tmp_path, capsys):
    folder = tmp_path / "a" / "b"
    text = printed(capsys, "1.5", "1.10", "--out", str(folder))
    assert [path.name for path in folder.iterdir()] == ["made_drawn.png"]
    assert (folder / "made_drawn.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert text.count(f"picture: {folder / 'made_drawn.png'}") == 1
    assert "1.5 " in text
    assert "[picture made_drawn.png]" in printed(capsys, "--list", "1.5")


def test_rows_without_a_picture_say_so(tmp_path, capsys):
    assert "none of these rows has a picture" in printed(capsys, "0.13", "--out", str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_refused_first(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit) as end:
        command.main(["1.5", "--out", str(tmp_path / "file" / "pictures")])
    assert end.value.code == 2
    told = capsys.readouterr()
    assert "cannot be made" in told.err
    assert told.out == ""


def test_a_row_in_the_place_of_the_folder_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        command.main(["--out", "4.5"])
    assert end.value.code == 2
    assert "4.5 is a row, not a folder; try 4.5 --out out" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_row_with_a_picture_names_it(capsys):
    saved = "Picture: filters_laplacian_on_both.png, saved by 4.5 --out DIR"
    assert saved in printed(capsys, "4.5")
    assert "Picture" not in printed(capsys, "4.6")


def test_every_picture_that_a_row_names_is_there():
    for found in load().values():
        if picture := getattr(found, "picture", None):
            file, _, function = picture.partition(".")
            source = (LECTURES / "pictures" / f"{file}.py").read_text(encoding="utf-8")
            assert f"def {function}(" in source


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_runs_by_its_path_from_any_folder_without_matplotlib(tmp_path):
    """Status 0 although the slide is wrong; in a folder with a module of the same name as ours."""
    (tmp_path / "rows.py").write_text("raise SystemExit('the wrong module')")
    done = run(str(LECTURES), "1.8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "WRONG" in done.stdout
    code = (
        "import runpy, sys; sys.modules['matplotlib'] = None; "
        f"sys.argv = ['lectures', '1.8']; runpy.run_path({str(LECTURES)!r}, run_name='__main__')"
    )
    done = run("-c", code, cwd=tmp_path)
    assert "1 row in" in done.stdout, done.stderr


def test_an_unknown_row_ends_with_status_2(tmp_path):
    done = run(str(LECTURES), "1.99", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no row '1.99'" in done.stderr
