"""docs/lectures.md and docs/errata.md say what the rows compute, and so does the README."""

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest
from lectures import __main__ as command
from lectures import page
from lectures.agree import entries_agree
from lectures.rows import External, Row, filled, load

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?")
COMMAND = re.compile(r"`python examples/lectures ([\d.a-z ]+)`")
ANEW = "python examples/lectures --markdown > docs/lectures.md"


@cache
def printed(*arguments: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert command.main([*arguments]) == 0
    return out.getvalue()


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def number(text: str) -> float:
    return float(text.rstrip(",").replace(",", "").replace("−", "-"))


def first_difference(ours: str, theirs: str) -> str:
    """The first line in which two texts differ, numbers up to what processors round; "" if none."""
    for a, b in zip(ours.splitlines(), theirs.splitlines(), strict=False):
        words = NUMBER.sub("#", a) == NUMBER.sub("#", b)
        if not (words and all(map(same, NUMBER.findall(a), NUMBER.findall(b)))):
            return f"{a}\n{b}"
    return "" if ours.count("\n") == theirs.count("\n") else "one is longer"


def same(a: str, b: str) -> bool:
    """Fractions, which are printed with seven digits, may differ in the last one."""
    rounded = "." in a or "e" in a or ("," not in a and len(a) >= 7)
    return a == b or (rounded and number(a) == pytest.approx(number(b), rel=2e-6, abs=0))


def test_the_page_of_the_lectures_is_what_the_command_prints():
    told = first_difference(read("docs/lectures.md"), printed("--markdown"))
    assert not told, f"{told}\nthe page is written anew by: {ANEW}"


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        ("F1: 0.6666667", "F1: 0.6666666", True),
        ("F1: 0.6666667", "F1: 0.6667", False),
        ("[f1](a.py#L241)", "[f1](a.py#L242)", False),
        ("62,958", "62,747", False),
        ("102,764,544", "102,764,543", False),
        ("4893274", "4893275", True),
        ("1.690141e-20", "1.690142e-20", True),
        ("1.690141e-20", "1.690141e-19", False),
        ("178", "-178", False),
        ("one", "two", False),
        ("one", "one\ntwo\n", False),
    ],
)
def test_a_page_that_is_stale_is_noticed(a, b, alike):
    assert (first_difference(a, b) == "") is alike


def test_every_row_is_on_the_page_with_its_code():
    text = read("docs/lectures.md")
    lines = {line.split(" | ")[0].strip("| "): line for line in text.splitlines()}
    for name, row in load().items():
        assert name in lines
        if isinstance(row, Row):
            file, start = re.search(r"\((\S+\.py)#L(\d+)\)", lines[name]).groups()
            source = (ROOT / "docs" / file).read_text(encoding="utf-8").splitlines()
            assert source[int(start) - 1].startswith("@row(")
            assert any(f"def {row.function.__name__}(" in s for s in source[int(start) :][:30])


def test_cells_hold_what_differs_and_are_short():
    text = page.page(list(load().values()), dict.fromkeys(("000", "001", "002", "003", "004"), ""))
    assert "**fc1: 102,744,544**" in text
    assert "**fc1: 102,764,544**" in text
    for line in re.findall(r"^\| \d\.\d+.*$", text, re.M):
        assert len(re.findall(r"(?<!\\)\|", line)) == 7, "six columns"
        values = line.split("<br>")
        assert max(map(len, values)) < 300


def test_rows_named_in_the_introduction_exist():
    names = set(re.findall(r"\d\.\d+[a-z]?(?= \||, \d\.)", page.INTRODUCTION))
    assert names >= {"4.27", "2.10", "3.10", "4.25", "4.4", "2.32b"}
    assert names <= set(load())


# --- errata ---------------------------------------------------------------------------------

# What each entry has in bold, by its command.
RIGHT = [
    ("0.8", ["{weights of layer 3[1]}", "{parameters[1]}"]),
    ("1.1", ["{Var[x'] by the sample STD}"]),
    ("1.5", ["{runs without learning}"]),
    ("1.11b", ["{expected accuracy of the best:.3f}"]),
    ("1.8", ["{F1 of a perfect model}", "{F1[0]}"]),
    ("2.8 2.9", ["{parameters}", "{parameters, RGB}"]),
    ("2.20", ["{parameters[0]}", "{parameters[1]}", "{parameters[2]}", "{total}"]),
    ("2.25", ["{VGGNet: convolutional layers}"]),
    ("2.25", ["{ResNet: convolutional layers}", "{ResNet: convolutions in all}"]),
    ("2.25", ['{AlexNet: layers ("7 for AlexNet")}']),
    ("2.28", ["{fc1}"]),
    ("2.31", ["AttributeError"]),
    ("2.32", ["AttributeError", "model.layers[:10]"]),
    ("2.32b", ["flatten, fc1, fc2, predictions"]),
    ("2.34 2.35", ["{worst}", "{one pixel, by itself}", "{one pixel, global}"]),
    ("2.36b", ["{U-Net}", "{ResNet}"]),
    ("3.10", ["{metrics.confusion_matrix: rows are the truth}"]),
    ("4.1", [f"{{the second's values there[{i}]}}" for i in range(3)]),
    ("4.4", ["{last 2}"]),
    ("4.3", ["{weights of the layer}"]),
    ("4.5", ["{row 0[3]}"]),
    ("4.5", [", ".join(f"{{the same with the image's own pixels[{i}]}}" for i in range(3))]),
    ("4.8", ["{shape of the padded image}"]),
    ("4.9 4.12", ["{the size there}"]),
    ("4.13", ["S = 2"]),
    ("4.22", ["21,841", "1,281,167"]),
    ("4.26", ["{overlap[0]:.4f}", "0.88"]),
    ("0.5", ["{SSIM}", "{SSIM, variances over n - 1}"]),
    ("1.2", ["{E_z without 1/(1-p)}"]),
    ("1.4a", ["{right: majority[0]:.3f}"]),
    ("3.7", []),
    ("3.12", []),
    ("4.11", ["away from the border"]),
    ("4.14", ["may explode"]),
    ("4.27", ["{shape in lecture 002}"]),
]


