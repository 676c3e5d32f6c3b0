"""The dropout layer: F.dropout while training, nothing in evaluation mode.

Source: 001 "Dropout".
"""

from __future__ import annotations

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module


class Dropout(Module):
    """y = x·m/(1 − p), m = 0 with probability p, else 1, drawn anew for each entry; in
    evaluation mode y = x.

    ``inplace`` is taken for PyTorch's sake and has no effect: no Tensor is changed in place.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False):
        super().__init__()
        self.p = checks.real("Dropout", "p", p, 0, 1)
        self.inplace = checks.flag("Dropout", "inplace", inplace)

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
