"""Labels and scores as hypothesis draws them: random, tied and degenerate, for tests of metrics."""

import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import strategies as st

from minicnn.metrics import UndefinedMetricWarning


@contextmanager
def undefined_is_fine():
    """For properties: what is undefined is compared as NaN, its warnings are of other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def warns(words: str):
    return pytest.warns(UndefinedMetricWarning, match=words)


NAMES = st.sampled_from([
    [0, 1], [0, 1, 2], [-1, 1], [1, 2], [7], [-3, 0, 5, 9], [False, True],
    ["benign", "malignant"], ["a", "b", "c", "d"], [0.0, 1.0, 2.0],
])


@st.composite
def pairs(draw, names=NAMES, least=1, most=30):
    """y_true and y_pred from the same few labels; often some do not occur."""
    labels = draw(names)
    count = draw(st.integers(least, most))
    some = st.lists(st.sampled_from(labels), min_size=count, max_size=count)
    return np.array(draw(some)), np.array(draw(some))


GRID = st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0])  # few values, so many ties
FREE = st.floats(-1e3, 1e3, width=32)


@st.composite
def scored(draw, columns=None, least=1, most=25):
    """y_true of 0 and 1 and scores: floats, tied or not, of either width, or integers."""
    count = draw(st.integers(least, most))
    shape = (count,) if columns is None else (count, columns)
    size = int(np.prod(shape))
    truth = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    values = draw(st.sampled_from([GRID, FREE, st.integers(-3, 3)]))
    scores = draw(st.lists(values, min_size=size, max_size=size))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    scores = np.array(scores)
    scores = scores if scores.dtype.kind == "i" else scores.astype(dtype)
    return np.array(truth).reshape(shape), scores.reshape(shape)


def same(ours, theirs, tolerance=1e-12):
    """Equal to 1e-12, NaN where NaN; arrays of one shape."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"shape {ours.shape}, should be {theirs.shape}"
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
