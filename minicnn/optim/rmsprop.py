"""RMSprop: the gradient divided by a running root mean square of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import kernels
from ..backend import array_module
from . import checks
from .optimizer import Optimizer


class RMSprop(Optimizer):
    """RMSprop. For each parameter p with gradient g:

        g ← g + weight_decay·p
        s ← α·s + (1 − α)·g²            the mean square of the gradient
        p ← p − lr·g / (√s + ε)

    ``centered``: with the running mean m ← α·m + (1 − α)·g, the variance s − m² stands for s
    under the root. ``momentum``: v ← momentum·v + g/(√s + ε) and p ← p − lr·v. ``maximize`` goes
    uphill.

    Errors: ValueError for a negative or not finite lr, eps, momentum or weight_decay, and for an
    alpha outside 0 to 1 (PyTorch takes one above 1, and s may become negative).
    Where rounding makes s − m² negative, 0 is taken (PyTorch's becomes NaN).

    Source: Tieleman & Hinton 2012, Coursera "Neural Networks for Machine Learning", lecture 6e;
    centred: Graves 2013, arXiv 1308.0850.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
        )

    def check_options(self, options: dict[str, Any]) -> None:
        for name in ("lr", "eps", "weight_decay", "momentum"):
            options[name] = checks.real(self._name, name, options[name])
        options["alpha"] = checks.real(self._name, "alpha", options["alpha"], high=1)
        for name in ("centered", "maximize"):
            options[name] = checks.flag(self._name, name, options[name])

    def state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        mean = ("grad_avg",) if group["centered"] else ()
        velocity = ("momentum_buffer",) if group["momentum"] else ()
        return ("square_avg", *mean, *velocity)

    def update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        for name in self.state_names(group):
            if name not in state:
                state[name] = array_module(p).zeros_like(p)
        kernels.pick("rmsprop", p).rmsprop(
            p, g, state["square_avg"],
            state["grad_avg"] if group["centered"] else None,
            state["momentum_buffer"] if group["momentum"] else None,
            group["lr"], group["alpha"], group["eps"], group["momentum"], group["weight_decay"],
        )
