"""The commands from end to end, on cases so small that only their working is shown."""

import importlib

import pytest

from benchmarks import __main__ as everything
from benchmarks import (
    around,
    cli,
    conv,
    dezero,
    inference,
    ladder,
    machine,
    memory,
    opponents,
    steps,
    transposed,
)  # fmt: skip
from benchmarks.opponents import Opponent

COMMANDS = {
    "conv": conv, "steps": steps, "memory": memory, "inference": inference, "around": around,
    "transposed": transposed, "dezero": dezero, "ladder": ladder,
}  # fmt: skip
FAST = ["--tiny", "--threads", "1", "--rounds", "1"]

FAKES = '''
"""A ladder of two steps that are the same."""
from minicnn.kernels import im2col

def steps():
    return ["one", "two"]

def run(name, x, w, geometry):
    return im2col.forward(x, w, geometry)
'''
DEZERO = {
    "__init__.py": '''
"""As much of a stand-in as the convolution layers ask for."""
import numpy as np
from . import functions, optimizers

class Variable:
    def __init__(self, data):
        self.data, self.grad = data, None

    def backward(self):
        self.back(self.grad.data)

np.int  # as the real one does while it is imported
''',
    "functions.py": '''
import minicnn as mc
import minicnn.functional as F

def conv2d(x, w, b, stride, pad):
    from . import Variable
    a, b = (mc.tensor(v.data, requires_grad=True) for v in (x, w))
    y = F.conv2d(a, b, stride=stride, padding=pad)
    out = Variable(y.data)
    def back(g):
        y.backward(g)
        x.grad, w.grad = Variable(a.grad), Variable(b.grad)
    out.back = back
    return out
''',
    "optimizers.py": "",
}


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="the rival")


def table(command, capsys, *options):
    """The lines that a command prints, split; it must succeed."""
    assert command.main([*FAST, *options]) == 0, capsys.readouterr().err
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def starting(lines, *words):
    return [line for line in lines if line[: len(words)] == list(words)]


def test_convolutions(torch, capsys, tmp_path):
    pytest.importorskip("matplotlib", reason="only the picture needs it")
    picture = tmp_path / "new" / "conv.png"
    lines = table(
        conv, capsys, "--cases", "lenet2", "vgg5", "--kernels", "im2col", "sparse", "pytorch",
        "--rivals", "tuned", "--mode", "fwd", "--out", str(picture),
    )  # fmt: skip
    for kernel, times in {"im2col": 1, "sparse": 1, "pytorch": 2}.items():
        assert len(starting(lines, "lenet2", kernel)) == times
        assert len(starting(lines, "geometric", "mean", kernel)) == times
    assert len(starting(lines, "least", "of", "vgg5")) in (0, 2)  # none without a C compiler
    assert starting(lines, "Shrunken", "layers:")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_stands_around(torch, capsys):
    cases = ("relu", "dropout_small", "batch_norm", "cross_entropy", "cat_small")
    lines = table(around, capsys, "--cases", *cases, "--rivals", "channels_last")
    # "relu" is a case by itself, and "cross_entropy" stands for three.
    assert len(starting(lines, "relu")) == 1 and not starting(lines, "relu_small")
    names = [line[0] for line in lines if line[1:2] == ["auto"]]
    assert sum(name.startswith("cross_entropy") for name in names) == 3


def test_transposed_convolutions(torch, capsys):
    lines = table(transposed, capsys, "--cases", "up32_16", "--rivals", "tuned")
    assert len(starting(lines, "up32_16", "auto")) == 2


def test_an_older_instruction_set(torch, capsys, monkeypatch):
    built = pytest.importorskip("minicnn._ext", reason="instruction sets are the C++ kernels'")
    if "avx2" not in built.build_info()["instruction_sets"]:
        pytest.skip("this machine has no AVX2")
    for variable, value in machine.LIMITS["avx2"].items():
        monkeypatch.setenv(variable, f"not {value}")  # so that it is taken back afterwards
    lines = table(
        conv, capsys, "--cases", "lenet2", "--kernels", "cpp", "--rivals", "tuned", "--isa", "avx2"
    )
    (versions,) = starting(lines, "versions:")
    assert "AVX2)" in " ".join(lines[lines.index(versions)] + lines[lines.index(versions) + 1])
    assert starting(lines, "All", "kept", "to", "avx2:")
    assert machine.limits() == ["avx2"]


def test_training_steps(torch, capsys):
    lines = table(steps, capsys, "--cases", "lecture", "--rivals", "tuned")
    (row,) = starting(lines, "lecture", "auto")
    assert float(row[-1]) < 1e-3


def test_memory(torch, capsys):
    if not memory.RESET.exists():
        pytest.skip("peak memory is Linux's to tell")
    lines = table(memory, capsys, "--starts", "1", "--cases", "lecture", "--rivals", "default")
    (row,) = starting(lines, "lecture", "auto")
    assert float(row[2]) > 0 and float(row[3]) > 0


