"""Adam and AdamW: each weight gets a step of its own, from the mean and spread of its gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import kernels
from ..backend import array_module
from . import checks
from .optimizer import Optimizer


class Adam(Optimizer):
    """Adam. For each parameter p with gradient g, at its step t = 1, 2, ... :

        g ← g + weight_decay·p
        m ← β₁·m + (1 − β₁)·g           the mean of the gradient
        v ← β₂·v + (1 − β₂)·g²          the mean of its square
        m̂ = m / (1 − β₁ᵗ)               both began at 0: this takes the bias away
        v̂ = v / (1 − β₂ᵗ)
        p ← p − lr·m̂ / (√v̂ + ε)

    So a weight moves by about lr a step, whatever the scale of its gradient. With ``amsgrad`` the
    largest v so far stands for v in v̂. ``maximize`` goes uphill.

    Errors: ValueError for a β outside [0, 1), and for a negative or not finite lr, eps or
    weight_decay.

    Source: Kingma & Ba 2015, arXiv 1412.6980; amsgrad: Reddi et al. 2018, arXiv 1904.09237.
    """

    decoupled = False  # weight decay goes into the gradient, and so into m and v

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def check_options(self, options: dict[str, Any]) -> None:
        for name in ("lr", "eps", "weight_decay"):
            options[name] = checks.real(self._name, name, options[name])
        betas = options["betas"]
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise TypeError(f"{self._name}: betas={betas!r} must be two numbers, (0.9, 0.999)")
        options["betas"] = tuple(
            checks.decay(self._name, f"betas[{i}]", beta) for i, beta in enumerate(betas)
        )
        for name in ("amsgrad", "maximize"):
            options[name] = checks.flag(self._name, name, options[name])

    def state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        largest = ("max_exp_avg_sq",) if group["amsgrad"] else ()
        return ("step", "exp_avg", "exp_avg_sq", *largest)

    def update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        for name in self.state_names(group):
            if name not in state:
                state[name] = 0 if name == "step" else array_module(p).zeros_like(p)
        state["step"] += 1
        kernels.pick("adam", p).adam(
            p, g, state["exp_avg"], state["exp_avg_sq"],
            state["max_exp_avg_sq"] if group["amsgrad"] else None, state["step"],
            group["lr"], *group["betas"], group["eps"], group["weight_decay"], self.decoupled,
        )


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: p ← p − lr·weight_decay·p, then Adam's step.

    In :class:`Adam` the decay is divided by √v̂ with the rest of the gradient, so that weights
    with large gradients decay less; here all decay alike, and by 1e-2 unless told otherwise.

    Source: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", arXiv 1711.05101
    (as in PyTorch, lr multiplies the decay).
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
