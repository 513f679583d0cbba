"""Limits and practices that cross: priced on the flow, their bound reported, and the plan repaired to keep limits.

A limit's price is charged for each conversation it counts, from 0 up; a practice's is paid for each, up to its worth.
For any such prices the flow's worth, with what room left over would have been charged and practice missing be worth
beyond its price, bounds every plan's.

Lagrangian relaxation by subgradient steps with Polyak's step length (Fisher, The Lagrangian relaxation method, 1981):
every flow gives a bound on any plan's worth, and, once pairs too many are dropped and free slots filled again, a plan.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer import assignment, costs, greedy
from optimizer.arcs import find_arcs
from optimizer.network import FlowNetwork
from optimizer.prepared import Prepared
from optimizer.problem import Indices
from optimizer.runs import position_within
from optimizer.side.arrays import Flags, Side
from optimizer.side.nodes import Constrained, counted_arcs, entrances, practice_arcs
from optimizer.side.practised import total as practised_in_all

ROUNDS = 40
"""Subgradient steps; the bound seldom moves after thirty."""

STALLED = 4
"""Rounds without a better bound after which steps are halved."""


@dataclass(frozen=True, slots=True, eq=False)
class Priced:
    """The best plan found, (N,) int64 COp or -1, and how much more any plan could be worth, in units of 10 ms."""

    cop_of: Indices
    gap: int


def solve_priced(
    constrained: Constrained,
    prepared: Prepared,
    solve: Callable[[FlowNetwork], Indices],
    is_late: Callable[[], bool] = lambda: False,
) -> Priced:
    """The best plan of some rounds of pricing the limits that cross; `solve` gives the cheapest flow.

    The first round charges nothing and pays the whole worth of practice: where it breaks no limit and practises no more
    than is wanted, the plan is optimal and the gap 0. No round begins once `is_late`.
    """
    side = prepared.problem.side
    if side is None:
        raise ValueError("a problem without limits has none that cross")
    search = _Search(constrained, prepared, side)
    search.step(solve(search.network()))
    for _ in range(ROUNDS - 1):
        if search.gap == 0 or is_late():
            break
        search.step(solve(search.network()))
    return Priced(search.best, search.gap)


class _Search:
    """Prices, and the best bound and plan so far."""

    def __init__(self, constrained: Constrained, prepared: Prepared, side: Side) -> None:
        tick = constrained.tick
        self._tick, self._prepared, self._side = tick, prepared, side
        self._wanted, self._arcs = _crossed(constrained, prepared, side)
        worth = int(costs.practice(np.array(1), prepared.problem.parameters))
        paid = np.arange(self._wanted.size) >= constrained.crossing.size
        self._lowest, self._highest = np.where(paid, -worth, 0.0), np.where(paid, 0.0, np.inf)
        self._practised = worth * int(self._wanted[paid].sum())
        self._price = self._lowest.copy()
        self._charged = np.zeros(self._wanted.size, np.int64)
        self._pace, self._stalled = 1.0, 0
        self._everyone = int(prepared.urgency[np.concatenate([tick.plain, tick.returning])].sum())
        self._bound = np.iinfo(np.int64).max
        self._value = 0
        self.best = np.full(len(prepared.problem.conversations), -1, np.int64)

    @property
    def gap(self) -> int:
        """The least bound on any plan, less the best plan."""
        return max(int(self._bound) - self._value, 0)

    def network(self) -> FlowNetwork:
        """The tick at the prices of this round, in whole units."""
        cost = self._tick.network.cost.copy()
        self._charged = np.rint(self._price).astype(np.int64)
        for price, arcs in zip(self._charged.tolist(), self._arcs, strict=True):
            cost[arcs] += price
        return replace(self._tick.network, cost=cost)

    def step(self, flow: Indices) -> None:
        """Learn from the cheapest flow at these prices, and move them."""
        cop_of = assignment.disaggregate(self._tick, flow, self._prepared)
        used = np.array([flow[arcs].sum() for arcs in self._arcs], np.int64)
        paid = int((self._charged * (self._wanted - used)).sum()) + self._practised
        self._tighten(self._everyone - int((flow * self._tick.network.cost).sum()) + paid)
        self._offer(greedy.fill(self._prepared, kept_within(self._prepared, self._side, cop_of)))
        over = (used - self._wanted).astype(np.float64)
        steepness = float((over * over).sum())
        if steepness:
            moved = self._price + self._pace * self.gap / steepness * over
            self._price = np.clip(moved, self._lowest, self._highest)

    def _tighten(self, bound: int) -> None:
        better = bound < self._bound
        self._bound = min(bound, int(self._bound))
        self._stalled = 0 if better else self._stalled + 1
        if self._stalled >= STALLED:
            self._pace, self._stalled = self._pace / 2, 0

    def _offer(self, cop_of: Indices) -> None:
        value = worth_of(self._prepared, cop_of)
        if value > self._value:
            self._value, self.best = value, cop_of


def _crossed(constrained: Constrained, prepared: Prepared, side: Side) -> tuple[Indices, list[Indices]]:
    """(X + Y,) how many each limit, then each practice, allows or wants, and the arcs that it counts."""
    doors = entrances(constrained.tick, prepared, side)
    arcs = counted_arcs(side, constrained.crossing, doors, len(prepared.problem.cops))
    most = side.most[constrained.crossing]
    if side.practice is None:
        return most, arcs
    chosen = constrained.priced_practice
    return np.concatenate([most, side.practice.least[chosen]]), [*arcs, *practice_arcs(side.practice, chosen, doors)]


def worth_of(prepared: Prepared, cop_of: Indices) -> int:
    """What a plan is worth, in units of 10 ms."""
    problem, arcs = prepared.problem, prepared.arcs
    rows = np.flatnonzero(cop_of >= 0)
    if not rows.size:
        return 0
    cops = np.sort(cop_of[rows])
    load = costs.load(problem.cops.load[cops] + position_within(cops), problem.parameters)
    practised = int(costs.practice(np.array(practised_in_all(problem, rows, cop_of[rows])), problem.parameters))
    return int(pair_worth(prepared, rows, cop_of[rows]).sum() + load.sum()) + practised if arcs.cls.size else 0


def pair_worth(prepared: Prepared, rows: Indices, cops: Indices) -> Indices:
    """(P,) int64 units: what the pairs `rows`, `cops` are worth before load."""
    problem, arcs = prepared.problem, prepared.arcs
    at, _ = find_arcs(arcs, len(problem.cops), prepared.classes.of[rows], cops)
    known = costs.affinity(problem.conversations.last_cop[rows] == cops, problem.parameters)
    return np.asarray(prepared.urgency[rows] + arcs.worth[at] + known)


def kept_within(prepared: Prepared, side: Side, cop_of: Indices) -> Indices:
    """(N,) int64: `cop_of` without the least valuable pairs of every limit that is broken."""
    kept, n_cops = cop_of.copy(), len(prepared.problem.cops)
    rows = np.flatnonzero(cop_of >= 0)
    used = side.pairs_counted(rows, cop_of[rows], n_cops)
    for limit in np.flatnonzero(used > side.most).tolist():
        named: Flags = np.zeros(n_cops, np.bool_)
        named[side.cops_of(limit)] = True
        rows = np.flatnonzero(kept >= 0)
        rows = rows[named[kept[rows]] & side.counted[limit][side.kind[rows]]]
        worth = pair_worth(prepared, rows, kept[rows])
        kept[rows[np.argsort(-worth, kind="stable")[int(side.most[limit]) :]]] = -1
    return kept
