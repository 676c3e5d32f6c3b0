"""Convolution layers, this engine's kernels against PyTorch: `python -m benchmarks.conv`.

For every layer and kernel the time of a forward pass, and of a forward pass with both gradients;
how many times as fast as PyTorch that is; GFLOP/s, the share of the processor's peak, and the
errors against float64. The kernels `direct` and `sparse` are there to be read: they run on
shrunken layers, in a part of their own.

`--kernels pytorch` puts a second PyTorch in our place: its ratios show what the method is worth.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from . import contest
from .contest import Contest, Group
from .layers import LAYERS, SHRUNKEN, Layer

SLOW = ("direct", "sparse")  # measured on shrunken layers only
FAST = ("im2col", "cpp", "cpp-direct")
LARGE = ("vgg1_2", "vgg3", "vgg5", "resnet_c2")  # the least of these is a figure of its own
PASSES = {"forward": False, "forward + both gradients": True}


def groups(options: argparse.Namespace) -> list[Group]:
    """Both passes over the layers, then both over the shrunken ones."""

    def cases(layers: Mapping[str, Layer], gradients: bool) -> dict[str, object]:
        return {name: layer.operation(gradients) for name, layer in layers.items()}

    passes = {m: g for m, g in PASSES.items() if options.mode == "both" or not g}
    full = SHRUNKEN if options.tiny else LAYERS
    made = [
        Group(mode, cases(full, g), lambda kernel: kernel not in SLOW, LARGE * (not g))
        for mode, g in passes.items()
    ]
    shrunken = "shrunken layers, for the kernels that are there to be read: "
    return made + [
        Group(shrunken + mode, cases(SHRUNKEN, g), lambda kernel: kernel in (*SLOW, "pytorch"))
        for mode, g in passes.items()
    ]


def shrunken_sizes(options: argparse.Namespace) -> list[str]:
    sizes = "; ".join(str(SHRUNKEN[name]) for name in options.cases)
    return [f"Shrunken layers: {sizes}."]


CONTEST = Contest(
    command="conv",
    title="Convolution layers in float32, this engine against PyTorch on a CPU",
    about=__doc__,
    groups=groups,
    quick=("lenet1", "lenet2", "res_1x1"),
    kernels=(*FAST, *SLOW),
    modes=True,
    flops=contest.declared_flops,
    errors=("y", "gx", "gw"),
    case="layer",
    notes=shrunken_sizes,
)
main = CONTEST.main

if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import conv

    sys.exit(conv.main())
