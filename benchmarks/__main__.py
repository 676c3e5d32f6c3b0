"""All benchmarks, one after the other: `python -m benchmarks`, with `--quick` in minutes.

Each is a command of its own, with options of its own (`python -m benchmarks.conv --help`).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from . import cli

COMMANDS = (
    "conv", "steps", "memory", "inference", "around", "transposed", "dezero", "ladder"
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    made = cli.parser("", __doc__)
    made.add_argument(
        "--only", nargs="+", choices=COMMANDS, default=COMMANDS, metavar="B",
        help=f"of {' '.join(COMMANDS)}",
    )  # fmt: skip
    made.add_argument("--out", metavar="FOLDER", help="also save each table as a picture there")
    options = made.parse_args(argv)
    common = ["--threads", str(options.threads)]
    for name in ("rounds", "starts"):
        if getattr(options, name) is not None:
            common += [f"--{name}", str(getattr(options, name))]
    common += ["--quick"] * options.quick + ["--tiny"] * options.tiny
    failed = []
    for name in options.only:
        cli.say(f"\n== {name} ==")
        out = ["--out", str(Path(options.out) / f"{name}.png")] if options.out else []
        if out:
            Path(options.out).mkdir(parents=True, exist_ok=True)
        command = importlib.import_module(f"benchmarks.{name}")
        if command.main([*common, *out]) != 0:
            failed.append(name)
        print(flush=True)
    if failed:
        cli.say(f"not measured: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
