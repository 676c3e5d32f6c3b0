"""The rivals that `--rivals` names, and whether each of them is here."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from . import engines
from .harness import ALLOCATOR_TUNED, Rival
from .worker import Work

# torch.compile would otherwise keep processes of its own beside the rival's.
COMPILING = {**ALLOCATOR_TUNED, "TORCHINDUCTOR_COMPILE_THREADS": "1"}


@dataclass(frozen=True)
class Opponent:
    """A rival by its short name.

    about     what it is, for the notes under a table
    needs     the Python packages that it stands on, and `program`, one on the search path
    """

    about: str
    options: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: ALLOCATOR_TUNED)
    make: Callable[..., Work] = engines.pytorch
    needs: Sequence[str] = ("torch",)
    program: str = ""

    def missing(self) -> str | None:
        """Why it cannot be measured here, or None."""
        absent = [name for name in self.needs if importlib.util.find_spec(name) is None]
        if absent:
            return f"not installed: {', '.join(absent)}"
        if self.program and shutil.which(self.program) is None:
            return f"there is no {self.program}"
        return None

    def rival(self, name: str, threads: int) -> Rival:
        return Rival(name, self.make, {"threads": threads, **self.options}, self.environment)


PYTORCH = {
    "tuned": Opponent("PyTorch at its best in its default layout, its allocator tuned"),
    "default": Opponent("PyTorch as it comes", environment={}),
    "channels_last": Opponent("PyTorch in channels_last, allocator tuned", {"channels_last": True}),
    "compile": Opponent(
        "PyTorch through torch.compile, allocator tuned", {"compile": True}, COMPILING,
        program="g++",
    ),
    "compile_last": Opponent(
        "both, torch.compile and channels_last, allocator tuned",
        {"compile": True, "channels_last": True}, COMPILING, program="g++",
    ),
}  # fmt: skip
USUAL = ("tuned", "default", "channels_last")


def present(
    names: Sequence[str], known: Mapping[str, Opponent]
) -> tuple[list[str], dict[str, str]]:
    """The rivals that are here, and why the others are not."""
    absent = {name: why for name in names if (why := known[name].missing()) is not None}
    return [name for name in names if name not in absent], absent
