"""Arrays out of an ``.npz`` file without trusting it: no pickle, no memory for what is not there.

An ``.npz`` is a zip of ``.npy`` files, and each of those is a short header (shape, dtype, order)
before the numbers. ``numpy.load`` makes room for the header's shape before it reads, so a file of
a hundred bytes can ask for terabytes; here the header must agree with the bytes that follow.
"""

from __future__ import annotations

import math
import os
import struct
import zipfile
import zlib
from typing import IO

import numpy as np
from numpy.lib import format as npy

from .files import MOST_FROM_A_BYTE, read_exactly

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: str, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays ``names`` of a file. ValueError for a missing, damaged or pickled one."""
    with open(path, "rb") as file:
        length = os.fstat(file.fileno()).st_size
        try:
            with zipfile.ZipFile(file) as archive:
                present = archive.namelist()
                missing = [name for name in names if name + ".npy" not in present]
                if missing:
                    raise ValueError(f"{path} lacks {missing}, it has {present[:20]}")
                return {name: _member(archive, name, length, path) for name in names}
        except (
            zipfile.BadZipFile, zlib.error, EOFError, OSError, OverflowError, struct.error,
            NotImplementedError, RuntimeError,
        ) as error:
            raise ValueError(f"{path} is not an intact .npz file: {error}") from error


def _member(archive: zipfile.ZipFile, name: str, length: int, path: str) -> np.ndarray:
    where = f"{name!r} in {path}"
    info = archive.getinfo(name + ".npy")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{where} is compressed in a way that NumPy does not write")
    if info.file_size > length * MOST_FROM_A_BYTE:
        raise ValueError(f"{where} declares {info.file_size} bytes, the file has {length}")
    with archive.open(info) as member:
        shape, fortran, dtype = _header(member, where)
        if dtype.hasobject:
            raise ValueError(f"{where} holds pickled Python objects, which are never loaded")
        size = math.prod(shape) * dtype.itemsize
        if size != info.file_size - member.tell():
            raise ValueError(
                f"{where} has the wrong size: shape {shape} of {dtype} needs {size} bytes, there "
                f"are {info.file_size - member.tell()}"
            )
        data = read_exactly(member, size, where)  # at its end zipfile compares the checksum
    array = np.frombuffer(data, dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def _header(member: IO[bytes], where: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and dtype. The header is Python source, so anything can be wrong."""
    try:
        shape, fortran, dtype = _HEADERS[npy.read_magic(member)](member)
    except Exception as error:
        raise ValueError(f"{where} has no .npy header that can be read: {error}") from error
    if any(n < 0 for n in shape):
        raise ValueError(f"{where} declares the shape {shape}")
    return shape, fortran, dtype
