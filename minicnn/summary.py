"""A table of a network's layers, their output shapes and how many parameters each has.

The network is run once, on zeros, and every layer reports as it is called: so the table shows
what is computed, in that order, whatever forward looks like. The look is Keras'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import random
from .autograd import no_grad
from .creation import zeros
from .functional.operands import checked_dtype
from .geometry import whole_number
from .nn.module import Module
from .tensor import DEFAULT_DTYPE, FLOATS, Tensor

_BATCH = 2  # not 1: a batch norm that keeps no statistics needs two values a channel


@dataclass(frozen=True)
class Row:
    """One call of one layer.

    ``output_shape`` has None for the batch; it is a list for several outputs, None for a layer
    that was not called. ``params`` counts the layer's parameters that no row above has counted:
    0 where the layer, or its weight, is used again, and then ``shared`` says so.
    """

    name: str
    type: str
    output_shape: Any
    params: int
    shared: bool = False


@dataclass(frozen=True)
class Summary:
    """What :func:`summary` found: ``str()`` of it is the table."""

    name: str
    rows: tuple[Row, ...]
    total_params: int
    trainable_params: int
    buffers: int

    @property
    def non_trainable_params(self) -> int:
        """Entries of the parameters with ``requires_grad=False``."""
        return self.total_params - self.trainable_params

    def __repr__(self) -> str:
        return f"Summary({self.name}: {len(self.rows)} rows, {self.total_params:,} parameters)"

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The table, line by line."""
        cells = [("Layer (type)", "Output Shape", "Param #")]
        for row in self.rows:
            layer = f"{row.name} ({row.type})" if row.name else row.type
            shape = "not called" if row.output_shape is None else str(row.output_shape)
            cells.append((layer, shape, "shared" if row.shared else f"{row.params:,}"))
        widths = [
            max(least, *(len(cell[i]) + 2 for cell in cells))
            for i, least in enumerate((32, 22, 10))
        ]
        width = sum(widths) + 1
        table = [
            " " + cell[0].ljust(widths[0]) + cell[1].ljust(widths[1]) + cell[2].rjust(widths[2])
            for cell in cells
        ]
        totals = [
            f"Total params: {self.total_params:,}",
            f"Trainable params: {self.trainable_params:,}",
            f"Non-trainable params: {self.non_trainable_params:,}",
        ]
        if self.buffers:
            totals.append(f"Buffers, not parameters: {self.buffers:,}")
        thin, thick = "_" * width, "=" * width
        return [
            f'Model: "{self.name}"', thin, table[0], thick, *table[1:], thick, *totals, thin
        ]


def input_kind(model: Module, dtype: Any) -> tuple[Any, str]:
    """Dtype (the first float parameter's or buffer's, unless given) and device of an input."""
    tensors = [*model.parameters(), *model.buffers()]
    owned = next((t for t in tensors if t.dtype in FLOATS), None)
    if dtype is None:
        dtype = DEFAULT_DTYPE if owned is None else owned.dtype
    return checked_dtype(dtype), "cpu" if owned is None else owned.device


