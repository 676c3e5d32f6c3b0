"""Training steps of four networks: `python -m benchmarks.steps`.

A step is forward, loss, backward and SGD with momentum 0.9, on the same weights and images:

    lecture     the network of the lecture's table, batch 64, 3×32×32, learning rate 0.1
    resnet20    ResNet-20 (shortcuts without parameters), batch 64, 3×32×32, 0.001
    unet        U-Net with 16 base channels and batch norm, batch 4, 1×128×128, 0.01
    vgg_stack   VGG-16's convolutions and one linear layer, batch 8, 3×64×64, 3e-5

Before and after the timing the losses of ten steps from the same weights are compared with
PyTorch's: `error` is the largest relative difference. At these learning rates it tells a mistake
from rounding; at larger ones float32 itself is chaotic.
"""

from __future__ import annotations

import argparse
import sys

from . import training
from .contest import Contest, Group


def groups(options: argparse.Namespace) -> list[Group]:
    return [Group("", training.steps(options.tiny))]


def rates(options: argparse.Namespace) -> list[str]:
    return [
        "Weights go back to where they began before each sample. GFLOP/s counts convolutions and "
        "matrix products, forward and backward, without the images' gradient."
    ]


# A training loop runs on: the first calls after another process had the machine, cold in every
# cache, say little about it.
CONTEST = Contest(
    warm=0.2,
    sample=0.4,
    command="steps",
    title="Training steps in float32, this engine against PyTorch on a CPU",
    about=__doc__,
    groups=groups,
    quick=("lecture", "resnet20"),
    truth=({}, "the losses of ten steps of PyTorch in float32"),
    tolerance=1e-3,
    flops=training.counted,
    case="network",
    notes=rates,
)
main = CONTEST.main

if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import steps

    sys.exit(steps.main())
