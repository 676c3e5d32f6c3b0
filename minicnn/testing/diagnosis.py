"""What a wrong gradient looks like, and what it usually comes from: gradcheck's message."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

ROWS = 10
AGREE = 1e-5  # two arrays have the same pattern if they agree to this


@dataclass
class Wrong:
    """An input by which the gradient is wrong."""

    name: str
    value: np.ndarray
    analytic: np.ndarray
    numeric: np.ndarray
    off: np.ndarray  # True where it is wrong
    missing: bool  # no gradient arrived at all
    incoming: list[np.ndarray]  # the cotangents


def report(where: str, level: int, wrong: list[Wrong], has_graph: bool) -> str:
    """The whole message: what is wrong, a table of the worst entries, the likely cause."""
    lines = []
    for w in wrong:
        lines.append(
            f"{where}: the gradient by {w.name}, shape {w.off.shape}, is wrong in "
            f"{int(w.off.sum())} of {w.off.size} entries"
        )
    lines += ["", *_table(wrong), ""]
    if level > 1:
        lines.append(
            f"right to order {level - 1} only: the gradient of order {level - 1} has the right "
            f"values, but its own derivative is wrong"
        )
    if not has_graph:
        lines.append(f"likely cause: {_no_graph(level)}")
    else:
        lines += [f"likely cause, {w.name}: {_cause(w, wrong, level)}" for w in wrong]
    return "\n".join(lines)


def _table(wrong: list[Wrong]) -> list[str]:
    rows = []
    for w in wrong:
        scale = abs(w.numeric) + np.median(abs(w.numeric))
        error = abs(w.analytic - w.numeric) / np.where(scale > 0, scale, 1)
        for i in map(tuple, np.argwhere(w.off).tolist()):
            analytic, numeric = float(w.analytic[i]) + 0.0, float(w.numeric[i])  # −0 shown as 0
            rows.append((float(error[i]), w.name, i, analytic, numeric))
    rows.sort(key=lambda row: -row[0])
    shown = [
        (name, str(i), f"{a:.10g}", f"{n:.10g}", f"{a / n + 0.0:.8g}" if n else "-")
        for _, name, i, a, n in rows[:ROWS]
    ]
    head = ("by", "entry", "analytic", "numeric", "ratio")
    widths = [max(len(row[k]) for row in [head, *shown]) for k in range(5)]
    lines = []
    for row in [head, *shown]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append(("  " + "  ".join(cells)).rstrip())
    if len(rows) > ROWS:
        lines.append(f"  ... and {len(rows) - ROWS} more")
    return lines


def _no_graph(level: int) -> str:
    if level == 1:
        return (
            "missing: the result has no graph at all, so no gradient is computed: fn leaves the "
            "graph (.data, .detach(), NumPy, no_grad)"
        )
    return (
        "the gradient has no graph at all: backward computes with arrays (grad.data, .detach(), "
        "NumPy) where it should use differentiable operations on Tensors"
    )


def _cause(w: Wrong, wrong: list[Wrong], level: int) -> str:
    a, n = w.analytic, w.numeric
    if not a.any():
        return _zero(w, level)
    for other in wrong:
        if other is not w and other.numeric.shape == a.shape and _equal(a, other.numeric):
            return f"exchanged: this is the gradient by {other.name}"
    constant = (
        f"backward treats something that depends on {w.name} as a constant; "
        if level > 1 and not w.name.startswith("the incoming") else ""
    )
    return constant + (_pattern(w, a, n) or _where(w))


def _zero(w: Wrong, level: int) -> str:
    if level > 1 and w.name.startswith("the incoming"):
        return (
            f"backward treats {w.name} as a constant: it computes with its array (.data, "
            f".detach()) where it should use differentiable operations"
        )
    if level > 1:
        return (
            f"backward treats {w.name} as a constant: it reads .data, .detach() or an array kept "
            f"by forward where it should use the Tensors in self.inputs, or self.output(y)"
        )
    if w.missing:
        return (
            "missing: no gradient arrives there: backward returns None for it, or fn leaves the "
            "graph (.data, .detach(), NumPy, no_grad)"
        )
    return "the gradient is zero everywhere: missing, or multiplied by zero"


def _pattern(w: Wrong, a: np.ndarray, n: np.ndarray) -> str | None:
    """A rule that turns the right gradient into the one found, for all entries alike."""
    if _equal(a, n):  # but for a few small entries: no rule for all
        return None
    k = _factor(a, n)
    if k is not None and (n.size > 1 or _whole(k) or _whole(1 / k)):  # of one entry any k is one
        if abs(k + 1) <= AGREE:
            return "the sign: analytic = −numeric"
        sizes = [f"axis {i}" for i, size in enumerate(n.shape) if abs(k - size) <= AGREE * size]
        sizes += [f"axis {i}" for i, size in enumerate(n.shape) if abs(k * size - 1) <= AGREE]
        hint = f" (the size of {sizes[0]}: a mean for a sum, or the reverse?)" if sizes else ""
        return f"a factor: analytic = {k:.6g} · numeric{hint}"
    for axes in permutations(range(n.ndim)):
        if list(axes) != sorted(axes) and _equal(a, n.transpose(axes).reshape(n.shape)):
            return f"transposed: analytic = numeric with its axes in the order {axes}"
    for flips in product((False, True), repeat=n.ndim):
        axes = tuple(i for i, flip in enumerate(flips) if flip)
        if axes and _equal(a, np.flip(n, axes)):
            return f"flipped: analytic = numeric in reverse order along axes {axes}"
    return None


def _where(w: Wrong) -> str:
    """Where the wrong entries lie, and what the difference looks like."""
    count = int(w.off.sum())
    if count < w.off.size:
        entries = [tuple(i) for i in np.argwhere(w.off)[:5].tolist()]
        named = ", ".join(map(str, entries)) + (", ..." if count > 5 else "")
        shared = [
            f"index {int(places[0])} on axis {axis}"
            for axis, places in enumerate(np.nonzero(w.off))
            if count > 1 and len(set(places.tolist())) == 1 and w.off.shape[axis] > 1
        ]
        common = f", all with {' and '.join(shared)}" if shared else ""
        are = "is" if count == 1 else "are"
        return f"only {count} of {w.off.size} entries {are} wrong: {named}{common}"
    difference = w.analytic - w.numeric
    terms = [("a constant", np.ones_like(difference)), ("the input", w.value)]
    for c in w.incoming:
        if c.shape == difference.shape:
            terms += [("the incoming gradient", c), ("input · incoming gradient", c * w.value)]
    for name, like in terms:
        k = _factor(difference, like)
        if k is not None and difference.size > 1:
            return f"a missing or extra term: analytic − numeric = {k:.6g} · {name}"
    same = [
        axis for axis, size in enumerate(difference.shape)
        if size > 1 and _equal(difference, difference.mean(axis=axis, keepdims=True))
    ]
    if same:
        return (
            f"a missing or extra term: analytic − numeric is the same all along axes "
            f"{tuple(same)}, as of something summed or averaged over them"
        )
    return "a missing or extra term: analytic − numeric is not zero in any entry"


def _factor(a: np.ndarray, n: np.ndarray) -> float | None:
    """k with a = k·n, if there is one."""
    norm = float((n * n).sum())
    if norm == 0:
        return None
    k = float((a * n).sum()) / norm
    return k if k != 0 and _equal(a, k * n) else None


def _whole(k: float) -> bool:
    return abs(k - round(k)) <= AGREE * abs(k)


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    size = float(np.sqrt((a * a).mean()))
    return bool((abs(a - b) <= AGREE * abs(a) + 0.01 * AGREE * size).all())