def summary(
    model: Module,
    input_shape: Sequence[int] | Sequence[Sequence[int]],
    dtype: Any = None,
    print_fn: Callable[[str], Any] | None = print,
) -> Summary:
    """Prints the layers of ``model`` as Keras does, and returns the table as a :class:`Summary`.

    ``input_shape`` is the shape of one sample, without the batch: ``(3, 32, 32)``; a list of such
    shapes for a model with several inputs. ``dtype`` of the input: the parameters', unless given.
    ``print_fn`` gets the lines one by one; None prints nothing.

    A row is one call of a layer without layers inside, or with parameters of its own. The model
    runs once in evaluation mode without gradients; training modes, buffers, gradients and the
    random numbers are afterwards as they were, also after an error. TypeError or ValueError for
    a shape that is none, or that the model does not take. The model's own hooks run too.
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary: expected a Module, got {type(model).__name__}")
    shapes = _shapes(input_shape)
    dtype, device = input_kind(model, dtype)
    inputs = [zeros((_BATCH, *shape), dtype=dtype, device=device) for shape in shapes]

    rows: list[Row] = []
    counted: set[Tensor] = set()
    called: set[Module] = set()

    def row(name: str, module: Module, shape: Any) -> Row:
        own = list(module.parameters(recurse=False))
        new = [p for p in own if p not in counted]
        counted.update(new)
        params = sum(p.numel() for p in new)
        return Row(name, type(module).__name__, shape, params, bool(own) and not new)

    def hook_for(name: str) -> Callable:
        def hook(module: Module, args: tuple, output: Any) -> None:
            called.add(module)
            rows.append(row(name, module, _output_shape(output)))

        return hook

    listed = [
        (name, module) for name, module in model.named_modules()
        if not list(module.children()) or list(module.parameters(recurse=False))
    ]
    with _as_it_was(model), no_grad():
        handles = [module.register_forward_hook(hook_for(name)) for name, module in listed]
        try:
            model.eval()
            model(*inputs)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(
                f"summary: the model does not take {dtype} input of shape "
                f"{' and '.join(str((None, *shape)) for shape in shapes)} (None is the batch, "
                f"which input_shape leaves out): {error}"
            ) from error
        finally:
            for handle in handles:
                handle.remove()
    for name, module in listed:
        if module not in called and list(module.parameters(recurse=False)):
            rows.append(row(name, module, None))
    parameters = list(model.parameters())
    result = Summary(
        type(model).__name__,
        tuple(rows),
        total_params=sum(p.numel() for p in parameters),
        trainable_params=sum(p.numel() for p in parameters if p.requires_grad),
        buffers=sum(b.numel() for b in model.buffers()),
    )
    if print_fn is not None:
        for line in result.lines():
            print_fn(line)
    return result


@contextmanager
def _as_it_was(model: Module) -> Iterator[None]:
    """Gives back training modes, buffers and random numbers, whatever happens inside."""
    modes = [(module, module.training) for module in model.modules()]
    buffers = [
        (module, dict(module._buffers), {b: b.data.copy() for b in module.buffers(recurse=False)})
        for module in model.modules()
    ]
    try:
        with random.set_aside():
            yield
    finally:
        for module, mode in modes:
            module.training = mode
        for module, own, copies in buffers:
            module._buffers.update(own)
            for buffer, array in copies.items():
                buffer.data = array


def _shapes(input_shape: Any) -> list[tuple[int, ...]]:
    """One shape, or several, as a list of tuples of sizes from 1 on."""
    if not isinstance(input_shape, Sequence) or isinstance(input_shape, str):
        raise TypeError(
            f"summary: input_shape is the shape of one sample without the batch, such as "
            f"(3, 32, 32), got {input_shape!r}"
        )
    several = bool(input_shape) and all(
        isinstance(s, Sequence) and not isinstance(s, str) for s in input_shape
    )
    shapes = [
        tuple(whole_number("summary", "each size in input_shape", n) for n in shape)
        for shape in (input_shape if several else [input_shape])
    ]
    for shape in shapes:
        if any(n < 1 for n in shape):
            raise ValueError(
                f"summary: input_shape={input_shape!r} must be made of sizes from 1 on, without "
                f"the batch"
            )
    return shapes


def _output_shape(output: Any) -> Any:
    """Shape of a Tensor, None for its batch; lists and dicts of such; else the type's name."""
    if isinstance(output, (Tensor, np.ndarray)):
        batch = output.ndim > 0 and output.shape[0] == _BATCH
        return (None, *output.shape[1:]) if batch else tuple(output.shape)
    if isinstance(output, (list, tuple)):
        return [_output_shape(part) for part in output]
    if isinstance(output, dict):
        return {key: _output_shape(part) for key, part in output.items()}
    return type(output).__name__
