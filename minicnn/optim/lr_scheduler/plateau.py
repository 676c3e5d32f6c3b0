"""Reduce the rate when the loss has stopped falling."""

from __future__ import annotations

import math
from typing import Any

from .. import checks
from ..optimizer import Optimizer
from .base import LRScheduler

NAME = "ReduceLROnPlateau"


class ReduceLROnPlateau(LRScheduler):
    """``step(metric)``: after ``patience`` steps without a better metric, lr ← lr · factor.

    Better means, for ``mode="min"`` (a loss), below best·(1 − threshold) with
    ``threshold_mode="rel"``, below best − threshold with "abs"; for ``mode="max"`` (an accuracy)
    above best·(1 + threshold), or best + threshold. A NaN is never better. After a reduction the
    next ``cooldown`` steps are not counted. The rate never falls below ``min_lr`` (a list: one
    for each group), nor by less than ``eps``.

    The one schedule that is no function of the step, so ``group["lr"]`` may be set by others too.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ):
        self._check_start(optimizer, -1)
        if mode not in ("min", "max"):
            raise ValueError(f"{NAME}: mode={mode!r} must be 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"{NAME}: threshold_mode={threshold_mode!r} must be 'rel' or 'abs'")
        self.factor = checks.decay(NAME, "factor", factor)
        groups = len(optimizer.param_groups)
        floors = list(min_lr) if isinstance(min_lr, (list, tuple)) else [min_lr] * groups
        if len(floors) != groups:
            raise ValueError(f"{NAME}: min_lr has {len(floors)} numbers for {groups} groups")
        self.min_lrs = [checks.real(NAME, "min_lr", floor) for floor in floors]
        self.patience = checks.whole(NAME, "patience", patience)
        self.cooldown = checks.whole(NAME, "cooldown", cooldown)
        self.threshold = checks.real(NAME, "threshold", threshold)
        self.eps = checks.real(NAME, "eps", eps)
        self.mode, self.threshold_mode = mode, threshold_mode
        self.optimizer = optimizer
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0
        self._last_lr = [float(group["lr"]) for group in optimizer.param_groups]

    def step(self, metrics: Any) -> None:
        """Takes the metric of this epoch: a number, or a Tensor with one entry."""
        try:
            value = float(metrics)
        except (TypeError, ValueError):
            raise TypeError(
                f"{NAME}.step takes the epoch's metric, a number or a Tensor with one entry, got "
                f"{metrics!r}"
            ) from None
        self._check_groups()
        self.last_epoch += 1
        if self._is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, floor in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                lower = max(group["lr"] * self.factor, floor)
                if group["lr"] - lower > self.eps:
                    group["lr"] = lower
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [float(group["lr"]) for group in self.optimizer.param_groups]

    def _is_better(self, value: float) -> bool:
        if self.threshold_mode == "rel":
            if self.mode == "min":
                return value < self.best * (1 - self.threshold)
            return value > self.best * (1 + self.threshold)
        if self.mode == "min":
            return value < self.best - self.threshold
        return value > self.best + self.threshold

    def _check_groups(self) -> None:
        groups = len(self.optimizer.param_groups)
        if groups != len(self.min_lrs):
            raise RuntimeError(
                f"{NAME} was made for {len(self.min_lrs)} parameter groups, the optimiser has "
                f"{groups} by now: make a new schedule after add_param_group()"
            )
