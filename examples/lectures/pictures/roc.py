"""The ROC curve, with its threshold moved along the scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from minicnn import metrics
from minicnn.visualize import draw_roc

from ..lecture_003 import ROC_SCORES, ROC_TRUTH
from .drawing import BLUE, GREEN, ORANGE, PURPLE, plt

THRESHOLDS = {0.2: GREEN, 0.5: PURPLE, 0.8: "#555555"}


def threshold_moved() -> Any:
    """The patients of lecture 003 by their score, three thresholds, and the points they make."""
    figure = plt.figure(figsize=(17, 9.5), layout="constrained")
    figure.suptitle("Each threshold is a point of the ROC curve", fontsize=22)
    left, right = figure.subfigures(1, 2, width_ratios=(9, 8))
    strips = left.subplots(len(THRESHOLDS), 1, sharex=True)
    for ax, (threshold, color) in zip(strips, THRESHOLDS.items(), strict=True):
        draw_patients(ax, threshold, color)
    strips[-1].set_xlabel("score of the model")
    ax = draw_roc(ROC_TRUTH, ROC_SCORES, right.subplots(), label="all scores")
    for threshold, color in THRESHOLDS.items():
        positive = ROC_SCORES >= threshold
        x = 1 - metrics.specificity(ROC_TRUTH, positive)
        y = metrics.sensitivity(ROC_TRUTH, positive)
        ax.scatter(x, y, s=260, color=color, zorder=5, clip_on=False)
        ax.annotate(f"t = {threshold:g}", (x, y), xytext=(14, -16), textcoords="offset points",
                    color=color, weight="bold")
    ax.plot([0, 1], [0, 1], color="#999999", ls="--", lw=1)
    ax.legend(loc="lower right")
    ax.set_title("the higher the threshold, the further left and down")
    return figure


def draw_patients(ax: Any, threshold: float, color: str) -> None:
    """Diseased above, normal below; filled where the model says +."""
    positive = ROC_SCORES >= threshold
    for ill, y, rim in ((1, 1, ORANGE), (0, 0, BLUE)):
        for said in (True, False):
            x = ROC_SCORES[(ROC_TRUTH == ill) & (positive == said)]
            ax.scatter(x, np.full(len(x), y), s=170, edgecolor=rim, linewidth=2.5,
                       color=rim if said else "white", zorder=3)
    tp, fn, fp, tn = metrics.binary_counts(ROC_TRUTH, positive.astype(int))
    ax.axvspan(threshold, 1, color=color, alpha=0.12)
    ax.axvline(threshold, color=color, lw=3)
    ax.text(threshold + 0.008, 0.5, "called +", color=color, va="center", weight="bold")
    ax.set_title(
        f"t = {threshold:g}:  sensitivity {tp}/{tp + fn},  specificity {tn}/{tn + fp}", color=color
    )
    ax.set(xlim=(0, 1), ylim=(-0.5, 1.5))
    ax.set_yticks([1, 0], ["Disease", "Normal"])
    ax.tick_params(axis="y", length=0)
