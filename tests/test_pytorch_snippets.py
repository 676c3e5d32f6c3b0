"""Sixty snippets as students write them for PyTorch, run with minicnn in its place.

``snippets/*.py`` are plain PyTorch. To run one with minicnn, the import lines are translated
(:data:`RULES`) and a line that has a comment below it,

    w.grad.zero_()
    # minicnn (arrays): w.grad[...] = 0

is replaced by what the comment says; the word in brackets names the difference, which must be one
that ``docs/from_pytorch.md`` explains. Where PyTorch is installed the snippet is run with it too,
on the same random numbers, and what the two print must agree: every shape, every dtype, every
number to four digits.
"""

import contextlib
import io
import math
import re
from pathlib import Path

import numpy as np
import pytest

import minicnn as mc

HERE = Path(__file__).parent
SNIPPETS = sorted((HERE / "snippets").glob("*.py"))
DOCUMENT = HERE.parent / "docs" / "from_pytorch.md"

RULES = [  # regular expressions, applied in this order to the whole text
    (r"\btorch\.nn\.functional\b", "torch.functional"),
    (r"\btorch\.utils\.data\b", "torch.data"),
    (r"^import torch$", "import minicnn as torch"),
    (r"^(import|from) torch\b", r"\1 minicnn"),
]
CHANGED = re.compile(r"^ *# minicnn \((\w[\w ]*)\): ?(.*)$")


def translated(text: str) -> tuple[str, list[str]]:
    """A snippet for minicnn, and the differences that its author had to know of."""
    lines, reasons, above = [], [], None
    for line in text.splitlines():
        change = CHANGED.match(line)
        if change is None:
            lines.append(line)
            above = len(lines) - 1
            continue
        if above is not None:  # the first comment replaces the line above it, further ones add
            indent = re.match(" *", lines.pop(above))[0]
            above = None
        reasons.append(change[1])
        if change[2]:
            lines.append(indent + change[2])
    code = "\n".join(lines) + "\n"
    for pattern, replacement in RULES:
        code = re.sub(pattern, replacement, code, flags=re.M)
    return code, reasons


