"""What must hold before a gradient check means anything: finite, repeatable, nothing changed.

Each function raises an AssertionError that names what does not hold; ``where`` begins it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import backend
from ..tensor import Tensor

SAME = 1e-9  # two evaluations agree to this, relative to the largest value,
NOISE = 1e-11  # or to this, where that is rounding error itself (the gradient of a constant)


def require_finite(where: str, name: str, array: Any) -> None:
    """No NaN and no infinity."""
    __tracebackhide__ = True
    values = backend.to_numpy(array)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        i = tuple(bad[0].tolist())
        raise AssertionError(
            f"{where}: {name} is {values[i]} at entry {i} ({len(bad)} of {values.size} entries are "
            f"NaN or infinite): there is no derivative to check"
        )


def require_unchanged(
    where: str, phase: str, names: Sequence[str], tensors: Sequence[Tensor], saved: Sequence[Any]
) -> None:
    """The Tensors hold bit for bit what was saved of them."""
    __tracebackhide__ = True
    for name, t, before in zip(names, tensors, saved, strict=True):
        # bytes, for NaN equals nothing and −0 equals 0
        now, then = backend.to_numpy(t.data), backend.to_numpy(before)
        if now.tobytes() != then.tobytes():
            differs = (now != then) | (np.signbit(now) != np.signbit(then))
            i = tuple(np.argwhere(differs)[0].tolist())
            raise AssertionError(
                f"{where}: {phase} changed {name} in place (entry {i}: {then[i]:.8g} became "
                f"{now[i]:.8g}): compute a new array instead"
            )


def require_repeatable(
    where: str, evaluate: Callable[[], list[Any]], expected: Sequence[Any], times: int
) -> None:
    """The function gives the arrays ``expected`` again, each time."""
    __tracebackhide__ = True
    for _ in range(times):
        for found, before in zip(evaluate(), expected, strict=True):
            if not _same(found, before):
                raise AssertionError(
                    f"{where}: fn gave two different results for the same inputs: what is random "
                    f"in it (dropout?) must be seeded inside fn, as by minicnn.manual_seed(0)"
                )


def require_same_with_graph(
    where: str, plain: Sequence[Any], outputs: Sequence[Tensor], level: int
) -> None:
    """Recording the graph does not change the values."""
    __tracebackhide__ = True
    for before, y in zip(plain, outputs, strict=True):
        if not _same(before, y.data):
            what = (
                "fn gives other values inside no_grad than outside" if level == 1
                else f"the gradient of order {level - 1} has other values with create_graph=True "
                f"than without: its backward takes two ways, and one is wrong"
            )
            raise AssertionError(f"{where}: {what}")


def _same(a: Any, b: Any) -> bool:
    a, b = backend.to_numpy(a), backend.to_numpy(b)
    if a.shape != b.shape:
        return False
    return bool(abs(a - b).max(initial=0.0) <= SAME * abs(a).max(initial=0.0) + NOISE)
