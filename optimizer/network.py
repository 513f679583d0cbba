"""The tick as a flow network: classes on the left, COps on the right, a sink that also takes who must wait.

    class ----(eligible pair)----> COp on a channel ----(free slots)----> COp ----(one arc a unit)----> sink
    class ----(one arc a conversation: the urgency lost by waiting)-----------------------------------> sink
    conversation with a last COp ----> its class | its last COp on the channel | sink

Only what can be in some optimum is built: a class never fills more slots than its COps have free, so only its
most urgent conversations, that many, take part. The rest wait in every optimum.
"""

from dataclasses import dataclass

import numpy as np

from optimizer import costs
from optimizer.arcs import Arcs, find_arcs
from optimizer.parameters import MatchingParameters
from optimizer.prepared import Prepared
from optimizer.problem import CopArrays, Flags, Indices
from optimizer.runs import position_within


@dataclass(frozen=True, slots=True, eq=False)
class FlowNetwork:
    """tail, head, capacity, cost: (E,) int64; supply: (V,) int64, positive sends, negative receives.

    Costs are in units of 10 ms of weighted customer wait; a feasible flow always exists.
    """

    tail: Indices
    head: Indices
    capacity: Indices
    cost: Indices
    supply: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Tick:
    """A network and what its arcs mean; E1..E3 are its first arcs, in this order.

    pair_arc: (E1,) int64, the index into `Arcs` of each class -> COp arc; returning: (R,) int64,
    conversations with a node of their own, each with one arc to its class (E2 = R) and one to its last COp
    (E3 = R); plain: (N',) int64, the other conversations that take part, by class then urgency.
    """

    network: FlowNetwork
    pair_arc: Indices
    returning: Indices
    plain: Indices


def build(prepared: Prepared, spare_slots: int = 0) -> Tick:
    """The network of one tick.

    `spare_slots` lets that many more of each class take part, for asking what another slot would change.
    """
    problem, classes, arcs, urgency = prepared.problem, prepared.classes, prepared.arcs, prepared.urgency
    pair_arc = _open_arcs(arcs)
    returning, special = _returning(prepared)
    plain = _plain(prepared, returning, spare_slots)
    channel = problem.conversations.channel[classes.first]
    used = np.zeros(problem.cops.free.shape, np.bool_)
    used[arcs.cop[pair_arc], channel[arcs.cls[pair_arc]]] = True
    slots = Slots.of(used, problem.cops.free, first_node=len(classes) + returning.size)
    hub = classes.of[returning]
    n_members = np.bincount(classes.of[plain], minlength=len(classes))
    n_through = n_members + np.bincount(hub, minlength=len(classes))
    own = len(classes) + np.arange(returning.size)
    bonus = costs.to_units(np.array(problem.parameters.affinity_bonus_seconds))
    to_slot = slots.node[arcs.cop, channel[arcs.cls]]
    ones = np.ones(returning.size, np.int64)
    sink_ones = np.ones(plain.size + returning.size, np.int64)
    cls = arcs.cls[pair_arc]
    blocks = [
        (cls, to_slot[pair_arc], np.minimum(arcs.free[pair_arc], n_through[cls]), -arcs.worth[pair_arc]),
        (own, hub, ones, ones * 0),
        (own, to_slot[special], ones, -arcs.worth[special] - bonus),
        (
            np.concatenate([classes.of[plain], own]),
            sink_ones * slots.sink,
            sink_ones,
            urgency[np.concatenate([plain, returning])],
        ),
        *slots.arcs(problem.cops, problem.parameters),
    ]
    tail, head, capacity, cost = (np.concatenate(column) for column in zip(*blocks, strict=True))
    supply = np.zeros(slots.sink + 1, np.int64)
    supply[: len(classes)] = n_members
    supply[own] = 1
    supply[slots.sink] = -(plain.size + returning.size)
    return Tick(FlowNetwork(tail, head, capacity, cost, supply), pair_arc, returning, plain)


def _open_arcs(arcs: Arcs) -> Indices:
    """Pairs whose COp has a slot, each class's best first: the solver is about a tenth faster that way."""
    at = np.flatnonzero(arcs.free > 0)
    if not at.size:
        return at
    below = arcs.worth[at].max() - arcs.worth[at]
    span = int(below.max()) + 1
    if span * (int(arcs.cls[-1]) + 1) * arcs.cls.size >= 2**62:
        return at  # the one-key sort below would overflow; the order only matters for speed
    key = (arcs.cls[at] * span + below) * arcs.cls.size + at
    return np.asarray(np.sort(key) % arcs.cls.size)


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """The right-hand side: node (M, C) int64 of each COp on each channel, -1 where unused; the sink's node.

    split: (S, 2) int64, (COp, channel) with a node of its own because the COp has slots on several channels.
    cop_node, units: (M,) int64, each COp's node, -1 where unused, and how many units they may take.
    """

    node: Indices
    split: Indices
    cop_node: Indices
    units: Indices
    sink: int

    @classmethod
    def of(cls, used: Flags, free: Indices, first_node: int) -> "Slots":
        """Nodes from `first_node` on for the (COp, channel) pairs flagged in `used`, (M, C) as `free`."""
        busy = used.any(axis=1)
        cop_node = np.where(busy, first_node + np.cumsum(busy) - 1, -1)
        node = np.where(used, cop_node[:, None], -1)
        split = np.argwhere(used & (used.sum(axis=1) > 1)[:, None])
        first_split = first_node + int(busy.sum())
        node[split[:, 0], split[:, 1]] = first_split + np.arange(len(split))
        return cls(node, split, cop_node, (free * used).sum(axis=1), first_split + len(split))

    def arcs(self, cops: CopArrays, p: MatchingParameters) -> list[tuple[Indices, Indices, Indices, Indices]]:
        """Channel -> COp arcs, then one COp -> sink arc a unit, each dearer than the one before."""
        cop, channel = self.split[:, 0], self.split[:, 1]
        capacity = cops.free[cop, channel]
        busy = np.flatnonzero(self.units)
        holder = np.repeat(busy, self.units[busy])
        held = cops.load[holder] + position_within(holder)
        ones = np.ones(holder.size, np.int64)
        load = -costs.load(held, p)
        return [
            (self.node[cop, channel], self.cop_node[cop], capacity, np.zeros_like(capacity)),
            (self.cop_node[holder], ones * self.sink, ones, load),
        ]


def _returning(prepared: Prepared) -> tuple[Indices, Indices]:
    """Conversations whose last COp may serve them and has a slot, and the arc to that COp."""
    problem, classes, arcs = prepared.problem, prepared.classes, prepared.arcs
    c = problem.conversations
    if not arcs.cls.size or problem.parameters.affinity_bonus_seconds <= 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows = np.flatnonzero(c.last_cop >= 0)
    at, found = find_arcs(arcs, len(problem.cops), classes.of[rows], c.last_cop[rows])
    found &= arcs.free[at] > 0
    return rows[found], at[found]


def _plain(prepared: Prepared, returning: Indices, spare_slots: int) -> Indices:
    classes, arcs, urgency = prepared.classes, prepared.arcs, prepared.urgency
    is_plain = np.ones(len(classes.of), np.bool_)
    is_plain[returning] = False
    rows = np.flatnonzero(is_plain)
    rows = rows[np.lexsort((rows, -urgency[rows], classes.of[rows]))]
    slots = spare_slots + np.bincount(arcs.cls, arcs.free, len(classes)).astype(np.int64)
    cls = classes.of[rows]
    return np.asarray(rows[position_within(cls) < slots[cls]])
