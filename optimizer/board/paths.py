"""Shortest paths to the sink of a residual network: what one more unit at each node would cost."""

from dataclasses import dataclass

import numpy as np

from optimizer.network import FlowNetwork
from optimizer.problem import Indices

FAR = np.iinfo(np.int64).max // 4

MOST_STEPS = 30
"""So many arcs a path may gain by arcs that join; a cycle that pays would go on for ever."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Arcs by tail: head, cost (E,) int64; first (T,) where each tail's begin, and tail (T,) itself."""

    head: Indices
    cost: Indices
    first: Indices
    tail: Indices

    @classmethod
    def of(cls, tail: Indices, head: Indices, cost: Indices) -> "Steps":
        """These arcs; sorting is fast where they come by tail."""
        order = np.argsort(tail, kind="stable")
        tail, head, cost = tail[order], head[order], cost[order]
        first = np.flatnonzero(np.concatenate(([True], tail[1:] != tail[:-1]))[: tail.size])
        return cls(head, cost, first, tail[first])

    def take(self, distance: Indices) -> bool:
        """Shorten distances by a step through these arcs, in place; whether any became shorter."""
        if not self.tail.size:
            return False
        through = np.minimum(np.minimum.reduceat(distance[self.head] + self.cost, self.first), FAR)
        before = distance[self.tail]
        distance[self.tail] = np.minimum(before, through)
        return bool((through < before).any())


@dataclass(frozen=True, slots=True, eq=False)
class Residual:
    """The arcs that can take flow or give it back, `pairs` apart because they are many and come by tail.

    used, spent: (U,) int64, tails and costs of the arcs by which flow reaches the sink.
    """

    pairs: Steps
    others: Steps
    last: Steps
    used: Indices
    spent: Indices
    nodes: int

    @classmethod
    def of(cls, n: FlowNetwork, flow: Indices, n_pairs: int) -> "Residual":
        """What `flow` (E,) leaves of a network whose sink is its last node and whose first `n_pairs` arcs are pairs."""
        sink = n.supply.size - 1
        more = np.flatnonzero((flow < n.capacity) & (n.tail != sink))
        less = np.flatnonzero((flow > 0) & (n.head != sink))
        last, paired = n.head[more] == sink, more < n_pairs
        pair, end, other = more[paired], more[last & ~paired], more[~paired & ~last]
        others = Steps.of(
            np.concatenate([n.tail[other], n.head[less]]),
            np.concatenate([n.head[other], n.tail[less]]),
            np.concatenate([n.cost[other], -n.cost[less]]),
        )
        pairs, ends = (Steps.of(n.tail[at], n.head[at], n.cost[at]) for at in (pair, end))
        reached = np.flatnonzero((flow > 0) & (n.head == sink))
        return cls(pairs, others, ends, n.tail[reached], n.cost[reached], n.supply.size)

    def distances(self) -> Indices:
        """(V,) int64: Bellman-Ford, from the classes, then from elsewhere, in turn; `FAR` where there is no way."""
        distance = np.full(self.nodes, FAR)
        distance[-1] = 0
        self.last.take(distance)
        for _ in range(self.nodes):
            if not (self.pairs.take(distance) | self.others.take(distance)):
                break
        return distance

    def with_more(self, distance: Indices, more: Steps) -> Indices | None:
        """(V,) int64: `distance` once `more` arcs can take flow; None where another flow would be cheaper then."""
        distance = distance.copy()
        for _ in range(MOST_STEPS):
            if not (more.take(distance) | self.pairs.take(distance) | self.others.take(distance)):
                return distance if (distance[self.used] >= self.spent).all() else None
        return None
