"""Probabilities of coarse classes: the sum over the fine ones below.

    P(u) = Σ_{v ∈ C(u)} P(v)        C(u): the children of u

A network trained on 757 skin diseases answers "benign or malignant?" without being trained again.
The most probable leaf need not lie in the most probable class: many small ones may outweigh it.

Source: 004 "CNNs for Skin Lesion Classification: Classes" (Esteva et al., Nature 2017).
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Mapping
from numbers import Integral
from typing import Any

from .arguments import as_array


def taxonomy_probabilities(
    probabilities: Any, tree: Mapping[Hashable, Any]
) -> dict[Hashable, Any]:
    """P(u) of every inner node u of the tree, by name, in the order of ``tree``.

    ``probabilities`` (..., leaves): the network's classes along the last axis. ``tree``: for each
    inner node its children, each the name of another inner node or the number of a leaf (its place
    on the last axis), ``{"skin": ["benign", "malignant"], "benign": [0, 1], "malignant": [2]}``.
    The values are arrays (...), floats for a single vector. A node has one parent: ValueError where
    one stands twice, in a circle or is no node; IndexError for a leaf that does not exist.
    """
    p = as_array(probabilities, "taxonomy_probabilities: probabilities")
    if not p.ndim or p.dtype.kind not in "iuf":
        raise ValueError(
            f"taxonomy_probabilities: probabilities must be numbers (..., leaves), got {p.dtype} "
            f"of shape {p.shape}"
        )
    if (p < 0).any():
        raise ValueError(
            "taxonomy_probabilities: probabilities must not be negative; logits go through softmax "
            "first"
        )
    if not isinstance(tree, Mapping):
        raise TypeError(
            f"taxonomy_probabilities: tree is a dict, from each node to a list of its children, "
            f"got {type(tree).__name__}"
        )
    numbers = [node for node in tree if isinstance(node, Integral)]
    if numbers:
        raise ValueError(
            f"taxonomy_probabilities: node {numbers[0]!r} needs a name: numbers are the leaves"
        )
    children = {node: _children(node, tree, p.shape[-1]) for node in tree}
    _check_one_parent(children)
    total: dict[Hashable, Any] = {}

    def probability(node: Hashable, above: tuple = ()) -> Any:
        if node in above:
            raise ValueError(f"taxonomy_probabilities: {node!r} is its own descendant")
        if node not in total:
            parts = [p[..., child] if leaf else probability(child, (*above, node))
                     for leaf, child in children[node]]
            total[node] = sum(parts[1:], parts[0].copy())
        return total[node]

    return {node: probability(node) if p.ndim > 1 else float(probability(node)) for node in tree}


def _children(node: Hashable, tree: Mapping, leaves: int) -> list[tuple[bool, Any]]:
    """Of each child whether it is a leaf, and its number or name."""
    given = tree[node]
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise TypeError(
            f"taxonomy_probabilities: the children of {node!r} must be a list, got {given!r}"
        )
    found: list[tuple[bool, Any]] = []
    for child in given:
        if isinstance(child, Hashable) and child in tree:
            found.append((False, child))
            continue
        try:
            if isinstance(child, bool):
                raise TypeError
            leaf = operator.index(child)
        except TypeError:
            raise ValueError(
                f"taxonomy_probabilities: {child!r}, under {node!r}, is neither a node of the tree "
                f"nor the number of a leaf"
            ) from None
        if not 0 <= leaf < leaves:
            raise IndexError(
                f"taxonomy_probabilities: leaf {leaf}, under {node!r}, is outside 0 to {leaves - 1}"
            )
        found.append((True, leaf))
    if not found:
        raise ValueError(f"taxonomy_probabilities: {node!r} has no children")
    return found


def _check_one_parent(children: dict) -> None:
    parent: dict[tuple[bool, Any], Hashable] = {}
    for node, below in children.items():
        for child in below:
            if child in parent:
                kind = "leaf" if child[0] else "node"
                raise ValueError(
                    f"taxonomy_probabilities: {kind} {child[1]!r} stands under {parent[child]!r} "
                    f"and under {node!r}; it would be counted twice"
                )
            parent[child] = node
