"""Who waits, by kind: customers that every greedy rule treats alike but for their age stand in one line."""

from bisect import insort

import numpy as np
from numpy.typing import NDArray

from simulation.floor.state import FloorState
from simulation.floor.world import World

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
PRIORITIES = 3


class Queues:
    """Q lines, one an (issue type, language, market, priority); oldest first.

    kind, priority: (Q,) int64; able: (Q, M) bool; target: (Q,) float64, s; head: (Q,) float64, when the oldest began
    to wait, infinite where a line is empty.
    """

    def __init__(self, world: World, state: FloorState) -> None:
        able = world.able()
        shape = (*able.shape[:3], PRIORITIES)
        kind, _, _, priority = (index.ravel() for index in np.indices(shape))
        self.kind, self.priority = kind, priority + 1
        self.able = np.repeat(able.reshape(-1, able.shape[3]), PRIORITIES, axis=0)
        self._by_cop = np.ascontiguousarray(self.able.T)
        self.target = np.array(world.scenario.customers.target_seconds)[priority]
        self.head = np.full(kind.size, np.inf)
        self._lines: list[list[tuple[float, int]]] = [[] for _ in range(kind.size)]
        self._of: dict[int, int] = {}
        self._state, self._likeliest = state, world.triage.likeliest
        fixed = (world.demand.language * shape[2] + world.demand.market) * PRIORITIES + world.demand.priority - 1
        self._fixed: list[int] = fixed.tolist()
        self._stride = shape[1] * shape[2] * PRIORITIES

    def __contains__(self, customer: int) -> bool:
        return customer in self._of

    def __len__(self) -> int:
        return len(self._of)

    def line_of(self, customer: int) -> int:
        """The line of one who waits."""
        return self._of[customer]

    def add(self, customer: int) -> None:
        """A customer joins the line of what they most probably want."""
        line = int(self._likeliest[self._state.belief[customer]]) * self._stride + self._fixed[customer]
        insort(self._lines[line], (self._state.since[customer], customer))
        self._of[customer] = line
        self.head[line] = self._lines[line][0][0]

    def remove(self, customer: int) -> None:
        """A customer leaves the line."""
        line = self._of.pop(customer)
        entries = self._lines[line]
        entries.remove((self._state.since[customer], customer))
        self.head[line] = entries[0][0] if entries else np.inf

    def open_to(self, cop: int) -> Indices:
        """Lines with somebody in them that this COp may serve."""
        return np.flatnonzero(self._by_cop[cop] & (self.head < np.inf))

    def first(self, line: int, cop: int) -> int:
        """The oldest of a line whom this COp has not declined or handed on; -1 if there is none."""
        excluded = self._state.excluded
        for _, customer in self._lines[line]:
            if cop not in excluded.get(customer, ()):
                return customer
        return -1
