"""Practice: at least so many conversations of what a COp learns, wanted by a worth and never by force."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_PRACTICE = 1_000
"""Nobody is to be given more of what they learn in one shift."""


@dataclass(frozen=True, slots=True)
class Practice:
    """A COp is to be given at least `least` more conversations likely of `issue_types`, where there are some.

    Each of them is worth `practice_weight_seconds` beyond its other terms, so one that is missing is a loss and no
    breach: no tick is infeasible for it. Fraud and vulnerable customers are never for practice.
    """

    name: str
    cop_id: str
    least: int
    issue_types: frozenset[str]

    @property
    def spares_fast_lane(self) -> bool:
        """Fraud and vulnerable customers pass it by."""
        return True


@dataclass(frozen=True, slots=True, eq=False)
class PracticeArrays:
    """G practices; R kinds of conversation that they and the limits tell apart.

    cop: (G,) int64, who learns; counted: (G, R) bool, is that kind what they learn; least: (G,) int64, how many more
    they are to be given; names: G of them.
    """

    cop: NDArray[np.int64]
    counted: NDArray[np.bool_]
    least: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def faults(practice: PracticeArrays, n_kinds: int, n_cops: int) -> Iterator[str]:
    """What is wrong with these arrays for so many kinds and COps."""
    g = len(practice)
    if practice.cop.shape != (g,) or practice.least.shape != (g,) or practice.counted.shape != (g, n_kinds):
        yield f"practice: expected {g} rows, and {n_kinds} kinds"
    elif g and not (practice.cop.min() >= 0 and practice.cop.max() < n_cops):
        yield f"practice: expected COps from 0 to {n_cops - 1}"
    elif g and not (practice.least.min() >= 0 and practice.least.max() <= MOST_PRACTICE):
        yield f"practice: expected a least number from 0 to {MOST_PRACTICE}"
