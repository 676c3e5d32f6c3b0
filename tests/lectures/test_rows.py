"""The machinery of the lectures: verdicts, rounding, texts, and that every row can be broken."""

import re
import zlib

import broken_rows
import numpy as np
import pytest
from checks import difference, same
from lectures import agree, rows, show
from lectures.rows import External, Row, external, filled, load, row

import minicnn as mc

# How many rows each lecture's part of the table of numbers has.
ROWS = {"000": 13, "001": 11, "002": 39, "003": 15, "004": 28}
COMPUTED = [number for number, r in load().items() if isinstance(r, Row)]


@pytest.fixture
def registry(monkeypatch):
    """An empty table of rows, for the rows of a test."""
    monkeypatch.setattr(rows, "ROWS", {})
    return rows.ROWS


def made(registry, result, **given):
    """A row that returns ``result``."""

    @row("4.99", slide="A slide", **given)
    def function(x=2):
        """A docstring."""
        return result(x) if callable(result) else result

    return registry["4.99"]


@pytest.mark.parametrize(
    ("printed", "computed", "verdict"),
    [
        (None, 5, "ANSWER"),
        (5, 5, "OK"),
        (5, 5.0, "OK"),
        (0.8, 0.1 + 0.7, "OK"),
        (0.8, 0.8000001, "WRONG"),
        (178, -20, "WRONG"),
        (".67", 2 / 3, "OK"),
        (".66", 2 / 3, "WRONG"),
        (".67", 0.665, "OK"),  # a half up
        (".66", 0.665, "OK"),  # a half to even
        (".67", 0.6649, "WRONG"),
        ("0.80", 0.803, "OK"),
        ("120,000", 120_000, "OK"),
        ("48 001", 48_120, "WRONG"),
        ("-3.5", -3.5, "OK"),
        ("−3.5", -3.5, "OK"),
        ("3.5", -3.5, "WRONG"),
        ("7.34 %", 7.33945, "OK"),
        ("100%", 100, "OK"),
        ("Monday", "Monday", "OK"),
        ("Monday", "Tuesday", "WRONG"),
        ("many", 5, "WRONG"),
        (5, "5", "WRONG"),
        ([77, 172], np.array([77.0, 172.0]), "OK"),
        ([77, 178], np.array([77.0, -20.0]), "WRONG"),
        ([77, 172], np.array([[77.0, 172.0]]), "WRONG"),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]]), "OK"),
        ([".33", 1], [1 / 3, 1], "OK"),
        (["a", "b"], ["a", "b"], "OK"),
        (np.nan, np.nan, "OK"),
        (np.nan, 0.0, "WRONG"),
        (np.inf, np.inf, "OK"),
        (True, True, "OK"),
        (lambda x: x + 1, 3, "OK"),
        (lambda x: {"": x}, 3, "WRONG"),
    ],
)
def test_the_verdict_is_computed(printed, computed, verdict, registry):
    found = made(registry, computed, prints=printed, why="because").run()
    assert found.verdict == verdict


@pytest.mark.parametrize("reading", ["LOOSE", "INCONS"])
def test_a_reading_is_the_verdict_of_what_agrees(reading, registry):
    assert made(registry, 5, prints=5, why="w", reading=reading).run().verdict == reading


@pytest.mark.parametrize(("reading", "verdict"), [("LOOSE", "WRONG"), ("INCONS", "INCONS")])
def test_a_loose_slide_that_does_not_agree_is_wrong(reading, verdict, registry):
    assert made(registry, 5, prints=6, why="w", reading=reading).run().verdict == verdict


def test_each_label_is_compared(registry):
    answer = made(registry, {"a": 1, "b": [1, 2], "c": 3}, prints={"a": 1, "b": [1, 5]}, why="w")
    a, b, c = answer.run().compared
    assert (a.agrees, b.agrees, c.agrees) == (True, False, True)
    assert b.different == [(1,)]
    assert c.printed is None
    assert answer.run().verdict == "WRONG"


