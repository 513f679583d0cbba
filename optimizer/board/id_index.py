"""From the caller's ids to slots, in a few bytes an id."""

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Indices

EMPTY, DELETED = -1, -2
FIRST_BITS = 10
MIX = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: consecutive ids land far apart (Knuth, The Art of Computer Programming 3, 6.4)."""


class IdIndex:
    """Open addressing over slots: a cell holds the slot whose id `ids[slot]` hashed there, or was pushed on from there.

    A dict of a million ids takes some 100 MB; this takes 8.
    """

    def __init__(self) -> None:
        self._bits = FIRST_BITS
        self._cells: NDArray[np.int32] = np.full(1 << FIRST_BITS, EMPTY, np.int32)
        self._used = 0

    def find(self, wanted: Indices, ids: Indices) -> Indices:
        """(N,) int64: the slot of each wanted id, -1 where there is none; `ids` are the ids by slot."""
        found = np.full(wanted.size, -1, np.int64)
        cell, open_ = self._home(wanted), np.arange(wanted.size)
        while open_.size:
            slot = self._cells[cell]
            hit = (slot >= 0) & (ids[slot] == wanted[open_])
            found[open_[hit]] = slot[hit]
            goes_on = ~hit & (slot != EMPTY)
            open_, cell = open_[goes_on], self._next(cell[goes_on])
        return found

    def add(self, slots: Indices, ids: Indices) -> None:
        """Index `slots`, whose ids are new and distinct."""
        if (self._used + slots.size) * 3 > self._cells.size * 2:
            self._rebuild(slots.size, ids)
        self._place(slots, ids)

    def remove(self, slots: Indices, ids: Indices) -> None:
        """Forget `slots`; their ids must still be in `ids`."""
        cell, open_ = self._home(ids[slots]), slots
        while open_.size:
            hit = self._cells[cell] == open_
            gone = cell[hit]
            ends_run = self._cells[self._next(gone)] == EMPTY
            self._cells[gone] = np.where(ends_run, EMPTY, DELETED)
            self._used -= int(np.count_nonzero(ends_run))
            open_, cell = open_[~hit], self._next(cell[~hit])

    def _place(self, slots: Indices, ids: Indices) -> None:
        cell, open_ = self._home(ids[slots]), slots
        while open_.size:
            room = self._cells[cell] < 0
            fresh = self._cells[cell[room]] == EMPTY
            self._used += np.unique(cell[room][fresh]).size
            self._cells[cell[room]] = open_[room]  # where two want one cell the last write wins, and the other goes on
            lost = self._cells[cell] != open_
            open_, cell = open_[lost], self._next(cell[lost])

    def _rebuild(self, more: int, ids: Indices) -> None:
        slots = self._cells[self._cells >= 0].astype(np.int64)
        while (slots.size + more) * 2 > 1 << self._bits:
            self._bits += 1
        self._cells = np.full(1 << self._bits, EMPTY, np.int32)
        self._used = 0
        self._place(slots, ids)

    def _home(self, ids: Indices) -> Indices:
        return np.asarray((ids.view(np.uint64) * MIX >> np.uint64(64 - self._bits)).astype(np.int64))

    def _next(self, cell: Indices) -> Indices:
        return np.asarray((cell + 1) & (self._cells.size - 1))
