"""The floor at this moment, as policies may see it: who waits since when, who is free, who was declined by whom."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulation.floor.people import People

Indices = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class FloorState:
    """N customers and M COps.

    free, load: (M,) int64, free slots and units held (offers count); available: (M,) bool; idle_since: (M,) float64,
    when each last finished or declined something; duty_end: (M,) float64; since: (N,) when each would have begun to
    wait without the time they were served; belief: (N,) see `TriageModel`; excluded: COps per customer.
    """

    free: Indices
    load: Indices
    available: NDArray[np.bool_]
    idle_since: NDArray[np.float64]
    duty_end: NDArray[np.float64]
    since: list[float]
    belief: list[int]
    excluded: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def start(cls, people: People, at: list[float], said: list[int]) -> "FloorState":
        """Nobody is on duty yet and nobody waits."""
        m = len(people)
        return cls(
            free=people.slots.copy(),
            load=np.zeros(m, np.int64),
            available=np.zeros(m, np.bool_),
            idle_since=np.zeros(m),
            duty_end=np.full(m, np.inf),
            since=list(at),
            belief=list(said),
        )
