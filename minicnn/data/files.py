"""Reading files that nobody vouches for: sizes are believed only once the bytes are there."""

from __future__ import annotations

import os
from typing import IO, Any

_PIECE = 1 << 20

# Deflate, in gzip and zip files, makes at most 1032 bytes of one.
MOST_FROM_A_BYTE = 1032


def path_of(path: Any, what: str) -> str:
    """``path`` as a string; TypeError for what is no path."""
    try:
        return os.fsdecode(path)
    except TypeError:
        raise TypeError(f"{what}: the path must be a string or Path, got {path!r}") from None


def read_exactly(file: IO[bytes], size: int, where: str) -> bytearray:
    """``size`` bytes, read piece by piece: memory grows with what comes, not with ``size``."""
    data = bytearray()
    while len(data) < size:
        piece = file.read(min(_PIECE, size - len(data)))
        if not piece:
            raise ValueError(f"{where} is truncated: {size} bytes are declared, {len(data)} there")
        data += piece
    return data
