"""Stochastic depth as a layer, at the end of a residual branch: x + drop(f(x)).

Source: 001 "Regularization: A common pattern"; Huang et al. 2016, arXiv 1603.09382.
"""

from __future__ import annotations

from .. import functional as F
from ..functional.stochastic_depth import MODES
from ..tensor import Tensor
from . import checks
from .module import Module


class StochasticDepth(Module):
    """y = x·m/(1 − p), m = 0 with probability p, else 1, drawn for each sample (``mode="row"``)
    or once a call (``"batch"``) while training; in evaluation mode y = x. As in torchvision.
    """

    def __init__(self, p: float, mode: str):
        super().__init__()
        self.p = checks.real("StochasticDepth", "p", p, 0, 1)
        self.mode = checks.one_of("StochasticDepth", "mode", mode, MODES)

    def forward(self, input: Tensor) -> Tensor:
        return F.stochastic_depth(input, self.p, self.mode, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"
