"""What the limits still allow while a plan is made one pair at a time."""

import numpy as np

from optimizer.problem import Indices, Problem
from optimizer.side.arrays import Flags, Side


class Room:
    """How much of each limit is left, given who has whom already."""

    def __init__(self, problem: Problem, cop_of: Indices) -> None:
        self._side = problem.side if problem.side is not None and problem.side.n_limits else None
        if self._side is None:
            return
        given = np.flatnonzero(cop_of >= 0)
        n_cops = len(problem.cops)
        self._left = self._side.most - self._side.pairs_counted(given, cop_of[given], n_cops)
        self._barred = np.zeros((self._side.counted.shape[1], n_cops), np.bool_)
        owner = np.repeat(np.arange(self._side.n_limits), np.diff(self._side.cop_start))
        order = np.argsort(self._side.cop, kind="stable")
        self._limit = owner[order]
        self._start = np.searchsorted(self._side.cop[order], np.arange(n_cops + 1))
        for limit in np.flatnonzero(self._left <= 0).tolist():
            self._bar(self._side, limit)

    def allows(self, row: int, cops: Indices) -> Flags:
        """(P,) bool: may the conversation at `row` still go to each of `cops`?"""
        if self._side is None:
            return np.ones(cops.size, np.bool_)
        return np.asarray(~self._barred[self._side.kind[row], cops])

    def allows_pairs(self, rows: Indices, cops: Indices) -> Flags:
        """(P,) bool: the same of pairs `rows`, `cops`."""
        if self._side is None:
            return np.ones(cops.size, np.bool_)
        return np.asarray(~self._barred[self._side.kind[rows], cops])

    def take(self, row: int, cop: int) -> None:
        """The conversation at `row` goes to `cop`."""
        if self._side is None:
            return
        for limit in self._limit[self._start[cop] : self._start[cop + 1]].tolist():
            if self._side.counted[limit, self._side.kind[row]]:
                self._left[limit] -= 1
                if self._left[limit] == 0:
                    self._bar(self._side, limit)

    def _bar(self, side: Side, limit: int) -> None:
        kinds = np.flatnonzero(side.counted[limit])
        self._barred[np.ix_(kinds, side.cops_of(limit))] = True
