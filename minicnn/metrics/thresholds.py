"""A threshold moved through the scores: what is called positive at each, counted.

A sample is called positive where its score is the threshold or more. From the highest score down
each threshold takes in the samples that have just this score, ties all at once: a classifier cannot
tell them apart, so no point of a curve may lie between them.

Source: 003 "How Does Varying the Threshold Affect Evaluation Metrics?".
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from typing import Any

import numpy as np

from ..backend import array_module
from .arguments import as_array, label_arrays, positives, same_place, scores
from .undefined import some, undefined


def counts_at_thresholds(metric: str, y_true: Any, y_score: Any, pos_label: Any) -> tuple:
    """FP and TP (float64) and the thresholds, which are the different scores, falling.

    The last threshold calls everything positive: the last counts are all negatives and positives.
    """
    (truth,) = label_arrays(metric, y_true=y_true)
    score = scores(y_score, metric, 1)
    same_place(metric, {"y_true": truth, "y_score": score})
    if not truth.size:
        raise ValueError(f"{metric}: there are no samples")
    ill = _is_positive(truth, pos_label, metric)
    xp = array_module(score)
    order = xp.argsort(score)[::-1]  # falling
    score = score[order]
    # The last of each run of equal scores, and the very last.
    last = xp.where(xp.concatenate([score[1:] != score[:-1], xp.ones(1, bool)]))[0]
    tp = xp.cumsum(ill[order].astype(np.float64))[last]
    fp = 1 + last - tp
    return fp, tp, score[last].astype(np.float64)


def _is_positive(truth: Any, pos_label: Any, metric: str) -> Any:
    """Without ``pos_label`` the labels must be 0 and 1 or −1 and 1, and it is 1."""
    if pos_label is None:
        present = array_module(truth).unique(truth).tolist()
        if not (set(present) <= {0, 1} or set(present) <= {-1, 1}):
            raise ValueError(
                f"{metric}: the labels are {some(present)}: give pos_label, the positive one (only "
                f"0 and 1 or -1 and 1 need none)"
            )
        pos_label = 1
    return positives(truth, pos_label, metric, "y_true")


def over_labels(
    metric: str, score_one: Callable[[Any, Any], float], y_true: Any, y_score: Any,
    average: str | None,
) -> Any:
    """``score_one(y_true, y_score)`` of each label of y_true (N, L), 0 or 1, and their average.

    None: an array (L,); "macro": the mean; "weighted": weighted by the number of positives (a label
    without any counts for nothing); "micro": all entries as one problem.
    """
    score = scores(y_score, metric, 2)
    if y_true.shape != score.shape:
        raise ValueError(
            f"{metric}: y_true {y_true.shape} and y_score {score.shape} must have one shape, "
            f"(N, L), one column for each label"
        )
    same_place(metric, {"y_true": y_true, "y_score": score})
    xp = array_module(score)
    if y_true.dtype.kind in "US" or not ((y_true == 0) | (y_true == 1)).all():
        raise ValueError(f"{metric}: with several labels a sample, y_true must be 0 or 1")
    y_true = y_true.astype(np.int64)
    if average == "micro":
        return score_one(y_true.reshape(-1), score.reshape(-1))
    count = y_true.shape[1]
    each = xp.asarray([score_one(y_true[:, i], score[:, i]) for i in range(count)], np.float64)
    if average is None:
        return each
    weight = y_true.sum(0) if average == "weighted" else xp.ones(count)
    total = float(weight.sum())
    if not total:
        return undefined(metric, "y_true has no positives") if count else nan
    return float((xp.where(weight == 0, 0.0, each) * weight).sum()) / total


def has_columns(y_true: Any, metric: str, average: str | None) -> tuple[Any, bool]:
    """y_true as an array, and whether it holds several labels a sample (N, L), to be averaged."""
    if average not in (None, "macro", "micro", "weighted"):
        raise ValueError(
            f"{metric}: average={average!r} must be None, 'macro', 'micro' or 'weighted'"
        )
    array = as_array(y_true, f"{metric}: y_true")
    return array, array.ndim == 2
