"""Boxes in layers: no overlap, arrows down, few crossings."""

import random

import numpy as np
import pytest

from minicnn.visualize import layout

GAP = 10.0


def some_graph(seed):
    """Boxes of random widths and arrows from smaller numbers to larger, as a graph has them."""
    rng = random.Random(seed)
    count = rng.randint(2, 25)
    arrows = []
    for i in range(1, count):
        arrows += [(rng.randrange(i), i) for _ in range(rng.randint(0, 3))]
    leads = {a for a, _ in arrows}
    arrows += [(i, count - 1) for i in range(count - 1) if i not in leads]
    return [rng.uniform(10, 120) for _ in range(count)], arrows


@pytest.mark.parametrize("seed", range(60))
def test_no_overlap_and_every_arrow_points_down(seed):
    widths, arrows = some_graph(seed)
    tops = [w * 0.8 for w in widths]
    plan = layout.place(widths, tops, arrows, GAP)
    assert len(plan.routes) == len(plan.ports) == len(arrows)
    for (a, b), route, port in zip(arrows, plan.routes, plan.ports, strict=True):
        assert route[0] == a and route[-1] == b
        steps = [plan.layer[j] - plan.layer[i] for i, j in zip(route, route[1:], strict=False)]
        assert steps == [1] * len(steps)
        assert abs(port) <= tops[b] / 2
    all_widths = widths + [0.0] * (len(plan.x) - len(widths))
    for layer in set(plan.layer):
        row = sorted((plan.x[i], all_widths[i]) for i in range(len(plan.x))
                     if plan.layer[i] == layer)
        for (x, w), (next_x, next_w) in zip(row, row[1:], strict=False):
            assert next_x - x >= (w + next_w) / 2 + GAP - 1e-6
    sides = [(x - w / 2, x + w / 2) for x, w in zip(plan.x, all_widths, strict=True)]
    assert min(left for left, _ in sides) == pytest.approx(0)
    assert max(right for _, right in sides) == pytest.approx(plan.width)
    assert layout.place(widths, tops, arrows, GAP) == plan  # the same again


def test_layers_are_counted_from_the_last_box():
    #  0 -> 1 -> 2 -> 4,  3 -> 4 (3 is used last, so it stands low), 0 -> 4
    assert layout.layers(5, [(0, 1), (1, 2), (2, 4), (3, 4), (0, 4)]) == [0, 1, 2, 2, 3]


def test_a_chain_is_straight_and_a_long_arrow_too():
    arrows = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 5)]
    plan = layout.place([40.0] * 6, [40.0] * 6, arrows, GAP)
    chain = [plan.x[i] for i in range(1, 5)]
    assert max(chain) - min(chain) < 1
    long = plan.routes[-1][1:-1]
    assert len(long) == 4 and len({plan.x[i] for i in long}) == 1


def test_crossings_are_undone():
    # two chains whose lower boxes come in the wrong order
    arrows = [(0, 3), (1, 2), (2, 4), (3, 4)]
    layer = layout.layers(5, arrows)
    routes = layout.bends(layer, arrows)
    below = [[2 + 1 - i] if i < 2 else [] for i in range(5)]
    assert layout.crossings([[0, 1], [2, 3]], below) == 1
    rows = layout.order(layer, routes)
    assert layout.crossings(rows[:2], below) == 0


def test_two_arrows_between_the_same_boxes_end_apart():
    plan = layout.place([40.0, 40.0], [40.0, 40.0], [(0, 1), (0, 1)], GAP)
    assert plan.ports == [-9.0, 9.0]


def test_spread_is_the_least_squares_solution():
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    for _ in range(10):
        wanted, weights = rng.uniform(0, 100, 5), rng.uniform(0.1, 5, 5)
        widths = rng.uniform(5, 50, 5)
        apart = (widths[1:] + widths[:-1]) / 2 + GAP
        found = np.array(layout.spread(wanted, weights, widths, GAP))
        assert (np.diff(found) >= apart - 1e-9).all()
        best = minimize(
            lambda x, w=weights, v=wanted: (w * (x - v) ** 2).sum(), np.cumsum([0, *apart]),
            method="SLSQP", options={"ftol": 1e-12},
            constraints={"type": "ineq", "fun": lambda x, a=apart: np.diff(x) - a},
        )
        np.testing.assert_allclose(found, best.x, atol=1e-3)
