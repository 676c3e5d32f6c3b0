"""The exercises: blanks fail, solutions pass, and wrong solutions fail with the right words."""

import importlib.util
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "examples" / "exercises"
SOLUTIONS = FOLDER / "solutions"
NUMBERS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("exercises_check", FOLDER / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def file_of(number, folder):
    (path,) = folder.glob(f"exercise_{number}_*.py")
    return path


@pytest.mark.parametrize("number", NUMBERS)
def test_the_blank_fails(check, capsys, number):
    assert check.main([str(number)]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith(f"exercise {number}: still blank (exercise {number}: ")
    assert printed.count("\n") == 1


@pytest.mark.parametrize("number", NUMBERS)
def test_the_solution_passes(check, capsys, number):
    assert check.main([str(number), "--folder", str(SOLUTIONS)]) == 0
    assert capsys.readouterr().out.startswith(f"exercise {number}: passed, ")


def test_blanks_and_solutions_are_told_apart():
    for number in NUMBERS:
        blank = file_of(number, FOLDER).read_text(encoding="utf-8")
        assert "raise NotImplementedError(" in blank
        assert f"python examples/exercises/check.py {number}" in blank  # how to check oneself
        assert "NotImplementedError" not in file_of(number, SOLUTIONS).read_text(encoding="utf-8")


def test_all_at_once(check, capsys, tmp_path):
    for number in NUMBERS:
        source = FOLDER if number == 2 else SOLUTIONS
        shutil.copy(file_of(number, source), tmp_path)
    assert check.main(["--folder", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1].split(",")[0][:11] for line in lines] == [
        "passed", "still blank", "passed", "passed", "passed"
    ]


MOMENTUM = "0.weight is not where momentum should have taken it"
FORMULA = "forward is not relu(x + bn2(conv2(relu(bn1(conv1(x))))))"

# number, what is replaced by what in the solution, and what the check must say
WRONG = {
    "the product rule forgotten": (
        1, [("(s + x * s * (1 - s))", "s")],
        ["not yet right", "gradcheck, order 1", "a missing or extra term"],
    ),
    "swish with an array in backward": (
        1, [("s = F.sigmoid(x)", "s = F.sigmoid(mc.tensor(x.data))")],
        ["gradcheck, order 2", "depends on input 0 (t) as a constant"],
    ),
    "sigmoid for swish": (1, [("x / (1 +", "1 / (1 +")], ["not yet right", "forward: at x ="]),
    "an error in the student's code": (
        1, [("x / (1 + np.exp(-x))", "x.swish()")],
        ["AttributeError: 'numpy.ndarray' object has no attribute 'swish'",
         "exercise_1_op.py, line 13: return x.swish()"],
    ),
    "no Python at all": (
        1, [("return grad *", "return grad * *")], ["SyntaxError", "exercise_1_op.py"]
    ),
    "the filter flipped": (
        2, [("(c, i + a, j + b)", "(c, i + kernel[0] - 1 - a, j + kernel[1] - 1 - b)")],
        ["forward: 45 of 45 entries differ from F.conv2d's"],
    ),
    "one gradient with the wrong sign": (
        2, [("gw[at_w] += x", "gw[at_w] -= x")], ["weight_gradient: ", "entries differ"]
    ),
    "nothing returned": (
        2, [("    return gw", "    pass")],
        ["weight_gradient: shape None, expected (3, 2, 3, 2)"],
    ),
    "no skip connection": (3, [("x + self.bn2", "self.bn2")], ["is the skip connection there?"]),
    "the two norms exchanged": (
        3, [("self.bn1(self.conv1", "self.bn2(self.conv1"), ("x + self.bn2", "x + self.bn1")],
        ["skip connection there?"],
    ),
    "one norm used twice": (
        3, [("self.bn1(self.conv1", "self.bn2(self.conv1")], [FORMULA]
    ),
    "no relu inside": (3, [("inner = F.relu(", "inner = (")], [FORMULA]),
    "biases": (3, [(", bias=False", "")], ["'conv1.bias'", "expected ['conv1.weight'"]),
    "no padding": (3, [("padding=1, ", "")], ["do not broadcast", "exercise_3_layer.py, line"]),
    "constant statistics": (
        4, [("within = grad - grad.mean(-1, keepdim=True) - y * (grad * y).mean(-1, keepdim=True)",
             "within = grad")],
        ["gradcheck, order 1", "15 of 15 entries", "a missing or extra term"],
    ),
    "a constant mean": (
        4, [("grad - grad.mean(-1, keepdim=True) -", "grad -")],
        ["gradcheck, order 1", "a missing or extra term"],
    ),
    "statistics kept as arrays": (
        4, [("centred = x - x.mean(-1, keepdim=True)",
             "centred = x - mc.tensor(x.data.mean(-1, keepdims=True))")],
        ["gradcheck, order 2"],
    ),
    "everything from arrays": (
        4, [("(x,) = self.inputs", "x = mc.tensor(self.inputs[0].data)")],
        ["gradcheck, order 2", "backward treats input 0 (t) as a constant"],
    ),
    "no epsilon": (4, [(" + EPS)\n", ")\n")], ["forward: "]),
    "gradients not forgotten": (5, [("            model.zero_grad()\n", "")], [MOMENTUM]),
    "no momentum": (5, [("v *= momentum", "v *= 0")], [MOMENTUM]),
    "momentum not used": (5, [("p.data -= lr * v", "p.data -= lr * p.grad")], [MOMENTUM]),
    "no step": (5, [("p.data -= lr * v", "pass")], [MOMENTUM]),
    "the sum for the mean": (5, [("total / len(batches)", "total")], ["their mean is not"]),
    "no losses": (
        5, [("losses.append(total / len(batches))", "pass")], ["1 epoch, but 0 losses"]
    ),
    "one epoch only": (5, [("range(epochs)", "range(1)")], ["8 epochs, but 1 losses"]),
    "noise": (
        5, [("p.data -= lr * v", "p.data -= lr * v * np.random.default_rng().normal(1, 1e-4)")],
        ["a second run from the same seed gave other numbers"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_solution_fails_with_the_right_words(check, capsys, tmp_path, case):
    number, replacements, words = WRONG[case]
    path = file_of(number, SOLUTIONS)
    text = path.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / path.name).write_text(text, encoding="utf-8")
    assert check.main([str(number), "--folder", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    for word in words:
        assert word in printed


def test_wrong_arguments(check, capsys, tmp_path):
    for arguments, message in (
        (["6"], "there is no exercise 6: they are 1 to 5"),
        (["one"], "invalid int value"),
        (["--folder", str(tmp_path / "nowhere")], "there is no folder"),
    ):
        with pytest.raises(SystemExit) as end:
            check.main(arguments)
        assert end.value.code == 2
        assert message in capsys.readouterr().err
    assert check.main(["3", "--folder", str(tmp_path)]) == 1
    assert "should have one exercise_3_*.py, it has 0" in capsys.readouterr().out
