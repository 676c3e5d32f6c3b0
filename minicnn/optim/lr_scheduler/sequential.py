"""One schedule after another: most often a warm-up, then a decay."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from .. import checks
from ..optimizer import Optimizer
from .base import LRScheduler
from .plateau import ReduceLROnPlateau

NAME = "SequentialLR"


class SequentialLR(LRScheduler):
    """``schedulers[k]`` from step ``milestones[k − 1]`` on, counting its own steps from 0 there.

        warm_up = LinearLR(optimizer, total_iters=5)
        decay = CosineAnnealingLR(optimizer, T_max=45)
        scheduler = SequentialLR(optimizer, [warm_up, decay], milestones=[5])

    Only ``scheduler.step()`` is called, not that of its parts. All parts are of one optimiser
    and start from its base rate. ReduceLROnPlateau cannot be one (its step needs a metric).
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Iterable[LRScheduler],
        milestones: Iterable[int],
        last_epoch: int = -1,
    ):
        self._check_start(optimizer, last_epoch)
        self._schedulers = list(schedulers)
        self._milestones = [checks.whole(NAME, "milestones", m, low=1) for m in milestones]
        for i, part in enumerate(self._schedulers):
            if not isinstance(part, LRScheduler) or isinstance(part, ReduceLROnPlateau):
                raise TypeError(
                    f"{NAME}: schedulers[{i}] is a {type(part).__name__}: it must be a schedule "
                    f"whose step() takes no argument"
                )
            if part.optimizer is not optimizer:
                raise ValueError(f"{NAME}: schedulers[{i}] belongs to another optimiser")
        if not self._schedulers or len(self._milestones) != len(self._schedulers) - 1:
            raise ValueError(
                f"{NAME}: {len(self._schedulers)} schedules need one milestone less, got "
                f"{len(self._milestones)}"
            )
        if any(a >= b for a, b in zip(self._milestones, self._milestones[1:], strict=False)):
            raise ValueError(f"{NAME}: milestones {self._milestones} must increase")
        super().__init__(optimizer, last_epoch)

    def go_to(self, epoch: int) -> None:
        k = bisect_right(self._milestones, epoch)
        part = self._schedulers[k]
        part.go_to(epoch - self._milestones[k - 1] if k else epoch)
        self.last_epoch, self._last_lr = epoch, part.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        saved = super().state_dict()
        saved["_schedulers"] = [part.state_dict() for part in self._schedulers]
        return saved

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for part, saved in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            part.load_state_dict(saved)

    def check_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().check_state_dict(state_dict)
        parts = state_dict["_schedulers"]
        if len(parts) != len(self._schedulers):
            raise ValueError(
                f"{NAME}: the state dict has {len(parts)} schedules, this one "
                f"{len(self._schedulers)}"
            )
        for part, saved in zip(self._schedulers, parts, strict=True):
            part.check_state_dict(saved)

    _not_saved = ("optimizer", "_schedulers")
