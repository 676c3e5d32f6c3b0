"""Dropout layers: F.dropout and its relatives while training, nothing in evaluation mode.

Source: 001 "Dropout".
"""

from __future__ import annotations

from collections.abc import Callable

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module


class _Dropout(Module):
    function: Callable

    def __init__(self, p: float = 0.5, inplace: bool = False):
        super().__init__()
        self.p = checks.real(type(self).__name__, "p", p, 0, 1)
        self.inplace = checks.flag(type(self).__name__, "inplace", inplace)

    def forward(self, input: Tensor) -> Tensor:
        return type(self).function(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """y = x·m/(1 − p), m = 0 with probability p, else 1, drawn anew for each entry; in
    evaluation mode y = x.

    ``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place.
    """

    function = F.dropout


class Dropout1d(_Dropout):
    """:class:`Dropout2d` for signals (N, C, L)."""

    function = F.dropout1d


class Dropout2d(_Dropout):
    """:class:`Dropout` of whole channels of (N, C, H, W): one draw for each image and channel.

    Source: Tompson et al. 2015, arXiv 1411.4280.
    """

    function = F.dropout2d


class Dropout3d(_Dropout):
    """:class:`Dropout2d` for volumes (N, C, D, H, W)."""

    function = F.dropout3d
