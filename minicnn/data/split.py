"""Training, validation and test part: by chance, but each class in its share, no patient in two.

Why: a network is judged on samples it has not seen. A rare class must not be missing from the
test part by bad luck (*stratify*), and two images of one patient, in two parts, would let the
network recognise the patient instead of the disease (*groups*).
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from .. import backend
from ..tensor import Tensor, wrap
from .apportion import apportion
from .arrays import generator, same_length, samples, take


def split(
    *arrays: Any,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    stratify: Any = None,
    groups: Any = None,
    seed: int | None = None,
) -> list[Any]:
    """Every array cut into parts of the given ``fractions`` along its first axis, at random.

        x_train, x_val, x_test, y_train, y_val, y_test = split(x, y, stratify=y, seed=0)

    ``arrays`` have one entry for each sample: arrays, Tensors (parts are leaves without history)
    or lists. The answer has all parts of the first array, then all of the second, and so on, as
    scikit-learn's ``train_test_split``; the samples of a part come in random order. For
    positions instead of arrays, and for what ``stratify`` and ``groups`` promise, see
    :func:`split_indices`.
    """
    kept = [a if isinstance(a, (list, tuple)) else samples(a, f"split: arrays[{i}]")
            for i, a in enumerate(arrays)]
    n = same_length([len(a) for a in kept], "split")
    parts = split_indices(n, fractions, stratify=stratify, groups=groups, seed=seed)
    result = []
    for given, array in zip(arrays, kept, strict=True):
        for part in parts:
            if isinstance(array, (list, tuple)):
                result.append([array[i] for i in part])
            else:
                piece = take(array, part)
                result.append(wrap(piece) if isinstance(given, Tensor) else piece)
    return result


def split_indices(
    n: int,
    fractions: Sequence[float] = (0.8, 0.1, 0.1),
    *,
    stratify: Any = None,
    groups: Any = None,
    seed: int | None = None,
) -> list[np.ndarray]:
    """The positions 0 ... n − 1 in parts: a list of int64 arrays, one for each fraction.

    ``fractions``   at least two positive numbers with sum 1. A part of fraction f gets n·f
                    samples, rounded up or down.
    ``stratify``    (n,) the class of each sample. Of a class with m samples the part gets m·f,
                    rounded up or down; a class needs at least two.
    ``groups``      (n,) the patient of each sample. A patient is in one part only. The sizes
                    (and with ``stratify`` those of each class) come as near to their shares as
                    handing out whole patients, the largest first, brings them.
    ``seed``        the same seed gives the same parts; None draws from ``manual_seed``'s.

    ValueError where a part would be empty, a class has one sample, or there are fewer patients
    than parts.
    """
    if isinstance(n, bool) or not isinstance(n, numbers.Integral) or n < 0:
        raise ValueError(f"split: n={n!r} must be a number of samples")
    shares = _shares(fractions)
    if n < len(shares):
        raise ValueError(f"split: {n} samples cannot fill {len(shares)} parts")
    classes = np.zeros(n, int) if stratify is None else _labels(stratify, n, "stratify")
    patients = None if groups is None else _labels(groups, n, "groups")
    rng = generator(seed)
    if patients is None:
        part_of = _by_class(classes, shares, stratify is not None, rng)
    else:
        part_of = _by_group(classes, patients, shares, rng)
    order = rng.permutation(n)
    parts = [order[part_of[order] == k] for k in range(len(shares))]
    for k, part in enumerate(parts):
        if not len(part):
            raise ValueError(
                f"split: {n} samples cut into fractions {tuple(fractions)} leave part {k} empty: "
                f"take more samples or larger fractions"
            )
    return parts


def _by_class(
    classes: np.ndarray, shares: list[Fraction], stratified: bool, rng: np.random.Generator
) -> np.ndarray:
    """The part of each sample, each class divided on its own: (n,)."""
    counts = np.bincount(classes)
    if stratified and (counts == 1).any():
        raise ValueError(
            f"split: {int((counts == 1).sum())} of the {len(counts)} classes in stratify have "
            f"only one sample, which cannot be in two parts: merge rare classes, or leave "
            f"stratify out"
        )
    part_of = np.empty(len(classes), int)
    table = apportion(counts.tolist(), shares)
    members = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    for row, positions in zip(table, members, strict=True):
        part_of[rng.permutation(positions)] = np.repeat(np.arange(len(shares)), row)
    return part_of


def _by_group(
    classes: np.ndarray, patients: np.ndarray, shares: list[Fraction], rng: np.random.Generator
) -> np.ndarray:
    """The part of each sample, whole patients handed out one after another: (n,).

    Each goes where Σ (have − goal)² / (size of the class), over all parts and classes, becomes
    least. The last ones go to parts that have none yet.
    """
    members = np.zeros((int(patients.max(initial=-1)) + 1, int(classes.max(initial=0)) + 1))
    np.add.at(members, (patients, classes), 1)  # (patients, classes)
    if len(members) < len(shares):
        raise ValueError(
            f"split: {len(members)} groups cannot be cut into {len(shares)} parts: no group may "
            f"be in two parts"
        )
    sizes = members.sum(axis=0)
    lack = np.outer([float(f) for f in shares], sizes)  # (parts, classes): goal − have
    empty = set(range(len(shares)))
    part_of_patient = np.empty(len(members), int)
    order = rng.permutation(len(members))
    order = order[np.argsort(-members[order].sum(axis=1), kind="stable")]
    for left, patient in zip(range(len(members), 0, -1), order, strict=True):
        # (lack − m)² − lack² = m² − 2·lack·m, and m² is the same for every part
        change = -(lack * members[patient] / sizes).sum(axis=1)
        allowed = sorted(empty) if left <= len(empty) else range(len(shares))
        k = min(allowed, key=lambda k: change[k])
        part_of_patient[patient] = k
        lack[k] -= members[patient]
        empty.discard(k)
    return part_of_patient[patients]


def _shares(fractions: Any) -> list[Fraction]:
    """The fractions as exact ratios with sum 1: 0.1 is meant as 1/10."""
    if not isinstance(fractions, (tuple, list)) or len(fractions) < 2:
        raise TypeError(
            f"split: fractions={fractions!r} must be two or more numbers, such as (0.8, 0.2)"
        )
    for f in fractions:
        if isinstance(f, bool) or not isinstance(f, numbers.Real):
            raise TypeError(f"split: fractions={fractions!r} must be numbers")
        if not (math.isfinite(f) and f > 0):
            raise ValueError(f"split: fractions={fractions!r} must be above 0")
    if abs(math.fsum(fractions) - 1) > 1e-6:
        raise ValueError(
            f"split: fractions={fractions!r} must have the sum 1, not {math.fsum(fractions):g}"
        )
    exact = [Fraction(float(f)) for f in fractions]
    exact = [f.limit_denominator(1_000_000) or f for f in exact]
    return [f / sum(exact) for f in exact]


def _labels(labels: Any, n: int, name: str) -> np.ndarray:
    """One label for each sample, as numbers 0, 1, ... by sorted label: (n,)."""
    array = backend.to_numpy(samples(labels, f"split: {name}"))
    if array.shape != (n,):
        raise ValueError(
            f"split: {name} must have one label for each of the {n} samples, shape ({n},), got "
            f"{array.shape}"
        )
    if array.dtype.kind == "f" and np.isnan(array).any():
        raise ValueError(f"split: {name} has NaN among its labels")
    try:
        return np.unique(array, return_inverse=True)[1].reshape(-1)
    except TypeError as error:
        raise TypeError(f"split: the labels in {name} must be of one kind: {error}") from error
