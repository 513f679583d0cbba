"""Limits and practice as nodes of the tick's network: exact wherever the sets they count nest.

    class --> (kinds of work a COp may have only so many of) --> COp on a channel --> COp --> (team) --> (site) --> sink

A limit on all work of some COps is a node behind them; one on some kinds of work of one COp is a node before them. So
is what a COp is to practise, whose node is left by two arcs: one that pays for each conversation up to the least
number, and one that pays nothing. What nests neither way crosses, and is priced (`optimizer.side.crossing`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer import costs
from optimizer.network import FlowNetwork, Tick
from optimizer.prepared import Prepared
from optimizer.problem import Indices
from optimizer.side.arrays import Flags, Side
from optimizer.side.laminar import Forest, forest_of
from optimizer.side.practice import PracticeArrays

Cell = tuple[int, int]
"""(kind of conversation, channel)"""


@dataclass(frozen=True, slots=True, eq=False)
class Constrained:
    """A tick with its nesting limits and practices as nodes.

    crossing: (X,) int64, the limits that are not in it; priced_practice: (Y,) int64, the practices that are not.
    """

    tick: Tick
    crossing: Indices
    priced_practice: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Entrances:
    """The arcs of a tick into COps' slots: (E,) int64 arc, its COp, its conversations' kind and channel."""

    arc: Indices
    cop: Indices
    kind: Indices
    channel: Indices


def entrances(tick: Tick, prepared: Prepared, side: Side) -> Entrances:
    """Every arc by which a conversation, or a class of them, reaches a COp."""
    classes, arcs, c = prepared.classes, prepared.arcs, prepared.problem.conversations
    n_pairs, n_own = tick.pair_arc.size, tick.returning.size
    cls = np.concatenate([arcs.cls[tick.pair_arc], classes.of[tick.returning]])
    member = classes.first[cls]
    return Entrances(
        arc=np.concatenate([np.arange(n_pairs), n_pairs + n_own + np.arange(n_own)]),
        cop=np.concatenate([arcs.cop[tick.pair_arc], c.last_cop[tick.returning]]),
        kind=side.kind[member],
        channel=c.channel[member],
    )


def constrain(tick: Tick, prepared: Prepared, side: Side) -> Constrained:
    """The same tick under the limits and practices that nest."""
    doors = entrances(tick, prepared, side)
    binding, wanted = _binding(side, doors, prepared), _wanted(side, doors)
    if not (binding.size or wanted.size):
        return Constrained(tick, binding, wanted)
    tick = _closed(tick, side, binding[side.most[binding] == 0], doors, len(prepared.problem.cops))
    binding = binding[side.most[binding] > 0]
    reward = int(costs.practice(np.array(1), prepared.problem.parameters))
    build = _Build(tick, side, len(prepared.classes) + tick.returning.size, reward)
    whole, crossing = _behind(side, binding, doors, build)
    single = [at for at in binding.tolist() if at not in whole and at not in crossing]
    crossing += _before(side, [*single, *(side.n_limits + wanted).tolist()], doors, build)
    outside = np.array(sorted(crossing), np.int64)
    is_limit = outside < side.n_limits
    return Constrained(replace(tick, network=build.network()), outside[is_limit], outside[~is_limit] - side.n_limits)


def _wanted(side: Side, doors: Entrances) -> Indices:
    """Practices towards which somebody waiting could count."""
    if side.practice is None:
        return np.zeros(0, np.int64)
    of = zip(side.practice.cop, side.practice.counted, side.practice.least, strict=True)
    found = [least > 0 and bool(counted[doors.kind[doors.cop == cop]].any()) for cop, counted, least in of]
    return np.flatnonzero(found)


def _binding(side: Side, doors: Entrances, prepared: Prepared) -> Indices:
    """Limits tighter than the slots of the COps they name: no other can make a difference."""
    free = prepared.problem.cops.free
    reached = np.zeros(free.shape, np.bool_)
    reached[doors.cop, doors.channel] = True
    slots = (free * reached).sum(axis=1)
    owner = np.repeat(np.arange(side.n_limits), np.diff(side.cop_start))
    room = np.bincount(owner, slots[side.cop], side.n_limits).astype(np.int64)
    return np.flatnonzero(side.most < room)


def _closed(tick: Tick, side: Side, limits: Indices, doors: Entrances, n_cops: int) -> Tick:
    """Nobody passes a limit that is used up: its arcs are shut, whatever it crosses."""
    capacity = tick.network.capacity.copy()
    for arcs in counted_arcs(side, limits, doors, n_cops):
        capacity[arcs] = 0
    return replace(tick, network=replace(tick.network, capacity=capacity))


def _behind(side: Side, binding: Indices, doors: Entrances, build: "_Build") -> tuple[set[int], list[int]]:
    """Put a node behind the COps of every limit that counts all their work; those on a part of several's work cross."""
    if not binding.size:
        return set(), []
    present = np.zeros((side.counted.shape[1], int(doors.cop.max()) + 1), np.bool_)
    present[doors.kind, doors.cop] = True
    sets: dict[int, frozenset[int]] = {}
    crossing: list[int] = []
    for at in binding.tolist():
        cops = side.cops_of(at)
        cops = cops[cops < present.shape[1]]
        cops = cops[(present[:, cops] & side.counted[at][:, None]).any(axis=0)]
        if not (present[:, cops] & ~side.counted[at][:, None]).any():
            sets[at] = frozenset(cops.tolist())
        elif cops.size > 1:
            crossing.append(at)
    forest = forest_of({}, sets)
    build.put_behind(forest, _cop_nodes(build, doors))
    return set(sets), [*crossing, *forest.crossing]


