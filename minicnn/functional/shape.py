"""Changing shape: the same entries in another arrangement.

Reshape, permute and flip move entries without changing them, so their gradients move them back;
cat puts Tensors side by side, and its gradient cuts them apart again.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from .. import kernels
from ..autograd import Function, is_grad_enabled
from ..geometry import whole_number
from ..tensor import FLOATS, Tensor, wrap
from .broadcast import broadcast_to
from .index import get_item
from .operands import as_tensor, cast, common_dtype


class Reshape(Function):
    """The entries, in row-major order, in another shape."""

    reads = ()

    def __init__(self, shape: tuple[int, ...]):
        self.shape = shape

    def forward(self, x):
        return x.reshape(self.shape)

    def backward(self, g: Tensor) -> Tensor:
        return Reshape(self.inputs[0].shape)(g)


class Permute(Function):
    """y[i_0, i_1, ...] = x with its axes in the order ``axes``; the inverse order takes it back."""

    reads = ()

    def __init__(self, axes: tuple[int, ...]):
        self.axes = axes

    def forward(self, x):
        return x.transpose(self.axes)

    def backward(self, g: Tensor) -> Tensor:
        inverse = sorted(range(len(self.axes)), key=self.axes.__getitem__)
        return Permute(tuple(inverse))(g)


class Cat(Function):
    """Tensors joined along one axis; the gradient is cut apart again."""

    reads = ()

    def __init__(self, axis: int):
        self.axis = axis

    def forward(self, *arrays):
        self.kernel = kernels.pick("concatenate", arrays[0])
        return self.kernel.concatenate(arrays, self.axis)

    def backward(self, g: Tensor):
        sizes = [x.shape[self.axis] for x in self.inputs]
        if all(self.needs) and not is_grad_enabled():
            return [wrap(part) for part in self.kernel.split(g.data, sizes, self.axis)]
        gradients, start = [], 0
        for size, need in zip(sizes, self.needs, strict=True):
            part = (slice(None),) * self.axis + (slice(start, start + size),)
            gradients.append(get_item(g, part) if need else None)
            start += size
        return gradients


def sizes_of(sizes: tuple) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence, as a tuple of ints."""
    if len(sizes) == 1 and isinstance(sizes[0], Sequence):
        sizes = tuple(sizes[0])
    try:
        return tuple([operator.index(n) for n in sizes])
    except TypeError:
        raise TypeError(f"sizes and axes are whole numbers, got {sizes}") from None


def axis_of(axis: Any, ndim: int, op: str) -> int:
    """``axis`` counted from 0; IndexError if it does not exist, TypeError if it is not an int."""
    index = whole_number(op, "dim", axis)
    if not -ndim <= index < ndim:
        which = f"there are {ndim} ({-ndim} to {ndim - 1})" if ndim else "there is none"
        raise IndexError(f"{op}: axis {axis} does not exist: {which}")
    return index % ndim


def reshape(x: Tensor, *shape: Any) -> Tensor:
    """The entries in row-major order in another shape; one size may be −1, to be worked out."""
    x, wanted = as_tensor(x), sizes_of(shape)
    known = prod([n for n in wanted if n != -1])
    count = prod(x.shape)
    unknown = wanted.count(-1)
    fits = min(wanted, default=0) >= -1 and (
        (unknown == 0 and known == count)
        or (unknown == 1 and known > 0 and count % known == 0)
    )
    if not fits:
        raise ValueError(f"reshape: shape {x.shape} has {count} entries, which do not fit {wanted}")
    if unknown:
        wanted = tuple([count // known if n == -1 else n for n in wanted])
    return x if wanted == x.shape else Reshape(wanted)(x)


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Axes ``start_dim`` to ``end_dim`` (included) as one."""
    x = as_tensor(x)
    if x.ndim == 0:
        return reshape(x, 1)
    first, last = axis_of(start_dim, x.ndim, "flatten"), axis_of(end_dim, x.ndim, "flatten")
    if first > last:
        raise ValueError(f"flatten: start_dim={start_dim} comes after end_dim={end_dim}")
    shape = x.shape
    wanted = (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])
    return x if wanted == shape else Reshape(wanted)(x)


def squeeze(x: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Without the axes of size 1: all of them, or those in ``dim`` that have size 1."""
    x = as_tensor(x)
    if dim is None:
        chosen = set(range(x.ndim))
    else:
        given = dim if isinstance(dim, Sequence) else (dim,)
        chosen = {axis_of(d, x.ndim, "squeeze") for d in given}
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if n != 1 or i not in chosen))


