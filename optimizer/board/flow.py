"""The part of a view that is solved: a network of some of its pairs and customers, and what its flow means."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer import costs
from optimizer.board.view import Customers, View
from optimizer.network import FlowNetwork, Slots
from optimizer.problem import Flags, Indices
from optimizer.runs import foremost_first


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What of a view is solved.

    arcs: (A,) bool, which of its arcs; returning: (R,) bool, which of those whose last COp is free have a node of
    their own; n: (C,) int64, how many of each class take part, and `who` they are, by class, the most urgent first.
    """

    arcs: Flags
    returning: Flags
    n: Indices
    who: Customers

    def with_arcs(self, more: Indices) -> "Part":
        """The part with more of the view's arcs, by their indices."""
        arcs = self.arcs.copy()
        arcs[more] = True
        return replace(self, arcs=arcs)


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A network over a part. Its first arcs are `pair` (E1,), then own -> class and own -> last COp, (R',) each.

    cls: (C',) int64, the view's class at each of the first nodes; own_node: (R',) int64, the nodes of `own`;
    pair: (E1,) int64, indices into the view's arcs; own: the returning with a node of their own, `own_arc` (R',)
    their arcs in the view; plain: the others; total: the urgency of them all.
    """

    network: FlowNetwork
    slots: Slots
    cls: Indices
    own_node: Indices
    pair: Indices
    own: Customers
    own_arc: Indices
    plain: Customers
    total: int

    @property
    def giving_up(self) -> slice:
        """The arcs of `plain` to the sink: by class, the most urgent first."""
        first = self.pair.size + 2 * len(self.own)
        return slice(first, first + len(self.plain))


def build(view: View, part: Part) -> Net:
    """The network of `part`."""
    own, own_arc = view.returning.who.at(part.returning), view.returning.arc[part.returning]
    plain = part.who.at(~np.isin(part.who.slot, own.slot)) if len(own) else part.who
    n_through = np.bincount(np.concatenate([plain.node, own.node]), minlength=len(view.classes))
    number = np.cumsum(n_through > 0) - 1
    n_classes = int(np.count_nonzero(n_through))
    pair = np.flatnonzero(part.arcs & (n_through[view.arcs.cls] > 0))
    slots = _slots(view, np.concatenate([pair, own_arc]), n_classes + len(own))
    left = _Left(number, n_through, n_classes, plain, own)
    blocks = [
        *_pairs(view, slots, left, pair, own_arc),
        left.giving_up(slots.sink),
        *slots.arcs(view.problem.cops, view.problem.parameters),
    ]
    tail, head, capacity, cost = (np.concatenate(column) for column in zip(*blocks, strict=True))
    network = FlowNetwork(tail, head, capacity, cost, left.supply(slots.sink))
    total = int(plain.urgency.sum() + own.urgency.sum())
    return Net(network, slots, np.flatnonzero(n_through), left.own_node, pair, own, own_arc, plain, total)


Columns = tuple[Indices, Indices, Indices, Indices]
"""Tail, head, capacity and cost of some arcs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Left:
    """The left-hand side: number (C,) is the node of each class that takes part; then one node for each of `own`.

    n_through: (C,) int64, how many could go through a class.
    """

    number: Indices
    n_through: Indices
    n_classes: int
    plain: Customers
    own: Customers

    @property
    def own_node(self) -> Indices:
        """(R',) int64: the node of each of `own`."""
        return np.asarray(self.n_classes + np.arange(len(self.own)))

    def giving_up(self, sink: int) -> Columns:
        """One arc a conversation to the sink, at the cost of its urgency."""
        tail = np.concatenate([self.number[self.plain.node], self.own_node])
        urgency = np.concatenate([self.plain.urgency, self.own.urgency])
        return tail, np.full(tail.size, sink), np.ones(tail.size, np.int64), urgency

    def supply(self, sink: int) -> Indices:
        """(V,) int64: one unit a conversation, all due at the sink."""
        supply = np.zeros(sink + 1, np.int64)
        supply[: self.n_classes] = np.bincount(self.number[self.plain.node], minlength=self.n_classes)
        supply[self.own_node] = 1
        supply[sink] = -(len(self.plain) + len(self.own))
        return supply


def _slots(view: View, arcs: Indices, first_node: int) -> Slots:
    free = view.problem.cops.free
    used = np.zeros(free.shape, np.bool_)
    used[view.arcs.cop[arcs], view.channel[view.arcs.cls[arcs]]] = True
    return Slots.of(used, free, first_node)


def _pairs(view: View, slots: Slots, left: _Left, pair: Indices, own_arc: Indices) -> list[Columns]:
    arcs, ones = view.arcs, np.ones(own_arc.size, np.int64)
    cls = arcs.cls[pair]
    bonus = int(costs.to_units(np.array(view.problem.parameters.affinity_bonus_seconds)))
    capacity = np.minimum(arcs.free[pair], left.n_through[cls])
    return [
        (left.number[cls], _slot(view, slots, pair), capacity, -arcs.worth[pair]),
        (left.own_node, left.number[left.own.node], ones, ones * 0),
        (left.own_node, _slot(view, slots, own_arc), ones, -arcs.worth[own_arc] - bonus),
    ]


def _slot(view: View, slots: Slots, arcs: Indices) -> Indices:
    return np.asarray(slots.node[view.arcs.cop[arcs], view.channel[view.arcs.cls[arcs]]])


def gain(net: Net, flow: Indices) -> int:
    """What the plan of `flow` is worth, in units."""
    return net.total - int((flow * net.network.cost).sum())


def assignments(view: View, net: Net, flow: Indices) -> tuple[Customers, Indices]:
    """Who is served and by whom, (P,) places in the view: a class gives its slots to its most urgent."""
    n_pairs, n_own = net.pair.size, len(net.own)
    through = flow[n_pairs : n_pairs + n_own] > 0
    direct = flow[n_pairs + n_own : n_pairs + 2 * n_own] > 0
    arcs = np.repeat(net.pair, flow[:n_pairs])
    arcs = arcs[foremost_first(view.arcs.cls[arcs], view.arcs.worth[arcs])]
    out = flow[n_pairs + 2 * n_own : n_pairs + 2 * n_own + len(net.plain)] == 0
    served = joined(net.plain.at(out), net.own.at(through))
    served = served.at(foremost_first(served.node, served.urgency))
    known = net.own.at(direct)
    cop = np.concatenate([view.arcs.cop[arcs], view.arcs.cop[net.own_arc[direct]]])
    return joined(served, known), cop


def joined(one: Customers, other: Customers) -> Customers:
    """The one, then the other."""
    return Customers(
        np.concatenate([one.slot, other.slot]),
        np.concatenate([one.node, other.node]),
        np.concatenate([one.urgency, other.urgency]),
    )
