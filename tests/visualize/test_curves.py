"""ROC and precision-recall drawings: lines are the metrics' points, marks where they say."""

import subprocess
import sys

import numpy as np
import pytest
from labelled import same

import minicnn as mc
from minicnn import metrics
from minicnn.visualize import draw_precision_recall, draw_roc

pytest.importorskip("matplotlib", reason="the extra 'examples' is not installed")
Y = np.array([0, 0, 1, 1, 0, 1, 0, 1])
S = np.array([0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2, 0.4])
DRAWINGS = (draw_roc, draw_precision_recall)


def curves(ax):
    """The data of the lines, without guessing and marks."""
    return [line.get_xydata() for line in ax.lines if line.get_linestyle() == "-"]


def marks(ax):
    texts = [t.get_text() for t in ax.texts]
    points = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"]
    return dict(zip(texts, map(tuple, points), strict=True))


def words(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


def test_the_roc_is_the_curve():
    ax = draw_roc(Y, S)
    fpr, tpr, _ = metrics.roc_curve(Y, S, drop_intermediate=False)
    same(curves(ax)[0], np.stack([fpr, tpr], 1))
    assert words(ax) == ["guessing", f"AUC = {metrics.roc_auc_score(Y, S):.3f}"]
    assert "sensitivity" in ax.get_ylabel() and "1 − specificity" in ax.get_xlabel()


def test_precision_recall_is_the_curve():
    ax = draw_precision_recall(Y, S)
    precision, recall, _ = metrics.precision_recall_curve(Y, S)
    (line,) = curves(ax)
    same(line, np.stack([recall, precision], 1))
    assert ax.lines[1].get_drawstyle() == "steps-post"
    assert words(ax) == ["guessing", f"AP = {metrics.average_precision_score(Y, S):.3f}"]
    same(ax.lines[0].get_ydata(), [Y.mean()] * 2)  # guessing: the prevalence


@pytest.mark.parametrize("threshold", [-1, 0.1, 0.3, 0.4, 0.85, 0.9])
def test_a_threshold_is_marked_where_it_is(threshold):
    called = (threshold <= S).astype(int)
    found = (1 - metrics.specificity(Y, called), metrics.sensitivity(Y, called))
    same(marks(draw_roc(Y, S, threshold=threshold))[f"{threshold:g}"], found)
    found = (metrics.recall_score(Y, called), metrics.precision_score(Y, called))
    same(marks(draw_precision_recall(Y, S, threshold=threshold))[f"{threshold:g}"], found)


def test_a_threshold_above_all_scores():
    assert marks(draw_roc(Y, S, threshold=2)) == {"2": (0, 0)}
    assert marks(draw_precision_recall(Y, S, threshold=2)) == {"2": (0, 1)}
    assert list(marks(draw_roc(Y, S, threshold=[0.1, 0.4]))) == ["0.1", "0.4"]


@pytest.mark.parametrize("draw", DRAWINGS)
def test_several_curves_share_the_axes(draw):
    ax = draw(Y, S, label="first")
    assert draw(mc.tensor(Y), mc.tensor(1 - S), ax, label="second", pos_label=1) is ax
    assert len(curves(ax)) == 2 and words(ax).count("guessing") == 1
    assert [w.partition(" (")[0] for w in words(ax)] == ["guessing", "first", "second"]


@pytest.mark.parametrize("draw", DRAWINGS)
def test_saved(draw, tmp_path):
    draw(Y, S, threshold=0.4).figure.savefig(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("draw", DRAWINGS)
def test_refused(draw):
    with pytest.raises(TypeError, match=f"{draw.__name__}: ax must be matplotlib Axes.*got str"):
        draw(Y, S, "roc.png")
    with pytest.raises(ValueError, match="give pos_label"):
        draw(Y + 1, S)


def test_matplotlib_is_imported_to_draw_and_not_before():
    code = """
import sys, minicnn.visualize
assert not {"matplotlib", "sklearn", "scipy", "skimage"} & sys.modules.keys(), "imported too early"
sys.modules["matplotlib"] = None
for call in (lambda: minicnn.visualize.draw_roc([0, 1], [0, 1]),
             lambda: minicnn.visualize.draw_precision_recall([0, 1], [0, 1]),
             lambda: minicnn.visualize.draw_confusion_matrix([[1]])):
    try:
        call()
    except ImportError as error:
        assert "needs matplotlib" in str(error) and "minicnn[examples]" in str(error), error
    else:
        raise AssertionError("no error")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