def entries() -> dict[str, str]:
    """The entries of docs/errata.md by their headings, and the rows of its table."""
    text = read("docs/errata.md")
    found = {}
    for part in re.split(r"^### ", text.partition("\n## Right, with")[0], flags=re.M)[1:]:
        heading, _, body = part.partition("\n")
        assert heading not in found
        found[heading] = f"{heading}\n{re.sub('^## .*', '', body, flags=re.M)}"
    for line in re.findall(r"^\| 0.*$", text, re.M):
        found[line.split("|")[1].strip()] = line
    return found


def rows_of(entry: str) -> list[str]:
    """The rows that the entry's command runs."""
    (given,) = COMMAND.findall(entry)
    return [row.number for row in command.choose(load(), given.split())]


def bold(entry: str) -> list[str]:
    return re.findall(r"\*\*(.+?)\*\*", " ".join(entry.split()))


def untold(entry: str) -> list[str]:
    """What an entry says and its command does not: numbers, rounded or not, and bold texts."""
    (given,) = COMMAND.findall(entry)
    output = " ".join(printed(*given.split()).rpartition("\n\n")[0].split())
    told = [number(n) for n in NUMBER.findall(output.replace("x", " x "))]
    said = re.sub(r"`[^`]*`", "", COMMAND.sub("", entry))
    said = re.sub(r"[Ll]ectures? 00\d|^\| 00\d(, 00\d)?|VGG1\d|\d × \d", "", said)
    missing = [n for n in NUMBER.findall(said) if not is_among(n.rstrip(","), told)]
    return missing + [b for b in bold(entry) if unpunctuated(b) not in unpunctuated(output)]


def is_among(text: str, told: list[float]) -> bool:
    """Is the number one of these? With decimals, it may be one of them rounded."""
    if "." in text:
        return any(entries_agree(text, n) for n in told)
    return number(text) in told


def unpunctuated(text: str) -> str:
    """Lists are printed with spaces between their entries, and quoted with commas."""
    return re.sub(r"(?<=[\w\]]),? +", " ", text)


@pytest.mark.parametrize("heading", entries())
def test_an_erratum_says_what_its_command_prints(heading):
    assert not untold(entries()[heading])


def test_what_is_right_is_what_the_rows_compute():
    """What is bold, entry by entry, filled from the results: "{label}" as in a row's ``why``."""
    found, right = [], []
    for entry, (given, texts) in zip(entries().values(), RIGHT, strict=True):
        computed = {}
        for name in rows_of(entry):
            if isinstance(load()[name], Row):
                computed = load()[name].compute() | computed  # of two, the first
        found.append((*COMMAND.findall(entry), bold(entry)))
        right.append((given, [filled(text, computed) for text in texts]))
    assert found == right


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("**-20**, not 178", []),
        ("**-21**, not 178", ["-21"]),
        ("-20, not 187", ["187"]),
        ("**63, 155, 73**", []),
        ("**63, 155, 76**", ["76", "63, 155, 76"]),
        ("-20.0", []),
        ("-20.1", ["-20.1"]),
        ("**the sum on the moon**", ["the sum on the moon"]),
    ],
)
def test_what_the_command_does_not_print_is_noticed(text, wrong):
    assert untold(f"{text}\n\n`python examples/lectures 4.5`\n") == wrong


def test_errata_stand_in_the_order_of_the_slides():
    order = list(load())
    text = read("docs/errata.md")
    mistakes = [e for e in entries().values() if not e.startswith("|")]
    places = [min(order.index(n) for n in rows_of(e)) for e in mistakes]
    assert places == sorted(places)
    for lecture, part in re.findall(r"^## Lecture (\d+)\n(.*?)(?=^## )", text, re.M | re.S):
        for given in COMMAND.findall(part):
            assert {load()[n].lecture for n in rows_of(f"`python examples/lectures {given}`")} == {
                lecture
            }


def test_every_slide_that_is_not_right_has_its_erratum():
    named = {n for e in entries().values() for n in rows_of(e)}
    wrong = {
        n for n, row in load().items()
        if isinstance(row, Row) and row.run().verdict in ("WRONG", "LOOSE", "INCONS")
    }
    assert wrong <= named
    assert {"0.8b", "4.13", "4.22"} <= named  # mistakes in rows of another verdict


def test_what_is_called_external_is_not_computable():
    """All other numbers of the slides are recomputed: this list is not to grow unnoticed."""
    external = {n for n, row in load().items() if isinstance(row, External)}
    assert external == {"0.12", "0.8b", "1.4b", "2.38", "3.15", "4.21", "4.22", "4.28"}


def test_the_readme_shows_what_the_command_prints():
    shown = re.search(
        r"^```\n\$ \S*python examples/lectures (\S+)\n(.*?)^```$", read("README.md"), re.M | re.S
    )
    assert shown is not None
    assert shown[2].count("\n") == 5
    assert shown[2] in printed(shown[1])
