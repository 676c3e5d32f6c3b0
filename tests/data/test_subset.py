"""Parts of a dataset: PyTorch's Subset and random_split."""

import numpy as np
import pytest

import minicnn as mc
from minicnn import data

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10)


def test_a_subset_has_the_samples_in_order():
    part = data.Subset(data.TensorDataset(X, Y), [3, 0, -1])
    assert len(part) == 3 and [y.item() for _, y in part] == [3, 0, 9]
    ((x, y),) = data.DataLoader(part, batch_size=3)
    assert x.tolist() == X[[3, 0, 9]].tolist() and y.tolist() == [3, 0, 9]
    with pytest.raises(IndexError, match="no sample 10 among 10"):
        data.Subset(data.TensorDataset(Y), [10])


@pytest.mark.parametrize("lengths", [[7, 2, 1], [0.7, 0.2, 0.1], (10,), [10, 0], [0.25, 0.75]])
def test_parts_are_disjoint_and_complete(torch, lengths):
    parts = data.random_split(data.TensorDataset(X, Y), lengths, seed=1)
    oracle = torch.utils.data.random_split(Y, list(lengths))
    assert [len(p) for p in parts] == [len(p) for p in oracle]
    assert sorted(y.item() for p in parts for _, y in p) == list(range(10))


def test_the_seed_decides():
    def numbers(**seed):
        return [p.indices for p in data.random_split(Y, [5, 5], **seed)]

    assert numbers(seed=3) == numbers(seed=3) != numbers(seed=4)
    mc.manual_seed(0)
    first = numbers()
    assert numbers() != first
    mc.manual_seed(0)
    assert numbers() == first


@pytest.mark.parametrize("lengths", [[5, 4], [5, 6], [12, -2], [0.5, 0.6], [5.5, 4.5], []])
def test_lengths_that_do_not_add_up(lengths):
    with pytest.raises(ValueError, match="10 samples"):
        data.random_split(Y, lengths)


def test_lengths_that_are_no_numbers():
    with pytest.raises(TypeError, match="numbers"):
        data.random_split(Y, ["5", "5"])
