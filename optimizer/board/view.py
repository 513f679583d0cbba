"""A close look at some classes of a scene: which COps may serve them, and what each pair is worth."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.arcs import Arcs, eligible_arcs, find_arcs
from optimizer.board.columns import joined
from optimizer.board.knowledge import NOTHING_LEARNED
from optimizer.board.scene import Scene
from optimizer.classes import Classes
from optimizer.problem import ConversationArrays, Flags, Indices, Problem
from optimizer.runs import foremost_first, position_within
from optimizer.tables import Tables

_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """R waiting conversations. slot, node, urgency: (R,) int64; node is the class in the view's `classes`."""

    slot: Indices
    node: Indices
    urgency: Indices

    def __len__(self) -> int:
        return len(self.slot)

    def at(self, rows: Indices | Flags) -> "Customers":
        """Some of them."""
        return Customers(self.slot[rows], self.node[rows], self.urgency[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Returning:
    """Those whose last COp could serve them now: arc (R,) int64 is that pair in the view's `arcs`."""

    who: Customers
    arc: Indices


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """C of a scene's classes, `nodes` there, and its J COps; `problem` has one row a class.

    arcs: only those to COps with a free slot; lane, lane_node, lane_urgency: (Q,) int64, lanes of classes that some COp
    here may serve, their class here, and the urgency of their first in units; n_waiting, head: (C,) int64, members, and
    the urgency of the most urgent, both 0 where no COp here may serve them.
    """

    scene: Scene
    nodes: Indices
    problem: Problem
    tables: Tables
    classes: Classes
    arcs: Arcs
    lane: Indices
    lane_node: Indices
    lane_urgency: Indices
    n_waiting: Indices
    head: Indices
    returning: Returning

    @property
    def channel(self) -> Indices:
        """(C,) int64: the channel of each class."""
        return self.problem.conversations.channel

    def rows(self, who: Indices) -> ConversationArrays:
        """The conversations at slots `who`, with COps numbered as in this view; others are left out."""
        c = self.scene.waiting.rows(who, self.scene.now)
        last = np.where(c.last_cop >= 0, self.scene.place[c.last_cop], -1)  # place[-1] is looked up and not used
        start, excluded = _excluded_here(c.exclusion_start, c.excluded_cop, self.scene.place)
        return replace(c, last_cop=last, exclusion_start=start, excluded_cop=excluded)

    def most_urgent(self, n: Indices) -> Customers:
        """The `n` (C,) most urgent of each class, fewer where there are fewer; by class, the most urgent first."""
        # The n most urgent of a class are among the n lanes whose longest-waiting are most urgent.
        some = np.flatnonzero(n[self.lane_node] > 0)
        some = some[foremost_first(self.lane_node[some], self.lane_urgency[some])]
        node = self.lane_node[some]
        within = position_within(node) < n[node]
        node = node[within]
        owner, slot = self.scene.waiting.rings.heads(self.lane[some[within]], n[node])
        who = Customers(slot, node[owner], self.urgency(slot))
        who = who.at(foremost_first(who.node, who.urgency))
        return who.at(position_within(who.node) < n[who.node])

    def above(self, level: Indices, most: Indices) -> tuple[Indices, Customers]:
        """Everyone more urgent than their class's level (C,), in units, and the next, but `most` (C,) of each at most.

        Returns (C,) how many of each class, and them: by class, the most urgent first.
        """
        some = np.flatnonzero(most[self.lane_node] > 0)
        lane, node = self.lane[some], self.lane_node[some]
        count = self._places_above(lane, level[node], self.lane_urgency[some])
        wanted = count + _could_be_next(node, count, self.lane_urgency[some])
        owner, slot = self.scene.waiting.rings.heads(lane, np.minimum(wanted, most[node]))
        who = Customers(slot, node[owner], self.urgency(slot))
        n_above = np.bincount(who.node, who.urgency > level[who.node], most.size).astype(np.int64)
        who = who.at(foremost_first(who.node, who.urgency))
        n = np.minimum(n_above + 1, most)
        who = who.at(position_within(who.node) < n[who.node])
        return np.bincount(who.node, minlength=most.size), who

    def _places_above(self, lane: Indices, level: Indices, head: Indices) -> Indices:
        """(Q,) int64: how many places from its head each lane is above its level, by bisection: it is sorted."""
        rings, scene = self.scene.waiting.rings, self.scene
        low = (head > level).astype(np.int64)
        high = np.where(low > 0, rings.length(lane), 0)
        open_ = np.flatnonzero(low < high)
        while open_.size:
            middle = (low[open_] + high[open_]) // 2
            slot = rings.nth(lane[open_], middle)
            urgency = scene.waiting.age_urgency(lane[open_], slot, scene.now, scene.known.steering)
            higher = urgency > level[open_]
            low[open_[higher]] = middle[higher] + 1
            high[open_[~higher]] = middle[~higher]
            open_ = open_[low[open_] < high[open_]]
        return low

    def urgency(self, slot: Indices) -> Indices:
        """(R,) int64 units: what answering each slot now is worth."""
        return self.scene.urgency(slot)


def _could_be_next(node: Indices, count: Indices, urgency: Indices) -> Flags:
    """(Q,) bool: lanes, by class, whose first beyond `count` may be the most urgent there of the class.

    Of the lanes that none are counted of, that is the most urgent one.
    """
    if not node.size:
        return node > 0
    first = np.flatnonzero(np.concatenate(([True], node[1:] != node[:-1])))
    idle = np.where(count > 0, -1, urgency)
    foremost = np.repeat(np.maximum.reduceat(idle, first), np.diff(np.append(first, node.size)))
    return np.asarray((count > 0) | (idle == foremost))


def view_of(scene: Scene, nodes: Indices) -> View:
    """The view of the scene's classes `nodes` (C,), ascending."""
    number = np.full(scene.head.size, -1, np.int64)
    number[nodes] = np.arange(nodes.size)
    problem = _problem(scene, nodes)
    classes = _classes(scene, nodes)
    arcs = eligible_arcs(problem, classes, scene.tables, open_only=True)
    served = np.diff(arcs.start) > 0
    node = number[scene.lane_node]
    at = np.flatnonzero((node >= 0) & np.append(served, False)[node])
    view = View(
        *(scene, nodes, problem, scene.tables, classes, arcs),
        *(scene.lane[at], node[at], scene.lane_urgency[at]),
        *(np.where(served, scene.n_waiting[nodes], 0), np.where(served, scene.head[nodes], 0)),
        Returning(Customers(_NOBODY, _NOBODY, _NOBODY), _NOBODY),
    )
    return replace(view, returning=_returning(view, number)) if scene.returning.size and arcs.cls.size else view


def beside(one: View, other: View) -> View:
    """Both views of a scene as one, the other's classes after the one's."""
    n, a, b, p = len(one.classes), one.arcs, other.arcs, one.problem
    rows = joined([p.conversations, other.problem.conversations])
    problem = Problem(rows, p.cops, p.issue_types, p.handle_times, p.parameters, p.steering)
    arcs = Arcs(
        cls=np.concatenate([a.cls, b.cls + n]),
        cop=np.concatenate([a.cop, b.cop]),
        worth=np.concatenate([a.worth, b.worth]),
        free=np.concatenate([a.free, b.free]),
        start=np.concatenate([a.start, b.start[1:] + a.cls.size]),
    )
    who, more = one.returning.who, other.returning.who
    returning = Returning(
        Customers(
            np.concatenate([who.slot, more.slot]),
            np.concatenate([who.node, more.node + n]),
            np.concatenate([who.urgency, more.urgency]),
        ),
        np.concatenate([one.returning.arc, other.returning.arc + a.cls.size]),
    )
    return View(
        *(one.scene, np.concatenate([one.nodes, other.nodes]), problem, one.tables),
        *(_classes(one.scene, np.concatenate([one.nodes, other.nodes])), arcs, np.concatenate([one.lane, other.lane])),
        np.concatenate([one.lane_node, other.lane_node + n]),
        np.concatenate([one.lane_urgency, other.lane_urgency]),
        np.concatenate([one.n_waiting, other.n_waiting]),
        np.concatenate([one.head, other.head]),
        returning,
    )


def _problem(scene: Scene, nodes: Indices) -> Problem:
    """One row a class, of which only place, channel and exclusions mean something: the rest is in its `Classes`."""
    lanes, lane, n = scene.waiting.lanes, scene.stand_in[nodes], nodes.size
    kinds, kind = lanes.kinds, lanes.lanes["kind"][lane]
    ones, never = np.ones(n), np.zeros(n, np.bool_)
    exclusion_start, excluded = _excluded_here(*lanes.exclusions(lane), scene.place)
    rows = ConversationArrays(
        candidate_start=np.arange(n + 1),
        candidate_type=kinds["type"][kind, 0],
        candidate_probability=ones,
        market=kinds["market"][kind],
        language=kinds["language"][kind],
        channel=kinds["channel"][kind],
        priority=np.ones(n, np.int64),
        waiting_seconds=ones,
        target_seconds=ones,
        vulnerable=never,
        fraud=never,
        last_cop=np.full(n, -1),
        exclusion_start=exclusion_start,
        excluded_cop=excluded,
    )
    known = scene.known
    steering = known.steering_of(scene.cops)
    return Problem(rows, scene.staff, known.issue_types, NOTHING_LEARNED, known.parameters, steering)


def _excluded_here(start: Indices, excluded: Indices, place: Indices) -> tuple[Indices, Indices]:
    """The excluded COps that are in the scene, by their place in it, and the new row starts."""
    at = place[excluded]
    owner = np.repeat(np.arange(start.size - 1), np.diff(start))[at >= 0]
    width = np.bincount(owner, minlength=start.size - 1)
    return np.concatenate(([0], np.cumsum(width))).astype(np.int64), at[at >= 0]


def _classes(scene: Scene, nodes: Indices) -> Classes:
    kinds, kind = scene.waiting.lanes.kinds, scene.kind[nodes]
    every = np.arange(nodes.size)
    width = kinds["width"][kind]
    wide = int(width.max(initial=1))
    return Classes(every, every, width, kinds["type"][kind, :wide], scene.waiting.lanes.probabilities(kind)[:, :wide])


def _returning(view: View, number: Indices) -> Returning:
    scene = view.scene
    slot, node = scene.returning, scene.node_of(scene.returning)
    node = np.where(node >= 0, number[node], -1)
    slot, node = slot[node >= 0], node[node >= 0]
    cop = scene.place[scene.waiting.slots["last_cop"][slot]]
    arc, found = find_arcs(view.arcs, scene.cops.size, node, cop)
    slot, node, arc = slot[found], node[found], arc[found]
    return Returning(Customers(slot, node, view.urgency(slot)), arc)
