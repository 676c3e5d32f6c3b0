"""Schedules with a formula for the rate after t steps: lr(t) = base rate · factor(t)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable

from .. import checks
from ..optimizer import Optimizer
from .base import LRScheduler


class LambdaLR(LRScheduler):
    """lr(t) = base · f(t), with ``lr_lambda`` f a function of the step, or a list, one a group."""

    _not_saved = ("optimizer", "lr_lambdas")

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ):
        self._check_start(optimizer, last_epoch)
        groups = len(optimizer.param_groups)
        several = isinstance(lr_lambda, (list, tuple))
        self.lr_lambdas = list(lr_lambda) if several else [lr_lambda] * groups
        if not all(callable(f) for f in self.lr_lambdas):
            raise TypeError(f"LambdaLR: lr_lambda={lr_lambda!r} must be a function of the step")
        if len(self.lr_lambdas) != groups:
            raise ValueError(
                f"LambdaLR: {len(self.lr_lambdas)} functions for {groups} parameter groups"
            )
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [
            base * f(self.last_epoch)
            for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]


class StepLR(LRScheduler):
    """lr(t) = base · gamma^⌊t / step_size⌋: a fall every ``step_size`` steps."""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ):
        self.step_size = checks.whole("StepLR", "step_size", step_size, low=1)
        self.gamma = checks.real("StepLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        factor = self.gamma ** (self.last_epoch // self.step_size)
        return [base * factor for base in self.base_lrs]


class MultiStepLR(LRScheduler):
    """lr(t) = base · gamma^(number of ``milestones`` that are ≤ t)."""

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ):
        if not isinstance(milestones, Iterable):
            raise TypeError(f"MultiStepLR: milestones={milestones!r} must be a list of ints")
        self.milestones = sorted(checks.whole("MultiStepLR", "milestones", m) for m in milestones)
        self.gamma = checks.real("MultiStepLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        factor = self.gamma ** bisect_right(self.milestones, self.last_epoch)
        return [base * factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """lr(t) = base · gammaᵗ."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = checks.real("ExponentialLR", "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class CosineAnnealingLR(LRScheduler):
    """lr(t) = eta_min + (base − eta_min)·(1 + cos(π·t / T_max)) / 2: half a wave, slow at the ends.

    After T_max steps it rises again, as in PyTorch. Loshchilov & Hutter 2017, arXiv 1608.03983
    (without its restarts).
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ):
        self.T_max = checks.whole("CosineAnnealingLR", "T_max", T_max, low=1)
        self.eta_min = checks.real("CosineAnnealingLR", "eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        wave = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * wave for base in self.base_lrs]


class LinearLR(LRScheduler):
    """Warm-up: lr(t) = base · (start + (end − start)·min(t, total_iters) / total_iters).

    ``start_factor`` is in (0, 1], ``end_factor`` in [0, 1]. Large rates at the start can throw a
    network far from where it was initialised: Goyal et al. 2017, arXiv 1706.02677, section 2.2.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ):
        self.start_factor = checks.real("LinearLR", "start_factor", start_factor, high=1)
        if self.start_factor == 0:
            raise ValueError("LinearLR: start_factor=0 must be above 0")
        self.end_factor = checks.real("LinearLR", "end_factor", end_factor, high=1)
        self.total_iters = checks.whole("LinearLR", "total_iters", total_iters, low=1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        done = min(self.last_epoch, self.total_iters) / self.total_iters
        factor = self.start_factor + (self.end_factor - self.start_factor) * done
        return [base * factor for base in self.base_lrs]
