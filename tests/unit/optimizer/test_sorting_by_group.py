"""Sorting by group and value with one key gives what sorting by two does."""

import numpy as np
import pytest
from numpy.random import default_rng

from optimizer.runs import VALUE_BITS, foremost_first, position_within


@pytest.mark.parametrize("largest", [3, 10**13, 1 << (VALUE_BITS + 8)])
@pytest.mark.parametrize("groups", [1, 7, 1 << (63 - VALUE_BITS)])
def test_each_group_comes_with_its_highest_value_first_and_equal_ones_in_the_order_given(largest, groups):
    rng = default_rng(largest % 1000 + groups)
    group, value = rng.integers(0, groups, 500), rng.integers(-largest, largest, 500)
    assert foremost_first(group, value).tolist() == np.lexsort((-value, group)).tolist()


def test_nothing_is_sorted_into_nothing():
    nothing = np.zeros(0, np.int64)
    assert foremost_first(nothing, nothing).size == position_within(nothing).size == 0
