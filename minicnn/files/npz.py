"""Arrays in ``.npz`` files: written plainly, read without trusting them.

An ``.npz`` is a zip of ``.npy`` files, each a short header (shape, dtype, order) and then the
numbers. ``numpy.load`` believes the header: it makes room for whatever shape it claims, and can
run a pickle. Here a pickle is refused, a header must agree with the bytes that are there, and
nothing is unpacked before the caller has seen its shape and asked for it.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy

from .atomic import PathLike, atomic_write

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_MOST_HEADER = 1 << 14  # bytes; a header is about 100, and could claim to have 4 GB
_MOST_FROM_A_BYTE = 1032  # what deflate makes of one byte, at most
_LEAST_ENTRY = 46  # bytes of a zip's directory for one member, at least
_PIECE = 1 << 20
_KINDS = "fiub"  # floats, integers, unsigned integers, booleans


def write_npz(path: PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """The arrays as members ``name.npy`` of an uncompressed zip, which ``numpy.load`` reads too.

    The same arrays give the same bytes: the members have no date. TypeError for an array that
    holds anything but real numbers, which :class:`NpzReader` would refuse.
    """
    for name, array in arrays.items():
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"{name!r} has dtype {array.dtype}: only real numbers can be saved")
        if "\0" in name:
            raise ValueError(f"{name!r} cannot name an array in a file: a zip cuts it at the \\0")
    with atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(member, "w", force_zip64=True) as out:
                # not ascontiguousarray, which gives an array without axes one
                npy.write_array(out, np.asarray(array, order="C"), allow_pickle=False)


class NpzReader:
    """The arrays of a ``.npz`` file: names and shapes first, values only when asked for.

    ``reader.headers`` maps each name to a stand-in, a read-only array of that shape and dtype
    that takes no memory; ``reader.read(name)`` gives the array. A ValueError says what is wrong
    with a file that is no such archive, or whose headers do not agree with the bytes that are
    there; OSErrors (no such file, a folder, no permission) come as they are. With
    ``compressed=False`` a compressed file is refused too: all arrays together are then no larger
    than the file.
    """

    def __init__(self, path: PathLike, compressed: bool = True):
        self.path = Path(path)
        self._file = open(self.path, "rb")
        try:
            self._members = {
                name: self._member(info) for name, info in self._listed(compressed).items()
            }
        except BaseException:
            self._file.close()
            raise
        self.headers = {name: member.stand_in for name, member in self._members.items()}

    def __enter__(self) -> NpzReader:
        return self

    def __exit__(self, *exc) -> None:
        self._archive.close()
        self._file.close()

    def read(self, name: str) -> np.ndarray:
        """The array of that name; ValueError if its bytes are damaged."""
        info, stand_in, fortran, start = self._members[name]
        try:
            with self._archive.open(info) as file:
                file.read(start)
                data = bytearray()
                while piece := file.read(_PIECE):  # at the end zipfile compares the checksum
                    data += piece
            array = np.frombuffer(data, stand_in.dtype)
            shape = stand_in.shape
            return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)
        except Exception as error:
            raise ValueError(f"{self.path}: {name!r} cannot be read: {error}") from None

    def _listed(self, compressed: bool) -> dict[str, zipfile.ZipInfo]:
        """The members by the names of their arrays; their sizes are possible ones."""
        length = os.fstat(self._file.fileno()).st_size
        try:
            self._archive = zipfile.ZipFile(self._file)
        except Exception as error:  # BadZipFile, and whatever else a broken file sets off
            raise ValueError(f"{self.path} is not an intact .npz file: {error}") from None
        members: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            name, dot, kind = info.filename.rpartition(".")
            where = f"{self.path}: {info.filename!r}"
            if (dot + kind) != ".npy":
                raise ValueError(f"{where} is no array: this is not a .npz file, but another zip")
            if name in members:
                raise ValueError(f"{where} is there twice")
            stored = info.compress_type == zipfile.ZIP_STORED
            deflated = info.compress_type == zipfile.ZIP_DEFLATED
            if not (stored or (deflated and compressed)):
                raise ValueError(
                    f"{where} is compressed by method {info.compress_type}, it should be "
                    + ("stored or deflated" if compressed else "stored as it is")
                )
            most = info.compress_size * (1 if stored else _MOST_FROM_A_BYTE)
            if info.file_size > most or info.header_offset + info.compress_size > length:
                raise ValueError(
                    f"{where} declares {info.file_size} bytes, more than the file can hold"
                )
            if len(info.comment) + len(info.extra) >= _LEAST_ENTRY:
                raise ValueError(f"{where} has a note that could hide other members")
            members[name] = info
        if sum(info.compress_size for info in members.values()) > length:
            raise ValueError(f"{self.path} is damaged: its members overlap")
        return members

    def _member(self, info: zipfile.ZipInfo) -> _Member:
        """The member, after comparing what its header claims with its size."""
        where = f"{self.path}: {info.filename!r}"
        try:
            with self._archive.open(info) as file:
                stand_in, fortran, start = _parse(file.read(_MOST_HEADER))
        except Exception as error:  # zlib, struct, syntax, ...: whatever a broken file sets off
            raise ValueError(f"{where} has no .npy header that can be read: {error}") from None
        size = prod(stand_in.shape) * stand_in.itemsize
        if size != info.file_size - start:
            raise ValueError(
                f"{where} has the wrong size: shape {stand_in.shape} of {stand_in.dtype} needs "
                f"{size} bytes, there are {info.file_size - start}"
            )
        return _Member(info, stand_in, fortran, start)


class _Member(NamedTuple):
    info: zipfile.ZipInfo
    stand_in: np.ndarray
    fortran: bool
    start: int  # of the numbers: the header's length


def _parse(beginning: bytes) -> tuple[np.ndarray, bool, int]:
    """Stand-in, Fortran order and the header's length, from the first bytes of a ``.npy``."""
    file = io.BytesIO(beginning)
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"the array's format version is {version}")
    shape, fortran, dtype = _HEADERS[version](file)
    if dtype.hasobject:
        raise ValueError("it holds pickled Python objects, which are never loaded")
    if dtype.kind not in _KINDS:
        raise ValueError(f"it holds {dtype}, not real numbers")
    try:
        stand_in = np.broadcast_to(np.zeros((), dtype), shape)
    except ValueError as error:  # a negative size, too many axes, more bytes than there can be
        raise ValueError(f"it declares the shape {shape}: {error}") from None
    return stand_in, fortran, file.tell()
