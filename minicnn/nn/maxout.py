"""Maxout as a layer: the settings of F.maxout. Nothing here is learnt.

Source: 002 "POOLING - ROTATION INVARIANCE"; Goodfellow et al. 2013, arXiv 1302.4389.
"""

from __future__ import annotations

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module


class Maxout(Module):
    """y_o = max over j < k of x_{o·k + j} along ``dim``: (N, O·k, ...) -> (N, O, ...).

    Stands after a layer of k = ``pieces`` times as many channels or features.
    """

    def __init__(self, pieces: int, dim: int = 1):
        super().__init__()
        self.pieces = checks.whole("Maxout", "pieces", pieces)
        self.dim = checks.whole("Maxout", "dim", dim, least=-(2**31))

    def forward(self, input: Tensor) -> Tensor:
        return F.maxout(input, self.pieces, self.dim)

    def extra_repr(self) -> str:
        return f"pieces={self.pieces}, dim={self.dim}"
