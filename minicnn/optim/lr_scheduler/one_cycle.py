"""One cycle: the rate up, then down far below its start, and momentum the other way round."""

from __future__ import annotations

import math
from typing import Any

from .. import checks
from ..optimizer import Optimizer
from .base import LRScheduler

NAME = "OneCycleLR"


class OneCycleLR(LRScheduler):
    """From max_lr/div_factor up to ``max_lr`` and down to max_lr/(div_factor·final_div_factor).

    Called once a *batch*, for ``total_steps`` batches (or ``epochs`` · ``steps_per_epoch``); a
    call after that raises ValueError. The rise takes the share ``pct_start`` of the steps. With
    ``three_phase`` the fall takes as long as the rise and the rest goes from the start rate to
    the end rate. Between two rates a and b, with u from 0 to 1 along the phase:

        "cos"       b + (a − b)·(1 + cos πu)/2
        "linear"    a + (b − a)·u

    ``cycle_momentum`` moves momentum (SGD, RMSprop) or β₁ (Adam) from ``max_momentum`` down to
    ``base_momentum`` and back. ``max_lr`` and both momenta may be lists, one number for each
    group. The optimiser's own lr and momentum do not matter.

    Source: Smith & Topin 2017, "Super-Convergence", arXiv 1708.07120.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ):
        self._check_start(optimizer, last_epoch)
        self.total_steps = _total_steps(total_steps, epochs, steps_per_epoch)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"{NAME}: anneal_strategy={anneal_strategy!r} must be 'cos' or 'linear'"
            )
        self.anneal_strategy = anneal_strategy
        self.three_phase = checks.flag(NAME, "three_phase", three_phase)
        self.cycle_momentum = checks.flag(NAME, "cycle_momentum", cycle_momentum)
        if self.cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
            raise ValueError(
                f"{NAME}: {type(optimizer).__name__} has no momentum to cycle: pass "
                f"cycle_momentum=False"
            )
        share = checks.real(NAME, "pct_start", pct_start, high=1)
        start = _above_0("div_factor", div_factor)
        end = _above_0("final_div_factor", final_div_factor)
        tops = _each(optimizer, "max_lr", max_lr)
        # What each group goes through: (step at which the phase ends, rate there).
        rise = share * self.total_steps - 1
        self.ends = [rise, self.total_steps - 1.0]
        self.rates = [[top / start, top, top / start / end] for top in tops]
        if self.three_phase:
            self.ends.insert(1, 2 * share * self.total_steps - 2)
            for rates in self.rates:
                rates.insert(2, rates[0])
        low = _each(optimizer, "base_momentum", base_momentum)
        high = _each(optimizer, "max_momentum", max_momentum)
        self.momenta = [
            [h, b, h] + [h] * self.three_phase for b, h in zip(low, high, strict=True)
        ]
        if last_epoch == -1:
            for group, rates in zip(optimizer.param_groups, self.rates, strict=True):
                group["initial_lr"] = rates[0]
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"{NAME}: step {self.last_epoch} of {self.total_steps}: total_steps must count "
                f"every call of step(), so epochs · batches an epoch"
            )
        return [self._between(rates) for rates in self.rates]

    def go_to(self, epoch: int) -> None:
        super().go_to(epoch)
        if not self.cycle_momentum:
            return
        for group, momenta in zip(self.optimizer.param_groups, self.momenta, strict=True):
            momentum = self._between(momenta)
            if "betas" in group:
                group["betas"] = (momentum, *group["betas"][1:])
            else:
                group["momentum"] = momentum

    def _between(self, values: list[float]) -> float:
        """Where ``last_epoch`` lies between the values at the ends of its phase."""
        phase, epoch = 0, self.last_epoch
        while epoch > self.ends[phase] and phase < len(self.ends) - 1:
            phase += 1
        begin = self.ends[phase - 1] if phase else 0.0
        length = self.ends[phase] - begin
        u = (epoch - begin) / length if length else 1.0
        a, b = values[phase], values[phase + 1]
        if self.anneal_strategy == "linear":
            return a + (b - a) * u
        return b + (a - b) / 2 * (1 + math.cos(math.pi * u))


def _total_steps(total: Any, epochs: Any, steps_per_epoch: Any) -> int:
    if total is not None:
        return checks.whole(NAME, "total_steps", total, low=1)
    if epochs is None or steps_per_epoch is None:
        raise ValueError(f"{NAME} needs total_steps, or both epochs and steps_per_epoch")
    return checks.whole(NAME, "epochs", epochs, low=1) * checks.whole(
        NAME, "steps_per_epoch", steps_per_epoch, low=1
    )


def _each(optimizer: Optimizer, name: str, value: Any) -> list[float]:
    """One number for each group, from one number or a list."""
    groups = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"{NAME}: {name} has {len(values)} numbers for {groups} parameter groups")
    return [checks.real(NAME, name, entry) for entry in values]


def _above_0(name: str, value: Any) -> float:
    result = checks.real(NAME, name, value)
    if result == 0:
        raise ValueError(f"{NAME}: {name}={value!r} must be above 0")
    return result
