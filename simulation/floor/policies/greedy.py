"""One customer or one COp at a time, as events come: what most products do, and the best rules of that form."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.floor.knowledge import Knowledge
from simulation.floor.policies.queues import Queues
from simulation.floor.state import FloorState
from simulation.floor.world import World

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
LEARNING_SECONDS = 600.0
"""How often a rule that uses handle times looks at what was learned since."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What a rule looks at: expected is (T, M) float64, s, as far as policies know; importance (3,) by priority."""

    state: FloorState
    queues: Queues
    expected: Floats
    importance: Floats


CopRule = Callable[[Sight, Indices, int], Floats]
"""(sight, (C,) COps, issue type) -> (C,) float64; the smallest takes the customer."""

LineRule = Callable[[Sight, Indices, int, float], Floats]
"""(sight, (Q,) lines, COp, now) -> (Q,) float64; the oldest of the line with the smallest is taken."""


class Greedy:
    """An arriving customer goes to the best free COp, a freed COp to the best waiting customer."""

    tick_seconds = 0.0

    def __init__(
        self, world: World, state: FloorState, knowledge: Knowledge, cop_rule: CopRule, line_rule: LineRule
    ) -> None:
        self._state, self._knowledge, self._cop_rule, self._line_rule = state, knowledge, cop_rule, line_rule
        self._queues = Queues(world, state)
        importance = np.array(world.scenario.customers.importance)
        self._sight = Sight(state, self._queues, knowledge.expected(), importance)
        self._new: list[int] = []
        self._freed: list[int] = []
        self._learned, self._version = 0.0, knowledge.version

    def arrive(self, customer: int) -> None:
        """See `Policy`."""
        self._queues.add(customer)
        self._new.append(customer)

    def leave(self, customer: int) -> None:
        """See `Policy`."""
        self._queues.remove(customer)

    def change(self, cop: int, freed: bool) -> None:
        """See `Policy`."""
        if freed:
            self._freed.append(cop)

    def resume(self) -> None:
        """Look at every COp with a free slot again."""
        self._freed.extend(np.flatnonzero(self._state.available & (self._state.free > 0)).tolist())

    def wants_another_look(self) -> bool:
        """See `Policy`."""
        return False

    def notes(self) -> dict[str, float]:
        """See `Policy`."""
        return {}

    def decide(self, now: float) -> Iterator[tuple[int, int]]:
        """See `Policy`."""
        self._learn(now)
        new, self._new = self._new, []
        for customer in new:
            if customer in self._queues:
                yield from self._place(customer)
        freed, self._freed = self._freed, []
        for cop in freed:
            yield from self._fill(cop, now)

    def _learn(self, now: float) -> None:
        if now >= self._learned + LEARNING_SECONDS and self._version != self._knowledge.version:
            self._learned, self._version = now, self._knowledge.version
            self._sight = Sight(self._state, self._queues, self._knowledge.expected(), self._sight.importance)

    def _place(self, customer: int) -> Iterator[tuple[int, int]]:
        line = self._queues.line_of(customer)
        cops = np.flatnonzero(self._queues.able[line] & (self._state.free > 0) & self._state.available)
        excluded = self._state.excluded.get(customer)
        if excluded:
            cops = cops[~np.isin(cops, list(excluded))]
        if cops.size:
            best = self._cop_rule(self._sight, cops, int(self._queues.kind[line]))
            self._queues.remove(customer)
            yield customer, int(cops[np.argmin(best)])

    def _fill(self, cop: int, now: float) -> Iterator[tuple[int, int]]:
        while self._state.available[cop] and self._state.free[cop] > 0:
            customer = self._next(cop, now)
            if customer < 0:
                return
            self._queues.remove(customer)
            yield customer, cop

    def _next(self, cop: int, now: float) -> int:
        lines = self._queues.open_to(cop)
        if not lines.size:
            return -1
        score = self._line_rule(self._sight, lines, cop, now)
        best = self._queues.first(int(lines[np.argmin(score)]), cop)
        if best >= 0 or not self._state.excluded:
            return best
        found = (self._queues.first(line, cop) for line in lines[np.argsort(score, kind="stable")].tolist())
        return next((customer for customer in found if customer >= 0), -1)


class EventsOnly(Greedy):
    """Looks only at what an event is about: after an outage the idle stay idle until something happens to them."""

    def resume(self) -> None:
        """What happened during the outage went by unseen."""
        self._new.clear()
        self._freed.clear()


def longest_idle(sight: Sight, cops: Indices, _: int) -> Floats:
    """Whoever finished something longest ago."""
    return np.asarray(sight.state.idle_since[cops])


def least_loaded(sight: Sight, cops: Indices, _: int) -> Floats:
    """Whoever uses the smallest share of their slots; the longest idle among equals."""
    load, free, idle = sight.state.load[cops], sight.state.free[cops], sight.state.idle_since[cops]
    return np.asarray(load / np.maximum(load + free, 1) + idle * 1e-9)


def fastest(sight: Sight, cops: Indices, kind: int) -> Floats:
    """Whoever is expected to take the least time."""
    return np.asarray(sight.expected[kind, cops])


def oldest(sight: Sight, lines: Indices, _: int, __: float) -> Floats:
    """First come, first served."""
    return np.asarray(sight.queues.head[lines])


def urgent_then_oldest(sight: Sight, lines: Indices, _: int, __: float) -> Floats:
    """The highest priority; the oldest among equals."""
    return np.asarray(sight.queues.priority[lines] * 1e9 + sight.queues.head[lines])


def dearest_wait_a_second(sight: Sight, lines: Indices, cop: int, now: float) -> Floats:
    """Generalised c-mu: what its wait costs, rising with its age, times how many of its kind the COp ends a second."""
    age = (now - sight.queues.head[lines]) / sight.queues.target[lines]
    cost = sight.importance[sight.queues.priority[lines] - 1] * (1.0 + age)
    return np.asarray(-cost / sight.expected[sight.queues.kind[lines], cop])
