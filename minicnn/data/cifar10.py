"""CIFAR-10 in its binary version: 60,000 colour images of 32 × 32 pixels in ten classes.

A file is a row of records of 3,073 bytes: one label, then 1,024 bytes each of red, green and
blue, row-major. (The other version is Python pickles, and a pickle from a stranger can run
anything.) Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from .files import path_of, read_exactly

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)
_RECORD = 1 + 3 * 32 * 32


def read_cifar10(path: Any, train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 3, 32, 32) uint8 and labels (N,) int64.

    ``path`` is one ``.bin`` file, or the folder ``cifar-10-batches-bin``: of it the five files
    ``data_batch_1.bin`` ... are read, with ``train=False`` ``test_batch.bin``. ValueError where a
    file is no whole number of records, or a label is not from 0 to 9.
    """
    path = path_of(path, "read_cifar10")
    if not os.path.isdir(path):
        return _read(path)
    names = [f"data_batch_{i}.bin" for i in range(1, 6)] if train else ["test_batch.bin"]
    paths = [os.path.join(path, name) for name in names]
    for file in paths:
        if not os.path.isfile(file):
            raise FileNotFoundError(
                f"no file {file}: nothing is downloaded, unpack CIFAR-10's binary version first"
            )
    images, labels = zip(*(_read(file) for file in paths), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _read(path: str) -> tuple[np.ndarray, np.ndarray]:
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0 or size % _RECORD:
            raise ValueError(
                f"{path} has {size} bytes, which is no whole number of records of {_RECORD} (a "
                f"label and 3 · 32 · 32 pixels): it is truncated, or not CIFAR-10's binary version"
            )
        records = np.frombuffer(read_exactly(file, size, path), np.uint8).reshape(-1, _RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() >= len(CLASSES):
        raise ValueError(
            f"{path} has label {labels.max()}, outside 0 to 9: it is not CIFAR-10's binary version"
        )
    return records[:, 1:].reshape(-1, 3, 32, 32), labels
