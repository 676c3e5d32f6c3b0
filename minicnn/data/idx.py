"""MNIST's file format, IDX: a magic number, the sizes, then the numbers themselves.

    byte 0, 1       0
    byte 2          the type of the numbers (8 is uint8)
    byte 3          how many axes
    4 bytes each    the length of each axis, big-endian
    then            the numbers, row-major, big-endian

Images (N, 28, 28) thus begin with 00 00 08 03, labels (N,) with 00 00 08 01. Fashion-MNIST,
KMNIST and EMNIST are files of the same format. Source: LeCun, Cortes & Burges, "The MNIST
database of handwritten digits".
"""

from __future__ import annotations

import gzip
import math
import os
import zlib
from typing import IO, Any

import numpy as np

from .files import MOST_FROM_A_BYTE, path_of, read_exactly

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Any) -> np.ndarray:
    """The array in an IDX file, gzipped or not (its first bytes tell).

    ValueError for a wrong magic number, a file that is shorter or longer than its sizes say, and
    a damaged gzip stream.
    """
    name = path_of(path, "read_idx")
    with open(name, "rb") as file:
        length = os.fstat(file.fileno()).st_size
        if file.read(2) != b"\x1f\x8b":
            file.seek(0)
            return _parse(file, length, name)
        file.seek(0)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _parse(unpacked, length * MOST_FROM_A_BYTE, name)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{name} is not a complete gzip file: {error}") from error


def read_mnist(folder: Any, train: bool = True, classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 1, H, W) uint8 and labels (N,) int64 from MNIST's files in ``folder``.

    They are ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte``, with ``train=False``
    those that begin with ``t10k``; each may end in ``.gz``. ``classes`` is 10 except for some
    EMNIST sets. ValueError where the two files do not fit each other or a label is no class.
    """
    folder = path_of(folder, "read_mnist")
    kind = "train" if train else "t10k"
    images_path = _find(folder, f"{kind}-images", "idx3-ubyte")
    labels_path = _find(folder, f"{kind}-labels", "idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.dtype != np.uint8 or images.ndim != 3:
        raise ValueError(
            f"{images_path} should hold uint8 images (N, H, W), it holds {images.dtype} of shape "
            f"{images.shape}"
        )
    if labels.dtype != np.uint8 or labels.shape != images.shape[:1]:
        raise ValueError(
            f"{labels_path} should hold one uint8 label for each of the {len(images)} images, it "
            f"holds {labels.dtype} of shape {labels.shape}"
        )
    if labels.size and labels.max() >= classes:
        raise ValueError(f"{labels_path} has label {labels.max()}, outside 0 to {classes - 1}")
    return images[:, None], labels.astype(np.int64)


def _parse(file: IO[bytes], most: int, name: str) -> np.ndarray:
    """The array in an open IDX file that can hold at most ``most`` bytes."""
    magic = read_exactly(file, 4, name)
    if magic[:2] != b"\0\0" or magic[2] not in _TYPES or magic[3] == 0:
        raise ValueError(
            f"{name} is no IDX file: it begins with {magic.hex(' ')}, images of MNIST begin with "
            f"00 00 08 03 and labels with 00 00 08 01"
        )
    if magic[3] > 32:
        raise ValueError(f"{name} declares {magic[3]} axes, more than the 32 that are read")
    header = read_exactly(file, 4 * magic[3], name)
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    dtype = np.dtype(_TYPES[magic[2]])
    size = math.prod(shape) * dtype.itemsize
    if size > most:
        raise ValueError(
            f"{name} is truncated: its sizes {shape} need {size} bytes, the file cannot hold more "
            f"than {most}"
        )
    data = read_exactly(file, size, name)
    if file.read(1):
        raise ValueError(f"{name} is longer than its sizes {shape} say")
    return np.frombuffer(data, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _find(folder: str, stem: str, kind: str) -> str:
    """The file of that name, as it is written in various places, gzipped or not."""
    names = [stem + joint + kind + end for joint in "-." for end in ("", ".gz")]
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(
        f"no file {names[0]} or {names[1]} in {folder}: nothing is downloaded, put MNIST's files "
        f"there first"
    )
