"""The reference is complete and true: every public name is in it, with the signature it has."""

import inspect
import re
from pathlib import Path

import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import data, filters, metrics, nn, optim, visualize
from minicnn.optim import lr_scheduler

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
PAGES = sorted(FOLDER.glob("*.md"))
NAMES = {
    "mc": mc, "F": F, "nn": nn, "optim": optim, "data": data, "lr_scheduler": lr_scheduler,
    "filters": filters, "metrics": metrics, "visualize": visualize,
    "Tensor": mc.Tensor, "Module": nn.Module, "Optimizer": optim.Optimizer,
}
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def signature(name: str) -> str:
    """``F.relu(input, inplace=False)``, without annotations."""
    owner = name.rpartition(".")[0]
    function = eval(name, dict(NAMES))
    parameters = list(inspect.signature(function).parameters.values())
    if inspect.isclass(NAMES.get(owner)):
        parameters = parameters[1:]  # self
    written, star = [], False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not star:
            written.append("*")
        star = star or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        text = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name
        if p.default is not p.empty:
            default = p.default.__name__ if callable(p.default) else repr(p.default)
            text += "=" + default.replace("'", '"')
        written.append(text)
    return f"{name}({', '.join(written)})"


HEADINGS = re.findall(r"^### `(([\w.]+)\(.*\))`$", TEXT, flags=re.M)


@pytest.mark.parametrize("heading, name", HEADINGS, ids=[name for _, name in HEADINGS])
def test_a_heading_is_the_signature(heading, name):
    assert heading == signature(name)


def test_every_heading_of_an_entry_is_checked():
    assert len(HEADINGS) == TEXT.count("\n### ") > 100


# In the text of the pages a name stands in `code`, after its owner, or after a dot in a list.
CODE = " ".join(re.findall(r"`[^`\n]+`", TEXT))
OWNERS = r"mc|F|nn|optim|data|lr_scheduler|filters|metrics|visualize|nn\.init|nn\.utils"
MENTIONED = set(re.findall(rf"(?<!\w)((?:{OWNERS})\.\w+)", CODE))
METHODS = set(re.findall(r"\.(\w+)", CODE))


def public(owner):
    """The names of functions and classes that a namespace offers."""
    listed = getattr(owner, "__all__", None) or vars(owner)
    for name in listed:
        value = getattr(owner, name)
        if not name.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)):
            yield name, value


@pytest.mark.parametrize("owner", [
    "mc", "F", "nn", "optim", "data", "lr_scheduler", "filters", "metrics", "visualize",
])
def test_every_public_name_is_there(owner):
    same = {value: name for o in ("mc", "F") for name, value in public(NAMES[o])
            if f"{o}.{name}" in MENTIONED}  # F.relu is there where mc.relu is
    missing = []
    for name, value in public(NAMES[owner]):
        family = re.sub(r"[13]d$", "2d", name)  # `nn.ZeroPad2d` speaks for its three
        here = {f"{owner}.{name}", f"{owner}.{family}"} & MENTIONED or value in same
        if not here:
            missing.append(f"{owner}.{name}")
    assert not missing, f"docs/reference has no word on {missing}"


@pytest.mark.parametrize("owner", ["Tensor", "Module", "Optimizer"])
def test_every_method_is_there(owner):
    own = {n for n, v in vars(NAMES[owner]).items() if not n.startswith("_") and callable(v)}
    functions = {n for n, _ in [*public(mc), *public(F)]}  # what is a method of the same name too
    missing = sorted(own - METHODS - (functions if owner == "Tensor" else set()))
    assert not missing, f"docs/reference has no word on {owner}'s {missing}"
