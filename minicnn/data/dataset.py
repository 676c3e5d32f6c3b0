"""Datasets: things with a length whose samples are had by number, as in PyTorch."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..tensor import Tensor
from .arrays import same_length, samples, take


class Dataset:
    """The base of one's own dataset: define ``__len__`` and ``__getitem__(number)``.

    ``__getitem__`` returns one sample: an array, Tensor or number, or a tuple of such, (x, y).
    A :class:`DataLoader` stacks samples to batches.
    """

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self)")

    def __getitem__(self, number: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, number)")


class TensorDataset(Dataset):
    """Arrays or Tensors of one length; sample i is the tuple of their entries i.

        dataset = TensorDataset(x, y)       # x (N, ...), y (N,)
        image, label = dataset[3]
    """

    def __init__(self, *tensors: Any):
        given = [t.detach() if isinstance(t, Tensor) else Tensor(t) for t in tensors]
        for i, t in enumerate(given):
            samples(t, f"TensorDataset: tensors[{i}]")
        same_length([len(t) for t in given], "TensorDataset")
        self.tensors = tuple(given)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, number: Any) -> tuple[Tensor, ...]:
        return tuple(t[number] for t in self.tensors)

    def batch(self, positions: Any) -> tuple[Any, ...]:
        """The arrays of the samples at ``positions``: copies."""
        return tuple(take(t.data, positions) for t in self.tensors)


def stack(dataset: Any, positions: Any) -> tuple[tuple[Any, ...], bool]:
    """Arrays of a batch from single samples, and whether a sample was a tuple."""
    rows = [dataset[int(i)] for i in positions]
    single = not isinstance(rows[0], (tuple, list))
    rows = [(row,) if single else tuple(row) for row in rows]
    if len({len(row) for row in rows}) != 1:
        raise ValueError(
            f"the samples of {type(dataset).__name__} must all have as many entries, got "
            f"{sorted({len(row) for row in rows})}"
        )
    return tuple(_stacked(column, dataset) for column in zip(*rows, strict=True)), not single


def _stacked(column: tuple, dataset: Any) -> Any:
    entries = [entry if isinstance(entry, Tensor) else Tensor(entry) for entry in column]
    first = entries[0]
    for entry in entries:
        if (entry.shape, entry.dtype, entry.device) != (first.shape, first.dtype, first.device):
            raise ValueError(
                f"the samples of {type(dataset).__name__} cannot be stacked to a batch: one has "
                f"shape {first.shape}, {first.dtype} on {first.device}, another {entry.shape}, "
                f"{entry.dtype} on {entry.device}"
            )
    return backend.array_module(first.data).stack([entry.data for entry in entries])

