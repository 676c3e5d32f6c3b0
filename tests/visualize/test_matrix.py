"""The confusion matrix drawn: rows the truth, each cell its number."""

import numpy as np
import pytest
from labelled import same, warns

from minicnn import metrics
from minicnn.visualize import draw_confusion_matrix

pytest.importorskip("matplotlib", reason="the extra 'examples' is not installed")
MATRIX = np.array([[8, 2, 0], [0, 5, 0], [1, 1, 2]])


def cells(ax):
    return {tuple(map(int, t.get_position()[::-1])): t.get_text() for t in ax.texts}


def test_each_cell_is_its_number():
    ax = draw_confusion_matrix(MATRIX, ["normal", "pneumonia", "mass"])
    assert cells(ax) == {(i, j): str(MATRIX[i, j]) for i in range(3) for j in range(3)}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("prediction", "truth")
    for axis in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert [t.get_text() for t in axis] == ["normal", "pneumonia", "mass"]
    low, high = ax.get_ylim()
    assert low > high, "row 0 is at the top"
    same(ax.images[0].get_array(), metrics.row_percentages(MATRIX))  # the colours


def test_percentages_and_shares():
    assert cells(draw_confusion_matrix(MATRIX, percentages=True))[2, 0] == "25.0 %"
    assert cells(draw_confusion_matrix(MATRIX / 20))[0, 0] == "0.4"
    assert [t.get_text() for t in draw_confusion_matrix(MATRIX).get_xticklabels()] == list("012")


def test_an_empty_row_stays_white(tmp_path):
    with warns("there is nothing in row 1"):
        ax = draw_confusion_matrix([[1, 0], [0, 0]])
    assert ax.images[0].get_array()[1].max() == 0
    ax.figure.savefig(tmp_path / "matrix.png")
    assert draw_confusion_matrix([[1]], ax=ax) is ax


@pytest.mark.parametrize("arguments, words", [
    (([1, 2],), r"is \(K, K\) numbers, got int64 of shape \(2,\)"),
    (([[1, 2]],), r"\(1, 2\)"),
    (([["a"]],), "numbers, got <U1"),
    (([[]],), r"\(1, 0\)"),
    ((np.zeros((0, 0), int),), r"\(0, 0\)"),
    ((MATRIX, ["a"]), "1 labels for a matrix of 3 by 3"),
    ((MATRIX, 3), "labels must be a list of names, got 3"),
])
def test_refused(arguments, words):
    with pytest.raises((TypeError, ValueError), match=f"draw_confusion_matrix: .*{words}"):
        draw_confusion_matrix(*arguments)
