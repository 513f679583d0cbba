"""Small costs for the solver where prices are roughly known: the same optimum, found in half the time."""

from dataclasses import dataclass

import numpy as np

from optimizer.board.flow import Net
from optimizer.network import FlowNetwork
from optimizer.problem import Flags, Indices

WORTH_EASING = 2_000
"""Arcs from which on it saves more than it costs."""

WIDTH = 12
"""Costs are cut off at so many times what is usual among pairs: beyond, an optimum seldom depends on how dear."""

WIDER = 2
"""How much further off they are cut the next time where an optimum did."""

NEVER = 1 << 61


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """Level (C,) int64, about how urgent one must be to be served, and price (J, Ch) int64 of slots, both in units.

    cut: how far costs relative to it matter; 0 where that is to be judged from the pairs.
    """

    level: Indices
    price: Indices
    cut: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Eased:
    """A network whose costs are relative to `potential` (V,), which changes all flows' costs alike, and cut off.

    Arcs by which members of a class give up at one cost are one: rank (P,) int64 is each one's place in its arc, and
    arc (P,) that arc, of those in the slice `giving_up` of the whole network. above, below: (E',) bool, what was cut
    off. A flow that is cheapest here, uses nothing cut off above and all that is cut off below is cheapest in truth.
    """

    network: FlowNetwork
    potential: Indices
    cut: int
    above: Flags
    below: Flags
    giving_up: slice
    arc: Indices
    rank: Indices

    def is_true(self, flow: Indices) -> bool:
        """Is `flow`, cheapest here, cheapest in truth?"""
        return not (flow[self.above].any() or (flow < self.network.capacity)[self.below].any())

    def next_cut(self, *, true: bool, more: bool) -> int:
        """Where to cut costs off the next time: further off where it did harm, nowhere if there is nothing `more`."""
        if true:
            return self.cut
        return min(WIDER * self.cut, NEVER) if more else NEVER

    def expanded(self, flow: Indices) -> Indices:
        """(E,) int64: `flow` in the whole network, where the least urgent give up."""
        if not self.arc.size:
            return flow
        n, last = self.network.capacity, int(self.arc[-1]) + 1
        out = self.rank >= (n - flow)[self.arc]
        return np.concatenate([flow[: self.giving_up.start], out, flow[last:]])


def eased(net: Net, guess: Guess) -> Eased:
    """`net` as it looks from a guess, however bad that is; small networks as they are."""
    network, nothing = net.network, np.zeros(0, np.int64)
    if network.tail.size < WORTH_EASING or not net.pair.size:
        never = np.zeros(network.tail.size, np.bool_)
        return Eased(network, np.zeros(network.supply.size, np.int64), 0, never, never, net.giving_up, nothing, nothing)
    potential = _potential(net, guess)
    cost = network.cost - potential[network.tail] + potential[network.head]
    cut = guess.cut or WIDTH * (int(np.median(np.abs(cost[: net.pair.size]))) + 1)
    clipped = np.clip(cost, -cut, cut)
    first = _first_of_each(network.tail[net.giving_up], clipped[net.giving_up])
    begin, end = net.giving_up.start, net.giving_up.stop
    kept = np.concatenate([np.arange(begin), begin + first, np.arange(end, cost.size)])
    size = np.diff(np.append(first, end - begin))
    capacity = network.capacity[kept]
    capacity[begin : begin + first.size] = size
    return Eased(
        FlowNetwork(network.tail[kept], network.head[kept], capacity, clipped[kept], network.supply),
        potential,
        cut,
        cost[kept] > cut,
        cost[kept] < -cut,
        net.giving_up,
        begin + np.repeat(np.arange(first.size), size),
        np.arange(end - begin) - np.repeat(first, size),
    )


def _first_of_each(tail: Indices, cost: Indices) -> Indices:
    """Where runs of one tail and cost begin."""
    same = (tail[1:] == tail[:-1]) & (cost[1:] == cost[:-1])
    return np.flatnonzero(np.concatenate(([True], ~same))[: tail.size])


def _potential(net: Net, guess: Guess) -> Indices:
    """(V,) int64 units: what one more unit at each node would cost."""
    potential, slots = np.zeros(net.network.supply.size, np.int64), net.slots
    potential[: net.cls.size] = guess.level[net.cls]
    potential[net.own_node] = guess.level[net.own.node]
    used = slots.cop_node >= 0
    potential[slots.cop_node[used]] = guess.price[used].max(axis=1)
    potential[slots.node[slots.node >= 0]] = guess.price[slots.node >= 0]
    return potential