def _cop_nodes(build: "_Build", doors: Entrances) -> dict[int, int]:
    """The node of each COp that somebody can reach."""
    entered = build.head[doors.arc]
    return dict(zip(doors.cop.tolist(), build.cop_node_of(entered).tolist(), strict=True))


def _before(side: Side, limits: list[int], doors: Entrances, build: "_Build") -> list[int]:
    """Put nodes before each COp for the limits on a part of their work; returns those that cross the channels.

    Practices are numbered on from the limits.
    """
    if not limits:
        return []
    of_cop: dict[int, list[int]] = defaultdict(list)
    reached = set(doors.cop.tolist())
    for at in limits:
        for cop in _cops_of(side, at):
            if cop in reached:
                of_cop[cop].append(at)
    crossing: set[int] = set()
    for cop, entries in _entries_of(doors, of_cop):
        crossing.update(_before_one(side, of_cop[cop], doors, entries, build))
    return sorted(crossing)


def _cops_of(side: Side, at: int) -> list[int]:
    if side.practice is None or at < side.n_limits:
        return list(side.cops_of(at).tolist())
    return [int(side.practice.cop[at - side.n_limits])]


def _counted(side: Side, at: int) -> Flags:
    if side.practice is None or at < side.n_limits:
        return np.asarray(side.counted[at])
    return np.asarray(side.practice.counted[at - side.n_limits])


def _entries_of(doors: Entrances, of_cop: dict[int, list[int]]) -> Iterator[tuple[int, Indices]]:
    order = np.argsort(doors.cop, kind="stable")
    ordered = doors.cop[order]
    for cop in sorted(of_cop):
        begin, end = np.searchsorted(ordered, [cop, cop + 1])
        yield cop, order[begin:end]


def _before_one(side: Side, limits: list[int], doors: Entrances, entries: Indices, build: "_Build") -> tuple[int, ...]:
    cells = list(zip(doors.kind[entries].tolist(), doors.channel[entries].tolist(), strict=True))
    nodes = dict(zip((channel for _, channel in cells), build.head[doors.arc[entries]].tolist(), strict=True))
    # A COp reached on one channel has one node; on several, each channel's node leads there. Channels come as -1, -2...
    kept = {-1 - channel: frozenset(cell for cell in cells if cell[1] == channel) for channel in nodes}
    wanted = {at: frozenset(cell for cell in cells if _counted(side, at)[cell[0]]) for at in limits}
    forest: Forest[Cell] = forest_of(kept if len(nodes) > 1 else {}, {at: each for at, each in wanted.items() if each})
    build.put_before(forest, nodes, doors.arc[entries], cells)
    return forest.crossing


