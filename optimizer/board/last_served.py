"""Who waits of those whom a COp served last, found without looking through everybody."""

import numpy as np

from optimizer.board.growing import Growing
from optimizer.problem import Flags, Indices

SHIFT = 32
"""A slot has fewer bits than this."""

UNSORTED, SHARE_UNSORTED = 1024, 16
"""So many newcomers, and one in so many of the sorted, are looked through one by one before all are sorted anew."""

MOST_PIECES = 64
"""So many arrays of newcomers are joined to one."""


class LastServed:
    """Keys of a COp and a slot, sorted but for the newest; those that left stay until the next sorting.

    `slots` holds, by slot, the lane (-1: left) and the last COp (-1: none).
    """

    def __init__(self, slots: Growing) -> None:
        self._slots = slots
        self._sorted = np.zeros(0, np.int64)
        self._new: list[Indices] = []
        self._n_new = 0

    def add(self, slot: Indices) -> None:
        """Note the newcomers among `slot` (N,), whose lane and last COp are set, who were served before."""
        new = slot[self._slots["last_cop"][slot] >= 0]
        if not new.size:
            return
        self._new.append(new)
        self._n_new += new.size
        if len(self._new) > MOST_PIECES:
            self._new = [np.concatenate(self._new)]
        if self._n_new > UNSORTED + self._sorted.size // SHARE_UNSORTED:
            self._sort()

    def of(self, cops: Indices, flagged: Flags) -> Indices:
        """(R,) int64, ascending: slots of those whose last COp is one of `cops` (J,), also given as flags (M,)."""
        first = np.searchsorted(self._sorted, cops << SHIFT)
        end = np.searchsorted(self._sorted, (cops + 1) << SHIFT)
        at = np.repeat(first - np.cumsum(end - first) + (end - first), end - first)
        at += np.arange(at.size)
        slot = np.concatenate([self._sorted[at] & ((1 << SHIFT) - 1), *self._new])
        last = self._slots["last_cop"][slot]
        live = flagged[last] & (last >= 0) & (self._slots["lane"][slot] >= 0)
        # A slot that somebody left is found twice where the next one there was served by the same COp.
        return _each_once(slot[live])

    def _sort(self) -> None:
        """Everybody by COp, without those who left or whose slot is somebody else's now."""
        old, new = self._keys(self._sorted & ((1 << SHIFT) - 1)), self._keys(np.concatenate(self._new))
        self._sorted = _each_once(np.concatenate([old, np.sort(new)]))
        self._new, self._n_new = [], 0

    def _keys(self, slot: Indices) -> Indices:
        """Keys of those `slot` (R,) who wait and were served before."""
        last = self._slots["last_cop"][slot].astype(np.int64)
        live = (last >= 0) & (self._slots["lane"][slot] >= 0)
        return np.asarray((last[live] << SHIFT) | slot[live])


def _each_once(values: Indices) -> Indices:
    """Ascending, each once; faster than `np.unique`, and several times so where most are in order."""
    values = np.sort(values, kind="stable")
    return np.asarray(values[np.concatenate(([True], values[1:] != values[:-1]))[: values.size]])
