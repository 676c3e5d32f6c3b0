"""Transposed convolutions of a U-Net's decoder: `python -m benchmarks.transposed`.

Kernel 2×2, stride 2, batch 4, the channels halved and the image doubled: forward, and forward
with the gradients of input and weight.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from . import contest
from .contest import Contest, Group
from .conv import PASSES
from .operations import Input, Operation

STEPS = ((256, 16), (128, 32), (64, 64), (32, 128))  # channels in, height and width


def conv_transpose2d(lib: Any) -> Callable:
    return partial(lib.nn.functional.conv_transpose2d, stride=2)


def operation(C: int, H: int, gradients: bool, N: int = 4) -> Operation:
    """(N, C, H, H) -> (N, C/2, 2H, 2H): every input pixel meets every weight of its channel."""
    O = C // 2
    inputs = Input("x", (N, C, H, H)), Input("w", (C, O, 2, 2), scale=C**-0.5)
    return Operation(
        f"up{C}_{O}", conv_transpose2d, inputs, gradients, flops=2 * N * C * O * 4 * H**2
    )


def groups(options: argparse.Namespace) -> list[Group]:
    size = {"N": 1} if options.tiny else {}
    made = []
    for mode, gradients in PASSES.items():
        if options.mode == "both" or not gradients:
            steps = [operation(C, H, gradients, **size) for C, H in STEPS]
            made.append(Group(mode, {one.name: one for one in steps}))
    return made


CONTEST = Contest(
    command="transposed",
    title="Transposed convolutions of a U-Net's decoder (2×2, stride 2, batch 4), float32",
    about=__doc__,
    groups=groups,
    quick=("up128_64", "up32_16"),
    modes=True,
    flops=contest.declared_flops,
    errors=("y", "gx", "gw"),
)
main = CONTEST.main

if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import transposed

    sys.exit(transposed.main())
