"""The baseline and fallback: the most urgent conversation first, each to the COp worth most to it now."""

import numpy as np

from optimizer import costs
from optimizer.prepared import Prepared
from optimizer.problem import Indices
from optimizer.side.practised import Due
from optimizer.side.room import Room


def assign(prepared: Prepared) -> Indices:
    """(N,) int64: the COp of each conversation, -1 where it waits; ties go to the lower index."""
    return fill(prepared, np.full(len(prepared.problem.conversations), -1, np.int64))


def fill(prepared: Prepared, cop_of: Indices) -> Indices:
    """(N,) int64: `cop_of` and, for those it leaves waiting, the best COp it leaves free, where that is worth it."""
    floor = _Floor(prepared, cop_of.copy())
    floor.serve(by_urgency(prepared, np.flatnonzero(cop_of < 0)), least=1)
    return floor.cop_of


def serve_regardless(prepared: Prepared, rows: Indices, cop_of: Indices) -> Indices:
    """(N,) int64: `cop_of` with `rows`, most urgent first, given the best of the COps it leaves free, if any is able.

    What a pair is worth decides only who gets whom, not whether: a COp stays free only where nobody of `rows` who
    still waits can be served by them.
    """
    floor = _Floor(prepared, cop_of.copy())
    floor.serve(by_urgency(prepared, rows), least=int(np.iinfo(np.int64).min))
    return floor.cop_of


def by_urgency(prepared: Prepared, rows: Indices) -> Indices:
    """`rows` (R,), most urgent first; ties to the lower row."""
    return np.asarray(rows[np.lexsort((rows, -prepared.urgency[rows]))])


class _Floor:
    """Who has whom, and the slots, the loads and the room under limits that leaves."""

    def __init__(self, prepared: Prepared, cop_of: Indices) -> None:
        problem = prepared.problem
        self._prepared = prepared
        self._channel = problem.conversations.channel
        self._bonus = int(costs.to_units(np.array(problem.parameters.affinity_bonus_seconds)))
        self.cop_of = cop_of
        self._room, self._due = Room(problem, cop_of), Due(problem, cop_of)
        self._reward = int(costs.practice(np.array(1), problem.parameters))
        given = np.flatnonzero(cop_of >= 0)
        self.free, self.held = problem.cops.free.copy(), problem.cops.load.copy()
        np.subtract.at(self.free, (cop_of[given], self._channel[given]), 1)
        np.add.at(self.held, cop_of[given], 1)
        most = int(self.held.max(initial=0)) + len(cop_of) + 1
        self._ladder = costs.load(np.arange(most), problem.parameters)

    def serve(self, rows: Indices, least: int) -> None:
        """Give each of `rows` in turn its best COp, where that is worth at least `least` units."""
        classes = self._prepared.classes
        spent = np.zeros(len(classes), np.bool_)
        for row in rows:
            cls = int(classes.of[row])
            if not spent[cls]:
                spent[cls] = not self._serve_one(int(row), cls, least)

    def _serve_one(self, row: int, cls: int, least: int) -> bool:
        """False where nobody able has a slot left, which is then so for the whole class."""
        arcs, urgency = self._prepared.arcs, self._prepared.urgency
        span = slice(arcs.start[cls], arcs.start[cls + 1])
        cops, channel = arcs.cop[span], self._channel[row]
        open_ = (self.free[cops, channel] > 0) & self._room.allows(row, cops)
        if not open_.any():
            return False
        is_last = cops == self._prepared.problem.conversations.last_cop[row]
        worth = arcs.worth[span] + self._ladder[self.held[cops]] + self._bonus * is_last
        worth = worth + self._reward * self._due.fills(row, cops)
        best = int(np.argmax(np.where(open_, worth, np.iinfo(np.int64).min)))
        if urgency[row] + worth[best] >= least:
            self.cop_of[row] = cops[best]
            self.free[cops[best], channel] -= 1
            self.held[cops[best]] += 1
            self._room.take(row, int(cops[best]))
            self._due.take(row, int(cops[best]))
        return True
