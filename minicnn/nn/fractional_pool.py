"""Fractional max pooling as a layer: the settings of F.fractional_max_pool2d.

Source: 001 "Regularization: A common pattern"; Graham 2014, arXiv 1412.6071.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functional as F
from ..functional.fractional_pool import check_one_given, ratios
from ..geometry import IntOrTuple
from ..tensor import Tensor
from . import checks
from .module import Module
from .pool import refuse_indices


class FractionalMaxPool2d(Module):
    """The largest pixel of P·Q windows at random places: (N, C, H, W) -> (N, C, P, Q).

    Either ``output_size`` or ``output_ratio`` (between 0 and 1), one number or one for each axis.
    The places are drawn at every call, in evaluation mode too, unless ``_random_samples``
    (N, C, 2) are given. ``return_indices`` is refused.
    """

    def __init__(
        self,
        kernel_size: IntOrTuple,
        output_size: IntOrTuple | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ):
        super().__init__()
        layer = "FractionalMaxPool2d"
        self.kernel_size = checks.per_axis(layer, "kernel_size", kernel_size, 2, least=1)
        check_one_given(layer, output_size, output_ratio)
        self.output_size = self.output_ratio = None
        if output_size is not None:
            self.output_size = checks.per_axis(layer, "output_size", output_size, 2, least=1)
        else:
            self.output_ratio = ratios(layer, output_ratio)
        refuse_indices(layer, return_indices)
        samples = None if _random_samples is None else checks.constants(
            layer, "_random_samples", _random_samples
        )
        self.register_buffer("_random_samples", samples)

    def forward(self, input: Tensor) -> Tensor:
        return F.fractional_max_pool2d(
            input, self.kernel_size, self.output_size, self.output_ratio,
            _random_samples=self._random_samples,
        )

    def extra_repr(self) -> str:
        name = "output_size" if self.output_ratio is None else "output_ratio"
        return f"kernel_size={self.kernel_size}, {name}={getattr(self, name)}"
