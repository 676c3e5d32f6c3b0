"""The example scripts: what they print, the picture they save, and what they refuse."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from minicnn import kernels

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("train_digits", "four_kernels", "your_own_op")


@pytest.fixture
def example(monkeypatch):
    """The module of an example by its name; skipped where a library that it draws with is not."""
    for library in ("matplotlib", "tqdm", "sklearn"):
        pytest.importorskip(library, reason="the extra 'examples' is not installed")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG\r\n") and path.stat().st_size > 20_000


def confusion(printed: str) -> np.ndarray:
    """The matrix that was printed, one row for what each digit is."""
    rows = re.findall(r"^    is \d +(.*)$", printed, re.M)
    return np.array([[0 if n == "." else int(n) for n in row.split()] for row in rows])


def without_times(printed: str, path: Path) -> str:
    return re.sub(r"trained in .* s\n", "", printed).replace(str(path), "")


@pytest.mark.parametrize("name", NAMES)
def test_quick_saves_a_picture(name, example, tmp_path, capsys):
    path = tmp_path / "a" / "b" / "picture.png"
    assert example(name).main(["--quick", "--out", str(path)]) == 0
    assert is_picture(path)
    assert f"picture: {path}" in capsys.readouterr().out


def test_digits_reach_98_percent(example, tmp_path, capsys):
    assert example("train_digits").main(["--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert is_picture(tmp_path / "train_digits.png")
    percent, right, total = re.search(
        r"^test accuracy: ([\d.]+) %  \((\d+) of (\d+) scans\)$", printed, re.M
    ).groups()
    assert float(percent) >= 98
    assert float(percent) == pytest.approx(100 * int(right) / int(total), abs=0.005)
    assert "Layer (type)" in printed
    assert "Total params: 30,762" in printed
    epochs = re.findall(r"^epoch +(\d+)/20 +training loss [\d.]+, accuracy", printed, re.M)
    assert epochs == [str(i) for i in range(1, 21)]
    assert printed.count("test accuracy") == 1
    counts = confusion(printed)
    assert counts.shape == (10, 10)
    assert counts.sum() == int(total)
    assert counts.trace() == int(right)


def test_rows_of_the_confusion_matrix_are_what_a_digit_is(example, tmp_path, capsys):
    digits = example("train_digits")
    digits.main(["--epochs", "1", "--out", str(tmp_path)])
    counts = confusion(capsys.readouterr().out)
    assert (counts.sum(axis=1) == np.bincount(digits.load(seed=0)[5])).all()
    assert (counts != counts.T).any()


def test_same_seed_same_numbers(example, tmp_path, capsys):
    main, runs = example("train_digits").main, []
    for i, seed in enumerate(("7", "7", "8")):
        path = tmp_path / str(i) / "picture.png"
        main(["--quick", "--seed", seed, "--batch-size", "100", "--out", str(path)])
        runs.append((without_times(capsys.readouterr().out, path), path.read_bytes()))
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[2][0].replace("seed 8", "seed 7")


def test_kernels_learn_alike(example, tmp_path, capsys):
    if kernels.available()["cpp"] is not None:
        pytest.skip("needs the C++ extension")
    losses = []
    for kernel in ("im2col", "cpp"):
        example("train_digits").main(
            ["--epochs", "1", "--kernel", kernel, "--out", str(tmp_path)]
        )
        printed = capsys.readouterr().out
        assert f"kernel '{kernel}'" in printed
        losses.append(float(re.search(r"training loss ([\d.]+)", printed)[1]))
    assert losses[0] == pytest.approx(losses[1], abs=2e-3)


def test_shift_moves_by_at_most_a_pixel(example):
    x = np.zeros((500, 1, 5, 6), "float32")
    x[:, :, 2, 3] = 1
    y = np.arange(500)
    moved, labels = example("train_digits").Shift(seed=0, background=-2.0)(x, y)
    assert moved.shape == x.shape
    assert moved.dtype == x.dtype
    assert (labels == y).all()
    where = np.argwhere(moved == 1)
    assert (where[:, 0] == y).all()
    assert {tuple(p) for p in where[:, 2:]} == {(r, c) for r in (1, 2, 3) for c in (2, 3, 4)}
    still = (where[:, 2] == 2) & (where[:, 3] == 3)
    assert (moved[still] == x[still]).all()
    assert (moved[~still] == -2).any(axis=(1, 2, 3)).all()


def test_four_kernels_finds_what_the_slide_has_wrong(example, tmp_path, capsys):
    example("four_kernels").main(["--quick", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "The slide prints 178 at place (0, 3), but" in printed
    assert "= -20." in printed
    assert "the same triples: True" in printed
    assert "DIFFERENT" not in printed


def test_four_kernels_says_which_kernel_is_missing(example, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(kernels.cpp, "missing", lambda: "it was not built")
    assert example("four_kernels").main(["--quick", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "convolution kernel 'cpp' is missing: it was not built" in printed
    assert re.findall(r"^(\w+) +same bits", printed, re.M) == ["direct", "sparse", "im2col"]


def test_four_kernels_fails_where_they_differ(example, tmp_path, capsys, monkeypatch):
    right = kernels.sparse.weight_gradient
    monkeypatch.setattr(kernels.sparse, "weight_gradient", lambda x, g, where: right(x, -g, where))
    assert example("four_kernels").main(["--quick", "--out", str(tmp_path)]) == 1
    assert "same bits, same bits, DIFFERENT" in capsys.readouterr().out


def test_your_own_op_tells_right_from_wrong(example, tmp_path, capsys):
    assert example("your_own_op").main(["--out", str(tmp_path)]) == 0
    right, forgetful, frozen = capsys.readouterr().out.split("mc.gradcheck(")[1:]
    assert "True: right to second order" in right
    assert "gradcheck, order 1" in forgetful
    assert "gradcheck, order 2" in frozen
    assert "constant" in frozen


@pytest.mark.parametrize("name", NAMES)
def test_help_explains_every_option(name, example, capsys):
    with pytest.raises(SystemExit) as end:
        example(name).main(["--help"])
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    options = ["--quick", "--out PATH"]
    if name == "train_digits":
        options += ["--epochs N", "--batch-size N", "--lr RATE", "--seed N", "--kernel NAME"]
        for default in ("20", "64", "0.003", "0", "auto"):
            assert f"(default: {default})" in text
    for option in options:
        assert re.search(re.escape(option) + r" [a-z2]", text)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--epochs", "0", "whole number from 1"),
        ("--epochs", "2.5", "whole number from 1"),
        ("--batch-size", "-3", "whole number from 1"),
        ("--batch-size", "many", "whole number from 1"),
        ("--lr", "0", "number above 0"),
        ("--lr", "nan", "number above 0"),
        ("--lr", "inf", "number above 0"),
        ("--seed", "-1", "whole number from 0"),
        ("--kernel", "fast", "is no kernel; usable here: auto, direct, sparse, im2col"),
        ("--out", "picture.xyz", "must end in .png"),
        ("--fast", "1", "unrecognized arguments"),
    ],
)
def test_wrong_values_are_refused(option, value, message, example, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        example("train_digits").main([option, value])
    assert end.value.code == 2
    told = capsys.readouterr()
    assert message in told.err
    assert option in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_refused_first(example, capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit) as end:
        example("train_digits").main(["--out", str(tmp_path / "file" / "picture.png")])
    assert end.value.code == 2
    assert "cannot be made" in capsys.readouterr().err


def test_a_learning_rate_that_explodes_ends_with_advice(example, tmp_path):
    with np.errstate(all="ignore"), pytest.raises(SystemExit, match="smaller --lr"):
        example("train_digits").main(["--quick", "--lr", "1e30", "--out", str(tmp_path)])


def test_a_missing_library_ends_with_the_extra_to_install(example, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(SystemExit, match=r"(?s)needs tqdm.*pip install -e '\.\[examples\]'"):
        example("support.extras").extra("tqdm")


def test_runs_as_a_script_from_any_folder(example, tmp_path):
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "your_own_op.py")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert is_picture(tmp_path / "out" / "your_own_op.png")
