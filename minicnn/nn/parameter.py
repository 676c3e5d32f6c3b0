"""A Parameter: a Tensor that a model owns and an optimiser changes."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor


class Parameter(Tensor):
    """A Tensor that a :class:`~minicnn.nn.Module` registers when it is assigned as an attribute.

    ``Parameter(data)`` takes an array, a Tensor or nested lists of floats. An array is wrapped
    without a copy; of a Tensor the array is taken and the history left behind. A Parameter
    requires a gradient unless told otherwise, so its dtype must be a float's (TypeError).
    Deep copies and pickles of it are Parameters again; a pickle leaves ``.grad`` out.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True):
        super().__init__(data, requires_grad)  # of a Tensor, only the array

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()
