"""A model's state as a dict of arrays, and a model's state out of one.

The names are PyTorch's: the path of attributes that leads to a parameter or buffer, joined by
dots (``features.0.weight``), so weights move both ways between the two engines. Arrays are
copied out and copied in: a state dict never shares memory with a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import backend
from ..tensor import Tensor
from .checks import flag
from .registry import Registry


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict`` did not find in the state dict, and what it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def entries(module: Registry, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The name and Tensor of every parameter and persistent buffer, each module's own first.

    One that is shared comes under each of its names, as in PyTorch's state dicts.
    """
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield prefix + name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._not_persistent:
            yield prefix + name, buffer
    for name, child in module._modules.items():
        if child is not None:
            yield from entries(child, f"{prefix}{name}.")


def state_dict(module: Registry, prefix: str = "") -> dict[str, Any]:
    """name -> a copy of the array, for every parameter and persistent buffer."""
    return {name: tensor.data.copy(order="C") for name, tensor in entries(module, prefix)}


def load_state_dict(
    module: Registry, state: Mapping[str, Any], strict: bool = True
) -> IncompatibleKeys:
    """Copies ``state`` into the module; see :meth:`Module.load_state_dict`."""
    if not isinstance(state, Mapping):
        raise TypeError(
            f"load_state_dict: expected a dict of names and arrays, got {type(state).__name__}"
        )
    strict = flag("load_state_dict", "strict", strict)
    own = dict(entries(module))
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own and not _is_batch_count(name)]
    wrong_kinds, misfits, new = [], [], []
    for name, tensor in own.items():
        if name not in state:
            continue
        value = state[name].data if isinstance(state[name], Tensor) else state[name]
        reason = _wrong_kind(value, tensor)
        if reason is not None:
            wrong_kinds.append(f"{name!r} {reason}")
        elif value.shape != tensor.shape:
            misfits.append(f"{name!r} has shape {value.shape}, the model's has {tensor.shape}")
        else:
            new.append((tensor, value))
    where = f"{type(module).__name__}.load_state_dict"
    if wrong_kinds:
        raise TypeError(f"{where}: nothing was loaded, because\n  " + "\n  ".join(wrong_kinds))
    if strict and missing:
        misfits.append("missing in the state dict: " + ", ".join(map(repr, missing)))
    if strict and unexpected:
        misfits.append(
            "unexpected, the model has no such entry: " + ", ".join(map(repr, unexpected))
        )
    if misfits:
        raise ValueError(f"{where}: nothing was loaded, because\n  " + "\n  ".join(misfits))
    copies = [(tensor, _copy_for(tensor, value)) for tensor, value in new]
    for tensor, array in copies:  # nothing can fail from here on
        tensor.data = array
    return IncompatibleKeys(missing, unexpected)


def _is_batch_count(name: Any) -> bool:
    """PyTorch's batch norm layers count batches; ours do not."""
    return isinstance(name, str) and name.rpartition(".")[2] == "num_batches_tracked"


def _wrong_kind(value: Any, tensor: Tensor) -> str | None:
    """Why ``value`` cannot be copied into ``tensor``, whatever its shape; or None."""
    if not backend.is_array(value):
        hint = "; take .detach().cpu().numpy() of it" if hasattr(value, "detach") else ""
        return f"is a {type(value).__name__}, not an array or Tensor{hint}"
    if value.dtype.kind not in "fiub" or not np.can_cast(value.dtype, tensor.dtype, "same_kind"):
        return f"has dtype {value.dtype}, which does not turn into the model's {tensor.dtype}"
    return None


def _copy_for(tensor: Tensor, value: Any) -> Any:
    """A copy of ``value`` with the dtype and on the device of ``tensor``."""
    array = backend.to_device(value, tensor.device)
    return backend.array_module(array).array(array, dtype=tensor.dtype, order="C")