def printed(code: str, name: str) -> str:
    """What a script prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
    return out.getvalue()


NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|\binf\b|\bnan\b)")
WRITTEN_OTHERWISE = [  # PyTorch's way to show the same
    (r"torch\.Size\(\[(.*?)\]\)", lambda m: f"({m[1]},)" if m[1].isdigit() else f"({m[1]})"),
    (r"\btorch\.((?:float|int|uint)\d+|bool)\b", r"\1"),
    (r",\s*(?:grad_fn=<\w+>|creator=\w+|requires_grad=True)", ""),
    (r"(affine=\w+), bias=True", r"\1"),  # what recent versions say of a BatchNorm
    (r"\btensor\(|[(),]", ""),  # gradients are arrays here, which are printed without
]


def parts(text: str) -> tuple[list[str], list[float]]:
    """The words between the numbers, and the numbers."""
    for pattern, replacement in WRITTEN_OTHERWISE:
        text = re.sub(pattern, replacement, text)
    words = ["".join(w.split()) for w in NUMBER.split(text)]
    return words, [float(n) for n in NUMBER.findall(text)]


def compare(ours: str, theirs: str) -> None:
    """Fails unless both print the same, numbers to the four digits that PyTorch shows."""
    (words, numbers), (expected_words, expected) = parts(ours), parts(theirs)
    assert words == expected_words, f"minicnn printed\n{ours}\nPyTorch printed\n{theirs}"
    for a, b in zip(numbers, expected, strict=True):
        same = a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 6e-5 + 2e-4 * abs(b)
        assert same, f"{a} should be {b}: minicnn printed\n{ours}\nPyTorch printed\n{theirs}"


@pytest.fixture
def same_random_numbers(torch, monkeypatch):
    """PyTorch draws what minicnn draws, so that whole trainings can be compared."""
    state = {"rng": np.random.default_rng(0)}

    def size(args):
        return tuple(args[0]) if len(args) == 1 and not isinstance(args[0], int) else args

    def tensor(array, requires_grad=False, dtype=None):
        made = torch.from_numpy(np.asarray(array))
        return (made if dtype is None else made.to(dtype)).requires_grad_(requires_grad)

    def of(method):
        def draw(*args, dtype=torch.float32, requires_grad=False):
            name = str(dtype).removeprefix("torch.")
            return tensor(getattr(state["rng"], method)(size(args), name), requires_grad)

        return draw

    def like(method):
        return lambda x: tensor(getattr(state["rng"], method)(tuple(x.shape), "float32"))

    def fill(method, formula):
        def fill_(self, a=0.0, b=1.0, generator=None):
            drawn = getattr(state["rng"], method)(tuple(self.shape), "float32")
            with torch.no_grad():
                return self.copy_(torch.from_numpy(np.asarray(formula(drawn, a, b))))

        return fill_

    def randint(low, high=None, size=None):
        if size is None:
            low, high, size = 0, low, high
        return tensor(state["rng"].integers(low, high, size=size))

    def dropout(x, p=0.5, training=True, inplace=False, shape=None):
        if not training or p == 0:
            return x
        key = state["rng"].bit_generator.random_raw()  # as minicnn.random.key draws it
        ones = np.ones(shape or tuple(x.shape), "float32")
        return x * torch.from_numpy(mc.kernels.arrays.dropout(ones, key, p))

    def dropout2d(x, p=0.5, training=True, inplace=False):
        return dropout(x, p, training, shape=(*x.shape[:2], 1, 1))

    def permutation(n, generator=None):
        return tensor(state["rng"].permutation(n))

    def shuffled(sampler):  # PyTorch draws a second order at the end of an epoch, for nothing
        return iter(permutation(sampler.num_samples).tolist())

    def manual_seed(seed):
        state["rng"] = np.random.default_rng(seed)

    for name, stand_in in {
        "manual_seed": manual_seed, "rand": of("random"), "randn": of("standard_normal"),
        "rand_like": like("random"), "randn_like": like("standard_normal"), "randint": randint,
        "randperm": permutation,
    }.items():
        monkeypatch.setattr(torch, name, stand_in)
    monkeypatch.setattr(torch.utils.data.dataset, "randperm", permutation)
    monkeypatch.setattr(torch.utils.data.RandomSampler, "__iter__", shuffled)
    monkeypatch.setattr(torch.nn.functional, "dropout", dropout)
    monkeypatch.setattr(torch.nn.functional, "dropout2d", dropout2d)
    uniform_ = fill("random", lambda drawn, a, b: a + (b - a) * drawn)
    normal_ = fill("standard_normal", lambda drawn, mean, std: mean + std * drawn)
    monkeypatch.setattr(torch.Tensor, "uniform_", uniform_)
    monkeypatch.setattr(torch.Tensor, "normal_", normal_)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.stem)
def test_runs_with_minicnn(snippet):
    code, _ = translated(snippet.read_text(encoding="utf-8"))
    mc.manual_seed(0)
    assert printed(code, f"{snippet.stem} (translated)")


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.stem)
def test_prints_what_pytorch_prints(snippet, same_random_numbers):
    text = snippet.read_text(encoding="utf-8")
    mc.manual_seed(0)
    code, _ = translated(text)
    compare(printed(code, f"{snippet.stem} (translated)"), printed(text, str(snippet)))


def reasons() -> dict[str, list[str]]:
    return {s.stem: translated(s.read_text(encoding="utf-8"))[1] for s in SNIPPETS}


def test_the_document_names_every_change_and_counts_the_snippets():
    document = DOCUMENT.read_text(encoding="utf-8")
    named = set(re.findall(r"^\| \*\*(\w[\w ]*)\*\* \|", document, flags=re.M))
    used = {reason for each in reasons().values() for reason in each}
    assert used <= named, f"{DOCUMENT.name} does not explain {sorted(used - named)}"
    unchanged = sum(not each for each in reasons().values())
    said = f"Of {len(SNIPPETS)} snippets {unchanged} run unchanged"
    assert said in document, f"{DOCUMENT.name} should say: {said}"
    assert f"{len(SNIPPETS) - unchanged} with changes" in document


def test_the_document_has_the_same_rules():
    document = DOCUMENT.read_text(encoding="utf-8")
    for before, after in (
        ("import torch", "import minicnn as torch"),
        ("import torch.nn as nn", "import minicnn.nn as nn"),
        ("import torch.nn.functional as F", "import minicnn.functional as F"),
        ("from torch import nn, optim", "from minicnn import nn, optim"),
        ("from torch.utils.data import DataLoader", "from minicnn.data import DataLoader"),
    ):
        assert translated(before)[0] == after + "\n"
        assert f"| `{before}` | `{after}` |" in document


def blocks(section: int) -> list[str]:
    """The code of a section of the document."""
    (text,) = re.findall(
        rf"^## {section}\..*?(?=^## |\Z)", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S
    )
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.M | re.S)


def test_the_homework_moves_as_the_document_says():
    theirs, imports = blocks(3)
    ours, reasons = translated(theirs)
    assert ours.startswith(imports) and not reasons
    mc.manual_seed(0)
    assert float(printed(ours, "homework").split()[-1]) > 0.9


def test_the_homework_gives_the_same_in_pytorch(same_random_numbers):
    theirs, _ = blocks(3)
    mc.manual_seed(0)
    compare(printed(translated(theirs)[0], "homework"), printed(theirs, "homework in PyTorch"))


def test_weights_move_as_the_document_says(torch, tmp_path, monkeypatch):
    pytest.importorskip("safetensors", reason="safetensors is not installed: it is an extra")
    monkeypatch.chdir(tmp_path)
    models, *ways = blocks(4)
    x = np.random.default_rng(0).normal(size=(2, 3, 6, 6)).astype("float32")
    for lines, receiver in zip(ways, ["ours"] * 3 + ["theirs"] * 3, strict=True):
        names = {}
        exec(models, names)
        ours, theirs = names["ours"].eval(), names["theirs"].eval()
        theirs[1].running_mean += 0.5
        before = names[receiver][0].weight.tolist()
        exec(lines, names)
        assert names[receiver][0].weight.tolist() != before
        y, expected = ours(mc.tensor(x)), theirs(torch.from_numpy(x))
        np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), 1e-5, 1e-6)


def test_the_comparison_can_fail():
    compare("tensor([1.]) (2, 3) float32", "tensor([1.0000]) torch.Size([2, 3]) torch.float32")
    for ours, theirs in (
        ("0.5", "0.5003"), ("(2,)", "torch.Size([3])"), ("True", "False"), ("1 2", "1"),
        ("float64", "torch.float32"), ("nan", "0.0"), ("tensor([1])", "tensor(1)"),
        ("tensor([[1, 2]])", "tensor([1, 2])"),
    ):
        with pytest.raises(AssertionError):
            compare(ours, theirs)