def unsqueeze(x: Tensor, dim: int) -> Tensor:
    """With a new axis of size 1 at ``dim``."""
    x = as_tensor(x)
    axis = axis_of(dim, x.ndim + 1, "unsqueeze")
    return reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))


def permute(x: Tensor, *dims: Any) -> Tensor:
    """The axes in another order: ``permute(x, 0, 2, 3, 1)`` makes N,C,H,W into N,H,W,C."""
    x, dims = as_tensor(x), sizes_of(dims)
    axes = tuple(axis_of(d, x.ndim, "permute") for d in dims)
    if sorted(axes) != list(range(x.ndim)):
        raise ValueError(f"permute: {dims} must name each of the {x.ndim} axes of {x.shape} once")
    return x if axes == tuple(range(x.ndim)) else Permute(axes)(x)


def transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged."""
    x = as_tensor(x)
    axes = list(range(x.ndim))
    i, j = axis_of(dim0, x.ndim, "transpose"), axis_of(dim1, x.ndim, "transpose")
    axes[i], axes[j] = axes[j], axes[i]
    return permute(x, axes)


def expand(x: Tensor, *sizes: Any) -> Tensor:
    """Axes of size 1 repeated, new ones added on the left; −1 keeps a size."""
    x, wanted = as_tensor(x), sizes_of(sizes)
    new = len(wanted) - x.ndim
    shape = tuple(
        x.shape[i - new] if n == -1 and i >= new else n for i, n in enumerate(wanted)
    )
    old = zip(x.shape, shape[max(new, 0):], strict=False)
    if new < 0 or min(shape, default=0) < 0 or any(m not in (1, n) for m, n in old):
        raise ValueError(f"expand: shape {x.shape} cannot be repeated to {wanted}: only axes of "
                         f"size 1 can, and new ones on the left")
    return broadcast_to(x, shape)


def expand_as(x: Tensor, other: Tensor) -> Tensor:
    """x repeated to the shape of ``other``."""
    return expand(x, other.shape)


def ravel(x: Tensor) -> Tensor:
    """All entries in one row."""
    return reshape(x, -1) if as_tensor(x).data.size else reshape(x, 0)


def flip(x: Tensor, dims: int | Sequence[int]) -> Tensor:
    """The entries in reverse order along ``dims``."""
    x = as_tensor(x)
    given = dims if isinstance(dims, Sequence) else (dims,)
    axes = [axis_of(d, x.ndim, "flip") for d in given]
    if len(set(axes)) < len(axes):
        raise ValueError(f"flip: dims={dims} names an axis twice")
    return get_item(x, tuple(slice(None, None, -1 if i in axes else 1) for i in range(x.ndim)))


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Joined along an axis that exists; all other sizes must agree."""
    tensors = _several(tensors, "cat")
    axis = axis_of(dim, tensors[0].ndim, "cat")
    shapes = [t.shape for t in tensors]
    ndim, before, after = len(shapes[0]), shapes[0][:axis], shapes[0][axis + 1 :]
    for shape in shapes:
        if len(shape) != ndim or shape[:axis] != before or shape[axis + 1 :] != after:
            raise ValueError(f"cat: shapes {shapes} must agree except along dim={dim}")
    return Cat(axis)(*tensors)


concat = cat


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Joined along a new axis; all shapes must agree."""
    tensors = _several(tensors, "stack")
    shapes = [t.shape for t in tensors]
    if len(set(shapes)) > 1:
        raise ValueError(f"stack: shapes {shapes} must all be the same")
    return cat([unsqueeze(t, dim) for t in tensors], axis_of(dim, tensors[0].ndim + 1, "stack"))


def _several(tensors: Any, op: str) -> list[Tensor]:
    if isinstance(tensors, Tensor) or not isinstance(tensors, Sequence) or not tensors:
        raise TypeError(f"{op}: give a list or tuple of one or more Tensors, got "
                        f"{type(tensors).__name__}")
    like = next((t for t in tensors if isinstance(t, Tensor)), None)
    tensors = [as_tensor(t, like) for t in tensors]
    first = tensors[0].dtype
    if all([t.dtype is first for t in tensors]):
        return tensors
    dtype = common_dtype(tensors)  # of several float dtypes: the Function refuses them, naming two
    return [t if t.dtype in FLOATS else cast(t, dtype) for t in tensors]
