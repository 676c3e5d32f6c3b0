"""The documents hold: their examples run, their excerpts are in the files, their links lead on."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"(?:#|//) ([\w/]+\.(?:py|h|cpp))\n")


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def blocks(document: Path) -> list[tuple[str, int]]:
    """The code blocks of a document, with their line numbers."""
    text = document.read_text(encoding="utf-8")
    return [(m[2], text.count("\n", 0, m.start(2))) for m in BLOCK.finditer(text)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_examples_run(document):
    """Every ``>>>``, in one go from top to bottom as a reader would type them."""
    runner, told, names = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE), [], {}
    parser = doctest.DocTestParser()
    for code, line in blocks(document):
        if ">>>" in code:
            test = parser.get_doctest(code, names, name(document), str(document), line)
            runner.run(test, out=told.append, clear_globs=False)
            names.update(test.globs)
    assert not runner.failures, "".join(told)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_excerpts_are_in_their_files(document):
    """A block that starts with a file's name holds lines of that file, in order."""
    for code, line in blocks(document):
        if (named := FILE.match(code)) is None:
            continue
        lines = (ROOT / named[1]).read_text(encoding="utf-8").splitlines()
        at = 0
        for excerpt in filter(str.strip, code.splitlines()[1:]):
            assert excerpt in lines[at:], f"{name(document)}:{line}: {named[1]} lacks {excerpt!r}"
            at = lines.index(excerpt, at) + 1


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_files_and_links_exist(document):
    text = BLOCK.sub("", document.read_text(encoding="utf-8"))
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text)
    files = re.findall(
        r"`((?:minicnn|csrc|examples|tests|docs|benchmarks)/[\w/.]*)`", text
    )
    for target, base in [(t, document.parent) for t in links] + [(t, ROOT) for t in files]:
        assert (base / target).exists(), f"{name(document)} names {target}, which does not exist"


def test_commands_of_the_readme_are_single_lines():
    """Two commands that set themselves up, each one line in a block of its own."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [m[2] for m in BLOCK.finditer(readme) if m[2].startswith("python3 -m venv")]
    assert len(commands) == 2
    for command in commands:
        assert command.count("\n") == 1
    assert "examples/train_digits.py" in commands[0]
    assert "-m pytest" in commands[1]
