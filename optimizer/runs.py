"""Sorting by group, and positions within runs of equal values in a sorted array."""

import numpy as np

from optimizer.problem import Indices

VALUE_BITS = 44
"""Enough for any urgency in units."""


def position_within(group: Indices) -> Indices:
    """0, 1, 2, ... within each run of equal values of `group` (sorted, so equal values are adjacent)."""
    if not group.size:
        return group
    starts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    return np.asarray(np.arange(group.size) - np.repeat(starts, np.diff(np.append(starts, group.size))))


def foremost_first(group: Indices, value: Indices) -> Indices:
    """(R,) int64: positions by group, each group's highest value first, equal ones in the order given.

    By one key where both fit into it: ten times as fast as by two, and more so where groups come in order.
    """
    if not group.size:
        return np.zeros(0, np.int64)
    top = int(value.max())
    if top - int(value.min()) >= 1 << VALUE_BITS or int(group.max()) >= 1 << (62 - VALUE_BITS):
        return np.lexsort((-value, group))
    return np.argsort((group << VALUE_BITS) | (top - value), kind="stable")