def test_a_formula_takes_the_inputs_that_it_names(registry):
    found = made(registry, lambda x: x**2, prints=lambda x: x * x)
    assert found.printed() == {"": 4}
    assert found.printed(x=3) == {"": 9}
    assert found.compute(x=3) == {"": 9}
    assert found.inputs() == {"x": 2}


def test_values_become_plain(registry):
    result = made(
        registry,
        {"tensor": mc.tensor([1.0, 2.0]), "scalar": np.float32(3), "tuple": (1, 2), "text": "t"},
    ).compute()
    assert isinstance(result["tensor"], np.ndarray)
    assert type(result["scalar"]) is float
    assert isinstance(result["tuple"], np.ndarray)
    assert result["text"] == "t"


def test_a_value_of_another_kind_is_refused(registry):
    with pytest.raises(TypeError, match="numbers, texts and arrays of numbers, not object"):
        made(registry, {"a": object()}).compute()


def test_a_row_prints_nothing_of_its_own(registry, capsys):
    made(registry, lambda x: print("noise") or x).run()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prints": 6}, "row 4.99 is WRONG and needs a text why"),
        ({"prints": {"other": 6}}, r"the slide prints \['other'\], but the row computes only"),
        ({"prints": 6, "why": "{other}"}, r"the text names \{other\}, but the result has \[''\]"),
    ],
)
def test_a_row_that_does_not_hold_together_is_refused_when_run(given, message, registry):
    with pytest.raises(ValueError, match=message):
        made(registry, 5, **given).run()


@pytest.mark.parametrize(
    ("number", "given", "message"),
    [
        ("4.5", {"reading": "WRONG"}, "'LOOSE' or 'INCONS', or left out; got 'WRONG'"),
        ("4.5", {"reading": "LOOSE"}, "row 4.5 is LOOSE and needs a text why"),
        ("4.5", {"picture": "roc"}, "'<file>.<function>' in pictures/, got 'roc'"),
        ("5.1", {}, "'5.1' is no row: they look like 4.5"),
        ("4.0", {}, "'4.0' is no row"),
    ],
)
def test_a_row_is_checked_when_it_is_made(number, given, message, registry):
    with pytest.raises(ValueError, match=re.escape(message)):

        @row(number, slide="A slide", **given)
        def function(x=1):
            """A docstring."""

    assert not registry


def test_a_row_needs_defaults_a_docstring_and_a_number_of_its_own(registry):
    def without_default(x):
        """A docstring."""

    def without_docstring(x=1):
        return x

    with pytest.raises(ValueError, match="the input x has no default"):
        row("4.5", slide="A slide")(without_default)
    with pytest.raises(ValueError, match="without_docstring has no docstring"):
        row("4.5", slide="A slide")(without_docstring)
    external("4.5", slide="A slide", says="this", source="there")
    with pytest.raises(ValueError, match=r"there is a row 4\.5 already: A slide"):
        external("4.5", slide="Another", says="this", source="there")
    with pytest.raises(ValueError, match="needs what the slide says and a source"):
        external("4.6", slide="A slide", says="this", source="")


def test_the_function_stays_as_it_is(registry):
    def function(x=1):
        """A docstring."""
        return x

    assert row("4.5", slide="A slide")(function) is function


def test_texts_are_filled_from_the_result():
    result = {"F1": 2 / 3, "row 0": np.array([77.0, -20.0]), "a: b": 62_958, "m": np.eye(2)}
    text = "{F1:.4f} {F1} {row 0[1]} {row 0} {a: b} {m[0, 1]}"
    assert filled(text, result) == "0.6667 0.6666667 -20 [77, -20] 62,958 0"


def test_numbers_read_well():
    values = (77.0, 62_958, 9_999, 10_000, -20, 2 / 3, 1e-9, np.nan, np.inf, np.int64(3), "t")
    assert [show.number(v) for v in values] == [
        "77", "62,958", "9999", "10,000", "-20", "0.6666667", "1e-09", "nan", "inf", "3", "t",
    ]


def test_matrices_have_aligned_columns():
    assert show.lines(np.array([[1, -20], [300, 4]])) == ["[  1  -20]", "[300    4]"]
    assert show.lines(np.zeros((2, 1, 2))) == ["[0  0]", "", "[0  0]"]
    assert show.lines([1, 2]) == ["[1  2]"]
    assert show.lines([]) == ["[]"]
    assert show.lines("text") == ["text"]


