"""Parts: disjoint, complete, of the right size, stratified within one, no group in two."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minicnn as mc
from minicnn.data import split, split_indices

FRACTIONS = st.sampled_from([
    (0.8, 0.1, 0.1), (0.7, 0.3), (0.5, 0.5), (1 / 3, 1 / 3, 1 / 3), (0.6, 0.15, 0.15, 0.1),
    (0.05, 0.9, 0.05), (0.33, 0.33, 0.34),
])


def within_one(count, exact):
    return math.floor(exact - 1e-9) <= count <= math.ceil(exact + 1e-9)


@settings(max_examples=200, deadline=None)
@given(n=st.integers(20, 300), fractions=FRACTIONS, seed=st.integers(0, 2**40))
def test_parts_are_disjoint_complete_and_of_the_right_size(n, fractions, seed):
    parts = split_indices(n, fractions, seed=seed)
    assert sorted(np.concatenate(parts)) == list(range(n))
    for part, f in zip(parts, fractions, strict=True):
        assert within_one(len(part), n * f)
    again = split_indices(n, fractions, seed=seed)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))


@settings(max_examples=300, deadline=None)
@given(
    sizes=st.lists(st.integers(2, 40), min_size=1, max_size=12),
    fractions=FRACTIONS, seed=st.integers(0, 1000), data=st.data(),
)
def test_every_class_is_divided_within_one_and_so_are_the_parts(sizes, fractions, seed, data):
    labels = np.repeat(np.arange(len(sizes)) * 3 - 5, sizes)
    labels = labels[data.draw(st.permutations(range(len(labels))))] if len(labels) < 50 else labels
    try:
        parts = split_indices(len(labels), fractions, stratify=labels, seed=seed)
    except ValueError as error:
        assert "empty" in str(error) or "cannot fill" in str(error)
        assert min(fractions) * len(labels) < 1
        return
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    for part, f in zip(parts, fractions, strict=True):
        assert within_one(len(part), len(labels) * f)
        counts = Counter(labels[part].tolist())
        for label, size in Counter(labels.tolist()).items():
            assert within_one(counts[label], size * f)


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=4, max_size=40),
    fractions=FRACTIONS, seed=st.integers(0, 1000), stratified=st.booleans(),
)
def test_no_group_is_in_two_parts(sizes, fractions, seed, stratified):
    groups = np.repeat([f"patient {i}" for i in range(len(sizes))], sizes)
    labels = np.random.default_rng(seed).integers(0, 3, len(groups)) if stratified else None
    arguments = {"stratify": labels, "groups": groups, "seed": seed}
    parts = split_indices(len(groups), fractions, **arguments)
    assert sorted(np.concatenate(parts)) == list(range(len(groups)))
    assert all(len(part) for part in parts)
    seen = [set(groups[part]) for part in parts]
    assert sum(map(len, seen)) == len(sizes)
    again = split_indices(len(groups), fractions, **arguments)
    assert all((a == b).all() for a, b in zip(parts, again, strict=True))


def test_groups_come_near_their_shares():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 200, 2000)
    sick = rng.random(200) < 0.3
    labels = sick[groups].astype(int)  # a patient is sick or not
    parts = split_indices(2000, (0.7, 0.15, 0.15), stratify=labels, groups=groups, seed=1)
    for part, f in zip(parts, (0.7, 0.15, 0.15), strict=True):
        assert abs(len(part) / 2000 - f) < 0.01
        assert abs(labels[part].mean() - labels.mean()) < 0.02


def test_as_balanced_as_scikit_learn():
    model_selection = pytest.importorskip("sklearn.model_selection")
    rng = np.random.default_rng(2)
    labels = rng.choice(5, 503, p=[0.5, 0.3, 0.1, 0.07, 0.03])
    x = np.arange(503)
    ours = split(x, labels, fractions=(0.75, 0.25), stratify=labels, seed=0)
    theirs = model_selection.train_test_split(
        x, labels, test_size=0.25, stratify=labels, random_state=0
    )
    assert [len(a) for a in ours] == [len(a) for a in theirs]
    difference = np.bincount(ours[3]) - np.bincount(theirs[3])
    assert abs(difference).max() <= 1


def test_order_of_the_answer_and_kinds_kept():
    x, y = np.arange(20.0).reshape(10, 2), mc.tensor(np.arange(10))
    names = [f"scan {i}" for i in range(10)]
    x1, x2, y1, y2, n1, n2 = split(x, y, names, fractions=(0.7, 0.3), seed=0)
    assert x1.shape == (7, 2) and x2.shape == (3, 2)
    assert isinstance(x1, np.ndarray) and isinstance(y1, mc.Tensor) and isinstance(n1, list)
    for a, b, c in ((x1, y1, n1), (x2, y2, n2)):
        np.testing.assert_array_equal(a[:, 0] / 2, b.data)
        assert c == [f"scan {i}" for i in b.data]
    x1[...] = -1
    assert x.min() == 0  # parts are copies


def test_samples_come_in_random_order_and_seeds_differ():
    a, _ = split_indices(100, (0.8, 0.2), seed=0)
    b, _ = split_indices(100, (0.8, 0.2), seed=1)
    assert (np.diff(a) < 0).any() and set(a) != set(b)


def test_manual_seed_rules_where_no_seed_is_given():
    mc.manual_seed(3)
    a, _ = split_indices(50, (0.5, 0.5))
    b, _ = split_indices(50, (0.5, 0.5))
    mc.manual_seed(3)
    c, _ = split_indices(50, (0.5, 0.5))
    assert (a == c).all() and (a != b).any()


def test_labels_may_be_words_lists_or_tensors():
    for labels in (["cat", "dog"] * 20, mc.tensor([0, 1] * 20), np.array([True, False] * 20)):
        parts = split_indices(40, (0.5, 0.5), stratify=labels, seed=0)
        assert [int((part % 2).sum()) for part in parts] == [10, 10]


WRONG = [
    ({"fractions": 0.8}, TypeError, "two or more numbers"),
    ({"fractions": (1.0,)}, TypeError, "two or more numbers"),
    ({"fractions": ("a", "b")}, TypeError, "must be numbers"),
    ({"fractions": (1.2, -0.2)}, ValueError, "above 0"),
    ({"fractions": (1.0, 0.0)}, ValueError, "above 0"),
    ({"fractions": (float("nan"), 0.5)}, ValueError, "above 0"),
    ({"fractions": (0.8, 0.1)}, ValueError, "sum 1, not 0.9"),
    ({"fractions": (0.999, 0.001)}, ValueError, "leave part 1 empty"),
    ({"stratify": [0] * 9}, ValueError, r"each of the 10 samples, shape \(10,\), got \(9,\)"),
    ({"stratify": np.zeros((10, 1))}, ValueError, r"got \(10, 1\)"),
    ({"stratify": [0] * 9 + [1]}, ValueError, "1 of the 2 classes in stratify have only one"),
    ({"stratify": [float("nan")] * 10}, ValueError, "NaN"),
    ({"stratify": np.array([1, "a"] * 5, dtype=object)}, TypeError, "of one kind"),
    ({"groups": [0] * 5 + [1] * 5}, ValueError, "2 groups cannot be cut into 3 parts"),
    ({"groups": [0] * 5}, ValueError, "groups must have one label"),
    ({"seed": -1}, ValueError, "seed=-1"),
    ({"seed": 0.5}, ValueError, "seed=0.5"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), WRONG)
def test_impossible_requests(arguments, error, message):
    with pytest.raises(error, match=message):
        split(np.arange(10), **arguments)


def test_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match=r"lengths are \[3, 4\]"):
        split(np.zeros(3), np.zeros(4))
    with pytest.raises(TypeError, match="at least one array"):
        split(fractions=(0.5, 0.5))
    with pytest.raises(ValueError, match=r"arrays\[0\] must have a first axis"):
        split(np.float64(3))
    with pytest.raises(ValueError, match="2 samples cannot fill 3 parts"):
        split(np.zeros(2))
    with pytest.raises(ValueError, match="number of samples"):
        split_indices(-1)
