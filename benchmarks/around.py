"""What stands round the convolutions, forward and backward: `python -m benchmarks.around`.

Pooling, batch norm, ReLU, dropout, linear layers, softmax cross-entropy, addition, concatenation
and resizing, at sizes of real networks, through the public API; each with the gradients of all
inputs that have one. Two sizes of most: one that memory decides, and one that a student's small
network has, where the way to the kernel counts as much as the kernel.
"""

from __future__ import annotations

import argparse
import operator
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .contest import Contest, Group
from .operations import Input, Operation

P = 0.5  # the share that dropout drops


def relu(lib: Any) -> Callable:
    return lib.nn.functional.relu


def max_pool(lib: Any, size: int, stride: int, padding: int = 0) -> Callable:
    return partial(
        lib.nn.functional.max_pool2d, kernel_size=size, stride=stride, padding=padding
    )


def avg_pool(lib: Any, size: int) -> Callable:
    return partial(lib.nn.functional.avg_pool2d, kernel_size=size)


def global_pool(lib: Any) -> Callable:
    return partial(lib.nn.functional.adaptive_avg_pool2d, output_size=1)


def batch_norm(lib: Any) -> Callable:
    """In training: the batch's statistics, which also move the running ones."""
    norm = lib.nn.functional.batch_norm
    return lambda x, w, b, mean, var: norm(x, mean, var, w, b, training=True)


def dropout(lib: Any) -> Callable:
    return partial(lib.nn.functional.dropout, p=P, training=True)


def linear(lib: Any) -> Callable:
    return lib.nn.functional.linear


def cross_entropy(lib: Any) -> Callable:
    return lib.nn.functional.cross_entropy


def add(lib: Any) -> Callable:
    return operator.add


def cat(lib: Any) -> Callable:
    return lambda a, b: lib.cat((a, b), 1)


def interpolate(lib: Any) -> Callable:
    return partial(lib.nn.functional.interpolate, scale_factor=2, mode="nearest")


def whatever_was_dropped(inputs: dict, results: dict) -> dict:
    """Dropout's results without their chance, the same for every mask.

    Where y kept x it is x/(1 − p) and the gradient g/(1 − p); elsewhere both are zero. So each,
    times 1 − p, with the dropped places filled in, is what came in (NaN where a gradient passed a
    dropped place); and the share kept must lie within six standard deviations of 1 − p.
    """
    # Where x is 0 (once in some millions of numbers) only the gradient tells.
    kept = (results["y"] != 0) | ((inputs["x"] == 0) & (results["gx"] != 0))
    share = kept.mean()
    usual = abs(share - (1 - P)) <= 6 * np.sqrt(P * (1 - P) / kept.size)
    dropped = np.where(results["gx"] == 0, inputs["g"], np.nan)
    return {
        "y": np.where(kept, results["y"] * (1 - P), inputs["x"]),
        "gx": np.where(kept, results["gx"] * (1 - P), dropped),
        "kept": np.array([1.0 if usual else share]),
    }


def norm_inputs(*shape: int) -> tuple[Input, ...]:
    C = shape[1:2]
    return (
        Input("x", shape), Input("w", C), Input("b", C),
        Input("mean", C, constant=0), Input("var", C, constant=1),
    )  # fmt: skip


def linear_inputs(N: int, I: int, O: int) -> tuple[Input, ...]:
    return Input("x", (N, I)), Input("w", (O, I), scale=I**-0.5), Input("b", (O,))


def logits(*shape: int) -> tuple[Input, ...]:
    return Input("x", shape), Input("labels", (shape[0], *shape[2:]), classes=shape[1])


def x(*shape: int) -> tuple[Input, ...]:
    return (Input("x", shape),)


def two(*shape: int) -> tuple[Input, ...]:
    return Input("a", shape), Input("b", shape)


def operations(N: int = 64, large: int = 4096) -> dict[str, Operation]:
    """The cases at batch N, where sizes of images go with networks of such a batch."""
    few = max(1, N // 16)  # the batch of large images
    big, small = (N, 64, 32, 32), (N, 8, 28, 28)
    stem = partial(max_pool, size=3, stride=2, padding=1)
    made = (
        Operation("relu", relu, x(*big)),
        Operation("relu_small", relu, x(*small)),
        Operation("max_pool", partial(max_pool, size=2, stride=2), x(*big)),
        Operation("max_pool_small", partial(max_pool, size=2, stride=2), x(*small)),
        Operation("max_pool_stem", stem, x(2 * few, 64, 112, 112)),
        Operation("avg_pool", partial(avg_pool, size=2), x(*big)),
        Operation("avg_pool_small", partial(avg_pool, size=2), x(*small)),
        Operation("global_pool", global_pool, x(N, 512, 7, 7)),
        Operation("batch_norm", batch_norm, norm_inputs(*big)),
        Operation("batch_norm_small", batch_norm, norm_inputs(N, 16, 32, 32)),
        Operation("dropout", dropout, x(*big), observe=whatever_was_dropped),
        Operation("dropout_small", dropout, x(N, 4096), observe=whatever_was_dropped),
        Operation("linear_lenet", linear, linear_inputs(N, 400, 120)),
        Operation("linear_512", linear, linear_inputs(N, 512, 512)),
        Operation("linear_4096", linear, linear_inputs(N, large, large)),
        Operation("cross_entropy_10", cross_entropy, logits(N, 10)),
        Operation("cross_entropy_1000", cross_entropy, logits(N, 1000)),
        Operation("cross_entropy_pixels", cross_entropy, logits(few, 2, 128, 128)),
        Operation("add", add, two(*big)),
        Operation("add_small", add, two(N, 16, 32, 32)),
        Operation("cat", cat, two(few, 64, 64, 64)),
        Operation("cat_small", cat, two(few, 16, 128, 128)),
        Operation("interpolate", interpolate, x(few, 64, 64, 64)),
        Operation("interpolate_small", interpolate, x(few, 64, 16, 16)),
    )
    return {one.name: one for one in made}


def groups(options: argparse.Namespace) -> list[Group]:
    return [Group("", operations(N=2, large=64) if options.tiny else operations())]


def shapes(options: argparse.Namespace) -> list[str]:
    cases = groups(options)[0].cases
    found = "; ".join(
        f"{name} " + " ".join("×".join(map(str, i.shape)) for i in cases[name].inputs if i.gradient)
        for name in options.cases
    )
    return [f"Shapes of inputs: {found}."]


CONTEST = Contest(
    command="around",
    title="What stands round the convolutions, forward + backward in float32",
    about=__doc__,
    groups=groups,
    quick=("relu_small", "max_pool_small", "batch_norm_small", "dropout_small", "linear_lenet"),
    notes=shapes,
)
main = CONTEST.main

if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import around

    sys.exit(around.main())
