"""Whether operations remember how they were computed: ``with no_grad():`` says they need not.

Remembering keeps arrays alive for the backward pass; a prediction needs none of them. The choice
belongs to a thread, so a model can be used in one while it is trained in another.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextlib import ContextDecorator


class _Mode(threading.local):
    enabled = True


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations remember how they were computed (see :class:`no_grad`)."""
    return mode.enabled


class set_grad_enabled(ContextDecorator):
    """``with set_grad_enabled(flag):`` records the graph, or does not. Also a decorator.

    Called without ``with`` it changes nothing (PyTorch's acts at once).
    """

    def __init__(self, flag: bool):
        self.flag = bool(flag)
        self.before: list[bool] = []

    def __call__(self, function: Callable) -> Callable:
        if inspect.isgeneratorfunction(function):
            raise TypeError(
                f"{type(self).__name__} cannot decorate a generator, whose body runs later: write "
                f"`with {type(self).__name__}(...):` inside {function.__name__}"
            )
        return super().__call__(function)

    def __enter__(self) -> None:
        self.before.append(mode.enabled)
        mode.enabled = self.flag

    def __exit__(self, *exc) -> None:
        mode.enabled = self.before.pop()

    def _recreate_cm(self) -> set_grad_enabled:
        return set_grad_enabled(self.flag)  # one for each call of what it decorates, in any thread


class no_grad(set_grad_enabled):
    """``with no_grad():`` computes without remembering: less memory. Also ``@no_grad()``."""

    def __init__(self):
        super().__init__(False)


class enable_grad(set_grad_enabled):
    """``with enable_grad():`` remembers again, inside a ``no_grad``. Also ``@enable_grad()``."""

    def __init__(self):
        super().__init__(True)


inference_mode = no_grad  # PyTorch has a faster one; here there is one
