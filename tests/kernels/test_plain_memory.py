import numpy as np

from minicnn.kernels.plain_memory import plain


def test_plain_leaves_a_good_array_alone():
    good = np.ones((2, 3))
    assert np.shares_memory(plain(good), good)
    assert plain(None) is None


def test_plain_copies_what_the_extension_would_refuse():
    numbers = np.arange(6.0).reshape(2, 3)
    memory = np.zeros(numbers.nbytes + 1, np.uint8)
    misaligned = np.frombuffer(memory.data, float, 6, offset=1).reshape(2, 3)
    misaligned[...] = numbers
    for odd in (np.asfortranarray(numbers), misaligned, numbers.astype(">f8"),
                np.broadcast_to(numbers[:1], (2, 3)), numbers[::-1]):
        got = plain(odd)
        assert got.flags.c_contiguous and got.flags.aligned and got.dtype.isnative
        np.testing.assert_array_equal(got, odd)


def test_a_subclass_is_handed_over_as_a_plain_array():
    class Mine(np.ndarray):
        pass

    numbers = np.arange(6.0).reshape(2, 3)
    got = plain(numbers.view(Mine))  # a memmap is such a subclass
    assert type(got) is np.ndarray and np.shares_memory(got, numbers)
