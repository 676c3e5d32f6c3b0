"""The same numbers laid out oddly in memory: what a user's array may look like."""

import numpy as np


def _negative(array):
    backwards = (slice(None, None, -1),) * array.ndim
    return array[backwards].copy()[backwards]


def _every_other(array):
    rubbish = np.nan if array.dtype.kind == "f" else 1
    wide = np.full(tuple(2 * n + 1 for n in array.shape), rubbish, array.dtype)
    part = wide[(slice(1, None, 2),) * array.ndim]
    part[...] = array
    return part


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def _misaligned(array):
    memory = np.zeros(array.nbytes + 1, np.uint8)
    moved = np.frombuffer(memory.data, array.dtype, array.size, offset=1).reshape(array.shape)
    moved[...] = array
    return moved


def _big_endian(array):
    return array.astype(array.dtype.newbyteorder(">"))


LAYOUTS = {
    "as it is": lambda array: array,
    "Fortran order": np.asfortranarray,
    "negative strides": _negative,
    "every other": _every_other,
    "read-only": _read_only,
    "misaligned": _misaligned,
    "big-endian": _big_endian,
}


def repeated(array):
    """The first entry along each odd axis for all of it: strides of zero, and other numbers."""
    one = array[tuple(slice(0, 1) if axis % 2 else slice(None) for axis in range(array.ndim))]
    return np.broadcast_to(one, array.shape)