def test_rounding_errors_beside_larger_numbers_are_shown_as_zero():
    noisy = np.array([[0.5, -9e-18], [1e-16, np.nan]])
    assert show.lines(noisy) == ["[0.5    0]", "[  0  nan]"]
    assert show.in_text(noisy) == "[[0.5, 0], [0, nan]]"
    assert show.lines(np.array([9e-18, 3e-20])) == ["[9e-18  3e-20]"]  # small, but all of it
    assert show.lines(np.array([0.5, 1e-13])) == ["[0.5  1e-13]"]
    assert show.lines(np.array([np.inf, 1e-20])) == ["[inf  1e-20]"]
    assert show.lines(np.array([[]])) == ["[]"]
    assert show.number(1.7e-20) == "1.7e-20"
    assert noisy[0, 1] == -9e-18


def test_long_lists_are_wrapped_and_lose_nothing():
    lines = show.lines(range(100) and list(range(100)))
    assert len(lines) > 1
    assert max(map(len, lines)) <= 90
    assert " ".join(lines).strip("[]").split() == [str(i) for i in range(100)]


def test_what_a_text_prints():
    assert agree.read("120,000") == (120_000, 0)
    assert agree.read(".67") == (0.67, 2)
    assert agree.read("7.34 %") == (7.34, 2)
    assert agree.read("many") is None
    assert agree.read("") is None
    assert agree.read(".") is None


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.001, False),
        (np.nan, np.nan, True),
        ([1, 2], np.array([1, 2]), False),  # a list is one of texts
        (np.array([1, 2]), np.array([[1, 2]]), False),
        ("a", "a", True),
        (1, "1", False),
    ],
)
def test_results_are_held_against_oracles(a, b, alike):
    assert same(a, b) is alike


def test_the_oracle_must_have_the_same_labels():
    assert "labels" in difference({"a": 1}, {"b": 1})
    assert difference({"a": 1}, {"a": 1}) == ""


@pytest.mark.parametrize("lecture", ROWS)
def test_no_number_of_the_lectures_is_missing(lecture):
    """Row by row from 1 on, computed or external; a letter marks the parts of one."""
    numbers = {int(re.sub("[a-z]", "", n.partition(".")[2])) for n in load(lecture)}
    assert numbers == set(range(1, ROWS[lecture] + 1))


def test_lectures_follow_one_another():
    lectures = [r.lecture for r in load().values()]
    assert lectures == sorted(lectures)
    assert set(lectures) == set(ROWS)


@pytest.mark.parametrize("number", COMPUTED)
def test_a_wrong_slide_says_why_in_a_few_lines(number):
    answer = load()[number].run()
    if answer.verdict in ("WRONG", "LOOSE", "INCONS"):
        assert 40 < len(answer.why) < 700
        assert "{" not in answer.why


def test_external_facts_have_a_source():
    facts = [r for r in load().values() if isinstance(r, External)]
    assert facts
    assert all(len(fact.source) > 10 and len(fact.says) > 5 for fact in facts)


@pytest.mark.parametrize("number", COMPUTED)
def test_a_broken_row_is_noticed(number):
    """One mutant of each row, another for each number; broken_rows.py runs all of them."""
    found, oracle = load()[number], broken_rows.oracle_of(number)
    mutants = [
        mutant for mutant in broken_rows.mutants(found)
        if mutant.function is found.function and not broken_rows.is_equivalent(found, mutant)
    ]
    assert mutants, f"row {number} has nothing that can be broken"
    mutant = mutants[zlib.crc32(number.encode()) % len(mutants)]
    rights = broken_rows.right_results(found, oracle)
    assert not broken_rows.survives(found, rights, mutant, oracle.tolerance), mutant.change


def test_the_mutation_is_undone():
    found = load()["1.5"]
    before = found.compute()
    for mutant in broken_rows.mutants(found):
        with broken_rows.broken(mutant):
            pass
    assert found.compute() == before
