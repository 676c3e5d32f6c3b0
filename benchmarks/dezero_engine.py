"""DeZero as a rival: its convolution, and a training step of the lecture's network.

DeZero grows step by step in a book, on NumPy alone (Saito Goki, "Deep Learning from Scratch 3").
It is found by a path. Its files name `np.int`, which NumPy
no longer has: in this rival's process, and nowhere else, that name is given back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from .engines import seeded_weights
from .training import MOMENTUM, STEPS, Step
from .worker import Work


def load(path: str | None) -> Any:
    """The module, from the folder that holds it, or as installed."""
    if path:
        sys.path.insert(0, path)
    if not hasattr(np, "int"):
        np.int = int  # noqa: NPY001
    import dezero
    import dezero.functions
    import dezero.optimizers

    return dezero


class DeZero:
    """What an `Operation` asks of an engine; the one operation there is here is convolution."""

    def __init__(self, path: str | None) -> None:
        self.dezero = load(path)
        conv2d = self.dezero.functions.conv2d

        def as_ours(x: Any, w: Any, stride: int, padding: int) -> Any:
            return conv2d(x, w, None, stride, padding)

        self.lib = SimpleNamespace(nn=SimpleNamespace(functional=SimpleNamespace(conv2d=as_ours)))

    def tensor(self, array: np.ndarray, gradient: bool = False) -> Any:
        return self.dezero.Variable(array)

    def memory(self, variable: Any) -> np.ndarray:
        return variable.data

    def backward(self, y: Any, g: Any) -> None:
        y.grad = g
        y.backward()

    def compiled(self, function: Callable) -> Callable:
        return function


def work(case: Any, threads: int, path: str | None) -> Work:
    """A convolution or a step; its threads are NumPy's, bounded by the environment."""
    return step(case, load(path)) if isinstance(case, Step) else case.work(DeZero(path))


# The lecture's network by the names of its weights in `networks.lecture`: convolutions, then dense.
SHAPES = {
    "0.weight": (8, 3, 5, 5), "0.bias": (8,), "3.weight": (16, 8, 5, 5), "3.bias": (16,),
    "7.weight": (120, 400), "7.bias": (120,), "9.weight": (84, 120), "9.bias": (84,),
    "11.weight": (10, 84), "11.bias": (10,),
}  # fmt: skip


def step(case: Step, dezero: Any) -> Work:
    """The same step as `Step.work`, in DeZero's words."""
    F = dezero.functions
    images, labels = case.arrays()
    first = seeded_weights(SHAPES)
    for name, value in first.items():  # its dense weights are (in, out)
        first[name] = np.ascontiguousarray(value.T) if value.ndim == 2 else value
    weights = {name: dezero.Parameter(value.copy()) for name, value in first.items()}
    optimiser = dezero.optimizers.MomentumSGD(lr=case.rate, momentum=MOMENTUM)
    optimiser.setup(SimpleNamespace(params=weights.values))

    def layer(apply: Callable, x: Any, name: str, *settings: int) -> Any:
        return apply(x, weights[f"{name}.weight"], weights[f"{name}.bias"], *settings)

    def call() -> Any:
        for weight in weights.values():
            weight.cleargrad()
        x = F.pooling(F.relu(layer(F.conv2d, images, "0", 1, 0)), 2, 2)
        x = F.pooling(F.relu(layer(F.conv2d, x, "3", 1, 0)), 2, 2)
        x = F.reshape(x, (len(images), -1))
        x = F.relu(layer(F.linear, x, "7"))
        x = F.relu(layer(F.linear, x, "9"))
        loss = F.softmax_cross_entropy(layer(F.linear, x, "11"), labels)
        loss.backward()
        optimiser.update()
        return loss

    def reset() -> None:
        for name, weight in weights.items():
            weight.data[...] = first[name]
        for velocity in optimiser.vs.values():
            velocity[...] = 0

    def results() -> dict[str, np.ndarray]:
        reset()
        losses = {f"loss {i + 1}": np.array(float(call().data)) for i in range(STEPS)}
        reset()
        return losses

    return Work(call, [images], results, reset)
