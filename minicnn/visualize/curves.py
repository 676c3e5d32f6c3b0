"""The curves of a moving threshold: ROC, and precision against recall.

Each call adds one curve, so that several models, or several labels, share the axes:

    ax = draw_roc(y, first, label="first")
    draw_roc(y, second, ax, label="second", threshold=0.5)
    ax.figure.savefig("roc.png")
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import to_numpy
from ..metrics import auc, precision_recall_curve, roc_curve
from ..metrics.precision_recall import area_of_steps
from .axes import GREY, axes_for


def draw_roc(
    y_true: Any,
    y_score: Any,
    ax: Any = None,
    pos_label: Any = None,
    label: str | None = None,
    threshold: Any = None,
) -> Any:
    """Draws the ROC curve, with its area in the legend; returns the matplotlib Axes.

    Up the sensitivity, to the right 1 − specificity; the dashed diagonal is guessing. Arguments as
    in :func:`minicnn.metrics.roc_curve`. ``threshold``: a number, or several, whose points are
    marked: what is called positive is score ≥ threshold. ``label`` is the curve's name. On new axes
    for None. Source: 003 "ROC curve and Threshold". ImportError where matplotlib is missing.
    """
    curve = roc_curve(y_true, y_score, pos_label, drop_intermediate=False)
    fpr, tpr, thresholds = map(to_numpy, curve)  # a picture is drawn on the CPU
    new = ax is None
    ax = axes_for(ax, "draw_roc")
    if new:
        ax.plot([0, 1], [0, 1], color=GREY, ls="--", lw=1, label="guessing")
    (line,) = ax.plot(fpr, tpr, lw=2, label=_named(label, f"AUC = {auc(fpr, tpr):.3f}"))
    for t in _thresholds(threshold):
        # The thresholds fall: the point is that of the last one that is not below t.
        at = np.count_nonzero(thresholds >= t) - 1
        _mark(ax, line, fpr[at], tpr[at], t)
    return _framed(ax, "1 − specificity (false-positive rate)", "sensitivity (true-positive rate)")


def draw_precision_recall(
    y_true: Any,
    y_score: Any,
    ax: Any = None,
    pos_label: Any = None,
    label: str | None = None,
    threshold: Any = None,
) -> Any:
    """Draws precision against recall, with the average precision in the legend; returns the Axes.

    A step a threshold: the average precision is the area under the steps. The dashed line, the
    prevalence, is guessing. Arguments as in :func:`draw_roc`.
    """
    curve = precision_recall_curve(y_true, y_score, pos_label)
    precision, recall, thresholds = map(to_numpy, curve)
    new = ax is None
    ax = axes_for(ax, "draw_precision_recall")
    if new:  # at the lowest threshold everybody is called ill: the precision is the prevalence
        ax.axhline(precision[0], color=GREY, ls="--", lw=1, label="guessing")
    (line,) = ax.plot(recall, precision, lw=2, drawstyle="steps-post",
                      label=_named(label, f"AP = {area_of_steps(precision, recall):.3f}"))
    for t in _thresholds(threshold):
        at = np.count_nonzero(thresholds < t)  # rising; behind the last one there is (0, 1)
        _mark(ax, line, recall[at], precision[at], t, up=True)
    return _framed(ax, "recall", "precision")


def _thresholds(threshold: Any) -> list[float]:
    return [] if threshold is None else np.atleast_1d(np.asarray(threshold, float)).tolist()


def _mark(
    ax: Any, line: Any, x: float, y: float, threshold: float, up: bool = False
) -> None:
    ax.plot([x], [y], "o", color=line.get_color(), ms=6, zorder=3, clip_on=False)
    beside = (5, 5 if up else -11)
    ax.annotate(f"{threshold:g}", (x, y), beside, textcoords="offset points", fontsize=8)


def _named(label: str | None, value: str) -> str:
    return value if label is None else f"{label} ({value})"


def _framed(ax: Any, x: str, y: str) -> Any:
    ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=x, ylabel=y, aspect="equal")
    ax.legend(loc="lower right" if x != "recall" else "lower left", fontsize=8)
    return ax
