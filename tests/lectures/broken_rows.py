"""Breaks the code of each row, once at each place, and sees whether the row's oracle notices.

    python tests/lectures/broken_rows.py              every row, every mutant
    python tests/lectures/broken_rows.py 001 4.5      a lecture, a row

A mutant is the row's function (or a helper that it calls by its own name) with one change: an
operator turned round, a term dropped, a number made one larger, a comparison turned round, a
keyword of a call left out, the first two arguments of a call or results of a row swapped. The
change is made in the syntax tree and put into the running function.

A mutant that gives what the oracle gives, on all its inputs, *survives*: then the oracle's
changed inputs are too tame, or the change changes nothing. Those of the second kind are in
EQUIVALENT, with the reason. A helper's mutant survives if no row that calls it notices.
test_rows.py runs one mutant of every row; all take a minute or two. Not collected by pytest.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import signal
import sys
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2] / name) for name in ("examples", "")]

import checks
from lectures.rows import ROWS, Row, lecture_of, load

TIMEOUT = 20  # seconds for a mutant: an endless loop is noticed too

SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.And: ast.Or, ast.Or: ast.And,
}

# Calls whose first two arguments may change places.
SYMMETRIC = {
    "accuracy_score", "add", "allclose", "array_equal", "box_iou", "dice_loss", "dice_score",
    "equal", "f1_score",
    "global_structural_similarity", "jaccard_score", "max", "maximum", "mean_squared_error", "min",
    "minimum", "mul", "peak_signal_noise_ratio", "structural_similarity",
}

# Mutants that compute the same: (row, what is in the change's text) -> why.
EQUIVALENT: dict[tuple[str, str], str] = {
    ("0.5", "(x, y, **settings)]"): "False is the default, too",
    ("0.5", "x, x,"): "an image is like itself, however it is measured",
    ("1.6", "[1001  ->"): "where the search would give up",
    ("2.31", "'vgg16': nn.Flatten()"): "who only counts does not mind the order of the layers",
    ("4.25", "'F1 of the pixels': metrics.dice_score"): "the two are the same: the row's point",
    ("1.2", "mc.ones(10_000,"): "enough to draw both values; one more or less does not matter",
}


@dataclass(frozen=True)
class Mutant:
    """One change: the function that it is made in, its text, and the code with the change."""

    function: Callable[..., Any]
    change: str
    code: types.CodeType


def code_of(row: Row) -> list[Callable[..., Any]]:
    """The row's function and the lectures' helpers that it calls by their own names."""
    found, waiting = [], [row.function]
    others = {r.function for r in ROWS.values() if isinstance(r, Row)} - {row.function}
    while waiting:
        function = waiting.pop()
        found.append(function)
        for name in names(function.__code__):
            value = function.__globals__.get(name)
            if (
                isinstance(value, types.FunctionType)
                and value.__module__.startswith("lectures.")
                and value not in found + waiting
                and value not in others
            ):
                waiting.append(value)
    return found


def names(code: types.CodeType) -> Iterator[str]:
    """The names that a function reads, those of the functions within it too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names(constant)


def mutants(row: Row) -> list[Mutant]:
    made = []
    for function in code_of(row):
        source = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(source)
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef), f"row {row.number} is no plain function"
        definition.decorator_list = []
        for change, mutated in changes(tree, source):
            code = built(function, mutated)
            made.append(Mutant(function, f"{function.__name__}: {change}", code))
    return made


def built(function: Callable[..., Any], tree: ast.Module) -> types.CodeType:
    """The code of the changed definition; its globals and its defaults stay the function's own."""
    names = dict(function.__globals__)
    exec(compile(ast.fix_missing_locations(tree), inspect.getfile(function), "exec"), names)
    return names[function.__name__].__code__


def changes(tree: ast.Module, source: str) -> Iterator[tuple[str, ast.Module]]:
    """Every change at every place of the body: its text, and the tree with it."""
    written = source.splitlines()
    for place, node in enumerate(places(tree)):
        for number in range(len(alternatives(node))):
            changed = copy.deepcopy(tree)
            same = places(changed)[place]
            new = alternatives(same)[number]
            line = written[node.lineno - 1].strip()
            text = f"{line}   [{ast.unparse(node)}  ->  {ast.unparse(new)}]"
            yield text, Replace(same, new).visit(changed)


