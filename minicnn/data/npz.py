"""Arrays out of an ``.npz`` file by name, without trusting it: see :mod:`minicnn.files.npz`."""

from __future__ import annotations

import numpy as np

from ..files.npz import NpzReader


def read_npz(path: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays ``names`` of a file. ValueError for a missing, damaged or pickled one."""
    with NpzReader(path) as reader:
        missing = [name for name in names if name not in reader.headers]
        if missing:
            raise ValueError(f"{path} lacks {missing}, it has {list(reader.headers)[:20]}")
        return {name: reader.read(name) for name in names}
