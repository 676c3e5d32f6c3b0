"""Padding: a border round an image, of a constant or of pixels from inside.

    constant    0 0 | a b c d | 0 0
    reflect     c b | a b c d | c b        mirrored at the edge pixel, which is not repeated
    replicate   a a | a b c d | d d
    circular    c d | a b c d | a b

A constant has no gradient; a pixel that is repeated in the border gets the sum of the gradients
of all places where it stands. Source: 002 "HANDLING THE BORDER", 004 "Zero Padding".
"""

from __future__ import annotations

from collections.abc import Sequence

from ..autograd import Function
from ..backend import array_module
from ..tensor import Tensor
from .index import get_item
from .operands import as_tensor
from .shape import sizes_of

_LONGEST_AXIS = 2**36  # a typo in a width should be told as one


class Pad(Function):
    """A border of a constant round x; the gradient is cut out of the middle."""

    reads = ()

    def __init__(self, widths: tuple[tuple[int, int], ...], value: float):
        self.widths, self.value = widths, value

    def forward(self, x):
        return array_module(x).pad(x, self.widths, mode="constant", constant_values=self.value)

    def backward(self, g: Tensor) -> Tensor:
        shape = self.inputs[0].shape
        inside = zip(self.widths, shape, strict=True)
        return get_item(g, tuple(slice(before, before + n) for (before, _), n in inside))


def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """A border round x, of ``value`` (0) or ("reflect", "replicate", "circular") of own pixels.

    ``pad`` is (before, after) of the last axis, then of the last but one, and so on:
    ``pad(x, (1, 1, 2, 2))`` adds a column on each side and two rows above and below. A negative
    width cuts pixels off instead; "reflect" can add one pixel less than are left, "circular" as
    many, "replicate" any number if there is one.
    """
    if not isinstance(pad, Sequence):
        raise TypeError(f"pad: give (before, after) of the last axis, and so on, got {pad!r}")
    x, widths = as_tensor(input), sizes_of((pad,))
    if mode not in ("constant", *_SOURCE):
        raise ValueError(
            f"pad: mode={mode!r} must be 'constant', 'reflect', 'replicate' or 'circular'"
        )
    if mode != "constant" and value is not None:
        raise ValueError(f"pad: value={value} is for mode='constant', not {mode!r}")
    if len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise ValueError(
            f"pad: {tuple(pad)} must hold (before, after) for at most {x.ndim} axes, last first"
        )
    pairs = list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    for n, (before, after) in zip(x.shape, pairs, strict=True):
        if n + before + after < 0 or -before > n or -after > n:
            raise ValueError(f"pad: {tuple(pad)} cuts more off shape {x.shape} than there is")
        if n + before + after > _LONGEST_AXIS:
            raise ValueError(
                f"pad: {tuple(pad)} makes an axis of {n + before + after} pixels, more than any "
                f"memory holds"
            )
        left = n + min(0, before) + min(0, after)
        most = {"reflect": max(0, left - 1), "circular": left, "replicate": left and _LONGEST_AXIS}
        if max(before, after) > most.get(mode, _LONGEST_AXIS):
            raise ValueError(
                f"pad: mode={mode!r} can add at most {most[mode]} to an axis of {left} pixels, "
                f"got {(before, after)} for shape {x.shape}"
            )
    if any(width < 0 for width in widths):
        x = get_item(x, tuple(
            slice(max(0, -before), n - max(0, -after))
            for n, (before, after) in zip(x.shape, pairs, strict=True)
        ))
    borders = tuple((max(0, before), max(0, after)) for before, after in pairs)
    if not any(map(any, borders)):
        return x
    if mode == "constant":
        return Pad(borders, 0.0 if value is None else value)(x)
    xp = array_module(x.data)
    for axis, (before, after) in enumerate(borders):
        if before or after:
            n = x.shape[axis]
            places = _SOURCE[mode](xp.arange(-before, n + after), n)
            x = get_item(x, (slice(None),) * axis + (places,))
    return x


_SOURCE = {  # which pixels stand at places i of an axis of n pixels, i from −before to n + after
    "reflect": lambda i, n: n - 1 - abs(n - 1 - abs(i)),
    "replicate": lambda i, n: i.clip(0, n - 1),
    "circular": lambda i, n: i % n,
}
