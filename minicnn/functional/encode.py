"""Labels as vectors: class 2 of 4 is (0, 0, 1, 0)."""

from __future__ import annotations

from typing import Any

from ..backend import array_module
from ..geometry import whole_number
from ..tensor import Tensor, wrap
from .operands import as_tensor


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Integers (...) from 0 to C − 1 as int64 rows (..., C) with a single 1.

    ``num_classes`` −1 stands for the largest label plus one. IndexError for labels outside.
    """
    labels = as_tensor(tensor)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot: labels must be integers, got {labels.dtype}")
    classes = whole_number("one_hot", "num_classes", num_classes)
    if classes == -1:
        if labels.data.size == 0:
            raise ValueError("one_hot: an empty Tensor does not tell num_classes; give it")
        classes = int(labels.data.max()) + 1
    if classes < 1:
        raise ValueError(f"one_hot: num_classes={num_classes} must be at least 1 (or -1)")
    if labels.data.size and not 0 <= int(labels.data.min()) <= int(labels.data.max()) < classes:
        raise IndexError(
            f"one_hot: labels from {int(labels.data.min())} to {int(labels.data.max())} do not "
            f"fit {classes} classes (0 to {classes - 1})"
        )
    xp = array_module(labels.data)
    return wrap((labels.data[..., None] == xp.arange(classes)).astype("int64"))
