"""Places for the boxes of a graph, in layers: every arrow points down.

Five steps, each on its own (Sugiyama, Tagawa, Toda 1981, "Methods for visual understanding of
hierarchical system structures"; the places after Gansner et al. 1993, "A technique for drawing
directed graphs"):

1. layers: as far above the last box as the longest path to it, so a parameter stands right
   above the first operation that uses it;
2. an arrow across several layers gets a *bend*, a box without width, in each that it crosses;
3. the order within each layer: by the mean place of a box's neighbours, up and down the layers a
   few times (the barycentre rule); the order with the fewest crossings wins;
4. places: each box where its neighbours pull it, as near as the widths allow;
5. an arrow with several bends is made straight, where there is room.

Boxes are known by number; an arrow is a pair (from, to), from a smaller number to a larger one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Arrow = tuple[int, int]
Rows = list[list[int]]  # the boxes and bends of each layer, from left to right

_SWEEPS = 12
_PULLS = 100
_PORT = 18.0  # between two arrows into one box, at most


@dataclass
class Layout:
    """``x[i]`` is the middle of box i, ``layer[i]`` counts from the top. Arrow k passes the boxes
    ``routes[k]``, first, bends and last (bends are numbered after the boxes), and ends
    ``ports[k]`` beside the middle of the last."""

    x: list[float]
    layer: list[int]
    routes: list[list[int]]
    ports: list[float]
    width: float


def place(
    widths: Sequence[float], tops: Sequence[float], arrows: Sequence[Arrow], gap: float
) -> Layout:
    """A layout of boxes that need ``widths``, at least ``gap`` apart; the last is the lowest.

    Arrows end side by side on the boxes' tops, which are ``tops`` wide.
    """
    layer = layers(len(widths), arrows)
    routes = bends(layer, arrows)
    widths = [*widths, *[0.0] * (len(layer) - len(widths))]
    rows = order(layer, routes)
    ports = ends(rows, tops, routes)
    x = coordinates(rows, widths, routes, ports, gap, bend=len(tops))
    straighten(x, rows, widths, routes, gap)
    left = min(m - w / 2 for m, w in zip(x, widths, strict=True))
    right = max(m + w / 2 for m, w in zip(x, widths, strict=True))
    return Layout([m - left for m in x], layer, routes, ports, right - left)


def layers(count: int, arrows: Sequence[Arrow]) -> list[int]:
    """The layer of each box, 0 at the top."""
    height = [0] * count
    for a, b in sorted(arrows, reverse=True):  # all arrows out of b have been seen
        height[a] = max(height[a], height[b] + 1)
    return [max(height) - h for h in height]


def bends(layer: list[int], arrows: Sequence[Arrow]) -> list[list[int]]:
    """The route of each arrow; ``layer`` is extended by the layers of the bends."""
    routes = []
    for a, b in arrows:
        route = [a]
        for between in range(layer[a] + 1, layer[b]):
            route.append(len(layer))
            layer.append(between)
        routes.append([*route, b])
    return routes


def order(layer: Sequence[int], routes: Sequence[Sequence[int]]) -> Rows:
    """The boxes and bends of each layer, with few crossings."""
    above: Rows = [[] for _ in layer]
    below: Rows = [[] for _ in layer]
    for route in routes:
        for a, b in zip(route, route[1:], strict=False):
            below[a].append(b)
            above[b].append(a)
    rows: Rows = [[] for _ in range(max(layer) + 1)]
    for i in range(len(layer)):
        rows[layer[i]].append(i)
    place = {i: float(k) for row in rows for k, i in enumerate(row)}
    best, fewest = [list(row) for row in rows], crossings(rows, below)
    for sweep in range(_SWEEPS):
        upward = sweep % 2 == 0
        neighbours = below if upward else above
        for row in reversed(rows) if upward else rows:
            middle = {
                i: sum(place[j] for j in neighbours[i]) / len(neighbours[i])
                if neighbours[i] else place[i]
                for i in row
            }
            row.sort(key=middle.__getitem__)
            for k, i in enumerate(row):
                place[i] = float(k)
        count = crossings(rows, below)
        if count < fewest:
            best, fewest = [list(row) for row in rows], count
    return best


def crossings(rows: Rows, below: Sequence[Sequence[int]]) -> int:
    """How many pairs of arrows cross."""
    total = 0
    for upper, lower in zip(rows, rows[1:], strict=False):
        place = {i: k for k, i in enumerate(lower)}
        ends = [[place[j] for j in below[i]] for i in upper]
        for i, first in enumerate(ends):
            for second in ends[i + 1 :]:
                total += sum(a > b for a in first for b in second)
    return total


def ends(rows: Rows, tops: Sequence[float], routes: Sequence[Sequence[int]]) -> list[float]:
    """Where each arrow ends, beside the middle of its box: in the order in which they come."""
    place = {i: k for row in rows for k, i in enumerate(row)}
    into: list[list[int]] = [[] for _ in tops]
    for k, route in enumerate(routes):
        into[route[-1]].append(k)
    ports = [0.0] * len(routes)
    for box, arrows in enumerate(into):
        arrows.sort(key=lambda k: place[routes[k][-2]])
        step = min(0.7 * tops[box] / max(1, len(arrows) - 1), _PORT)
        for number, k in enumerate(arrows):
            ports[k] = (number - (len(arrows) - 1) / 2) * step
    return ports


def coordinates(
    rows: Rows,
    widths: Sequence[float],
    routes: Sequence[Sequence[int]],
    ports: Sequence[float],
    gap: float,
    bend: int,
) -> list[float]:
    """The middle of each box and bend (those from ``bend`` on): pulled so that its arrows are
    vertical, row by row, again and again.

    A chain of operations pulls harder than a parameter, and so is straight; a long arrow pulls
    hardest between its bends.
    """
    pulls: list[list[tuple[int, float, float]]] = [[] for _ in widths]  # (other, beside, weight)
    has_inputs = {route[-1] for route in routes}
    for route, port in zip(routes, ports, strict=True):
        for a, b in zip(route, route[1:], strict=False):
            beside = port if b == route[-1] else 0.0
            if a >= bend or b >= bend:
                weight = 8.0 if a >= bend and b >= bend else 0.5
            else:
                weight = 8.0 if a in has_inputs else 0.02
            pulls[a].append((b, beside, weight))
            pulls[b].append((a, -beside, weight))
    x = [0.0] * len(widths)
    for row in rows:  # at first side by side, round a common middle
        total = sum(widths[i] + gap for i in row)
        middles = spread([-total / 2] * len(row), [1.0] * len(row), [widths[i] for i in row], gap)
        for i, middle in zip(row, middles, strict=True):
            x[i] = middle
    for pull in range(_PULLS):
        for row in rows if pull % 2 else reversed(rows):
            weights = [sum(w for _, _, w in pulls[i]) for i in row]
            wanted = [
                sum((x[j] + beside) * w for j, beside, w in pulls[i]) / weight
                for i, weight in zip(row, weights, strict=True)
            ]
            middles = spread(wanted, weights, [widths[i] for i in row], gap)
            for i, middle in zip(row, middles, strict=True):
                x[i] = middle
    return x


def spread(
    wanted: Sequence[float], weights: Sequence[float], widths: Sequence[float], gap: float
) -> list[float]:
    """The places nearest to ``wanted``, Σ weight·(x − wanted)² least, where nothing overlaps.

    With each box shifted left by all that has to fit before it, "no overlap" becomes "never
    decreasing", and pooling neighbours that do decrease gives the least squares solution
    (isotonic regression).
    """
    before, shift = 0.0, []
    for i, width in enumerate(widths):
        before += (widths[i - 1] + width) / 2 + gap if i else 0.0
        shift.append(before)
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight, offset in zip(wanted, weights, shift, strict=True):
        mean, total, count = value - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, w, n = pools.pop()
            mean, total, count = (mean * total + other * w) / (total + w), total + w, count + n
        pools.append((mean, total, count))
    means = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, shift, strict=True)]


def straighten(
    x: list[float],
    rows: Rows,
    widths: Sequence[float],
    routes: Sequence[Sequence[int]],
    gap: float,
) -> None:
    """All bends of an arrow at one of their places, if in each layer the neighbours leave room."""
    beside = {}
    for row in rows:
        for left, i, right in zip([None, *row], row, [*row[1:], None], strict=False):
            beside[i] = left, right

    def free(i: int, value: float) -> bool:
        left, right = beside[i]
        return (left is None or x[left] + widths[left] / 2 + gap <= value + 1e-6) and (
            right is None or value + gap <= x[right] - widths[right] / 2 + 1e-6
        )

    for route in routes:
        inner = route[1:-1]
        middle = sum(x[i] for i in inner) / max(1, len(inner))
        for value in sorted((x[i] for i in inner), key=lambda v: abs(v - middle)):
            if all(free(i, value) for i in inner):
                for i in inner:
                    x[i] = value
                break
