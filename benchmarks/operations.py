"""One operation with seeded inputs, forward or forward and backward, on either engine."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .worker import Work


@dataclass(frozen=True)
class Input:
    """An input of an operation: random normal numbers, unless it says otherwise.

    scale      they are multiplied by it
    classes    whole numbers below it instead: labels
    constant   this number instead: running statistics, which an operation itself changes
    """

    name: str
    shape: tuple[int, ...]
    scale: float = 1.0
    classes: int = 0
    constant: float | None = None

    @property
    def gradient(self) -> bool:
        """Whether it gets one, and is changed from sample to sample."""
        return not self.classes and self.constant is None

    def array(self, rng: np.random.Generator) -> np.ndarray:
        if self.classes:
            return rng.integers(0, self.classes, self.shape)
        if self.constant is not None:
            return np.full(self.shape, self.constant, np.float32)
        return rng.standard_normal(self.shape, dtype=np.float32) * np.float32(self.scale)


def as_they_are(inputs: dict, results: dict) -> dict:
    """Compare the results themselves."""
    return results


@dataclass(frozen=True)
class Operation:
    """An operation on tensors, written once for both engines.

    build      given an engine's namespace, returns the function of the inputs
    gradients  forward and backward, to all inputs that get one; or forward only
    flops      of the forward pass, by the definition; 0 where that says nothing
    observe    what to compare instead of plain results (dropout's are random)
    """

    name: str
    build: Callable[[Any], Callable[..., Any]]
    inputs: tuple[Input, ...]
    gradients: bool = True
    flops: float = 0
    observe: Callable[[dict, dict], dict] = as_they_are

    @property
    def operations(self) -> float:
        """Floating-point operations of what is timed; a gradient counts like a forward pass."""
        learnt = sum(i.gradient for i in self.inputs)
        return self.flops * (1 + learnt * self.gradients)

    def arrays(self) -> list[np.ndarray]:
        """The inputs: the same numbers for every rival."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return [i.array(rng) for i in self.inputs]

    def work(self, engine: Any) -> Work:
        tensors = [
            engine.tensor(array, self.gradients and one.gradient)
            for one, array in zip(self.inputs, self.arrays(), strict=True)
        ]
        named = {i.name: t for i, t in zip(self.inputs, tensors, strict=True) if i.gradient}
        function = engine.compiled(self.build(engine.lib))

        def forward() -> Any:
            return function(*tensors)

        def both() -> Any:
            for tensor in named.values():
                tensor.grad = None
            y = forward()
            engine.backward(y, g)
            return y

        def results() -> dict[str, np.ndarray]:
            found = {"y": engine.memory(call())}
            if self.gradients:
                found |= {f"g{name}": engine.memory(t.grad) for name, t in named.items()}
            inputs = {name: engine.memory(t) for name, t in named.items()}
            return self.observe({**inputs, "g": engine.memory(g)}, found)

        shape = engine.memory(forward()).shape
        rng = np.random.default_rng(zlib.crc32(f"{self.name}, gradient".encode()))
        g = rng.standard_normal(shape, dtype=np.float32) if shape else np.ones((), np.float32)
        g = engine.tensor(np.asarray(g))
        call = both if self.gradients else forward
        return Work(call, [engine.memory(t) for t in (*named.values(), g)], results)
