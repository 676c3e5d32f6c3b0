"""A schedule: the learning rate as a function of how many steps it has taken."""

from __future__ import annotations

import copy
import numbers
from typing import Any

from ..optimizer import Optimizer


class LRScheduler:
    """The base of every schedule: a subclass says :meth:`get_lr`.

    Call ``scheduler.step()`` after ``optimizer.step()``, once an epoch (or a batch, as the
    schedule's numbers are meant). ``last_epoch`` counts these calls. The base rate is the one
    that the optimiser had when the first schedule was made on it (``group["initial_lr"]``).

    ``last_epoch`` other than −1 goes on from there without a state dict, for an optimiser whose
    groups have an ``"initial_lr"``.

    Each rate is computed from the base rate, not from the rate before as in PyTorch. The same
    values come out, but the schedule must be the only one to set ``group["lr"]``: a step that
    finds another value there than it left raises RuntimeError, and so does one that finds a
    group that was added since. Two schedules one after the other: :class:`SequentialLR`.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        self._check_start(optimizer, last_epoch)
        self.optimizer = optimizer
        self.last_epoch = last_epoch
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self._last_lr: list[float] = []
        self.go_to(last_epoch + 1)

    def get_lr(self) -> list[float]:
        """The rate of each group after ``self.last_epoch`` steps, from ``self.base_lrs``."""
        raise NotImplementedError(f"{self._name} must define get_lr(self)")

    def step(self) -> None:
        """Takes one step along the schedule and sets the optimiser's rates."""
        self._check_undisturbed()
        self.go_to(self.last_epoch + 1)

    def get_last_lr(self) -> list[float]:
        """The rates that were set last, one for each group."""
        return list(self._last_lr)

    def go_to(self, epoch: int) -> None:
        """Sets the optimiser's rates to those after ``epoch`` steps."""
        before, self.last_epoch = self.last_epoch, epoch
        try:
            rates = [float(rate) for rate in self.get_lr()]
        except BaseException:
            self.last_epoch = before
            raise
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = rates

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser and functions: copies, to be saved beside its state dict.

        A function given to :class:`LambdaLR` is not saved: give it again.
        """
        return {name: copy.deepcopy(value) for name, value in self.__dict__.items()
                if name not in self._not_saved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from a saved :meth:`state_dict`, its numbers included (as in PyTorch).

        Load the optimiser's state dict too, which has the current rates. A state dict of another
        kind of schedule, or of another number of groups, raises and changes nothing.
        """
        self.check_state_dict(state_dict)
        for name, value in state_dict.items():
            if name not in self._not_saved:
                setattr(self, name, copy.deepcopy(value))

    def check_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Raises for a state dict that :meth:`load_state_dict` would refuse."""
        check_state(state_dict, self.state_dict(), self._name)

    _not_saved: tuple[str, ...] = ("optimizer",)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _check_start(self, optimizer: Any, last_epoch: Any) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"{self._name} schedules an optimiser, got {type(optimizer).__name__}"
            )
        if isinstance(last_epoch, bool) or not isinstance(last_epoch, int):
            raise TypeError(f"{self._name}: last_epoch={last_epoch!r} must be an int")
        if last_epoch < -1:
            raise ValueError(f"{self._name}: last_epoch={last_epoch} must be -1 or more")
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch != -1 and "initial_lr" not in group:
                raise ValueError(
                    f"{self._name}: last_epoch={last_epoch} goes on with an optimiser that has "
                    f"been scheduled before, but param_groups[{i}] has no 'initial_lr'"
                )

    def _check_undisturbed(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self._last_lr):
            raise RuntimeError(
                f"{self._name} was made for {len(self._last_lr)} parameter groups, the optimiser "
                f"has {len(groups)} by now: make a new schedule after add_param_group()"
            )
        for i, (group, rate) in enumerate(zip(groups, self._last_lr, strict=True)):
            if group["lr"] != rate:
                raise RuntimeError(
                    f"{self._name} left lr={rate} in param_groups[{i}] and finds {group['lr']}: "
                    f"a schedule must be the only one to set it. Join two schedules with "
                    f"SequentialLR; after loading a checkpoint load both state dicts, the "
                    f"optimiser's and the schedule's"
                )


def check_state(state_dict: Any, own: dict[str, Any], owner: str) -> None:
    """A saved state has the names of ours, and values of the same kinds."""
    if not isinstance(state_dict, dict):
        raise TypeError(f"{owner}: a state dict is a dict, got {type(state_dict).__name__}")
    missing = [name for name in own if name not in state_dict]
    unexpected = [name for name in state_dict if name not in own]
    if missing or unexpected:
        raise ValueError(
            f"{owner}: this state dict belongs to something else; missing: {missing}, "
            f"unexpected: {unexpected}"
        )
    for name, value in own.items():
        saved = state_dict[name]
        if _kind(saved) != _kind(value):
            raise TypeError(f"{owner}: {name!r} of the state dict is {saved!r}, ours {value!r}")
        if name in ("base_lrs", "_last_lr") and len(saved) != len(value):
            raise ValueError(
                f"{owner}: the state dict is for {len(saved)} parameter groups, this optimiser "
                f"has {len(value)}"
            )


def _kind(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "list of " + "/".join(sorted({_kind(entry) for entry in value}) or ["number"])
    if value is None or isinstance(value, numbers.Real):
        return "number"
    return type(value).__name__
