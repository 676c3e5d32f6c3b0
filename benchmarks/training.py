"""One training step of a network, on either engine: forward, loss, backward, SGD with momentum."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from . import networks
from .worker import Work

STEPS = 10  # whose losses are compared
MOMENTUM = 0.9


@dataclass(frozen=True)
class Step:
    """A network, a batch of random images and labels, and a learning rate.

    build    given an engine's namespace, returns the network
    images   (N, C, H, W)
    labels   (N,), or (N, H, W) for a class of each pixel
    rate     one at which ten steps are not chaotic in float32
    weights  the kind that they begin with, as `seeded_weights` says
    """

    name: str
    build: Callable[[Any], Any]
    images: tuple[int, ...]
    labels: tuple[int, ...]
    classes: int
    rate: float
    weights: str = "fresh"

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        images = rng.standard_normal(self.images, dtype=np.float32)
        return images, rng.integers(0, self.classes, self.labels)

    def work(self, engine: Any) -> Work:
        """The step. Results are the losses of ten steps from the seeded weights."""
        images, labels = (engine.tensor(array) for array in self.arrays())
        model = engine.model(self.build, self.weights)
        optimiser = engine.lib.optim.SGD(model.parameters(), lr=self.rate, momentum=MOMENTUM)
        first = engine.state(model)

        @engine.compiled
        def loss_of(images: Any, labels: Any) -> Any:
            return engine.lib.nn.functional.cross_entropy(model(images), labels)

        def call() -> Any:
            optimiser.zero_grad()
            loss = loss_of(images, labels)
            loss.backward()
            optimiser.step()
            return loss

        def reset() -> None:
            """The seeded weights and no momentum, in the memory that is there already."""
            model.load_state_dict(first)
            for state in optimiser.state.values():
                engine.memory(state["momentum_buffer"])[...] = 0

        def results() -> dict[str, np.ndarray]:
            reset()
            losses = {f"loss {i + 1}": np.array(call().item()) for i in range(STEPS)}
            reset()
            return losses

        return Work(call, [engine.memory(images)], results, reset)


def steps(tiny: bool = False) -> dict[str, Step]:
    """The steps by name; `tiny` shrinks batches and images, not the networks."""
    N, few, S, V = (2, 1, 32, 32) if tiny else (64, 4, 128, 64)
    vgg = partial(networks.vgg_stack, size=V)
    made = (
        Step("lecture", networks.lecture, (N, 3, 32, 32), (N,), 10, 0.1),
        Step("resnet20", networks.resnet20, (N, 3, 32, 32), (N,), 10, 0.001),
        Step("unet", networks.unet, (few, 1, S, S), (few, S, S), 2, 0.01),
        Step("vgg_stack", vgg, (2 * few, 3, V, V), (2 * few,), 10, 3e-5, "he"),
    )
    return {one.name: one for one in made}


def count(case: Any) -> float:
    """Operations of a case's call, convolutions and matrix products alone, by PyTorch's counter."""
    from torch.utils.flop_counter import FlopCounterMode

    from .engines import PyTorch

    work = case.work(PyTorch(threads=1))
    with FlopCounterMode(display=False) as counter:
        work.call()
    return counter.get_total_flops()


def counted(cases: Mapping[str, Any], threads: int) -> dict[str, float]:
    """The operations of networks, counted in a process that has PyTorch."""
    from .engines import pytorch
    from .harness import Rival, ask

    probe = Rival("counter", pytorch)
    return {name: ask(probe, threads, count, case) for name, case in cases.items()}
