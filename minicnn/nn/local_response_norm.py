"""Local response normalisation as a layer: the settings of F.local_response_norm.

Source: Krizhevsky, Sutskever & Hinton 2012, NeurIPS 25 (AlexNet), section 3.3.
"""

from __future__ import annotations

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module


class LocalResponseNorm(Module):
    """y = x / (k + alpha · mean of x² over ``size`` neighbouring channels)^beta: (N, C, ...).

    Nothing is learnt. The mean, and so alpha/size where AlexNet's paper has alpha, is PyTorch's.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size = checks.whole("LocalResponseNorm", "size", size)
        self.alpha = checks.real("LocalResponseNorm", "alpha", alpha)
        self.beta = checks.real("LocalResponseNorm", "beta", beta)
        self.k = checks.real("LocalResponseNorm", "k", k)

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
