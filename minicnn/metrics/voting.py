"""Several opinions: majority vote, consensus, and why many mediocre voters are good together.

Source: 001 "Trick #2: Model Ensembles" (majority voting), 003 "Consensus Voting": a group of
experts determines the ground truth.
"""

from __future__ import annotations

import numbers
import operator
from typing import Any

import numpy as np

from ..backend import array_module
from ..geometry import whole_number
from .arguments import as_array


def majority_vote(votes: Any, axis: int = 0) -> Any:
    """The label with the most votes, of those tied the lowest (first in the alphabet).

    ``votes``: labels (voters, ...), or with the voters along ``axis``; the result lacks that axis
    and has the votes' dtype (a Python number or string where no axis is left). ValueError without
    voters.
    """
    votes, axis = _votes(votes, axis, "majority_vote")
    xp = array_module(votes)
    labels = xp.unique(votes)
    best = xp.zeros(votes.shape[:axis] + votes.shape[axis + 1 :], np.int64)  # votes of the winner
    winner = xp.take(votes, 0, axis).copy()
    for i in range(len(labels)):  # rising, and only more votes win: ties go to the lowest
        count = (votes == labels[i]).sum(axis)
        winner = xp.where(count > best, labels[i], winner)
        best = xp.maximum(best, count)
    return winner if winner.ndim else winner.item()


def consensus(votes: Any, quorum: float, axis: int = 0) -> Any:
    """Where at least ``quorum`` voters say yes: booleans (a Python bool where no axis is left).

    ``votes``: booleans, or 0 and 1, (voters, ...), or with the voters along ``axis``. ``quorum``: a
    whole number of voters, from 1 to all of them, or, as a float, a share of them above 0: 1 is
    "any expert", 1.0 "all of them", 0.5 half or more. ValueError without voters.
    """
    votes, axis = _votes(votes, axis, "consensus")
    if votes.dtype.kind not in "biuf" or not ((votes == 0) | (votes == 1)).all():
        raise ValueError("consensus: votes must be yes or no, booleans or 0 and 1")
    voters = votes.shape[axis]
    whole = isinstance(quorum, (int, np.integer)) and not isinstance(quorum, bool)
    if not whole and not isinstance(quorum, (float, np.floating)):
        raise TypeError(f"consensus: quorum must be a number of voters or a share, got {quorum!r}")
    if not (1 <= quorum <= voters if whole else 0 < quorum <= 1):
        raise ValueError(
            f"consensus: quorum={quorum!r} must be a whole number from 1 to {voters}, the voters, "
            f"or a share of them above 0.0, up to 1.0"
        )
    yes = (votes != 0).sum(axis)
    # 0.28 of 25 voters are 7, but 0.28 · 25 rounds to a little more than that.
    agreed = yes >= (quorum if whole else quorum * voters * (1 - 1e-12))
    return agreed if agreed.ndim else agreed.item()


def majority_accuracy(voters: int, accuracy: float) -> float:
    """How often the majority is right, of n independent voters who are each right with p.

        Σ_{k > n/2} (n choose k) p^k (1 − p)^{n−k},        plus half the term of k = n/2, the tie

    Above ½ more voters are better, below ½ worse (Condorcet). Models trained on the same data are
    not independent, and gain less. ValueError for p outside 0 to 1 or n below 1.
    """
    try:
        voters = operator.index(voters)
    except TypeError:
        raise TypeError(
            f"majority_accuracy: voters must be a whole number, got {voters!r}"
        ) from None
    if voters < 1:
        raise ValueError(f"majority_accuracy: voters={voters} must be at least 1")
    if not isinstance(accuracy, numbers.Real) or not 0 <= accuracy <= 1:
        raise ValueError(f"majority_accuracy: accuracy={accuracy!r} must be from 0 to 1")
    # P(k of n are right), voter by voter: whoever comes is right or wrong. No large factorials.
    right = np.ones(1)
    for _ in range(voters):
        right = np.convolve(right, [1 - accuracy, accuracy])  # (n + 1,)
    tie = right[voters // 2] / 2 if voters % 2 == 0 else 0.0
    return float(right[voters // 2 + 1 :].sum() + tie)


def _votes(votes: Any, axis: int, name: str) -> tuple[Any, int]:
    array = as_array(votes, f"{name}: votes")
    if not array.ndim:
        raise ValueError(f"{name}: votes must be (voters, ...), got a single one")
    axis = whole_number(name, "axis", axis)
    if not -array.ndim <= axis < array.ndim:
        raise IndexError(f"{name}: axis {axis} does not exist: there are {array.ndim}")
    axis %= array.ndim
    if not array.shape[axis]:
        raise ValueError(f"{name}: there are no voters along axis {axis} of {array.shape}")
    if array.dtype.kind == "f" and array_module(array).isnan(array).any():
        raise ValueError(f"{name}: a vote is NaN")
    return array, axis
