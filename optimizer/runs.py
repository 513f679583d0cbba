"""Positions within runs of equal values in a sorted array."""

import numpy as np

from optimizer.problem import Indices


def position_within(group: Indices) -> Indices:
    """0, 1, 2, ... within each run of equal values of `group` (sorted, so equal values are adjacent)."""
    if not group.size:
        return group
    starts = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    return np.asarray(np.arange(group.size) - np.repeat(starts, np.diff(np.append(starts, group.size))))
