"""The arithmetic of a window that slides over an image: sizes, padding and every shape error.

Convolution and pooling, in one, two or three dimensions, look at an input of size W through a
window of F taps that lie d (the dilation) pixels apart, moved by S (the stride) over an input
padded with P pixels. The window covers E = d·(F − 1) + 1 pixels and stops at

    (W − E + 2P) / S + 1      places, rounded down        (004 "Concepts"; the floor is ours)

Output position i and tap a meet input pixel i·S + a·d − P. A transposed convolution maps back:
its output has (W − 1)·S − 2P + E + output_padding pixels (002 "CONV2DTRANSPOSE").

A :class:`Geometry` is made once for each call of an operation, checks everything that can be
wrong with shapes and settings, and is all that a kernel needs beside its arrays. Sizes are
Python integers, so nothing here can overflow.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from math import prod

IntOrTuple = int | Sequence[int]
Pairs = tuple[tuple[int, int], ...]

# No plane of pixels larger than this (8 GB in float32) is worth trying: a typo in a padding should
# be told as one, not end in a machine that swaps. And with every axis below 2**31, products of two
# sizes fit in the 64-bit index arithmetic of a kernel.
_MOST_POSITIONS = 2**31 - 1


def _remembered(make: Callable) -> Callable:
    """``make``, which hands out again what it made of the same arguments.

    A network asks for the same few geometries at every step, and a small image is convolved in
    less time than they take to make. To be the same, arguments must be plain: a stride of 1 is
    equal to one of True or 1.0, which is refused, and a list may change.
    """
    again = lru_cache(maxsize=1024, typed=True)(make)

    @wraps(make)
    def geometry(cls: type, *given: object, **named: object) -> Geometry:
        plain = _is_plain(given) and _is_plain(named.values())
        return (again if plain else make)(cls, *given, **named)

    return geometry


def _is_plain(values: Iterable, kinds: tuple = (int, str, bool, type(None))) -> bool:
    """Whether all are of these kinds exactly, or tuples of ints, or of tuples of ints."""
    for value in values:
        kind = type(value)
        if kind is tuple:
            for item in value:
                if type(item) is not int and not (
                    type(item) is tuple and _is_plain(item, (int,))
                ):
                    return False
        elif kind not in kinds:
            return False
    return True


@dataclass(frozen=True)
class Geometry:
    """How a window slides: one entry for each spatial axis in every tuple.

    ``size`` of the input, ``kernel`` taps, ``output`` places, ``stride``, ``padding`` as
    (before, after), ``dilation``; ``groups`` of channels. A transposed convolution has the
    Geometry of the convolution that it transposes: its own input is that one's output.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    output: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Pairs
    dilation: tuple[int, ...]
    groups: int = 1

    @cached_property
    def before(self) -> tuple[int, ...]:
        """The padding before the first pixel."""
        return tuple([before for before, _ in self.padding])

    @property
    def extent(self) -> tuple[int, ...]:
        """Pixels that the window covers: d·(F − 1) + 1."""
        return tuple(_extent(k, d) for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def padded(self) -> tuple[int, ...]:
        """Size of the padded input, and no less than the last window reaches (``ceil_mode``)."""
        return tuple(
            max(before + n + after, (o - 1) * s + e)
            for n, (before, after), o, s, e in zip(
                self.size, self.padding, self.output, self.stride, self.extent, strict=True
            )
        )

    @property
    def interior(self) -> tuple[slice, ...]:
        """Where the input lies inside the padded input."""
        return tuple(
            slice(before, before + n)
            for n, (before, _) in zip(self.size, self.padding, strict=True)
        )

    def window(self, tap: tuple[int, ...]) -> tuple[slice, ...]:
        """The pixels of the padded input that ``tap`` meets, over all output places at once."""
        return tuple(
            slice(t * d, t * d + (o - 1) * s + 1, s)
            for t, d, o, s in zip(tap, self.dilation, self.output, self.stride, strict=True)
        )

    @classmethod
    @_remembered
    def conv(
        cls,
        input_shape: tuple[int, ...],
        weight_shape: tuple[int, ...],
        stride: IntOrTuple = 1,
        padding: int | str | Sequence = 0,
        dilation: IntOrTuple = 1,
        groups: int = 1,
        bias_shape: tuple[int, ...] | None = None,
        op: str = "conv2d",
        axes: int = 2,
    ) -> Geometry:
        """Of a convolution: input (N, C, *size), weight (O, C/groups, *kernel), bias (O,)."""
        _check_ranks(op, axes, input_shape, weight_shape, "(O, C/groups, kernel...)")
        stride, dilation, groups = _check_settings(op, axes, stride, dilation, groups)
        channels, out_channels = input_shape[1], weight_shape[0]
        if channels % groups or out_channels % groups or groups > max(channels, out_channels, 1):
            raise ValueError(
                f"{op}: groups={groups} must divide the {channels} input channels and the "
                f"{out_channels} output channels (input {input_shape}, weight {weight_shape})"
            )
        if weight_shape[1] * groups != channels:
            raise ValueError(
                f"{op}: the input has {channels} channels, but the weight takes "
                f"{weight_shape[1] * groups} ({weight_shape[1]} for each of {groups} groups): "
                f"input {input_shape}, weight {weight_shape}; the weight should have shape "
                f"({out_channels}, {channels // groups}, ...)"
            )
        _check_bias(op, bias_shape, out_channels)
        size, kernel = tuple(input_shape[2:]), tuple(weight_shape[2:])
        pads = paddings(op, padding, size, kernel, stride, dilation)
        output = _outputs(op, size, kernel, stride, pads, dilation, input_shape, weight_shape)
        return cls._checked(op, size, kernel, output, stride, pads, dilation, groups)

    @classmethod
    @_remembered
    def conv_transpose(
        cls,
        input_shape: tuple[int, ...],
        weight_shape: tuple[int, ...],
        stride: IntOrTuple = 1,
        padding: int | Sequence = 0,
        output_padding: IntOrTuple = 0,
        groups: int = 1,
        dilation: IntOrTuple = 1,
        bias_shape: tuple[int, ...] | None = None,
        op: str = "conv_transpose2d",
        axes: int = 2,
    ) -> Geometry:
        """Of a transposed convolution: input (N, C, *size), weight (C, O/groups, *kernel)."""
        _check_ranks(op, axes, input_shape, weight_shape, "(C, O/groups, kernel...)")
        stride, dilation, groups = _check_settings(op, axes, stride, dilation, groups)
        channels = input_shape[1]
        if weight_shape[0] != channels:
            raise ValueError(
                f"{op}: the input has {channels} channels, but the weight takes "
                f"{weight_shape[0]}: input {input_shape}, weight {weight_shape}; the weight of a "
                f"transposed convolution has shape (C, O/groups, ...), here ({channels}, ...)"
            )
        if channels % groups or groups > max(channels, 1):
            raise ValueError(
                f"{op}: groups={groups} must divide the {channels} input channels "
                f"(input {input_shape}, weight {weight_shape})"
            )
        _check_bias(op, bias_shape, weight_shape[1] * groups)
        places, kernel = tuple(input_shape[2:]), tuple(weight_shape[2:])
        if isinstance(padding, str):
            raise ValueError(f"{op}: padding={padding!r} is for convolutions; give numbers here")
        pads = paddings(op, padding, places, kernel, stride, dilation)
        extra = per_axis(op, "output_padding", output_padding, axes, least=0)
        for e, s, d in zip(extra, stride, dilation, strict=True):
            if e >= max(s, d):
                raise ValueError(
                    f"{op}: output_padding={extra} must be smaller than the stride {stride} or "
                    f"the dilation {dilation} of its axis"
                )
        size = tuple(
            (n - 1) * s - before - after + _extent(k, d) + e
            for n, s, (before, after), k, d, e in zip(
                places, stride, pads, kernel, dilation, extra, strict=True
            )
        )
        if min(places) < 1 or min(size) < 1:
            raise ValueError(
                f"{op}: the output would have size {size}, but needs at least one pixel along "
                f"every axis: input {input_shape}, weight {weight_shape}, stride {stride}, "
                f"padding {pads}, dilation {dilation}, output_padding {extra}"
            )
        return cls._checked(op, size, kernel, places, stride, pads, dilation, groups, True)

    @classmethod
    @_remembered
    def pool(
        cls,
        input_shape: tuple[int, ...],
        kernel_size: IntOrTuple,
        stride: IntOrTuple | None = None,
        padding: IntOrTuple = 0,
        dilation: IntOrTuple = 1,
        ceil_mode: bool = False,
        op: str = "max_pool2d",
        axes: int = 2,
    ) -> Geometry:
        """Of a pooling: input (N, C, *size); the stride defaults to the window's size."""
        _check_rank(op, "input", input_shape, axes + 2, "(N, C, size...)")
        kernel = per_axis(op, "kernel_size", kernel_size, axes, least=1)
        stride = kernel if stride is None else stride
        stride, dilation, _ = _check_settings(op, axes, stride, dilation, 1)
        size = tuple(input_shape[2:])
        if min(size) < 1:
            raise ValueError(
                f"{op}: an image needs at least one pixel along every axis, got input "
                f"{tuple(input_shape)}"
            )
        pads = tuple((p, p) for p in per_axis(op, "padding", padding, axes, least=0))
        for (p, _), k in zip(pads, kernel, strict=True):
            if 2 * p > k:
                raise ValueError(
                    f"{op}: padding={padding} must be at most half of the window {kernel}, else "
                    f"a window could lie outside the image"
                )
        output = _outputs(op, size, kernel, stride, pads, dilation, input_shape, None, ceil_mode)
        return cls._checked(op, size, kernel, output, stride, pads, dilation, 1)

    @classmethod
    def _checked(
        cls, op, size, kernel, output, stride, pads, dilation, groups, transposed=False
    ) -> Geometry:
        given = f"kernel {kernel}, stride {stride}, padding {pads}, dilation {dilation}"
        # A dilation between taps of which there is one, and a stride that is never taken, say
        # nothing; made small, they cannot overflow the 64-bit index arithmetic of a kernel.
        dilation = tuple(1 if k == 1 else d for k, d in zip(kernel, dilation, strict=True))
        stride = tuple(1 if o <= 1 else s for o, s in zip(output, stride, strict=True))
        geometry = cls(size, kernel, output, stride, pads, dilation, groups)
        sizes = geometry.padded  # the larger side: no output has more places than pixels to be at
        if prod(sizes) > _MOST_POSITIONS:
            what = "output, before its padding is cut off," if transposed else "padded input"
            given = f"input size {output if transposed else size}, {given}"
            raise ValueError(
                f"{op}: the {what} would have {'×'.join(map(str, sizes))} positions, more than "
                f"are worth trying ({_MOST_POSITIONS}): {given}"
            )
        return geometry


def _extent(kernel: int, dilation: int) -> int:
    return dilation * (kernel - 1) + 1


def whole_number(op: str, name: str, value: object) -> int:
    """``value`` as an int; a TypeError for fractions, booleans and all else."""
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise TypeError(f"{op}: {name} must be a whole number, got {shown(value)}")


def shown(value: object) -> str:
    """How a message shows a value that was given: of a large array or Tensor only the shape."""
    text, shape = repr(value), getattr(value, "shape", ())
    if shape and len(text) > 60:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    return text


def per_axis(op: str, name: str, value: object, axes: int, least: int) -> tuple[int, ...]:
    """One integer for each axis, from one integer or a sequence of them."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        if len(value) not in (1, axes):
            raise ValueError(
                f"{op}: {name}={value!r} has {len(value)} entries; give one number, or one for "
                f"each of the {axes} spatial axes"
            )
        values = tuple(whole_number(op, name, v) for v in value) * (axes // len(value))
    else:
        values = (whole_number(op, name, value),) * axes
    if min(values) < least:
        raise ValueError(f"{op}: {name}={value!r} must be at least {least} along every axis")
    return values


def paddings(op, padding, size, kernel, stride, dilation) -> Pairs:
    """(before, after) for each axis from a number, a number or a pair an axis, or a name."""
    axes = len(size)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * axes
        if padding != "same":
            raise ValueError(f"{op}: padding={padding!r} must be 'same', 'valid' or numbers")
        pairs = []
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
            # ceil(n / s) outputs; the odd pixel of padding stands after (Keras' rule)
            total = max(0, (-(-n // s) - 1) * s + _extent(k, d) - n)
            pairs.append((total // 2, total - total // 2))
        return tuple(pairs)
    if isinstance(padding, Sequence) and any(isinstance(p, Sequence) for p in padding):
        if len(padding) != axes:
            raise ValueError(
                f"{op}: padding={padding!r} has {len(padding)} entries for {axes} spatial axes"
            )
        return tuple(per_axis(op, "padding", p, 2, least=0) for p in padding)
    return tuple((p, p) for p in per_axis(op, "padding", padding, axes, least=0))


def _outputs(
    op, size, kernel, stride, pads, dilation, input_shape, weight_shape, ceil_mode=False
) -> tuple[int, ...]:
    """(W − E + 2P) / S + 1 along each axis, rounded down, or up for ``ceil_mode``."""
    given = f"input {tuple(input_shape)}"
    given += f", weight {tuple(weight_shape)}" if weight_shape else f", window {kernel}"
    given += f", stride {stride}, padding {pads}, dilation {dilation}"
    if min(kernel) < 1:
        raise ValueError(f"{op}: a kernel needs at least one tap along every axis: {given}")
    outputs = []
    for n, k, s, (before, after), d in zip(size, kernel, stride, pads, dilation, strict=True):
        room = n + before + after - _extent(k, d)
        # ceil_mode lets a last window hang over the end, by less than a stride, even the only one
        if room < 0 and not (ceil_mode and room > -s):
            raise ValueError(
                f"{op}: the kernel covers {_extent(k, d)} pixels, but the padded input has only "
                f"{n + before + after} along one axis: {given}; use more padding, a smaller "
                f"kernel or a larger input"
            )
        places = room // s + 1
        if ceil_mode and room % s and places * s < n + before:
            places += 1  # a last window that starts inside the image or its left padding
        outputs.append(places)
    return tuple(outputs)


def _check_rank(op: str, what: str, shape: tuple[int, ...], rank: int, wanted: str) -> None:
    if len(shape) == rank:
        return
    message = f"{op}: the {what} must have {rank} dimensions {wanted}, got shape {tuple(shape)}"
    if what == "input" and len(shape) == rank - 1:
        message += "; for a single image without its batch axis pass x[None]"
    raise ValueError(message)


def _check_ranks(op, axes, input_shape, weight_shape, weight_layout) -> None:
    _check_rank(op, "input", input_shape, axes + 2, "(N, C, size...)")
    _check_rank(op, "weight", weight_shape, axes + 2, weight_layout)


def _check_settings(op, axes, stride, dilation, groups):
    groups = whole_number(op, "groups", groups)
    if groups < 1:
        raise ValueError(f"{op}: groups={groups} must be at least 1")
    return (
        per_axis(op, "stride", stride, axes, least=1),
        per_axis(op, "dilation", dilation, axes, least=1),
        groups,
    )


def _check_bias(op: str, bias_shape: tuple[int, ...] | None, channels: int) -> None:
    if bias_shape is not None and tuple(bias_shape) != (channels,):
        raise ValueError(
            f"{op}: the bias must have shape ({channels},), one number for each output channel, "
            f"got {tuple(bias_shape)}"
        )
