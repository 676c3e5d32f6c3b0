"""Which input pixels a position sees, along one axis, Function by Function.

Position i of a convolution with stride s, padding p and dilation d sees the pixels
i·s + a·d − p, one for each tap a: an interval that moves by s from one position to the next. One
layer after the other makes that

    position i + m sees what i sees, n pixels further on                    stride n/m

A convolution or pooling has m = 1, and its n multiplies that of the layer before. A transposed
convolution (or nearest interpolation) by 2 has n/m = ½: positions 0 and 1 may see differently,
and then everything repeats, one pixel further. A :class:`Seen` is these m intervals and n. It
speaks of an endless plane: padding counts as pixels, as in the formulas of the literature
(Araujo, Norris & Sim 2019, "Computing receptive fields of convolutional neural networks").

A :class:`Field` says for each spatial axis of the input along which axis of a Tensor it runs and
what is seen there. Which Function does what to it is said in :mod:`minicnn.sight_functions`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd, lcm, prod

Shape = tuple[int, ...]
Ends = tuple[int, int] | None  # the first and the last pixel; None where nothing is seen


def hull(ends: Iterable[Ends]) -> Ends:
    """From the first pixel of all to the last."""
    seen = [e for e in ends if e is not None]
    return (min(e[0] for e in seen), max(e[1] for e in seen)) if seen else None


@dataclass(frozen=True)
class Seen:
    """``ends[i]`` for positions i = 0 ... m − 1; after m positions the same, ``shift`` further."""

    ends: tuple[Ends, ...] = ((0, 0),)
    shift: int = 1  # as it stands, every position sees its own pixel: the input

    def at(self, position: int) -> Ends:
        """The first and the last pixel that ``position`` sees."""
        times, i = divmod(position, len(self.ends))
        ends, far = self.ends[i], times * self.shift
        return None if ends is None else (ends[0] + far, ends[1] + far)

    def of(self, positions: Iterable[int]) -> Ends:
        """What some positions see together."""
        return hull(self.at(i) for i in positions)

    def through(self, out: int, moved: int, taps: Callable[[int], Iterable[int]]) -> Seen:
        """A layer whose output i looks at our positions ``taps(i)``; its output i + ``out`` at
        the same ones, ``moved`` further."""
        times = len(self.ends) // gcd(len(self.ends), moved)  # until our own m is full, too
        ends = tuple(self.of(taps(i)) for i in range(out * times))
        return Seen(ends, self.shift * moved * times // len(self.ends))

    def everywhere(self, size: int) -> Seen:
        """Every position sees what ``size`` positions saw together."""
        return Seen((self.of(range(size)),), 0)

    def window(self, taps: int, stride: int, before: int, dilation: int) -> Seen:
        """A convolution or a pooling: i sees i·s + a·d − p for all taps a."""
        return self.through(
            1, stride, lambda i: [i * stride + a * dilation - before for a in range(taps)]
        )

    def transposed(self, taps: int, stride: int, before: int, dilation: int) -> Seen:
        """Its transpose: i sees every k with k·s + a·d − p = i for a tap a."""
        def met(i: int) -> list[int]:
            starts = [i + before - a * dilation for a in range(taps)]
            return [start // stride for start in starts if start % stride == 0]

        return self.through(stride, 1, met)

    def by_table(self, table: Sequence[Ends], size: int) -> Seen:
        """Output i sees our positions ``table[i]``, of ``size``: indexing and resizing.

        The table is read as a pattern that repeats: with the commonest step (slices; a border of
        copied pixels may break it), else with size/outputs (resizing; at the ends there may be
        less to see).
        """
        steps = Counter(b[0] - a[0] for a, b in zip(table, table[1:], strict=False) if a and b)
        usual = steps.most_common(1)[0][0] if steps else 0
        ends = [_commonest(phase) for phase in _phases(table, 1, usual)]
        if len(table) > 1 and _fits(table, ends, usual, size if usual == 1 else None):
            return self._patterned(ends, usual)
        common = gcd(size, len(table)) or 1
        out, moved = len(table) // common, size // common
        phases = _phases(table, out, moved)
        ends = [_commonest(phase) for phase in phases]
        if not _fits(table, ends, moved):
            ends = [hull(phase) for phase in phases]
        return self._patterned(ends, moved if len(table) > 1 else 0)

    def _patterned(self, ends: Sequence[Ends], moved: int) -> Seen:
        def taps(i: int) -> range:
            times, phase = divmod(i, len(ends))
            return _range(ends[phase], times * moved)

        return self.through(len(ends), moved, taps)


def _range(ends: Ends, moved: int = 0) -> range:
    return range(0) if ends is None else range(ends[0] + moved, ends[1] + moved + 1)


def _phases(table: Sequence[Ends], out: int, moved: int) -> list[list[Ends]]:
    """For each i below ``out`` the entries i, i + out, i + 2·out ... taken back to i."""
    phases: list[list[Ends]] = [[] for _ in range(out)]
    for i, ends in enumerate(table):
        far = i // out * moved
        phases[i % out].append(None if ends is None else (ends[0] - far, ends[1] - far))
    return phases


def _commonest(phase: Sequence[Ends]) -> Ends:
    return Counter(phase).most_common(1)[0][0] if phase else None


def _fits(table: Sequence[Ends], ends: Sequence[Ends], moved: int, size: int | None = None) -> bool:
    """Whether the pattern is what most entries are, and the others within it, or (with ``size``)
    copies that stand where it leads out of the axis."""
    alike = 0
    for i, entry in enumerate(table):
        pattern, far = ends[i % len(ends)], i // len(ends) * moved
        if pattern is None or entry is None:
            if pattern != entry:
                return False
            alike += 1
            continue
        first, last = pattern[0] + far, pattern[1] + far
        alike += entry == (first, last)
        outside = size is not None and not 0 <= first <= last < size
        if not outside and not first <= entry[0] <= entry[1] <= last:
            return False
    return 2 * alike > len(table)


def both(a: Seen, b: Seen) -> Seen | None:
    """The union, position by position; None where the two move on at different speeds."""
    m = lcm(len(a.ends), len(b.ends))
    if a.shift * (m // len(a.ends)) != b.shift * (m // len(b.ends)):
        return None
    ends = tuple(hull((a.at(i), b.at(i))) for i in range(m))
    return Seen(ends, a.shift * (m // len(a.ends)))


@dataclass(frozen=True)
class Axis:
    """One spatial axis of the input: the axis of a Tensor along which it runs, if there is one
    (else every position sees the same), and what is seen."""

    axis: int | None
    seen: Seen


Field = tuple[Axis, ...]


def gone(axis: Axis, size: int) -> Axis:
    """As the axis of a Tensor is summed up, or lost among others."""
    return Axis(None, axis.seen.everywhere(size))


def unions(fields: Sequence[Field], shape: Shape) -> Field:
    """The union of fields in Tensors of one shape: branches that meet again.

    Branches that run along different axes, or at different speeds, see together what all their
    positions see.
    """
    def pair(a: Axis, b: Axis) -> Axis:
        if a.axis == b.axis:
            union = both(a.seen, b.seen)
            if union is not None:
                return Axis(a.axis, union)
        a, b = (x if x.axis is None else gone(x, shape[x.axis]) for x in (a, b))
        return Axis(None, Seen((hull((a.seen.at(0), b.seen.at(0))),), 0))

    return tuple(reduce(pair, axes) for axes in zip(*fields, strict=True))


@dataclass(frozen=True)
class View:
    """A field, and the shape whose axes it counts: the Tensor's, or the one that it had before it
    was reshaped (so that nothing is lost of what a second reshape puts right again)."""

    field: Field
    shape: Shape

    def reshaped(self, new: Shape) -> View:
        """Counted by the axes of ``new``, a shape of as many entries in the same order."""
        return self if self.shape == new else View(
            tuple(_reshaped(axis, self.shape, new) for axis in self.field), new
        )

    def without(self, axes: Sequence[int], keepdim: bool = True) -> View:
        """The entries along these axes taken together."""
        kept = [i for i in range(len(self.shape)) if keepdim or i not in axes]
        field = tuple(
            gone(a, self.shape[a.axis]) if a.axis in axes
            else Axis(None if a.axis is None else kept.index(a.axis), a.seen)
            for a in self.field
        )
        return View(field, tuple(1 if i in axes else self.shape[i] for i in kept))

    def all_together(self) -> View:
        """Every entry sees what all entries see."""
        return self.without(range(len(self.shape)))


def _reshaped(a: Axis, old: Shape, new: Shape) -> Axis:
    if a.axis is None:
        return a
    n, before = old[a.axis], prod(old[: a.axis])
    places = [j for j, size in enumerate(new) if prod(new[:j]) == before and size > 1]
    if n == 1 or not places:  # the places before are merged with this axis: no even steps
        return gone(a, n)
    j = places[0]
    if new[j] == n:
        return Axis(j, a.seen)
    if new[j] % n == 0 and prod(old[a.axis + 1 :]) % (new[j] // n) == 0:
        times = new[j] // n  # merged with what comes after, as in a pixel shuffle
        return Axis(j, a.seen.through(times, 1, lambda i: [i // times]))
    if n % new[j] == 0:
        return Axis(j, a.seen.window(n // new[j], n // new[j], 0, 1))  # cut into pieces
    return gone(a, n)
