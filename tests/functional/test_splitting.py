"""Cutting into pieces, tiles, and moving round."""

import numpy as np
import pytest
from generated import generated
from hypothesis import given
from hypothesis import strategies as st
from oracles import close

import minicnn as mc

test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("splitting")

lengths = st.lists(st.integers(0, 5), min_size=1, max_size=3)


@given(lengths, st.integers(-3, 2), st.integers(1, 6))
def test_pieces(torch, shape, dim, size):
    dim = max(-len(shape), min(dim, len(shape) - 1))
    x = np.arange(np.prod(shape)).reshape(shape)
    for ours, theirs in (
        (mc.split(mc.tensor(x), size, dim), torch.split(torch.tensor(x), size, dim)),
        (mc.chunk(mc.tensor(x), size, dim), torch.chunk(torch.tensor(x), size, dim)),
        (mc.unbind(mc.tensor(x), dim), torch.unbind(torch.tensor(x), dim)),
    ):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            close(a.data, b.numpy())


@given(lengths, st.lists(st.integers(0, 3), min_size=3, max_size=4))
def test_tiles(shape, times):
    x = np.arange(np.prod(shape)).reshape(shape)
    close(mc.repeat(mc.tensor(x), *times).data, np.tile(x, times))
    close(mc.repeat(mc.tensor(x), times).data, np.tile(x, times))
    for axis in range(len(shape)):
        close(mc.repeat_interleave(mc.tensor(x), times[0], axis).data, x.repeat(times[0], axis))
    close(mc.repeat_interleave(mc.tensor(x), times[0]).data, x.repeat(times[0]))


@given(lengths, st.data())
def test_rolling(torch, shape, data):
    x = np.arange(np.prod(shape)).reshape(shape)
    axes = data.draw(st.lists(st.integers(-len(shape), len(shape) - 1), max_size=3))
    shifts = [data.draw(st.integers(-9, 9)) for _ in axes]
    close(mc.roll(mc.tensor(x), shifts, axes).data, np.roll(x, shifts, axes) if axes else x)
    close(mc.roll(mc.tensor(x), 4).data, torch.roll(torch.tensor(x), 4).numpy())


def test_sections():
    x = mc.arange(7)
    assert [len(p) for p in mc.split(x, [2, 0, 5])] == [2, 0, 5]
    assert [len(p) for p in x.split(3)] == [3, 3, 1]
    assert [len(p) for p in x.chunk(4)] == [2, 2, 2, 1]
    a, b = mc.unbind(mc.ones(2, 3))
    assert a.shape == b.shape == (3,)
    assert mc.repeat(mc.tensor(2.0), 3).tolist() == [2, 2, 2]


X = mc.ones(2, 3)
WRONG = {
    "no axis": (lambda: mc.split(X, 1, 2), IndexError, r"split: axis 2 does not exist.* 2 \(-2 to"),
    "no axes at all": (lambda: mc.chunk(mc.tensor(1.0), 2), IndexError, "there is none"),
    "axis text": (lambda: mc.unbind(X, "0"), TypeError, "unbind: dim must be a whole number"),
    "size 0": (lambda: mc.split(X, 0), ValueError, "at least 1, got 0"),
    "half a size": (lambda: mc.split(X, 1.5), TypeError, "split: .*whole number, got 1.5"),
    "sections": (lambda: mc.split(X, [1, 1], 1), ValueError, r"\(1, 1\) must add up to 3"),
    "negative": (lambda: mc.split(X, [4, -1], 1), ValueError, "must add up to 3"),
    "chunks": (lambda: mc.chunk(X, 0), ValueError, "number of pieces must be at least 1, got 0"),
    "half a chunk": (lambda: mc.chunk(X, 0.5), TypeError, "chunk: .*whole number"),
    "few tiles": (lambda: mc.repeat(X, 2), ValueError, r"each of the 2 axes of \(2, 3\), got \(2,"),
    "negative tiles": (lambda: mc.repeat(X, 2, -1), ValueError, "a number from 0 on"),
    "interleave": (lambda: mc.repeat_interleave(X, -1), ValueError, "repeats=-1"),
    "shifts": (lambda: mc.roll(X, (1, 2), 0), ValueError, "one shift for each axis"),
    "half a shift": (lambda: mc.roll(X, 0.5, 0), TypeError, "roll: shifts must be a whole number"),
    "roll axis": (lambda: mc.roll(X, 1, 2), IndexError, "roll: axis 2"),
}


@pytest.mark.parametrize("call, error, words", WRONG.values(), ids=WRONG)
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()
