"""Stochastic gradient descent, with momentum: a ball that rolls down the loss."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .. import kernels
from ..backend import array_module
from . import checks
from .optimizer import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent. For each parameter p with gradient g:

        g ← g + weight_decay·p                      an L2 penalty ½·weight_decay·|p|²
        v ← momentum·v + (1 − dampening)·g          at the first step v ← g
        p ← p − lr·v                                with nesterov: p − lr·(g + momentum·v)

    Without momentum p ← p − lr·g. With it, a constant gradient moves p by lr·g/(1 − momentum)
    a step in the end. ``maximize`` goes uphill.

    Errors: ValueError for a negative or not finite lr, momentum or weight_decay, and for
    ``nesterov`` without momentum or with dampening.

    Source: momentum Polyak 1964; Nesterov 1983 in the form of Sutskever et al. 2013, "On the
    importance of initialization and momentum in deep learning", ICML. As in PyTorch lr multiplies
    v, not g in v.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def check_options(self, options: dict[str, Any]) -> None:
        for name in ("lr", "momentum", "weight_decay"):
            options[name] = checks.real(self._name, name, options[name])
        options["dampening"] = checks.real(
            self._name, "dampening", options["dampening"], low=-math.inf
        )
        for name in ("nesterov", "maximize"):
            options[name] = checks.flag(self._name, name, options[name])
        if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
            raise ValueError(
                f"SGD: nesterov needs momentum above 0 and dampening 0, got momentum="
                f"{options['momentum']} and dampening={options['dampening']}"
            )

    def state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        velocity, dampening = None, group["dampening"]
        if group["momentum"]:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = state["momentum_buffer"] = array_module(p).zeros_like(p)
                dampening = 0.0  # momentum·0 + g: the first step takes the gradient as it is
        kernels.pick("sgd", p).sgd(
            p, g, velocity,
            group["lr"], group["momentum"], dampening, group["weight_decay"], group["nesterov"],
        )
