"""One seed, one generator a device."""

import json

import numpy as np
import pytest

import minicnn as mc
from minicnn import random


def test_a_seed_repeats_everything():
    def draw():
        mc.manual_seed(3)
        drawn = mc.rand(2), mc.randn(2), mc.functional.dropout(mc.ones(9))
        return [x.tolist() for x in drawn]

    first = draw()
    assert draw() == first
    mc.manual_seed(4)
    assert mc.rand(2).tolist() != first[0]


def test_the_cpu_draws_numpys_numbers():
    mc.manual_seed(np.int64(7))
    assert mc.rand(3, dtype="float64").tolist() == np.random.default_rng(7).random(3).tolist()


def test_drawing_leaves_numpys_own_numbers_alone():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    mc.manual_seed(1)
    mc.randn(5)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize("seed, error", [(-1, ValueError), (1.5, TypeError), ("a", TypeError),
                                         (None, TypeError)])
def test_seeds(seed, error):
    mc.manual_seed(5)
    first = mc.rand(1).item()
    mc.manual_seed(5)
    with pytest.raises(error, match="whole number from 0 on"):
        mc.manual_seed(seed)
    assert mc.rand(1).item() == first


# The state -------------------------------------------------------------------------------


def test_drawing_goes_on_from_a_state():
    mc.manual_seed(11)
    mc.rand(3)
    state = json.loads(json.dumps(random.get_state()))  # plain numbers, as a checkpoint stores them
    expected = [mc.randn(4).tolist(), mc.randperm(9).tolist()]
    assert random.get_state() != state
    mc.manual_seed(12)
    random.set_state(state)
    assert [mc.randn(4).tolist(), mc.randperm(9).tolist()] == expected
    random.set_state(state)
    assert random.get_state() == state


def test_a_state_is_a_copy():
    mc.manual_seed(1)
    state = random.get_state()
    first = mc.rand(2).tolist()
    state["generator"]["state"]["state"] = 0
    mc.manual_seed(1)
    assert mc.rand(2).tolist() == first


def test_a_generator_without_a_seed_has_a_state(monkeypatch):
    monkeypatch.setattr(random, "_seed", None)
    monkeypatch.setattr(random, "_generators", {})
    state = random.get_state()
    assert state["seed"] is None
    first = mc.rand(2).tolist()
    random.set_state(state)
    assert mc.rand(2).tolist() == first


def test_what_is_no_state_changes_nothing():
    mc.manual_seed(2)
    before = random.get_state()
    good = before["generator"]
    for wrong in ({}, None, [], {"seed": 1}, {"seed": 1, "generator": {}},
                  {"seed": 1, "generator": {**good, "bit_generator": "MT19937"}},
                  {"seed": 1, "generator": {**good, "state": {"state": -1, "inc": 1}}},
                  {"seed": -1, "generator": good}, {"seed": 1.0, "generator": good},
                  {"seed": True, "generator": good}):
        with pytest.raises((KeyError, OverflowError, TypeError, ValueError)):
            random.set_state(wrong)
        assert random.get_state() == before


def test_set_aside_draws_from_other_generators():
    mc.manual_seed(6)
    expected = mc.rand(2).tolist()
    mc.manual_seed(6)
    with random.set_aside():
        mc.rand(100)
    assert mc.rand(2).tolist() == expected
    state = random.get_state()
    with pytest.raises(ValueError), random.set_aside():
        mc.rand(-1)
    assert random.get_state() == state