def test_memorys_ratios():
    found = {"a": {"auto": 2 * 2**20, "tuned": 4 * 2**20}, "b": {"auto": 8.0, "tuned": 4.0}}
    rows = memory.table(found, ["auto"], ["tuned"]).rows
    assert rows[0] == ["a", "auto", "2.00", "4.00", "0.500"]
    assert rows[2:] == [
        ["geometric mean", "auto", "", "", "1.00"], ["largest", "auto", "", "", "2.00"],
    ]  # fmt: skip


def test_inference(torch, capsys):
    lines = table(inference, capsys, "--cases", "densenet121", "--rivals", "tuned")
    assert starting(lines, "densenet121", "auto")


def test_dezero_is_left_out_with_a_word(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("DEZERO_PATH", raising=False)
    assert dezero.main([*FAST, "--dezero", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out == "" and "left out" in err and str(tmp_path) in err


def test_dezero_is_found_by_its_path(torch, capsys, tmp_path):
    (tmp_path / "dezero").mkdir()
    for name, text in DEZERO.items():
        (tmp_path / "dezero" / name).write_text(text)
    lines = table(dezero, capsys, "--dezero", str(tmp_path), "--cases", "lenet2")
    assert len(starting(lines, "lenet2", "auto")) == 1


def test_the_ladder(capsys, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib", reason="only the picture needs it")
    (tmp_path / "fake_ladder.py").write_text(FAKES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(ladder, "STEPS", "fake_ladder")
    monkeypatch.setattr(opponents.importlib.util, "find_spec", lambda name: None)  # no PyTorch
    picture = tmp_path / "ladder.png"
    lines = table(ladder, capsys, "--layer", "lenet2", "--out", str(picture))
    assert starting(lines, "one") and starting(lines, "two")
    assert starting(lines, "left", "out:", "tuned:")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_where_there_is_no_ladder_the_command_says_so(capsys, monkeypatch):
    monkeypatch.setattr(ladder, "STEPS", "minicnn.kernels.im2col")
    assert ladder.main(FAST) == 1
    assert "no ladder here" in capsys.readouterr().err


# Options ----------------------------------------------------------------------------------------


def test_every_command_is_in_the_one_for_all(monkeypatch, capsys):
    assert set(COMMANDS) == set(everything.COMMANDS)
    asked = {}
    for name, module in COMMANDS.items():
        assert importlib.import_module(f"benchmarks.{name}") is module
        monkeypatch.setattr(module, "main", lambda argv, n=name: asked.update({n: argv}) or 0)
    assert everything.main(["--quick", "--rounds", "2"]) == 0
    assert list(asked) == list(everything.COMMANDS)
    assert set(map(tuple, asked.values())) == {("--threads", "2", "--rounds", "2", "--quick")}
    monkeypatch.setattr(conv, "main", lambda argv: 1)
    assert everything.main(["--only", "conv", "steps"]) == 1
    assert "not measured: conv" in capsys.readouterr().err


@pytest.mark.parametrize("name", [n for n in COMMANDS if n != "ladder"])
def test_without_pytorch_a_command_says_how_to_get_it(name, monkeypatch, capsys):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(dezero.DeZeroThere, "missing", lambda self: None)
    assert COMMANDS[name].main(["--quick"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and "pip install torch" in err


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("bad", [["--rounds", "0"], ["--threads", "-1"], ["--rivals", "nosuch"]])
def test_bad_options_are_refused(name, bad, capsys):
    with pytest.raises(SystemExit) as stop:
        COMMANDS[name].main(bad)
    assert stop.value.code == 2


@pytest.mark.parametrize("name", [n for n in COMMANDS if n != "ladder"])
def test_a_case_that_is_not_there_is_named_with_those_that_are(name, capsys):
    with pytest.raises(SystemExit) as stop:
        COMMANDS[name].main(["--cases", "nosuch"])
    assert stop.value.code == 2
    assert "no case is called 'nosuch'; there are " in capsys.readouterr().err


def test_a_kernel_asked_for_by_name_must_be_there(torch, capsys):
    assert conv.main([*FAST, "--kernels", "nosuch"]) == 1
    assert "'nosuch' cannot be measured here" in capsys.readouterr().err


def test_rivals_that_are_missing_are_left_out_with_the_reason():
    known = {
        "here": Opponent("", needs=("numpy",)),
        "package": Opponent("", needs=("numpy", "no_such_package")),
        "program": Opponent("", needs=("numpy",), program="no-such-program"),
    }
    names, absent = opponents.present(list(known), known)
    assert names == ["here"]
    assert absent == {
        "package": "not installed: no_such_package", "program": "there is no no-such-program",
    }  # fmt: skip
