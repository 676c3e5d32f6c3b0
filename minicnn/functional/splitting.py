"""Cutting a Tensor into pieces along an axis, and repeating it: the opposite of cat, and its use.

All are slices and joins, whose gradients are known already.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..geometry import whole_number
from ..tensor import Tensor
from .index import get_item
from .operands import as_tensor
from .shape import axis_of, cat, expand, ravel, reshape, sizes_of


def split(x: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple:
    """Pieces of a size (the last may be smaller), or of the given sizes, along ``dim``."""
    x = as_tensor(x)
    axis = axis_of(dim, x.ndim, "split")
    length = x.shape[axis]
    if isinstance(split_size_or_sections, Sequence):
        sizes = sizes_of((split_size_or_sections,))
        if sum(sizes) != length or min(sizes, default=0) < 0:
            raise ValueError(
                f"split: sections {sizes} must add up to {length}, the size of axis {dim} of "
                f"{x.shape}"
            )
    else:
        size = whole_number("split", "the size of a piece", split_size_or_sections)
        if size < 1:
            raise ValueError(f"split: the size of a piece must be at least 1, got {size}")
        sizes = tuple(min(size, length - start) for start in range(0, length, size)) or (0,)
    pieces, start = [], 0
    for size in sizes:
        pieces.append(get_item(x, (slice(None),) * axis + (slice(start, start + size),)))
        start += size
    return tuple(pieces)


def chunk(x: Tensor, chunks: int, dim: int = 0) -> tuple:
    """At most ``chunks`` pieces of one size (the last may be smaller) along ``dim``."""
    x = as_tensor(x)
    if whole_number("chunk", "the number of pieces", chunks) < 1:
        raise ValueError(f"chunk: the number of pieces must be at least 1, got {chunks}")
    length = x.shape[axis_of(dim, x.ndim, "chunk")]
    return split(x, -(-length // chunks) if length else (0,) * chunks, dim)


def unbind(x: Tensor, dim: int = 0) -> tuple:
    """The slices along ``dim``, without that axis."""
    x = as_tensor(x)
    axis = axis_of(dim, x.ndim, "unbind")
    return tuple(get_item(x, (slice(None),) * axis + (i,)) for i in range(x.shape[axis]))


def repeat(x: Tensor, *repeats: int) -> Tensor:
    """The whole Tensor side by side, so many times along each axis: as tiles on a floor.

    More numbers than axes add axes on the left.
    """
    x, times = as_tensor(x), sizes_of(repeats)
    if len(times) < x.ndim or min(times, default=0) < 0:
        raise ValueError(
            f"repeat: give a number from 0 on for each of the {x.ndim} axes of {x.shape}, got "
            f"{times}"
        )
    shape = (1,) * (len(times) - x.ndim) + x.shape
    apart = [n for size in shape for n in (1, size)]
    wide = [n for time, size in zip(times, shape, strict=True) for n in (time, size)]
    together = tuple(time * size for time, size in zip(times, shape, strict=True))
    return reshape(expand(reshape(x, apart), wide), together)


def repeat_interleave(x: Tensor, repeats: int, dim: int | None = None) -> Tensor:
    """Each entry so many times in a row along ``dim``: (1, 2) becomes (1, 1, 2, 2).

    Without ``dim``, of all entries in one row.
    """
    x = ravel(x) if dim is None else as_tensor(x)
    axis = axis_of(-1 if dim is None else dim, x.ndim, "repeat_interleave")
    times = whole_number("repeat_interleave", "repeats", repeats)
    if times < 0:
        raise ValueError(f"repeat_interleave: repeats={times} must be 0 or more")
    before, (n, *after) = x.shape[:axis], x.shape[axis:]
    wide = expand(reshape(x, (*before, n, 1, *after)), (*before, n, times, *after))
    return reshape(wide, (*before, n * times, *after))


def roll(
    x: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None
) -> Tensor:
    """Entries moved on by ``shifts`` places along an axis, or along several by so many each; what
    leaves at one end enters at the other. Without ``dims`` the entries are one long row."""
    x = as_tensor(x)
    if dims is None:
        return reshape(roll(reshape(x, -1), shifts, 0), x.shape)
    several = isinstance(shifts, Sequence), isinstance(dims, Sequence)
    places, axes = (tuple(v) if s else (v,) for v, s in zip((shifts, dims), several, strict=True))
    if len(places) != len(axes):
        raise ValueError(f"roll: give one shift for each axis, got shifts={shifts}, dims={dims}")
    for shift, dim in zip(places, axes, strict=True):
        axis = axis_of(dim, x.ndim, "roll")
        cut = -whole_number("roll", "shifts", shift) % max(1, x.shape[axis])
        before = (slice(None),) * axis
        x = cat([get_item(x, (*before, slice(cut, None))), get_item(x, (*before, slice(cut)))],
                axis)
    return x
