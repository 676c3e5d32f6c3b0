"""Files that nobody should trust, and what they must not do: for the tests of readers."""

import io
import os
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import contextmanager

import numpy as np
from numpy.lib import format as npy


class Payload:
    """Unpickling it makes a folder: proof that a pickle was run."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def npy_bytes(array):
    """The bytes of a ``.npy`` file, pickles included."""
    file = io.BytesIO()
    npy.write_array(file, np.asanyarray(array), allow_pickle=True)
    return file.getvalue()


def header_bytes(text, version=(1, 0), length=None):
    """A ``.npy`` header that says ``text``, and claims to be ``length`` bytes long."""
    text = text.encode("latin1")
    size = struct.pack("<H" if version == (1, 0) else "<I", len(text) if length is None else length)
    return b"\x93NUMPY" + bytes(version) + size + text


def claim(shape, descr="<f4", fortran=False):
    """A header that claims a shape and a dtype."""
    header = {"descr": descr, "fortran_order": fortran, "shape": shape}
    return header_bytes(f"{header!r}\n")


def zip_bytes(members, compression=zipfile.ZIP_STORED):
    """A zip of (name, bytes) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def with_claimed_size(members, size, compression=zipfile.ZIP_STORED):
    """A zip whose directory says that its last member has ``size`` bytes, packed and unpacked."""
    data = bytearray(zip_bytes(members, compression))
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, size)
    if compression == zipfile.ZIP_STORED:
        struct.pack_into("<I", data, entry + 20, size)
    return bytes(data)


def nested(count, size):
    """A stored zip of ``count`` arrays, each of which holds all that follow among its numbers."""
    data = npy_bytes(np.zeros(size, "u1"))
    members = []
    for i in reversed(range(count)):
        info = zipfile.ZipInfo(f"array{i}.npy")
        info.CRC, info.compress_size, info.file_size = zlib.crc32(data), len(data), len(data)
        local = info.FileHeader(zip64=False) + data
        members.append((info, len(local)))
        data = claim((len(local),), "|u1") + local
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.fp.write(local)
        archive.start_dir, archive._didModify = len(local), True
        for info, length in reversed(members):
            info.header_offset = len(local) - length
            archive.filelist.append(info)
    return file.getvalue()


@contextmanager
def little_memory(most=4 << 20):
    """Fails if more than ``most`` bytes are ever in use at once for what happens inside."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most, f"{peak} bytes were allocated"


def damaged(data, flips, seed=0):
    """The file cut at many places, and with random bytes changed: (what was done, bytes)."""
    for length in [*range(0, min(len(data), 400)), *range(400, len(data), 97)]:
        yield f"cut to {length} bytes", data[:length]
    rng = np.random.default_rng(seed)
    for _ in range(flips):
        at, by = int(rng.integers(len(data))), int(rng.integers(1, 256))
        flipped = bytearray(data)
        flipped[at] ^= by
        yield f"byte {at} changed by {by}", bytes(flipped)
