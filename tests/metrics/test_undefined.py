"""0/0 is NaN, and a warning says what was empty."""

import math
import warnings

import numpy as np
import pytest
from labelled import nothing_warns, warns

from minicnn import metrics
from minicnn.metrics.undefined import ratio, some, undefined


def test_a_ratio_of_numbers_is_a_float():
    with nothing_warns():
        value = ratio(1, 4, "share", "nothing there")
        assert value == 0.25 and type(value) is float
        assert type(ratio(np.int64(1), np.int64(2), "share", "")) is float
        assert ratio(0, 0, "share", "", zero_division=1) == 1.0
        assert ratio(0, 0, "share", "", zero_division=0) == 0.0


def test_nothing_over_nothing_is_nan_and_says_so():
    with warns(r"^share is undefined \(NaN\): nothing there$"):
        assert math.isnan(ratio(0, 0, "share", "nothing there"))
    with warns("share"):
        assert math.isnan(undefined("share", "nothing there"))


def test_arrays_entry_by_entry():
    labels = np.array(["a", "b", "c"])
    with warns("no 'b', 'c'$"):
        value = ratio(np.array([1, 0, 0]), np.array([2, 0, 0]), "share", "no", labels=labels)
    np.testing.assert_array_equal(value, [0.5, np.nan, np.nan])
    with nothing_warns():
        filled = ratio(np.array([1, 0]), np.array([2, 0]), "share", "no", zero_division=1)
    np.testing.assert_array_equal(filled, [0.5, 1])
    single = ratio(np.ones(2, np.float32), np.full(2, 2, np.float32), "share", "no")
    assert single.dtype == np.float32


@pytest.mark.parametrize("value", [0.5, "warn", None, [0]])
def test_other_values_for_it_are_refused(value):
    with pytest.raises(ValueError, match="share: zero_division=.* must be nan, 0 or 1"):
        ratio(1, 1, "share", "", zero_division=value)


def test_the_warning_names_the_line_of_the_user():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        metrics.sensitivity([0, 0], [0, 1])
        metrics.precision_score([0, 1], [0, 0], average="macro")
    assert [w.filename for w in caught] == [__file__, __file__]
    assert issubclass(metrics.UndefinedMetricWarning, UserWarning)


def test_a_message_lists_a_few():
    assert some([1, 2]) == "1, 2" and some(list(range(9))) == "0, 1, 2, 3, 4 ..."
