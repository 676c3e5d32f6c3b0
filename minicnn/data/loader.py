"""Mini-batches: the samples in random order, a few at a time, for stochastic gradient descent."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import backend
from ..tensor import Tensor
from .arrays import generator, same_length, samples
from .dataset import TensorDataset, stack


class DataLoader:
    """Loops over a dataset in batches of Tensors: ``for x, y in DataLoader(x, y, batch_size=32)``.

    ``data``            arrays or Tensors with one entry for each sample; or one dataset
                        (:class:`TensorDataset`, or anything with a length whose samples are had
                        by number, such as a list of them). Dtypes are kept. One array alone
                        gives Tensors, several or a TensorDataset give tuples of them.
    ``batch_size``      samples in a batch; the last may have fewer, or is left out with
                        ``drop_last``.
    ``shuffle``         a fresh order for each loop (*epoch*). With a ``seed`` the order depends
                        on nothing but the seed and the epoch's number ``loader.epoch``, which
                        counts the loops begun; set it to go on after a stop. Without one, orders
                        are drawn from the generator of ``manual_seed``.
    ``transform``       called for each batch with its *arrays* (copies, which it may change),
                        one argument for each; returns as many, a tuple of them or, of one, the
                        array itself: ``lambda x, y: (x / x.dtype.type(255), y)``. The place for
                        random flips and the like.

    ``len(loader)`` is the number of batches. PyTorch's ``num_workers`` and ``pin_memory`` are
    taken and have no effect: batches are made in this process.
    """

    def __init__(
        self,
        *data: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        seed: int | None = None,
        drop_last: bool = False,
        transform: Callable[..., Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
    ):
        if len(data) == 2 and isinstance(data[1], int):  # PyTorch's DataLoader(dataset, 32)
            data, batch_size = data[:1], data[1]
        if isinstance(batch_size, bool) or not isinstance(batch_size, numbers.Integral):
            raise TypeError(f"DataLoader: batch_size={batch_size!r} must be an int")
        if batch_size < 1:
            raise ValueError(f"DataLoader: batch_size={batch_size} must be 1 or more")
        if transform is not None and not callable(transform):
            raise TypeError(f"DataLoader: transform={transform!r} must be a function of arrays")
        generator(seed)  # refuses a wrong seed now rather than in the first loop
        if not data:
            raise TypeError("DataLoader needs arrays, or a dataset")
        self._is_array = len(data) == 1 and _is_array(data[0])
        self.dataset = data[0] if len(data) == 1 and not self._is_array else TensorDataset(*data)
        if not hasattr(self.dataset, "__len__") or not hasattr(self.dataset, "__getitem__"):
            raise TypeError(
                f"DataLoader: a {type(self.dataset).__name__} is no dataset: it needs __len__ "
                f"and __getitem__"
            )
        self.batch_size, self.drop_last = int(batch_size), bool(drop_last)
        self.shuffle, self.seed, self.transform = bool(shuffle), seed, transform
        self.epoch = 0
        if len(self) == 0:
            raise ValueError(
                f"DataLoader: {len(self.dataset)} samples make no batch of {batch_size}"
                + (" with drop_last" if drop_last else "")
            )

    def __len__(self) -> int:
        n = len(self.dataset)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        order = np.arange(len(self.dataset))
        if self.shuffle:
            rng = generator(self.seed, self.epoch)
            order = rng.permutation(len(order))
        self.epoch += 1
        return self._batches(order)

    def _batches(self, order: np.ndarray) -> Iterator[Any]:
        for number in range(len(self)):
            positions = order[number * self.batch_size : (number + 1) * self.batch_size]
            if isinstance(self.dataset, TensorDataset):
                arrays, is_tuple = self.dataset.batch(positions), not self._is_array
            else:
                arrays, is_tuple = stack(self.dataset, positions)
            if self.transform is not None:
                arrays = self._transformed(arrays)
            tensors = tuple(Tensor(array) for array in arrays)
            yield tensors if is_tuple else tensors[0]

    def _transformed(self, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
        result = self.transform(*arrays)
        if len(arrays) == 1 and not isinstance(result, (tuple, list)):
            result = (result,)
        if not isinstance(result, (tuple, list)) or len(result) != len(arrays):
            got = f"{len(result)}" if isinstance(result, (tuple, list)) else type(result).__name__
            raise TypeError(
                f"DataLoader: transform was given {len(arrays)} arrays and must return as many "
                f"(a tuple), got {got}"
            )
        result = tuple(samples(r, f"DataLoader: result {i} of transform")
                       for i, r in enumerate(result))
        same_length([len(r) for r in result], "DataLoader: the result of transform")
        return result


def _is_array(data: Any) -> bool:
    return backend.is_array(data) or isinstance(data, Tensor)