class _Build:
    """The network while nodes are put in."""

    def __init__(self, tick: Tick, side: Side, first_node: int, reward: int) -> None:
        self._net, self._side, self._reward = tick.network, side, reward
        self._sink = tick.network.supply.size - 1
        self._next = self._sink + 1
        self.head = tick.network.head.copy()
        self._more: list[tuple[int, int, int, int]] = []
        self._above = tick.network.tail >= first_node
        leaves = np.flatnonzero(self._above & (tick.network.head != self._sink))
        self._up = dict(zip(tick.network.tail[leaves].tolist(), leaves.tolist(), strict=True))
        self._behind = np.arange(tick.network.supply.size)
        self._behind[tick.network.tail[leaves]] = tick.network.head[leaves]

    def cop_node_of(self, entered: Indices) -> Indices:
        """The COp's node behind each node that is entered, which may be one of their channels'."""
        return np.asarray(self._behind[entered])

    def put_behind(self, forest: Forest[int], cop_nodes: dict[int, int]) -> None:
        """Nodes between COps and the sink."""
        node = {name: self._new() for name in forest.parent}
        for name, parent in forest.parent.items():
            self._leave(name, node[name], self._sink if parent is None else node[parent])
        leads_to = np.full(self._net.supply.size, self._sink)
        for cop, name in forest.home.items():
            leads_to[cop_nodes[cop]] = node[name]
        ends = self._above & (self._net.head == self._sink)
        self.head[ends] = leads_to[self._net.tail[ends]]

    def put_before(self, forest: Forest[Cell], nodes: dict[int, int], arcs: Indices, cells: list[Cell]) -> None:
        """Nodes between conversations and one COp."""
        of = {name: nodes[-1 - name] if name < 0 else self._new() for name in forest.parent}
        cop_node = int(self.cop_node_of(np.array([next(iter(nodes.values()))]))[0])
        for name, parent in forest.parent.items():
            behind = cop_node if parent is None else of[parent]
            if name < 0:
                self.head[self._up[of[name]]] = behind
            else:
                self._leave(name, of[name], behind)
        for arc, cell in zip(arcs.tolist(), cells, strict=True):
            if cell in forest.home:
                self.head[arc] = of[forest.home[cell]]

    def _leave(self, name: int, node: int, behind: int) -> None:
        """The arcs out of a node: the room a limit leaves, or what practice pays and, past it, nothing."""
        if self._side.practice is None or name < self._side.n_limits:
            self._more.append((node, behind, int(self._side.most[name]), 0))
            return
        least = int(self._side.practice.least[name - self._side.n_limits])
        everyone = int(-self._net.supply[self._sink])
        self._more += [(node, behind, least, -self._reward), (node, behind, everyone, 0)]

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def network(self) -> FlowNetwork:
        """The network with the sink last, as everywhere."""
        more = np.array(self._more, np.int64).reshape(-1, 4)
        added = self._next - self._sink - 1
        old = self._net
        supply = np.concatenate([old.supply[:-1], np.zeros(added, np.int64), old.supply[-1:]])
        return FlowNetwork(
            tail=self._renumbered(np.concatenate([old.tail, more[:, 0]])),
            head=self._renumbered(np.concatenate([self.head, more[:, 1]])),
            capacity=np.concatenate([old.capacity, more[:, 2]]),
            cost=np.concatenate([old.cost, more[:, 3]]),
            supply=supply,
        )

    def _renumbered(self, node: Indices) -> Indices:
        last = self._next - 1
        return np.where(node == self._sink, last, np.where(node > self._sink, node - 1, node))


def practice_arcs(practice: PracticeArrays, chosen: Indices, doors: Entrances) -> list[Indices]:
    """For each of the `chosen` practices, the arcs that count towards it."""
    return [doors.arc[(doors.cop == practice.cop[at]) & practice.counted[at][doors.kind]] for at in chosen.tolist()]


def counted_arcs(side: Side, limits: Indices, doors: Entrances, n_cops: int) -> list[Indices]:
    """For each of `limits`, the arcs by which it is used up."""
    found = []
    for at in limits.tolist():
        named: Flags = np.zeros(n_cops, np.bool_)
        named[side.cops_of(at)] = True
        found.append(doors.arc[named[doors.cop] & side.counted[at][doors.kind]])
    return found
