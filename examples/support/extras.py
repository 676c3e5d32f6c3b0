"""Libraries that the examples use and the engine does not."""

from __future__ import annotations

import importlib
from types import ModuleType


def extra(name: str) -> ModuleType:
    """The module of that name, or the end of the script with a line on how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SystemExit(
            f"this example needs {name.partition('.')[0]}, which cannot be imported ({error}).\n"
            f"It comes with minicnn's extra 'examples'; in minicnn's source folder run\n\n"
            f"    python3 -m pip install -e '.[examples]'"
        ) from None
