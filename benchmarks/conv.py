"""Convolution layers, this engine's kernels against PyTorch: `python -m benchmarks.conv`.

One table: for every layer and kernel the time of a forward pass, and of a forward pass with both
gradients; how many times as fast as PyTorch that is (with its allocator tuned, and as it comes);
GFLOP/s, the share of the processor's peak, and the error against float64. The kernels `direct`
and `sparse` are there to be read: they run on shrunken layers, in a part of their own.

`--kernels pytorch` puts a second PyTorch in our place: its ratios show what the method is worth.
"""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from . import machine, rivals
from .figures import geometric_mean, spread
from .harness import (
    ALLOCATOR_TUNED,
    Measurement,
    Rival,
    RivalError,
    WrongResult,
    ask,
    race,
)
from .layers import LAYERS, SHRUNKEN, Layer
from .table import Column, Table, percent, short

TITLE = "Convolution layers in float32, this engine against PyTorch on a CPU"
BEST, DEFAULT, TRUTH = "PyTorch, allocator tuned", "PyTorch", "PyTorch, float64"
KERNELS = ("im2col", "cpp", "direct", "sparse")
SLOW = ("direct", "sparse")  # measured on shrunken layers only
QUICK = ("lenet1", "lenet2", "res_1x1")
PASSES = {"forward": False, "forward + both gradients": True}
TOLERANCE = 1e-5  # relative L2 against float64


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.conv",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--kernels",
        nargs="+",
        metavar="K",
        help=f"default: those of {' '.join(KERNELS)} that are built; also cpp-direct, pytorch",
    )
    add(
        "--layers",
        nargs="+",
        choices=LAYERS,
        metavar="L",
        help=f"default: all of {' '.join(LAYERS)}",
    )
    add(
        "--mode",
        choices=("fwd", "both"),
        default="both",
        help="forward only, or also forward with both gradients (default)",
    )
    add("--threads", type=int, default=2, help="of every rival (default 2)")
    add("--rounds", type=int, help="samples of each rival on each layer (default 24)")
    add("--starts", type=int, help="new processes that the rounds are shared over (default 4)")
    add(
        "--budget",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="slow layers get fewer rounds, to take about this long (default 30)",
    )
    add("--seed", type=int, default=0, help="of the order within the rounds")
    add(
        "--quick",
        action="store_true",
        help="a few layers and rounds in under a minute: shows that it works, not how fast it is",
    )
    add("--out", metavar="PNG", help="also save the table as a picture")
    options = parser.parse_args(argv)
    if options.rounds is None:
        options.rounds = 3 if options.quick else 24
    if options.starts is None:
        options.starts = 1 if options.quick else 4
    options.layers = options.layers or list(QUICK if options.quick else LAYERS)
    options.sample = 0.02 if options.quick else 0.06
    options.budget = min(options.budget, 2.0) if options.quick else options.budget
    for name in ("threads", "rounds", "starts"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1, got {getattr(options, name)}")
    return options


def choose_kernels(asked: Sequence[str] | None, threads: int) -> list[str]:
    """The kernels to measure. One that was asked for by name must be there."""
    kernels = list(dict.fromkeys(asked or KERNELS))
    ours = [kernel for kernel in kernels if kernel != "pytorch"]
    if not ours:
        return kernels
    probe = Rival("minicnn", rivals.minicnn_conv)
    for kernel, why in ask(probe, threads, rivals.minicnn_missing, ours).items():
        if asked:
            raise RivalError(f"kernel {kernel!r} cannot be measured here: {why}")
        say(f"kernel {kernel!r} is left out: {why}")
        kernels.remove(kernel)
    return kernels


def contenders(kernels: Sequence[str], threads: int) -> list[Rival]:
    """The float64 reference, PyTorch twice, and one rival for each kernel."""
    both = {"threads": threads}
    ours = [
        Rival(kernel, rivals.torch_conv, both, ALLOCATOR_TUNED)
        if kernel == "pytorch"
        else Rival(kernel, rivals.minicnn_conv, {**both, "kernel": kernel})
        for kernel in kernels
    ]
    return [
        Rival(TRUTH, rivals.torch_conv, {**both, "dtype": "float64"}, timed=False),
        Rival(BEST, rivals.torch_conv, both, ALLOCATOR_TUNED),
        Rival(DEFAULT, rivals.torch_conv, both),
        *ours,
    ]


def case_name(layer: str, mode: str) -> str:
    return f"{layer}, {mode}"


def measure(
    layers: Mapping[str, Layer], kernels: Sequence[str], options: argparse.Namespace
) -> dict[str, Measurement]:
    cases = {
        case_name(name, mode): rivals.ConvCase(layers[name], gradients)
        for name in options.layers
        for mode, gradients in PASSES.items()
        if options.mode == "both" or not gradients
    }
    return race(
        contenders(kernels, options.threads), cases, threads=options.threads,
        rounds=options.rounds, starts=options.starts, sample=options.sample, budget=options.budget,
        tolerance=TOLERANCE, seed=options.seed, report=say,
    )  # fmt: skip


def columns(modes: Sequence[str], peak: bool) -> list[Column]:
    one = ["ours", "tuned", "torch", "×tuned", "×torch", "GFLOP/s"] + ["peak"] * peak
    middle = [Column(title, mode, ratio="×" in title) for mode in modes for title in one]
    return [Column("layer"), Column("kernel"), *middle, Column("error")]


def rows(
    layers: Mapping[str, Layer],
    kernels: Sequence[str],
    names: Sequence[str],
    modes: Sequence[str],
    measured: Mapping[str, Measurement],
    peak: float | None,
) -> list[list[str]]:
    """One row a layer and kernel, then each kernel's geometric mean and slowest layer."""
    table, means = [], {}
    for name in names:
        for kernel in kernels:
            row, errors = [name, kernel], []
            for mode in modes:
                seen = measured[case_name(name, mode)]
                flops = layers[name].flops * (3 if PASSES[mode] else 1)
                ours, best, default = (
                    float(np.median(seen.seconds[n])) for n in (kernel, BEST, DEFAULT)
                )
                row += [short(1e3 * s) for s in (ours, best, default)]
                for rival in (BEST, DEFAULT):
                    ratio = float(np.median(seen.ratios(rival, kernel)))
                    means.setdefault((kernel, mode, rival), []).append(ratio)
                    row.append(short(ratio))
                row.append(short(flops / ours / 1e9))
                row += [percent(flops / ours / peak)] if peak else []
                errors.append(seen.errors[kernel])
            table.append([*row, f"{max(errors):.1e}"])
    for label, statistic in (("geometric mean", geometric_mean), ("slowest layer", min)):
        for kernel in kernels:
            row = [label, kernel]
            for mode in modes:
                two = [short(statistic(means[kernel, mode, r])) for r in (BEST, DEFAULT)]
                row += ["", "", "", *two, "", *[""] * (peak is not None)]
            table.append([*row, ""])
    return table


def matrix_products(threads: int, n: int = 2048) -> dict[str, float]:
    """Operations a second of n × n matrix products, by NumPy and by PyTorch."""
    both = {"threads": threads}
    pair = [
        Rival("NumPy", rivals.numpy_matmul, both),
        Rival("PyTorch", rivals.torch_matmul, both, ALLOCATOR_TUNED),
    ]
    seen = race(pair, {f"matrix product {n}": n}, threads=threads, rounds=9,
                sample=0.1, tolerance=TOLERANCE)  # fmt: skip
    (one,) = seen.values()
    return {name: 2 * n**3 / float(np.median(s)) for name, s in one.seconds.items()}


def notes(
    parts: Sequence[tuple[Mapping[str, Layer], Sequence[str], Mapping[str, Measurement]]],
    options: argparse.Namespace,
    peak: float | None,
    products: Mapping[str, float],
    busy: float | None,
    command: str,
) -> list[str]:
    """What must be known to read the table, and where and how it was measured."""
    every = [seen for _, _, measured in parts for seen in measured.values()]
    counts = sorted({seen.rounds for seen in every})
    spreads = [
        spread(seen.ratios(BEST, kernel))
        for _, kernels, measured in parts for seen in measured.values() for kernel in kernels
    ]  # fmt: skip
    faults = [
        f"{name} {np.mean([np.median(seen.page_faults[name]) for seen in every]):.0f}"
        for name in (BEST, DEFAULT)
    ]
    torch_error = max(seen.errors[BEST] for seen in every)
    restless = sorted(set().union(*(seen.restless for seen in every)))
    torch_facts = ask(Rival("facts", rivals.torch_conv), options.threads, rivals.torch_facts)
    found = "; ".join(f"{name} {flops / 1e9:.0f}" for name, flops in products.items())
    lines = [
        "ours, tuned, torch: ms for a call of the kernel, of PyTorch with its allocator tuned ("
        + ", ".join(f"{key}={value}" for key, value in ALLOCATOR_TUNED.items())
        + ") and of PyTorch as it comes. ×tuned, ×torch: PyTorch's time / ours within a round, "
        "median over rounds; above 1 we are faster.",
        "GFLOP/s counts the definition's multiplications and additions, whatever the algorithm "
        "needs (a gradient counts like a forward pass, padding like pixels).",
        f"peak: share of {peak / 1e9:.0f} GFLOP/s, fused multiply-adds in registers on "
        f"{options.threads} threads, the best of two looks." if peak
        else "No C compiler, so the peak was not measured.",
        *([f"Large matrix products in float32, GFLOP/s: {found} (a lower bound of the peak)."]
          * bool(found)),
        f"error: relative L2 against PyTorch in float64, the worst of all results before and after "
        f"the timing (above {TOLERANCE:.0e} the run stops); PyTorch's own worst is "
        f"{torch_error:.1e}.",
        f"rounds: {counts[0]} to {counts[-1]}, over {options.starts} start(s) of all processes; "
        f"half of the rounds lie within ±{np.median(spreads):.1%} of the median (worst line "
        f"±{max(spreads):.1%}). Page faults a call, mean over lines: {', '.join(faults)}.",
        f"machine: {machine.processor()}; {options.threads} threads each"
        + ("" if busy is None else f"; other programs kept {busy:.1f} cores busy at the start"),
        f"versions: {machine.versions()}, {torch_facts}",
        f"date: {date.today().isoformat()}; command: {command}",
    ]  # fmt: skip
    if any(layers is SHRUNKEN for layers, _, _ in parts):
        sizes = "; ".join(str(SHRUNKEN[name]) for name in options.layers)
        lines.insert(0, f"Shrunken layers: {sizes}.")
    if busy is not None and busy > 0.3:
        lines.append("WARNING: the machine was not idle; measure again when it is.")
    if restless:
        lines.append(f"WARNING: threads still ran at the end of samples of {', '.join(restless)}.")
    return lines


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(argv)
    if importlib.util.find_spec("torch") is None:
        say("PyTorch, the rival, is not installed: pip install torch (the CPU build is enough)")
        return 2
    arguments = sys.argv[1:] if argv is None else argv
    command = shlex.join(["python", "-m", "benchmarks.conv", *arguments])
    modes = [m for m, gradients in PASSES.items() if options.mode == "both" or not gradients]
    try:
        kernels = choose_kernels(options.kernels, options.threads)
        busy = machine.busy_cores()
        peak = machine.multiply_add_peak(options.threads)
        products = {} if options.quick else matrix_products(options.threads)
        parts = []
        for layers, chosen in (
            (LAYERS, [k for k in kernels if k not in SLOW]),
            (SHRUNKEN, [k for k in kernels if k in SLOW]),
        ):
            if chosen:
                parts.append((layers, chosen, measure(layers, chosen, options)))
        if peak:  # once more: the first time something else may have been running
            peak = max(peak, machine.multiply_add_peak(options.threads) or peak)
        table = Table(TITLE, columns(modes, peak is not None))
        for layers, chosen, measured in parts:
            if layers is SHRUNKEN:
                table.rows.append("Shrunken layers, for the kernels that are there to be read")
            table.rows += rows(layers, chosen, options.layers, modes, measured, peak)
        table.notes = notes(parts, options, peak, products, busy, command)
    except (RivalError, WrongResult) as error:
        say(f"stopped: {error}")
        return 1
    print(table.text())
    if options.out:
        table.picture(options.out)
        say(f"saved {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
