"""Right within k guesses: the true label among the k highest scores.

Source: the ImageNet results in 002 and 004 (top-5 accuracy); 004 "CNNs for Skin Lesion
Classification".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import array_module
from .arguments import as_array, known_labels, label_arrays, positions, same_place, scores
from .undefined import ratio, warn


def top_k_accuracy_score(
    y_true: Any, y_score: Any, k: int = 2, labels: Any = None, normalize: bool = True
) -> float | int:
    """The share (number, for ``normalize=False``) of samples whose label is among the k best.

    ``y_true``: labels (N,); ``y_score`` (N, C): one score for each of ``labels``, by default those
    of y_true, sorted: give them, say ``range(C)``, where y_true may lack one (ValueError). Among
    equal scores the later label counts as the better, as in scikit-learn. k from C on is always
    right, which is said in a warning. For two labels the scores may be (N,), those of the second,
    and are compared with ½ if all lie in 0 to 1, else with 0.
    """
    metric = "top_k_accuracy_score"
    (truth,) = label_arrays(metric, y_true=y_true)
    given = as_array(y_score, f"{metric}: y_score")
    score = scores(given, metric, 1 if given.ndim == 1 else 2)
    same_place(metric, {"y_true": truth, "y_score": score})
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"{metric}: k={k!r} must be a whole number from 1 on")
    labels = _classes(metric, truth, labels, score)
    right, known = positions(truth, labels)
    if not known.all():
        raise ValueError(f"{metric}: y_true has labels that are none of {labels.tolist()}")
    if k >= len(labels):
        warn(f"{metric}: k={k} guesses among {len(labels)} labels are always right")
    xp = array_module(score)
    if score.ndim == 1:
        if score.size:
            unit = bool((score >= 0).all() and (score <= 1).all())
            second = score > (0.5 if unit else 0)
            score = xp.stack([~second, second], 1)  # (N, 2)
        else:
            score = xp.zeros((0, 2))
    place = xp.arange(len(labels))  # (C,)
    own = xp.take_along_axis(score, right[:, None], 1)  # (N, 1): the true label's score
    better = (score > own) | ((score == own) & (place > right[:, None]))  # (N, C)
    hits = int((better.sum(1) < k).sum())
    return ratio(hits, truth.size, metric, "there are no samples") if normalize else hits


def _classes(metric: str, truth: Any, labels: Any, score: Any) -> Any:
    found = known_labels(metric, labels, {"y_true": truth})
    count = 2 if score.ndim == 1 else score.shape[1]
    if labels is not None and not (array_module(found).unique(found) == found).all():
        raise ValueError(f"{metric}: labels must be in order, got {found.tolist()}")
    if len(found) != count:
        whose = "y_true has" if labels is None else "there are"
        raise ValueError(
            f"{metric}: {whose} {len(found)} labels, and y_score {score.shape} has scores for "
            f"{count}; give labels, one for each column in order, such as range({count})"
        )
    return found
