"""Dice losses as modules: settings kept, formulas in minicnn.functional.dice_loss."""

from __future__ import annotations

import math
from typing import Any

from .. import functional as F
from ..tensor import Tensor
from . import checks
from .loss import Loss
from .module import Module


class DiceLoss(Loss):
    """1 − (2Σty + s)/(Σy + Σt + s), the global Dice loss, from 0 to 1; of empty masks 0.

    ``smooth`` s and ``dim`` (what is summed: None is everything) as in
    :func:`minicnn.functional.dice_loss`. Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION".
    """

    def __init__(self, smooth: float = 0.0, dim: Any = None, *, reduction: str = "mean"):
        super().__init__(reduction)
        self.smooth = checks.finite("DiceLoss", "smooth", smooth)
        if dim is not None:
            several = isinstance(dim, (list, tuple))
            dim = tuple(checks.whole("DiceLoss", "dim", d, least=-math.inf)
                        for d in (dim if several else [dim]))
        self.dim = dim

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.dice_loss(input, target, self.smooth, self.dim, self.reduction)

    def settings(self) -> list[str]:
        smooth = [f"smooth={self.smooth}"] if self.smooth else []
        return smooth + ([] if self.dim is None else [f"dim={self.dim}"])


class PixelDiceLoss(Loss):
    """1 − (2ty + 1)/(y + t + 1) for each pixel on its own, from 0 to ½.

    Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION".
    """

    def __init__(self, *, reduction: str = "mean"):
        super().__init__(reduction)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.pixel_dice_loss(input, target, self.reduction)


class CrossEntropyDiceLoss(Module):
    """Cross-entropy (local) + ``dice_weight`` · Dice loss (global) of logits (N, C, ...).

    The arguments are those of :func:`minicnn.functional.cross_entropy_dice_loss`. Source: 002
    "LOSS FUNCTIONS FOR IMAGE SEGMENTATION".
    """

    def __init__(self, dice_weight: float = 1.0, smooth: float = 0.0):
        super().__init__()
        self.dice_weight = checks.finite("CrossEntropyDiceLoss", "dice_weight", dice_weight)
        self.smooth = checks.finite("CrossEntropyDiceLoss", "smooth", smooth)

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return F.cross_entropy_dice_loss(input, target, self.dice_weight, self.smooth)

    def extra_repr(self) -> str:
        shown = [f"dice_weight={self.dice_weight}"] if self.dice_weight != 1 else []
        return ", ".join(shown + ([f"smooth={self.smooth}"] if self.smooth else []))
