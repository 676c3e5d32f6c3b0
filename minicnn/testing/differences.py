"""Numeric derivatives, one entry at a time, and the points where there is none.

The fourth-order central difference

    f'(x) ≈ (8·[f(x + h) − f(x − h)] − [f(x + 2h) − f(x − 2h)]) / 12h,    error h⁴·f⁽⁵⁾/30,

is good to eleven digits where f is smooth. The same four values, two on each side, give a slope
from the left and one from the right, each exact for parabolas. Where f is smooth these two
differ by O(h³). At a kink they keep their difference however small h becomes; at a jump it grows
as 1/h; and a kink that is merely near is out of reach once h is small enough. So what looks odd
at one h is looked at again with h/10, h/100, ...

Source: Fornberg 1988, Mathematics of Computation 51 (the weights).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import backend
from ..tensor import Tensor

OFFSETS = (-2, -1, 1, 2)
STEP = 1e-3  # times max(1, |x|)
LEVELS = 7  # h, h/10, ... h/10⁶
ROUNDING = 64 * np.finfo(np.float64).eps  # what a value may be off by, relative to its size
TINY = 1e-12  # changes below this, relative to outputs and inputs, may be rounding errors alone


class NotSmoothError(Exception):
    """No derivative at an entry of an input: a kink, a jump, or NaN beside it."""

    def __init__(self, entry: int, reason: str):
        super().__init__(reason)
        self.entry, self.reason = entry, reason


@dataclass
class Slopes:
    """Three estimates of one derivative (or arrays of them), from the four values round x."""

    central: Any
    left: Any
    right: Any

    @staticmethod
    def of(changes: Any, h: Any) -> Slopes:
        """``changes``: f(x + k·h) − f(x) for k in OFFSETS, along the first axis."""
        left2, left1, right1, right2 = changes
        return Slopes(
            (8 * (right1 - left1) - (right2 - left2)) / (12 * h),
            (left2 - 4 * left1) / (2 * h),
            (4 * right1 - right2) / (2 * h),
        )

    @property
    def gap(self) -> Any:
        return abs(self.right - self.left)

    @property
    def size(self) -> Any:
        return np.maximum(abs(self.left), abs(self.right))


class Contraction:
    """The number f(x) = <c, fn(x)> = Σ c·y, seen as a function of single entries of the inputs.

    It changes the input Tensors' arrays in place, an entry at a time, and restores them.
    """

    def __init__(
        self,
        outputs: Callable[[], Sequence[Tensor]],  # evaluates fn at the inputs as they are
        at_point: Sequence[Any],  # the arrays it gives before anything is changed
        cotangents: Sequence[Any],
        name: str = "the result",
    ):
        self.name = name
        self.outputs, self.at_point, self.cotangents = outputs, at_point, cotangents
        self.size = sum(
            float(abs(c * y).sum()) for c, y in zip(cotangents, at_point, strict=True)
        )

    def changes(self, x: Tensor, entries: Sequence[int], h: Sequence[float]) -> np.ndarray:
        """f(x + k·h) − f(x) for k in OFFSETS, at each entry: (4, entries)."""
        flat = x.data.reshape(-1)  # a view
        c = self.cotangents[0]
        found = backend.to_device(np.zeros((4, len(entries))), backend.device_of(c))
        for j, (i, step) in enumerate(zip(entries, h, strict=True)):
            value = float(flat[i])
            for row, k in enumerate(OFFSETS):
                flat[i] = value + k * step
                found[row, j] = self._change()
            flat[i] = value
        return backend.to_numpy(found)

    def _change(self) -> Any:
        total = 0.0
        for y, before, c in zip(self.outputs(), self.at_point, self.cotangents, strict=True):
            if y.shape != before.shape:
                raise AssertionError(
                    f"gradcheck: the shape of the result depends on the values: {before.shape} "
                    f"at the point given, {y.shape} beside it; there is no derivative"
                )
            # subtracted entry by entry, so that outputs that do not change add no rounding
            total = total + (c * (y.data - before)).sum()
        return total

    def magnitude(self, x: Tensor, entry: int, h: float) -> float:
        """Σ |c·y| over the outputs that depend on an entry: rounding is relative to this."""
        (moved,) = self._outputs_at(x, entry, [h])
        return sum(
            float((abs(c * before) * (y != before)).sum())
            for y, before, c in zip(moved, self.at_point, self.cotangents, strict=True)
        )

    def roughest(self, x: Tensor, entry: int, h: float) -> tuple[str, np.ndarray, Slopes]:
        """The entry of the outputs whose slopes left and right of x differ most."""
        moved = self._outputs_at(x, entry, [k * h for k in OFFSETS])
        found = []
        for j, before in enumerate(self.at_point):
            here = backend.to_numpy(before).reshape(-1)
            changes = np.stack([backend.to_numpy(ys[j]).reshape(-1) - here for ys in moved])
            if changes.size:
                slopes = Slopes.of(changes, h)
                k = int(np.argmax(slopes.gap))
                place = tuple(int(p) for p in np.unravel_index(k, before.shape))
                name = f"entry {place} of {self.name}" + (f" {j}" if len(self.at_point) > 1 else "")
                found.append((float(slopes.gap[k]), name, changes[:, k]))
        _, name, changes = max(found, key=lambda item: item[0])
        return name, changes, Slopes.of(changes, h)

    def _outputs_at(self, x: Tensor, entry: int, offsets: Sequence[float]) -> list[list[Any]]:
        flat = x.data.reshape(-1)
        value = float(flat[entry])
        results = []
        for offset in offsets:
            flat[entry] = value + offset
            results.append([y.data.copy() for y in self.outputs()])
        flat[entry] = value
        return results


def compare(
    f: Contraction, x: Tensor, analytic: np.ndarray, rtol: float, atol: float
) -> tuple[np.ndarray, np.ndarray]:
    """The numeric derivative of f by each entry of x, and where ``analytic`` is wrong.

    An entry is right where |analytic − numeric| ≤ rtol·|numeric| + atol·typical, typical being
    the median of the numeric entries that are not 0. All arrays are flat. Raises NotSmoothError.
    """
    values = backend.to_numpy(x.data).reshape(-1)
    h = STEP * np.maximum(1.0, abs(values))
    slopes = Slopes.of(f.changes(x, range(len(values)), h.tolist()), h)
    numeric = slopes.central.copy()
    some = abs(numeric[np.isfinite(numeric) & (numeric != 0)])
    typical = float(np.median(some)) if some.size else 0.0
    right = abs(analytic - numeric) <= rtol * abs(numeric) + atol * typical
    smooth = slopes.gap <= 0.1 * rtol * slopes.size + atol * typical
    wrong = np.zeros(len(values), bool)
    floor = TINY * (f.size + len(values) ** 0.5 * max(1.0, abs(values).max(initial=0.0)))
    for i in np.flatnonzero(~(right & smooth)).tolist():  # NaN is neither
        numeric[i], wrong[i] = _look_closer(
            f, x, i, float(values[i]), h[i], analytic[i], rtol, atol, typical, floor
        )
    return numeric, wrong


def _look_closer(
    f: Contraction, x: Tensor, i: int, value: float, h: float, analytic: float,
    rtol: float, atol: float, typical: float, floor: float,
) -> tuple[float, bool]:
    """The derivative by entry i, found with smaller and smaller steps, and whether it is wrong."""
    magnitude = None
    seen: list[Slopes] = []  # where all four values are finite
    judged: list[float] = []  # numeric values where f is smooth as far as the step reaches
    for level in range(LEVELS):
        step = h / 10**level
        changes = f.changes(x, [i], [step])[:, 0]
        if not np.isfinite(changes).all():
            continue
        slopes = Slopes.of(changes, step)
        n = slopes.central
        if magnitude is None:
            magnitude = f.magnitude(x, i, 2 * step)
            tiny = abs(changes).max() <= floor
        noise = ROUNDING * (magnitude + abs(value) * slopes.size) / step
        if seen and noise > max(rtol * (abs(n) + typical), seen[-1].gap):
            break  # from here on only rounding would be seen
        seen.append(slopes)
        nearest = step
        smooth = slopes.gap <= rtol * slopes.size + atol * typical + noise
        if tiny and not (smooth and changes.any()):  # constant, computed with rounding errors,
            return 0.0, bool(abs(analytic) > floor / h)  # as a sum of softmax is
        if not smooth:
            continue  # something is in reach of this step
        difference = abs(analytic - n)
        if difference <= rtol * abs(n) + atol * typical + noise:
            return n, False
        judged.append(n)
        if len(judged) > 1 and abs(n - judged[-2]) <= 0.1 * difference:
            break  # the numeric value has settled, on another number
    if judged:
        return judged[-1], True
    if not seen:
        raise NotSmoothError(
            i,
            f"fn gives NaN or infinity right beside this point (down to {step:.1e} away): move "
            f"the input inside the domain",
        )
    last = seen[-1]
    growth = last.gap / seen[-2].gap if len(seen) > 1 else 0.0
    if growth < 0.5:  # the slopes were still approaching each other: no kink, strongly curved
        n = last.central
        return n, bool(abs(analytic - n) > rtol * abs(n) + atol * typical + last.gap)
    raise NotSmoothError(i, _what_is_there(growth, *f.roughest(x, i, nearest)))


def _what_is_there(growth: float, name: str, changes: np.ndarray, slopes: Slopes) -> str:
    """Names what keeps the slopes from left and right apart; by how much with each step."""
    if growth > 5:  # ten times at each tenth of the step
        size = max(abs(changes[1]), abs(changes[2]))
        return (
            f"a jump at this point: {name} jumps by {size:.6g} however small the step: move the "
            f"input away from it"
        )
    text = f"{name} has slope {slopes.left:.6g} on the left and {slopes.right:.6g} on the right"
    if growth > 1.5:
        return f"{text}, growing without bound: move the input away from this point"
    return f"{text}: a kink or a tie at this point: move the input away from it"
