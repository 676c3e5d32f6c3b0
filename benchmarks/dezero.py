"""DeZero on the ten layers and a LeNet step: `python -m benchmarks.dezero --dezero PATH`.

Convolution layers forward and backward with both gradients, and one training step of the lecture's
network (a LeNet, batch 64). DeZero is found by `--dezero`, the folder that its package lies in, or
by the variable DEZERO_PATH, or where it is installed; without it there is nothing to measure.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cli, dezero_engine, training
from .contest import Contest, Group
from .harness import ALLOCATOR_TUNED
from .layers import LAYERS, SHRUNKEN
from .opponents import Opponent


@dataclass(frozen=True)
class DeZeroThere(Opponent):
    """DeZero in a folder, or installed where `path` is None."""

    path: str | None = None

    def missing(self) -> str | None:
        if self.path is None:
            found = importlib.util.find_spec("dezero") is not None
            return None if found else "it is not installed: give its folder with --dezero PATH"
        found = (Path(self.path) / "dezero" / "__init__.py").is_file()
        return None if found else f"there is no dezero/__init__.py in {self.path}"


def opponents(path: str | None) -> dict[str, DeZeroThere]:
    """DeZero as it comes, and with its allocator tuned like PyTorch's."""
    path = os.path.abspath(path) if path else None
    about = "DeZero on NumPy, np.int given back to it"
    return {
        name: DeZeroThere(words, {"path": path}, environment, dezero_engine.work, path=path)
        for name, words, environment in (
            ("dezero", about, {}),
            ("dezero_tuned", "the same, allocator tuned", ALLOCATOR_TUNED),
        )
    }


def groups(options: argparse.Namespace) -> list[Group]:
    layers = {
        name: layer.operation(gradients=True)
        for name, layer in (SHRUNKEN if options.tiny else LAYERS).items()
    }
    step = {"lenet_step": training.steps(options.tiny)["lecture"]}
    return [Group("", {**layers, **step})]


CONTEST = Contest(
    command="dezero",
    title="DeZero: convolution layers, forward + both gradients, and a LeNet step; float32",
    about=__doc__,
    groups=groups,
    quick=("lenet2", "res_1x1", "lenet_step"),
    usual=("dezero", "dezero_tuned"),
    known=opponents(None),
    tolerance=1e-3,
)


def main(argv: Sequence[str] | None = None) -> int:
    where = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    where.add_argument("--dezero", metavar="PATH", default=os.environ.get("DEZERO_PATH"))
    given, rest = where.parse_known_args(argv)
    rivals = opponents(given.dezero)
    contest = dataclasses.replace(CONTEST, known=rivals)
    options = contest.options(rest)
    if (why := rivals["dezero"].missing()) is not None:
        cli.say(f"DeZero is left out: {why}")
        return 0
    return cli.finish(lambda: contest.run(options), options.out)


if __name__ == "__main__":
    # `-m` calls this file __main__; the rivals' processes are to find its functions by its name.
    from benchmarks import dezero

    sys.exit(dezero.main())