def places(tree: ast.Module) -> list[ast.AST]:
    """The nodes that may be changed: of the body, without zip's ``strict``, a check of lengths."""
    found, waiting = [], body(tree)[::-1]
    while waiting:
        node = waiting.pop()
        if not (isinstance(node, ast.keyword) and node.arg == "strict"):
            found.append(node)
            waiting += list(ast.iter_child_nodes(node))[::-1]
    return found


def body(tree: ast.Module) -> list[ast.stmt]:
    """The statements of the function, without its docstring."""
    statements = tree.body[0].body
    first = statements[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return statements[1:] if is_docstring else statements


def alternatives(node: ast.AST) -> list[ast.AST]:
    """What a node may be replaced by."""
    if isinstance(node, ast.BinOp):
        turned = [ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right)] if (
            type(node.op) in SWAPPED
        ) else []
        return [*turned, node.left, node.right]
    if isinstance(node, ast.BoolOp):
        return [ast.BoolOp(SWAPPED[type(node.op)](), node.values)]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        turned = [SWAPPED[type(node.ops[0])](), *node.ops[1:]]
        return [ast.Compare(node.left, turned, node.comparators)]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return [ast.Constant(not node.value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return [ast.Constant(node.value + 1)]
    if isinstance(node, ast.Dict) and len(node.keys) > 1:
        first, second = node.values[:2]
        alike = None in node.keys[:2] or ast.unparse(first) == ast.unparse(second)
        return [] if alike else [ast.Dict(node.keys, [second, first, *node.values[2:]])]
    if isinstance(node, ast.Call):
        swapped = [] if len(node.args) < 2 or called(node) in SYMMETRIC else [
            ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
        ]
        return swapped + [
            ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])
            for i, keyword in enumerate(node.keywords)
            if keyword.arg != "strict"
        ]
    return []


def called(node: ast.Call) -> str:
    """The last name of what is called: "f1_score" of metrics.f1_score(...)."""
    return ast.unparse(node.func).rpartition(".")[2]


class Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self.new, node) if node is self.old else super().visit(node)


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    """The change is in the running function, within the block."""
    right = mutant.function.__code__
    mutant.function.__code__ = mutant.code
    try:
        yield
    finally:
        mutant.function.__code__ = right


def right_results(row: Row, oracle: checks.Oracle) -> list[tuple[dict[str, Any], Any]]:
    """The inputs that the oracle is tried on, each with what it gives."""
    return [
        (changed, oracle.function(**(row.inputs() | changed))) for changed in ({}, *oracle.sets())
    ]


def survives(
    row: Row, rights: list[tuple[dict[str, Any], Any]], mutant: Mutant, tolerance: float
) -> bool:
    """Does the broken row still give what the oracle gives, on all its inputs?"""
    for changed, right in rights:
        try:
            with broken(mutant), limited(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if checks.difference(row.compute(**changed), right, tolerance):
                    return False
        except Exception:  # whatever it raises, the test of the row would have failed
            return False
    return True


@contextmanager
def limited() -> Iterator[None]:
    """TimeoutError after TIMEOUT seconds."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(TIMEOUT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def is_equivalent(row: Row, mutant: Mutant) -> bool:
    return any(row.number == n and text in mutant.change for n, text in EQUIVALENT)


def oracle_of(number: str) -> checks.Oracle:
    return importlib.import_module(f"test_lecture_{lecture_of(number)}").ORACLES[number]


def main(which: list[str]) -> int:
    lectures = {w if "." not in w else lecture_of(w) for w in which} or {None}
    every = {n: row for lecture in lectures for n, row in load(lecture).items()}
    noticed: dict[str, bool] = {}  # by the mutant's change, which names the function
    for number, row in sorted(every.items(), key=lambda item: item[1].lecture):
        if not isinstance(row, Row) or (which and not {number, row.lecture} & set(which)):
            continue
        oracle = oracle_of(number)
        rights = right_results(row, oracle)
        tried = [m for m in mutants(row) if not is_equivalent(row, m)]
        for mutant in tried:
            change = f"{number if mutant.function is row.function else 'helper'} {mutant.change}"
            survived = survives(row, rights, mutant, oracle.tolerance)
            noticed[change] = noticed.get(change, False) or not survived
        print(f"{number}: {len(tried)} mutants", flush=True)
    survivors = [change for change, seen in noticed.items() if not seen]
    print(*(f"survives: {change}" for change in survivors), sep="\n")
    print(f"{len(survivors)} of {len(noticed)} mutants survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
