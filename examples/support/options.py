"""Command line options of the examples: each value is checked before any work begins."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from minicnn import kernels

_PICTURES = (".png", ".pdf", ".svg")


class _Parser(argparse.ArgumentParser):
    def parse_args(self, *args: Any, **more: Any) -> argparse.Namespace:
        """The options; the picture's folder is made now, for later it would be a pity."""
        parsed = super().parse_args(*args, **more)
        folder = parsed.out.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.error(f"argument --out: the folder {folder} cannot be made: {error}")
        if not os.access(folder, os.W_OK):
            self.error(f"argument --out: the folder {folder} cannot be written to")
        return parsed


def parser(description: str, picture: str, quick: str) -> argparse.ArgumentParser:
    """A parser with the options that every example has: --out, and --quick with its meaning."""
    made = _Parser(description=description)
    made.add_argument(
        "--out", type=picture_path(picture), default=f"out/{picture}", metavar="PATH",
        help=f"where to save the picture: a file ending in {', '.join(_PICTURES)}, or a folder "
        f"for {picture}; folders are made as needed (default: %(default)s)",
    )
    made.add_argument("--quick", action="store_true", help=quick)
    return made


def whole_number(least: int) -> Callable[[str], int]:
    """The type of an option that takes whole numbers from ``least`` on."""

    def check(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from {least} on")
        return value

    return check


def positive_number(text: str) -> float:
    """The type of an option that takes numbers above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number above 0")
    return value


def kernel_name(text: str) -> str:
    """The type of an option that takes the name of a convolution kernel which can run here."""
    reasons = kernels.available()
    usable = ["auto", *(name for name, reason in reasons.items() if reason is None)]
    if text in usable:
        return text
    why = f"is not available: {reasons[text]}" if text in reasons else "is no kernel"
    raise argparse.ArgumentTypeError(f"{text!r} {why}; usable here: {', '.join(usable)}")


def print_missing_kernels() -> None:
    """One line for each convolution kernel that cannot run here, with what to do about it."""
    for name, reason in kernels.available().items():
        if reason is not None:
            print(f"convolution kernel {name!r} is missing: {reason}")


def picture_path(name: str) -> Callable[[str], Path]:
    """The type of --out: a picture file, or a folder in which it gets the name ``name``."""

    def check(text: str) -> Path:
        path = Path(text)
        if path.suffix == "" or path.is_dir():
            path = path / name
        if path.suffix.lower() not in _PICTURES:
            raise argparse.ArgumentTypeError(
                f"{text!r} must end in {', '.join(_PICTURES)}, or be a folder"
            )
        return path

    return check
