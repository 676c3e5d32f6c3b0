"""How many of each class go into each part: whole numbers as near to the exact shares as can be.

Of class c with n_c samples, part k should get n_c·f_k, which is seldom a whole number. Rounding
each down leaves a few samples of every class over. Handing these out so that every entry is its
exact value rounded up or down, *and* every part's total too, is always possible (controlled
rounding: Bacharach 1966, Management Science 12; Cox 1987, JASA 82): start with any choice that
is right by class and move samples along paths of parts until the totals are right.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor


def apportion(counts: list[int], shares: list[Fraction]) -> list[list[int]]:
    """table[c][k]: how many of the ``counts[c]`` samples of class c go into part k.

    ``shares`` are positive and sum to 1. Rows sum to their counts; entries and column sums are
    their exact values rounded up or down.
    """
    exact = [[n * f for f in shares] for n in counts]
    table = [[floor(value) for value in row] for row in exact]
    fractional = [[value != floor(value) for value in row] for row in exact]  # may be rounded up
    up = [[False] * len(shares) for _ in counts]
    goals = [sum(counts) * f for f in shares]
    totals = [sum(column) for column in zip(*table, strict=True)]
    for n, row, may, ups in zip(counts, table, fractional, up, strict=True):
        for _ in range(n - sum(row)):  # one over: to the part that lacks most
            k = max((k for k in range(len(shares)) if may[k] and not ups[k]),
                    key=lambda k: goals[k] - totals[k])
            ups[k] = True
            totals[k] += 1
    _repair(totals, goals, fractional, up)
    return [
        [n + one for n, one in zip(row, ups, strict=True)]
        for row, ups in zip(table, up, strict=True)
    ]


def _repair(totals: list[int], goals: list[Fraction], fractional: list, up: list) -> None:
    """Moves one sample at a time out of parts that are too large, then into those too small."""
    parts = range(len(totals))
    for k in parts:
        while totals[k] > ceil(goals[k]):
            _move([k], [j for j in parts if totals[j] < ceil(goals[j])], totals, fractional, up)
    for k in parts:
        while totals[k] < floor(goals[k]):
            _move([j for j in parts if totals[j] > floor(goals[j])], [k], totals, fractional, up)


def _move(
    sources: list[int], targets: list[int], totals: list[int], fractional: list, up: list
) -> None:
    """One sample from a source part to a target part, along the shortest path of exchanges.

    An exchange takes a class that is rounded up in part a, and could be in part b instead.
    """
    came_from: dict[int, tuple[int, int] | None] = {k: None for k in sources}
    queue = list(sources)
    for a in queue:
        if a in targets:
            break
        for c, (may, ups) in enumerate(zip(fractional, up, strict=True)):
            if ups[a]:
                for b in range(len(totals)):
                    if may[b] and not ups[b] and b not in came_from:
                        came_from[b] = (a, c)
                        queue.append(b)
    b = a
    totals[b] += 1
    while came_from[b] is not None:
        a, c = came_from[b]
        up[c][a], up[c][b] = False, True
        b = a
    totals[b] -= 1
