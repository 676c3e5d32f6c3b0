"""Sums over a tree: P(u) is the sum over the leaves below u, however deep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import same

import minicnn as mc
from minicnn import metrics

TREE = {
    "skin": ["benign", "malignant", 5],
    "benign": [0, "naevus"],
    "naevus": [1, 2],
    "malignant": (3, 4),
}
LEAVES = {"skin": range(6), "benign": [0, 1, 2], "naevus": [1, 2], "malignant": [3, 4]}


@pytest.mark.parametrize("shape", [(6,), (3, 6), (2, 3, 6), (0, 6)])
def test_each_node_is_the_sum_of_its_leaves(shape):
    p = np.random.default_rng(0).dirichlet(np.ones(6), shape[:-1])
    found = metrics.taxonomy_probabilities(p, TREE)
    assert list(found) == list(TREE)
    for node, leaves in LEAVES.items():
        same(found[node], p[..., list(leaves)].sum(-1))
        assert type(found[node]) is (float if len(shape) == 1 else np.ndarray)
    same(found["skin"], np.ones(shape[:-1]))


@st.composite
def trees(draw):
    """A random tree of leaves 0 .. n − 1, and the leaves below each of its nodes."""
    count = draw(st.integers(1, 9))
    loose, tree, below = list(range(count)), {}, {i: [i] for i in range(count)}
    while len(loose) > 1 or not tree:
        k = draw(st.integers(1, len(loose)))
        node = f"node {len(tree)}"
        tree[node], loose = loose[:k], [*loose[k:], node]
        below[node] = [leaf for child in tree[node] for leaf in below[child]]
        if len(tree) > 12:
            break
    order = draw(st.permutations(list(tree)))
    return {node: tree[node] for node in order}, below, count


@given(trees())
def test_any_tree(made):
    tree, below, count = made
    p = np.random.default_rng(count).dirichlet(np.ones(count), 2)
    found = metrics.taxonomy_probabilities(p, tree)
    for node in tree:
        same(found[node], p[:, below[node]].sum(1))


def test_the_best_leaf_need_not_lie_in_the_best_class():
    found = metrics.taxonomy_probabilities([0.3, 0.3, 0.4], {"benign": [0, 1], "malignant": [2]})
    assert found == {"benign": 0.6, "malignant": 0.4}


def test_what_comes_back_is_no_view():
    p = np.array([[0.25, 0.75]])
    metrics.taxonomy_probabilities(p, {"a": [0]})["a"][:] = 9
    same(p, [[0.25, 0.75]])
    same(metrics.taxonomy_probabilities(mc.tensor([[0.25, 0.75]]), {"a": [1]})["a"], [0.75])


WRONG = {
    "a leaf": ({"a": [0, 2]}, IndexError, "leaf 2, under 'a', is outside 0 to 1"),
    "before": ({"a": [-1]}, IndexError, "leaf -1"),
    "twice": ({"a": [0], "b": [0, 1]}, ValueError, "leaf 0 stands under 'a' and under 'b'"),
    "two parents": ({"a": ["c"], "b": ["c"], "c": [0]}, ValueError, "node 'c' stands under"),
    "a circle": ({"a": ["b"], "b": ["a"]}, ValueError, "is its own descendant"),
    "itself": ({"a": ["a", 0]}, ValueError, "'a' is its own descendant"),
    "unknown": ({"a": ["b"]}, ValueError, "'b', under 'a', is neither a node"),
    "empty": ({"a": []}, ValueError, "'a' has no children"),
    "a name": ({"a": "bc"}, TypeError, "children of 'a' must be a list, got 'bc'"),
    "a number": ({"a": 0}, TypeError, "must be a list, got 0"),
    "numbered": ({7: [0]}, ValueError, "node 7 needs a name"),
    "yes": ({"a": [True]}, ValueError, "True, under 'a', is neither a node"),
    "a list": ([[0], [1]], TypeError, "tree is a dict.*got list"),
}


@pytest.mark.parametrize("tree, error, words", WRONG.values(), ids=WRONG)
def test_refused(tree, error, words):
    with pytest.raises(error, match=f"taxonomy_probabilities: .*{words}"):
        metrics.taxonomy_probabilities([0.5, 0.5], tree)


@pytest.mark.parametrize("p", [0.5, ["a"], [True]], ids=str)
def test_no_probabilities(p):
    with pytest.raises(ValueError, match="probabilities must be numbers"):
        metrics.taxonomy_probabilities(p, {"a": [0]})


def test_logits_are_no_probabilities():
    with pytest.raises(ValueError, match="must not be negative; logits go through softmax"):
        metrics.taxonomy_probabilities([-3.0, 2.0], {"a": [0, 1]})
