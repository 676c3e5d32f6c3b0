"""Part of a dataset, and a dataset cut into parts at random, as in PyTorch.

For parts that keep the shares of the classes, or patients together, see :mod:`~minicnn.data.split`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import generator
from .dataset import Dataset


class Subset(Dataset):
    """The samples of ``dataset`` whose numbers are in ``indices``, in that order."""

    def __init__(self, dataset: Any, indices: Sequence[int]):
        self.dataset, self.indices = dataset, [int(i) for i in indices]
        n = len(dataset)
        for i in self.indices:
            if not -n <= i < n:
                raise IndexError(f"Subset: there is no sample {i} among {n}")

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, number: int) -> Any:
        return self.dataset[self.indices[number]]


def random_split(
    dataset: Any, lengths: Sequence[float], seed: int | None = None
) -> list[Subset]:
    """The dataset's samples in random order, cut into parts: a :class:`Subset` for each length.

    ``lengths`` are numbers of samples that add up to all of them, or fractions that add up to 1
    (rounded down, and what is left over handed out one by one). ``seed`` stands for PyTorch's
    ``generator``; None draws from ``manual_seed``'s. ValueError for lengths that do not add up.
    """
    n, given = len(dataset), list(lengths)
    for length in given:
        if isinstance(length, bool) or not isinstance(length, numbers.Real):
            raise TypeError(f"random_split: lengths={given} must be numbers")
    if given and math.isclose(sum(given), 1) and all(0 <= length <= 1 for length in given):
        sizes = [math.floor(n * fraction) for fraction in given]
        for i in range(n - sum(sizes)):
            sizes[i % len(sizes)] += 1
    else:
        sizes = [int(length) for length in given]
        if sum(sizes) != n or sizes != given or min(sizes, default=0) < 0:
            raise ValueError(
                f"random_split: lengths={given} must be whole numbers that add up to the {n} "
                f"samples, or fractions that add up to 1"
            )
    order = generator(seed).permutation(n)
    ends = np.cumsum(sizes)
    return [
        Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends, strict=True)
    ]
