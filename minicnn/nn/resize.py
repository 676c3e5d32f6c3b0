"""Resizing as a layer: the settings of F.interpolate.

Source: 002 "INCREASING RESOLUTION".
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .module import Module

_MODES = ("nearest", "linear", "bilinear", "trilinear")


class Upsample(Module):
    """Images (N, C, ...) resized to ``size``, or by ``scale_factor`` (⌊n·factor⌋ pixels).

    Either is one number or one for each spatial axis. ``mode``: "nearest" repeats pixels;
    "linear", "bilinear" and "trilinear" (for one, two and three axes) weigh the neighbours, with
    ``align_corners`` so that the centres of the corner pixels coincide instead of the edges.
    There is no "bicubic".
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
    ):
        super().__init__()
        if (size is None) == (scale_factor is None):
            raise ValueError(
                f"Upsample: give either size or scale_factor, got size={size!r} and "
                f"scale_factor={scale_factor!r}"
            )
        self.size, self.scale_factor = size, None
        if size is not None:
            checks.sizes("Upsample", "size", size)
        elif isinstance(scale_factor, (list, tuple)):
            self.scale_factor = tuple(_factor(f) for f in scale_factor)
        else:
            self.scale_factor = _factor(scale_factor)
        self.mode = checks.one_of("Upsample", "mode", mode, _MODES)
        if align_corners is not None:
            checks.flag("Upsample", "align_corners", align_corners)
            if mode == "nearest":
                raise ValueError(
                    f"Upsample: align_corners={align_corners} is for the linear modes; leave it "
                    f"out with mode='nearest'"
                )
        self.align_corners = align_corners

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners
        )

    def extra_repr(self) -> str:
        name = "size" if self.scale_factor is None else "scale_factor"
        return f"{name}={getattr(self, name)}, mode={self.mode!r}"


def _factor(value: float, layer: str = "Upsample") -> float:
    factor = float(checks.real(layer, "scale_factor", value))
    if not 0 < factor < float("inf"):
        raise ValueError(f"{layer}: scale_factor={value!r} must be larger than 0 and finite")
    return factor
