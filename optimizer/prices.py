"""The opportunity cost of each scarce skill: what one more free slot of it would save now."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs, min_cost_flow, network, rules
from optimizer.costs import UNITS_PER_SECOND
from optimizer.encoding import Codes, encode
from optimizer.errors import SolverError
from optimizer.network import FlowNetwork
from optimizer.prepared import Prepared, prepare
from optimizer.problem import Floats, Indices
from optimizer.rules import Flags
from optimizer.snapshot import Snapshot
from optimizer.steering import UNKNOWN_PRICE
from optimizer.worth import class_credit

UNREACHED = np.iinfo(np.int64).max // 4
"""Farther than any path, and still safe to add a cost to."""


@dataclass(frozen=True, slots=True)
class SkillPrice:
    """What one more slot of `skill` would save, in units of 10 ms, where it is wanted most.

    The slot is held by somebody fully proficient in this skill alone, fluent, of typical pace, with nothing
    else on their hands. Where the price is 0 nobody would use it, and the place is empty.
    """

    skill: str
    price: int
    market: str = ""
    language: str = ""
    channel: str = ""

    @property
    def seconds(self) -> float:
        """The price in seconds of weighted customer wait."""
        return self.price / UNITS_PER_SECOND


def skill_prices(snapshot: Snapshot) -> tuple[SkillPrice, ...]:
    """The price of every skill, dearest first; exact: the gain of solving again with the slot added.

    Solves once and reads all prices off the shortest paths of the residual network, which also proves that
    the solution was an optimum. Takes about as long as a tick again; meant for reports, not for the tick.
    """
    problem, codes = encode(snapshot)
    prepared = prepare(problem)
    tick = network.build(prepared, spare_slots=1)
    flow = min_cost_flow.solve(tick.network)
    distance = residual_distances(tick.network, flow, source=tick.network.supply.size - 1)
    relief = -distance[: len(prepared.classes)]
    prices = [_price(prepared, codes, skill, at, relief) for skill, at in codes.skills.items()]
    return tuple(sorted(prices, key=lambda each: (-each.price, each.skill)))


def _price(prepared: Prepared, codes: Codes, skill: str, at: int, relief: Indices) -> SkillPrice:
    usable, worth = _newcomer(prepared, at)
    gain = np.where(usable & (relief > -UNREACHED // 2), relief + worth, 0)
    best = int(np.argmax(gain)) if gain.size else 0
    if not gain.size or gain[best] <= 0:
        return SkillPrice(skill, 0)
    wanted = codes.conversations[prepared.classes.first[best]]
    return SkillPrice(skill, int(gain[best]), wanted.market, wanted.language, wanted.channel)


def _newcomer(prepared: Prepared, skill: int) -> tuple[Flags, Indices]:
    """(C,) may somebody with `skill` alone serve the class, and what they would be worth to it."""
    problem, classes = prepared.problem, prepared.classes
    p, steering = problem.parameters, problem.steering
    proficiency = (problem.issue_types.skill == skill).astype(np.float64)
    covered = _expected(prepared, proficiency)
    repeated = _expected(prepared, (1 - proficiency) * prepared.tables.typical)
    priced = UNKNOWN_PRICE * _expected(prepared, prepared.tables.typical)
    usable = rules.covers_candidates(covered, p) & (classes.width > 0)
    worth = costs.proficiency(repeated, p) + costs.transfer(covered, p) + costs.priced_time(priced, p, steering)
    return usable, worth + class_credit(problem, classes, prepared.tables)


def _expected(prepared: Prepared, by_type: Floats) -> Floats:
    classes = prepared.classes
    return np.asarray((classes.candidate_probability * by_type[classes.candidate_type]).sum(axis=1))


def residual_distances(net: FlowNetwork, flow: Indices, source: int) -> Indices:
    """(V,) int64: the cheapest way to move one more unit from `source` to each node, on top of `flow`.

    `UNREACHED` where there is none. Raises `SolverError` where a cycle of negative cost shows that `flow` is
    not the cheapest.
    """
    tail, head, cost = _residual(net, flow)
    distance = np.full(net.supply.size, UNREACHED, np.int64)
    distance[source] = 0
    _relax(distance, tail, head, cost)
    return distance


def certify(net: FlowNetwork, flow: Indices) -> None:
    """Prove that `flow` is the cheapest, without the solver; raises `SolverError` where it is not."""
    balance = np.zeros(net.supply.size, np.int64)
    np.add.at(balance, net.tail, flow)
    np.subtract.at(balance, net.head, flow)
    if (flow < 0).any() or (flow > net.capacity).any() or not np.array_equal(balance, net.supply):
        raise SolverError("the flow is not feasible")
    _relax(np.zeros(net.supply.size, np.int64), *_residual(net, flow))


def _residual(net: FlowNetwork, flow: Indices) -> tuple[Indices, Indices, Indices]:
    """Arcs along which flow can still be added or taken back, sorted by head."""
    more, less = flow < net.capacity, flow > 0
    tail = np.concatenate([net.tail[more], net.head[less]])
    head = np.concatenate([net.head[more], net.tail[less]])
    cost = np.concatenate([net.cost[more], -net.cost[less]])
    order = np.argsort(head, kind="stable")
    return tail[order], head[order], cost[order]


def _relax(distance: Indices, tail: Indices, head: Indices, cost: Indices) -> None:
    """Bellman-Ford, all arcs at once, in place; raises `SolverError` on a negative cycle."""
    if not head.size:
        return
    first = np.flatnonzero(np.concatenate(([True], head[1:] != head[:-1])))
    reached = head[first]
    for _ in range(distance.size):
        through = np.where(distance[tail] < UNREACHED, distance[tail] + cost, UNREACHED)
        shorter = np.minimum(distance[reached], np.minimum.reduceat(through, first))
        if np.array_equal(shorter, distance[reached]):
            return
        distance[reached] = shorter
    raise SolverError("the flow is not the cheapest: a cycle of negative cost remains")
