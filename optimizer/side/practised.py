"""How far a plan gives COps what they learn, and what one conversation more would add to it."""

from collections import defaultdict

import numpy as np

from optimizer.problem import Indices, Problem
from optimizer.rules import Flags
from optimizer.side.practice import PracticeArrays


def practice_of(problem: Problem) -> PracticeArrays | None:
    """What the COps of `problem` are to be given to learn; None where nobody learns."""
    side = problem.side
    return None if side is None or side.practice is None or not len(side.practice) else side.practice


def filled(problem: Problem, rows: Indices, cops: Indices, urgency: Indices, released: Flags) -> Indices:
    """(P,) int64: towards how many practices each of the pairs `rows`, `cops` counts.

    Of those beyond the least number the most urgent count; pairs that are worth nothing, `released`, never do.
    """
    found = np.zeros(rows.size, np.int64)
    practice = practice_of(problem)
    if practice is None or problem.side is None:
        return found
    kind = problem.side.kind[rows]
    for cop, counted, least in zip(practice.cop, practice.counted, practice.least, strict=True):
        at = np.flatnonzero((cops == cop) & counted[kind] & ~released)
        at = at[np.lexsort((rows[at], -urgency[rows[at]]))]
        found[at[:least]] += 1
    return found


def total(problem: Problem, rows: Indices, cops: Indices) -> int:
    """How many of the wanted conversations the pairs `rows`, `cops` give, over all practices."""
    practice = practice_of(problem)
    if practice is None or problem.side is None:
        return 0
    kind = problem.side.kind[rows]
    given = [int(counted[kind[cops == cop]].sum()) for cop, counted in zip(practice.cop, practice.counted, strict=True)]
    return int(np.minimum(given, practice.least).sum())


def practice_notes(problem: Problem, rows: Indices, cops: Indices, counts: Indices | None) -> list[str]:
    """For each of the pairs `rows`, `cops`, what the COp learns; `counts`: towards how many practices it counts."""
    practice = practice_of(problem)
    if practice is None or problem.side is None or counts is None:
        return ["nobody learns anything"] * rows.size
    return [
        _practice_note(practice, int(problem.side.kind[row]), int(cop)) if count else "not for practice"
        for row, cop, count in zip(rows, cops, counts, strict=True)
    ]


def _practice_note(practice: PracticeArrays, kind: int, cop: int) -> str:
    wanted = np.flatnonzero((practice.cop == cop) & practice.counted[:, kind] & (practice.least > 0))
    return "; ".join(f"{practice.names[at]}, {practice.least[at]} more wanted" for at in wanted)


class Due:
    """What is still missing, given who has whom already."""

    def __init__(self, problem: Problem, cop_of: Indices) -> None:
        self._practice = practice_of(problem)
        if self._practice is None or problem.side is None:
            return
        self._kind = problem.side.kind
        self._left = self._practice.least.copy()
        self._counts = np.zeros((self._practice.counted.shape[1], len(problem.cops)), np.int64)
        self._of: dict[int, list[int]] = defaultdict(list)
        for at, cop in enumerate(self._practice.cop.tolist()):
            self._of[cop].append(at)
            self._counts[self._practice.counted[at], cop] += int(self._left[at] > 0)
        for row in np.flatnonzero(cop_of >= 0).tolist():
            self.take(row, int(cop_of[row]))

    def fills(self, row: int, cops: Indices) -> Indices:
        """(P,) int64: towards how many practices the conversation at `row` would count with each of `cops`."""
        if self._practice is None:
            return np.zeros(cops.size, np.int64)
        return np.asarray(self._counts[self._kind[row], cops])

    def fills_of_pairs(self, rows: Indices, cops: Indices) -> Indices:
        """(P,) int64: the same of pairs `rows`, `cops`, each of them alone."""
        if self._practice is None:
            return np.zeros(rows.size, np.int64)
        return np.asarray(self._counts[self._kind[rows], cops])

    def take(self, row: int, cop: int) -> None:
        """The conversation at `row` goes to `cop`."""
        if self._practice is None:
            return
        for at in self._of.get(cop, ()):
            counted = self._practice.counted[at]
            if counted[self._kind[row]] and self._left[at] > 0:
                self._left[at] -= 1
                if self._left[at] == 0:
                    self._counts[counted, cop] -= 1
