"""Splits, batches and normalisation of arrays of another device (the strict stand-in)."""

import numpy as np
from strict_array import StrictArray

from minicnn.data import DataLoader, Normalizer, TensorDataset, split

X = np.random.default_rng(0).normal(size=(12, 3, 2)).astype("float32")
Y = np.arange(12) % 2


def test_split():
    arguments = {"fractions": (0.5, 0.5), "seed": 0}
    here = split(X, Y, stratify=Y, **arguments)
    there = split(StrictArray(X), StrictArray(Y), stratify=StrictArray(Y), **arguments)
    for a, b in zip(here, there, strict=True):
        np.testing.assert_array_equal(b._array, a)


def test_batches():
    here = DataLoader(X, Y, batch_size=5, shuffle=True, seed=0)
    there = DataLoader(
        TensorDataset(StrictArray(X), StrictArray(Y)), batch_size=5, shuffle=True, seed=0
    )
    for (x, y), (a, b) in zip(here, there, strict=True):
        assert a.device == b.device == "strict:0"
        np.testing.assert_array_equal(a.data._array, x.data)
        np.testing.assert_array_equal(b.data._array, y.data)


def test_samples_stacked():
    batch = next(iter(DataLoader([StrictArray(row) for row in X], batch_size=4)))
    np.testing.assert_array_equal(batch.data._array, X[:4])


def test_normalise():
    here, there = Normalizer().fit(X), Normalizer().fit(StrictArray(X))
    np.testing.assert_array_equal(there.mean, here.mean)
    np.testing.assert_array_equal(there(StrictArray(X))._array, here(X))
    np.testing.assert_array_equal(there.inverse(StrictArray(X))._array, here.inverse(X))
