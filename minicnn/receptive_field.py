"""A table of what each layer of a network sees: size, stride and centre of its receptive field.

The network is run once, on zeros, and what every layer returns is followed back to the input
(:mod:`minicnn.sight_functions`), node by node: sizes add up, strides multiply,

    size   r_out   = r_in + (e − 1) · stride_in        e = d·(F − 1) + 1 pixels under the filter
    stride s_out   = s · stride_in
    centre c_out   = c_in + ((e − 1)/2 − p) · stride_in

and where branches meet again (residual blocks, inception) the union is taken.

Source: 004 "Sparse Connections" (s₃ sees x₂, x₃, x₄), "Concepts" (the receptive field F of one
layer); for whole networks Araujo, Norris & Sim 2019, Distill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .autograd import enable_grad
from .creation import zeros
from .geometry import whole_number
from .nn.module import Module
from .sight import Field
from .sight_functions import Sight
from .summary import _as_it_was, input_kind
from .tensor import FLOATS, Tensor

_BATCH = 2  # not 1: a batch norm that keeps no statistics needs two values a channel


@dataclass(frozen=True)
class FieldRow:
    """One call of one layer; one number for each spatial axis of the input in every tuple.

    ``size``     pixels from the first to the last that an output position sees, padding counted;
                 where positions differ (after a transposed convolution), the most
    ``stride``   pixels from one position's field to the next one's: an int, after upsampling
                 a Fraction, 0 where every position sees the same
    ``centre``   of the first position's field, in pixels of the input counted from 0; NaN where
                 it sees nothing

    All three are None for what does not depend on the input. ``output_shape`` has None for the
    batch.
    """

    name: str
    layer: str
    size: tuple[int, ...] | None
    stride: tuple[int | Fraction, ...] | None
    centre: tuple[float, ...] | None
    output_shape: tuple
    _field: Field | None = field(repr=False, compare=False, default=None)
    _image: tuple[int, ...] = field(repr=False, compare=False, default=())

    def window(self, *place: int) -> tuple[slice, ...]:
        """The part of the image that the output at ``place`` can see: ``image[..., *window]``.

        One index for each spatial axis of the input. What lies in the padding is cut off; where
        every position sees the same (``stride`` 0) any index will do.
        """
        if self._field is None:
            raise ValueError(f"window: {self.layer} {self.name!r} does not depend on the input")
        if len(place) != len(self._image):
            raise ValueError(
                f"window: give one index for each of the {len(self._image)} spatial axes of the "
                f"input, got {place}"
            )
        cut = []
        for axis, i, n in zip(self._field, place, self._image, strict=True):
            i = whole_number("window", "each index", i)
            places = None if axis.axis is None else self.output_shape[axis.axis]
            if i < 0 or (places is not None and i >= places):
                raise IndexError(f"window: place {place} lies outside of {self.output_shape}")
            first, last = axis.seen.at(i) or (0, -1)
            start = min(max(first, 0), n)
            cut.append(slice(start, max(start, min(last + 1, n))))
        return tuple(cut)


@dataclass(frozen=True)
class ReceptiveFields:
    """What :func:`receptive_field` found: ``str()`` of it is the table."""

    name: str
    input_shape: tuple[int, ...]
    rows: tuple[FieldRow, ...]

    def __repr__(self) -> str:
        return f"ReceptiveFields({self.name}: {len(self.rows)} rows)"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __getitem__(self, name: str) -> FieldRow:
        """The row of a layer by its name, of several calls the last."""
        for row in reversed(self.rows):
            if row.name == name:
                return row
        names = ", ".join(repr(row.name) for row in self.rows)
        raise KeyError(f"no layer is called {name!r}; there are {names}")

    def lines(self) -> list[str]:
        """The table, line by line."""
        cells = [("Layer (type)", "Output Shape", "Size", "Stride", "Centre")]
        for row in self.rows:
            layer = f"{row.name} ({row.layer})" if row.name else row.layer
            seen = ("nothing", "", "") if row.size is None else (
                "×".join(map(str, row.size)), "×".join(map(str, row.stride)),
                ", ".join(f"{c:g}" for c in row.centre),
            )
            cells.append((layer, str(row.output_shape), *seen))
        widths = [
            max(least, *(len(cell[i]) + 2 for cell in cells))
            for i, least in enumerate((28, 22, 9, 8, 8))
        ]
        table = [
            " " + "".join(c.ljust(w) for c, w in zip(cell, widths, strict=True)).rstrip()
            for cell in cells
        ]
        width = sum(widths) + 1
        title = f'Receptive fields of "{self.name}" in an input of {(None, *self.input_shape)}'
        return [title, "_" * width, table[0], "=" * width, *table[1:], "_" * width]


def receptive_field(
    model: Module, input_shape: Sequence[int], dtype: Any = None
) -> ReceptiveFields:
    """Size, stride and centre of the receptive field of each layer; print what is returned.

    ``input_shape`` is the shape of one sample, without the batch: (C, H, W), (C, L) or
    (C, D, H, W). ``dtype`` of the input: the parameters', unless given. ``.rows`` has a row for
    each call of a layer without layers inside, and one for each block whose output no layer of
    its own has returned (the sum of a residual block); for several outputs ``name[0]``,
    ``name[1]``. ``table["conv2"]`` is the row of that name.

    It is computed from the geometry of what the model does, whatever ``forward`` looks like; the
    values of weights and pixels play no part, so a field is what *can* be seen. It is that of an
    endless plane: padding counts, and a field may be larger than the image. Pixels copied into a
    border (reflect) count where they are copied to; a stride that is never taken, as the output
    has one position, counts as 1. Where a whole axis is summed or goes into a dense layer, where
    branches of different strides meet, and where a reshape mixes an axis with others, every
    position sees what all see together (stride 0), which may be more than a single one does.
    Fractional pooling draws its places anew each time: its field is that of one such draw.

    The model runs as for :func:`minicnn.summary`: in evaluation mode, and all is afterwards as it
    was. TypeError or ValueError for a shape that is none, or that the model does not take;
    NotImplementedError, with its name, for a Function that is not known (one of your own).
    """
    if not isinstance(model, Module):
        raise TypeError(f"receptive_field: expected a Module, got {type(model).__name__}")
    shape = _shape(input_shape)
    dtype, device = input_kind(model, dtype)
    if dtype not in FLOATS:
        raise TypeError(f"receptive_field: the input must be floats, dtype {dtype} is not")
    source = zeros((_BATCH, *shape), dtype=dtype, device=device, requires_grad=True)
    sight = Sight(source)
    rows: list[FieldRow] = []
    found: list[Tensor] = []  # what the rows stand for

    def hook_for(name: str, module: Module) -> Callable:
        is_block = bool(list(module.children()))

        def hook(module: Module, args: tuple, output: Any) -> None:
            outputs = list(_tensors(output))
            if is_block and all(any(_same(t, old) for old in found) for t in outputs):
                return  # its last layer's
            for i, t in enumerate(outputs):
                called = name if len(outputs) == 1 else f"{name}[{i}]"
                rows.append(_row(called, type(module).__name__, t, sight, shape[1:]))
                found.append(t)

        return hook

    with _as_it_was(model), enable_grad():
        handles = [
            module.register_forward_hook(hook_for(name, module))
            for name, module in model.named_modules()
        ]
        try:
            model.eval()
            model(source)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(
                f"receptive_field: the model does not take {dtype} input of shape "
                f"{(None, *shape)} (None is the batch, which input_shape leaves out): {error}"
            ) from error
        finally:
            for handle in handles:
                handle.remove()
    return ReceptiveFields(type(model).__name__, shape, tuple(rows))


def _same(a: Tensor, b: Tensor) -> bool:
    return a is b or (a.creator is not None and a.creator is b.creator)


def _row(name: str, layer: str, t: Tensor, sight: Sight, image: tuple[int, ...]) -> FieldRow:
    view = sight.of(t)
    shape = (None, *t.shape[1:]) if t.ndim and t.shape[0] == _BATCH else t.shape
    if view is None:
        return FieldRow(name, layer, None, None, None, shape)
    sizes, strides, centres = [], [], []
    for axis in view.field:
        seen = [e for e in axis.seen.ends if e is not None]
        sizes.append(max((last - first + 1 for first, last in seen), default=0))
        stride = Fraction(axis.seen.shift, len(axis.seen.ends))
        strides.append(int(stride) if stride.denominator == 1 else stride)
        first, last = axis.seen.at(0) or (float("nan"),) * 2
        centres.append((first + last) / 2)
    return FieldRow(
        name, layer, tuple(sizes), tuple(strides), tuple(centres), shape, view.field, image
    )


def _tensors(output: Any) -> Iterator[Tensor]:
    """The Tensors in what a module returned: itself, or in lists and dicts."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, (list, tuple, dict)):
        for part in output.values() if isinstance(output, dict) else output:
            yield from _tensors(part)


def _shape(input_shape: Any) -> tuple[int, ...]:
    if not isinstance(input_shape, Sequence) or isinstance(input_shape, str):
        raise TypeError(
            f"receptive_field: input_shape is the shape of one sample without the batch, such as "
            f"(3, 32, 32), got {input_shape!r}"
        )
    shape = tuple(
        whole_number("receptive_field", "each size in input_shape", n) for n in input_shape
    )
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(
            f"receptive_field: input_shape={input_shape!r} must be a number of channels and at "
            f"least one spatial size, such as (3, 32, 32), all from 1 on, without the batch"
        )
    return shape
