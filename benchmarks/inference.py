"""Inference at 224×224: `python -m benchmarks.inference`.

VGG-16 (batch 8 and 1), ResNet-50 and DenseNet-121 (batch 1), in evaluation mode under `no_grad`,
with seeded weights, and batch norm as after a training. Ours comes twice where `mc.prepare` is
there: as a model comes, and after `mc.prepare(model)`, which may fold batch norm and transform
weights beforehand. Rivals on request: torch.compile, onnxruntime and OpenVINO (`--rivals`).
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from . import classifiers, exported, training
from .contest import Contest, Group
from .opponents import PYTORCH, USUAL, Opponent
from .worker import Work

RIVALS = {
    **PYTORCH,
    "onnxruntime": Opponent(
        "onnxruntime, the network exported by PyTorch",
        environment={}, make=exported.onnxruntime, needs=("onnxruntime", "onnxscript"),
    ),
    "openvino": Opponent(
        "OpenVINO, the same network, float32",
        environment={}, make=exported.openvino, needs=("openvino", "onnxscript"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Inference:
    """A network in evaluation mode and a batch of random images (N, C, H, W)."""

    name: str
    build: Callable[[Any], Any]
    images: tuple[int, ...]

    def array(self) -> np.ndarray:
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return rng.standard_normal(self.images, dtype=np.float32)

    def work(self, engine: Any) -> Work:
        images = engine.tensor(self.array())
        model = engine.compiled(engine.model(self.build, weights="trained"))

        def call() -> Any:
            with engine.no_grad():
                return model(images)

        return Work(call, [engine.memory(images)], lambda: {"y": engine.memory(call())})


def networks(tiny: bool = False) -> dict[str, Inference]:
    """The networks by name; `tiny` makes images, blocks and the last layers small."""
    size = 32 if tiny else 224
    vgg = partial(classifiers.vgg16, width=8, classes=8) if tiny else classifiers.vgg16
    few = {"blocks": (1, 1, 1, 1)} if tiny else {}
    made = (
        ("vgg16_batch8", vgg, 2 if tiny else 8),
        ("vgg16", vgg, 1),
        ("resnet50", partial(classifiers.resnet50, **few), 1),
        ("densenet121", partial(classifiers.densenet121, **few), 1),
    )
    return {name: Inference(name, build, (N, 3, size, size)) for name, build, N in made}


def groups(options: argparse.Namespace) -> list[Group]:
    return [Group("", networks(options.tiny))]


# As in steps.py: the calls that count come after some that find the caches cold.
CONTEST = Contest(
    warm=0.2,
    sample=0.4,
    command="inference",
    title="Inference at 224×224 in float32",
    about=__doc__,
    groups=groups,
    quick=("resnet50", "densenet121"),
    prepared=True,
    known=RIVALS,
    usual=(*USUAL, "onnxruntime", "openvino"),
    tolerance=1e-4,
    flops=training.counted,
    case="network",
)
main = CONTEST.main

if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import inference

    sys.exit(inference.main())
