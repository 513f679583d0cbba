"""Side constraints as arrays: what each conversation asks of skill, and which limits count it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.side import practice as practices
from optimizer.side.limit import MOST
from optimizer.side.practice import PracticeArrays

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """For N conversations, M COps, Q limits and R kinds of conversation that the limits tell apart.

    least_proficiency: (N,) float64, the skill asked for each, 0-1; kind: (N,) int64, 0 to R - 1; counted: (Q, R) bool,
    does the limit count that kind; cop_start: (Q + 1,) int64 and cop: (X,) int64, limit q names the COps
    cop[cop_start[q]:cop_start[q + 1]], ascending; most: (Q,) int64, how many they may be given; names: Q of them;
    attempt_seconds: (T, M) float64, what an attempt of software is expected to cost beyond a COp's usual work;
    practice: what COps are to be given to learn, None where nobody learns.
    """

    least_proficiency: Floats
    kind: Indices
    counted: Flags
    cop_start: Indices
    cop: Indices
    most: Indices
    names: tuple[str, ...]
    attempt_seconds: Floats
    practice: PracticeArrays | None = None

    @property
    def n_limits(self) -> int:
        """Q."""
        return len(self.most)

    @property
    def is_constrained(self) -> bool:
        """Whether a plan's worth or feasibility depends on more than pair by pair."""
        return bool(self.n_limits or self.practice)

    def cops_of(self, limit: int) -> Indices:
        """The COps a limit names."""
        return self.cop[self.cop_start[limit] : self.cop_start[limit + 1]]

    def pairs_counted(self, rows: Indices, cops: Indices, n_cops: int) -> Indices:
        """(Q,) how many of the pairs (P,) `rows`, `cops` each limit counts."""
        used = np.zeros((self.counted.shape[1], n_cops), np.int64)
        np.add.at(used, (self.kind[rows], cops), 1)
        per_limit = np.zeros(self.n_limits, np.int64)
        owner = np.repeat(np.arange(self.n_limits), np.diff(self.cop_start))
        np.add.at(per_limit, owner, (self.counted[owner] * used[:, self.cop].T).sum(axis=1))
        return per_limit


def faults(side: Side, n_conversations: int, n_cops: int) -> Iterator[str]:
    """What is wrong with these arrays for so many conversations and COps."""
    kinds, limits = side.counted.shape[1], side.n_limits
    if side.least_proficiency.shape != (n_conversations,) or side.kind.shape != (n_conversations,):
        yield f"least_proficiency, kind: expected shape ({n_conversations},)"
    elif n_conversations and not (side.least_proficiency.min() > 0 and side.least_proficiency.max() <= 1):
        yield "least_proficiency: expected values above 0, at most 1"
    elif n_conversations and not (side.kind.min() >= 0 and side.kind.max() < kinds):
        yield f"kind: expected values from 0 to {kinds - 1}"
    if side.counted.shape[0] != limits or len(side.names) != limits or side.cop_start.shape != (limits + 1,):
        yield f"counted, names, cop_start: expected {limits} limits"
    elif side.cop_start[0] != 0 or side.cop_start[-1] != len(side.cop) or (np.diff(side.cop_start) < 0).any():
        yield f"cop_start: expected row starts from 0 to {len(side.cop)}"
    if not np.isfinite(side.attempt_seconds).all() or side.attempt_seconds.shape[-1] != n_cops:
        yield f"attempt_seconds: expected finite seconds of shape (·, {n_cops})"
    if side.cop.size and not (side.cop.min() >= 0 and side.cop.max() < n_cops):
        yield f"cop: expected COps from 0 to {n_cops - 1}"
    if side.practice is not None:
        yield from practices.faults(side.practice, kinds, n_cops)
    if limits and not (side.most.min() >= 0 and side.most.max() <= MOST):
        yield f"most: expected values from 0 to {MOST}"
