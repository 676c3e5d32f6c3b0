"""The ladder of `csrc/`, step by step, on one layer: `python -m benchmarks.ladder`.

Each step computes the same convolution (forward) and adds one idea to the one before. For each:
GFLOP/s, how many times as fast as the first step and as the one before, the share of the peak, and
the error against float64. Beside them the machine's two limits, measured: multiply-adds in
registers, and memory, by copying. `--out` draws the bars, and the roofline under which they stand.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from . import cli, engines, machine, opponents, report
from .harness import Measurement, Rival, RivalError, ask, race
from .layers import LAYERS, SHRUNKEN, Layer
from .roofline import Limits, draw
from .table import Column, Table, at_least_one, percent, short
from .worker import Work

STEPS = "minicnn.kernels.ladder"  # the module that has steps() and run()
TOLERANCE = 1e-5


def names(module: str) -> list[str] | None:
    """The steps in order, from the module that offers them; None where it offers none."""
    found = importlib.import_module(module)
    return list(found.steps()) if hasattr(found, "steps") else None


def climb(layer: Layer, threads: int, module: str, step: str | None = None) -> Work:
    """One step on the layer; without a step the reference, NumPy's im2col in float64."""
    import minicnn as mc
    from minicnn.geometry import Geometry

    mc.set_num_threads(threads)
    x, w = layer.operation(gradients=False).arrays()
    geometry = Geometry.conv(
        x.shape, w.shape, stride=layer.stride, padding=layer.padding, op="conv2d"
    )
    if step is None:
        x, w = x.astype(np.float64), w.astype(np.float64)

        def call() -> np.ndarray:
            return mc.kernels.im2col.forward(x, w, geometry)
    else:
        run = importlib.import_module(module).run

        def call() -> np.ndarray:
            return run(step, x, w, geometry)

    return Work(call, [x, w], lambda: {"y": call()})


def pytorch(layer: Layer, threads: int) -> Work:
    """PyTorch on the layer: where the ladder wants to get past. Its gradient input is not used."""
    work = layer.operation(gradients=False).work(engines.PyTorch(threads))
    work.inputs = work.inputs[:2]
    return work


def intensity(layer: Layer) -> float:
    """Operations for each byte that must move: x and w read once, y written once, in float32."""
    numbers = (
        layer.N * layer.C * layer.H**2 + layer.O * layer.C * layer.A**2
        + layer.N * layer.O * layer.P**2
    )  # fmt: skip
    return layer.flops / (4 * numbers)


def table(layer: Layer, steps: Sequence[str], seen: Measurement, limit: Limits) -> Table:
    """A row for each step, in order; PyTorch last where it was measured."""
    columns = [Column("step"), Column("ms"), Column("GFLOP/s")]
    columns += [Column("first", "times as fast as", at_least_one)]
    columns += [Column("the one before", "times as fast as", at_least_one)]
    columns += [Column("peak")] * (limit.all is not None) + [Column("error")]
    rows = []
    for i, step in enumerate(steps):
        seconds = float(np.median(seen.seconds[step]))
        gains = [report.ratio(seen, steps[j], step) for j in (0, max(0, i - 1))]
        rows.append(
            [step, short(1e3 * seconds), short(layer.flops / seconds / 1e9), *map(short, gains)]
            + ([percent(layer.flops / seconds / limit.all)] if limit.all else [])
            + [f"{seen.error(step):.1e}"]
        )
    return Table(f"The ladder on {layer}, forward in float32", columns, rows)


def rates(layer: Layer, steps: Sequence[str], seen: Measurement) -> dict[str, float]:
    """Operations a second of each step."""
    return {step: layer.flops / float(np.median(seen.seconds[step])) for step in steps}


def notes(layer: Layer, limit: Limits, threads: int, absent: Mapping[str, str]) -> list[str]:
    roof = intensity(layer) * limit.bytes
    peaks = (
        f"Multiply-adds in registers: {limit.one / 1e9:.0f} GFLOP/s on one thread, "
        f"{limit.all / 1e9:.0f} on {threads}; peak is the share of the latter. "
        if limit.all and limit.one else "No C compiler, so the peak was not measured. "
    )  # fmt: skip
    return [
        f"{peaks}Memory: {limit.bytes / 1e9:.1f} GB/s by copying on {threads} threads.",
        f"The layer does {intensity(layer):.0f} operations for each byte that must move (x and w "
        f"read, y written, once each): memory alone would allow {roof / 1e9:.0f} GFLOP/s.",
        "times as fast: median over rounds of the ratio within a round. error: relative L2 "
        "against float64.",
        *(f"left out: {name}: {why}." for name, why in absent.items()),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    made = cli.parser("ladder", __doc__)
    made.add_argument(
        "--layer", choices=LAYERS, default="resnet_c2", metavar="L",
        help=f"one of {' '.join(LAYERS)} (default resnet_c2)",
    )  # fmt: skip
    made.add_argument("--steps", nargs="+", metavar="S", help="names that contain one of these")
    cli.add_rivals(made, opponents.PYTORCH, ("tuned",))
    cli.add_race(made)
    made.add_argument("--out", metavar="PNG", help="also draw the bars and the roofline")
    options = cli.read(made, argv, rounds=12, starts=2)
    try:
        every = ask(Rival("minicnn", climb), options.threads, names, STEPS)
        if not every:
            cli.say(f"there is no ladder here: {STEPS} has no steps()")
            return 1
        steps = cli.chosen(made, options.steps, every)
        layer = (SHRUNKEN if options.tiny else LAYERS)[options.layer]
        theirs, absent = opponents.present(options.rivals, opponents.PYTORCH)
        common = {"threads": options.threads}
        rivals = [Rival("the truth", climb, {**common, "module": STEPS}, timed=False)]
        rivals += [Rival(s, climb, {**common, "module": STEPS, "step": s}) for s in steps]
        rivals += [
            Rival(f"PyTorch, {name}", pytorch, common, opponents.PYTORCH[name].environment)
            for name in theirs
        ]
        busy = machine.busy_cores()
        limit = Limits.measured(options.threads, options.tiny)
        seen = race(
            rivals, {layer.name: layer}, threads=options.threads, rounds=options.rounds,
            starts=options.starts, warm=options.warm, sample=options.sample,
            budget=options.budget, tolerance=TOLERANCE, seed=options.seed, report=cli.say,
        )[layer.name]  # fmt: skip
    except RivalError as error:
        cli.say(f"stopped: {error}")
        return 1
    rows = [rival.name for rival in rivals if rival.timed]
    shown = table(layer, rows, seen, limit)
    shown.notes = notes(layer, limit, options.threads, absent)
    shown.notes += report.place(options.threads, busy, options.command, ["torch"] * bool(theirs))
    print(shown.text())
    if options.out:
        draw(options.out, shown.title, rates(layer, rows, seen), intensity(layer), limit)
        cli.say(f"saved {options.out}")
    return 0


if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import ladder

    sys.exit(ladder.main())
