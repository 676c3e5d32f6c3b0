"""One seed, one generator a device."""

import numpy as np
import pytest

import minicnn as mc


def test_a_seed_repeats_everything():
    def draw():
        mc.manual_seed(3)
        return [mc.rand(2).tolist(), mc.randn(2).tolist(), mc.functional.dropout(mc.ones(9)).tolist()]

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
