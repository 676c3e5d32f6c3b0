"""Adagrad: the gradient divided by the root of the sum of all its squares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import kernels
from ..backend import array_module
from . import checks
from .optimizer import Optimizer


class Adagrad(Optimizer):
    """Adagrad. For each parameter p with gradient g, at its step t = 1, 2, ... :

        g ← g + weight_decay·p
        s ← s + g²                      from initial_accumulator_value on
        p ← p − lr / (1 + (t − 1)·lr_decay) · g / (√s + ε)

    A weight that is seldom used keeps large steps; all steps shrink, about as 1/√t.
    ``maximize`` goes uphill.

    Errors: ValueError for a negative or not finite number.

    Source: Duchi, Hazan & Singer 2011, "Adaptive Subgradient Methods for Online Learning and
    Stochastic Optimization", JMLR 12.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def check_options(self, options: dict[str, Any]) -> None:
        for name in ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            options[name] = checks.real(self._name, name, options[name])
        options["maximize"] = checks.flag(self._name, "maximize", options["maximize"])

    def state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("step", "sum")

    def update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        if "step" not in state:
            start = group["initial_accumulator_value"]
            state["step"], state["sum"] = 0, array_module(p).full_like(p, start)
        state["step"] += 1
        lr = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        kernels.pick("adagrad", p).adagrad(
            p, g, state["sum"], lr, group["eps"], group["weight_decay"]
        )
