"""What one moment's plan can be made of: COps with a free slot, and kinds of conversations they may serve."""

from dataclasses import dataclass, replace

import numpy as np

from optimizer import rules
from optimizer.arcs import Arcs, eligible_arcs, find_arcs
from optimizer.board.staff import Staff
from optimizer.board.waiting import Waiting
from optimizer.classes import Classes
from optimizer.parameters import MatchingParameters
from optimizer.problem import (
    ConversationArrays,
    CopArrays,
    Flags,
    HandleTimeArrays,
    Indices,
    IssueTypeArrays,
    Problem,
)
from optimizer.runs import position_within
from optimizer.steering import Steering
from optimizer.tables import Tables

_NO_INDICES, _NO_NUMBERS = np.zeros(0, np.int64), np.zeros(0)
NOTHING_LEARNED = HandleTimeArrays(_NO_INDICES, _NO_INDICES, _NO_NUMBERS, _NO_NUMBERS, _NO_NUMBERS)


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What changes off the tick's path: issue types, parameters, prices and the tables worked out from them."""

    issue_types: IssueTypeArrays
    tables: Tables
    parameters: MatchingParameters
    steering: Steering | None

    def tables_of(self, cops: Indices) -> Tables:
        """The tables' columns of `cops` (J,)."""
        t = self.tables
        if cops.size == t.expected.shape[1]:
            return t
        columns = {name: getattr(t, name)[:, cops] for name in ("expected", "repeated", "able", "priced")}
        return replace(t, **columns)

    def steering_of(self, place: Indices) -> Steering | None:
        """The prices of the COps whose `place` (M,) is not -1."""
        if self.steering is None:
            return None
        return replace(self.steering, cop_price=self.steering.cop_price[place >= 0])


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
    """C classes waiting and J COps free at `now`; `problem` has one row a class, its longest-waiting member.

    cops: (J,) int64, the COps' indices on the floor, and `place` (M,) the way back, -1 for the others; arcs: only those
    with a free slot; lane, lane_node, lane_urgency: (Q,) int64, lanes of classes that some COp here may serve, their
    class and the urgency of their first in units; n_waiting, head: (C,) int64, members, and the urgency of the most
    urgent, both 0 where no COp here may serve them.
    """

    now: float
    waiting: Waiting
    cops: Indices
    place: Indices
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
        c = self.waiting.rows(who, self.now)
        last = np.where(c.last_cop >= 0, self.place[c.last_cop], -1)  # place[-1] is looked up and not used
        start, excluded = _excluded_here(c.exclusion_start, c.excluded_cop, self.place)
        return replace(c, last_cop=last, exclusion_start=start, excluded_cop=excluded)

    def most_urgent(self, n: Indices) -> Customers:
        """The `n` (C,) most urgent of each class, fewer where there are fewer; by class, the most urgent first."""
        # The n most urgent of a class are among the n lanes whose longest-waiting are most urgent.
        some = np.flatnonzero(n[self.lane_node] > 0)
        some = some[np.lexsort((-self.lane_urgency[some], self.lane_node[some]))]
        node = self.lane_node[some]
        within = position_within(node) < n[node]
        node = node[within]
        owner, slot = self.waiting.rings.heads(self.lane[some[within]], n[node])
        who = Customers(slot, node[owner], self.urgency(slot))
        who = who.at(np.lexsort((slot, -who.urgency, who.node)))
        return who.at(position_within(who.node) < n[who.node])

    def urgency(self, slot: Indices) -> Indices:
        """(R,) int64 units: what answering each slot now is worth."""
        return self.waiting.urgency(slot, self.now, self.problem.parameters, self.problem.steering)


def look(waiting: Waiting, staff: Staff, known: Knowledge, now: float) -> View:
    """The view at `now`."""
    cops = _with_room(staff, known, now)
    place = np.full(len(staff), -1, np.int64)
    place[cops] = np.arange(cops.size)
    live = np.flatnonzero(waiting.rings.count)
    lane_node, first = _nodes(waiting, live, place >= 0)
    problem = _problem(waiting, staff.arrays(now, cops, most=waiting.count), known, live[first], place)
    tables, classes = known.tables_of(cops), _classes(waiting, live[first])
    arcs = _open(eligible_arcs(problem, classes, tables))
    reached = np.flatnonzero((np.diff(arcs.start) > 0)[lane_node])
    lane, node = live[reached], lane_node[reached]
    urgency = waiting.head_urgency(lane, now, known.parameters, known.steering)
    head, n_waiting = np.zeros((2, first.size), np.int64)
    np.maximum.at(head, node, urgency)
    np.add.at(n_waiting, node, waiting.rings.count[lane])
    seen = (now, waiting, cops, place, problem, tables, classes, arcs)
    nobody = Returning(Customers(cops[:0], cops[:0], cops[:0]), cops[:0])
    view = View(*seen, lane, node, urgency, n_waiting, head, nobody)
    if known.parameters.affinity_bonus_seconds <= 0 or not arcs.cls.size:
        return view
    node_of_lane = np.full(waiting.rings.count.size, -1, np.int64)
    node_of_lane[lane] = node
    return replace(view, returning=_returning(view, node_of_lane))


def _with_room(staff: Staff, known: Knowledge, now: float) -> Indices:
    on_duty = rules.is_available(staff.available) & rules.shift_lasts(staff.seconds_left(now), known.parameters)
    return np.flatnonzero(on_duty & (staff.free > 0).any(axis=1))


def _nodes(waiting: Waiting, live: Indices, here: Flags) -> tuple[Indices, Indices]:
    """The class of each live lane, and where in `live` one lane of each class is.

    A kind is a class; a lane that excludes a COp of those `here` is one of its own.
    """
    lanes = waiting.lanes
    barred = lanes.lanes["barred"][live]
    apart = (barred > 0) & lanes.sets_with(here)[barred]
    kind = np.where(apart, lanes.kinds.size + np.cumsum(apart) - 1, lanes.lanes["kind"][live])
    present = np.zeros(lanes.kinds.size + int(np.count_nonzero(apart)), np.bool_)
    present[kind] = True
    number = np.cumsum(present) - 1
    first = np.zeros(int(np.count_nonzero(present)), np.int64)
    first[number[kind]] = np.arange(live.size)
    return number[kind], first


def _problem(waiting: Waiting, cops: CopArrays, known: Knowledge, lane: Indices, place: Indices) -> Problem:
    """One row a class, of which only place, channel and exclusions mean something: the rest is in its `Classes`."""
    kinds, kind = waiting.lanes.kinds, waiting.lanes.lanes["kind"][lane]
    ones, zeros = np.ones(lane.size), np.zeros(lane.size, np.bool_)
    exclusion_start, excluded = _excluded_here(*waiting.lanes.exclusions(lane), place)
    rows = ConversationArrays(
        candidate_start=np.arange(lane.size + 1),
        candidate_type=kinds["type"][kind, 0],
        candidate_probability=ones,
        market=kinds["market"][kind],
        language=kinds["language"][kind],
        channel=kinds["channel"][kind],
        priority=ones.astype(np.int64),
        waiting_seconds=ones,
        target_seconds=ones,
        vulnerable=zeros,
        fraud=zeros,
        last_cop=-ones.astype(np.int64),
        exclusion_start=exclusion_start,
        excluded_cop=excluded,
    )
    return Problem(rows, cops, known.issue_types, NOTHING_LEARNED, known.parameters, known.steering_of(place))


def _excluded_here(start: Indices, excluded: Indices, place: Indices) -> tuple[Indices, Indices]:
    """The excluded COps that are in the view, by their place in it, and the new row starts."""
    at = place[excluded]
    owner = np.repeat(np.arange(start.size - 1), np.diff(start))[at >= 0]
    width = np.bincount(owner, minlength=start.size - 1)
    return np.concatenate(([0], np.cumsum(width))).astype(np.int64), at[at >= 0]


def _classes(waiting: Waiting, lane: Indices) -> Classes:
    kinds, kind = waiting.lanes.kinds, waiting.lanes.lanes["kind"][lane]
    every = np.arange(lane.size)
    width = kinds["width"][kind]
    wide = int(width.max(initial=1))
    return Classes(every, every, width, kinds["type"][kind, :wide], waiting.lanes.probabilities(kind)[:, :wide])


def _open(arcs: Arcs) -> Arcs:
    """The arcs to COps who have a slot left on the class's channel."""
    free = arcs.free > 0
    if free.all():
        return arcs
    before = np.concatenate(([0], np.cumsum(free))).astype(np.int64)
    return Arcs(arcs.cls[free], arcs.cop[free], arcs.worth[free], arcs.free[free], before[arcs.start])


def _returning(view: View, node_of_lane: Indices) -> Returning:
    waiting = view.waiting
    slot = waiting.customers_of(view.cops, view.place >= 0)
    node = node_of_lane[waiting.slots["lane"][slot]]
    slot, node = slot[node >= 0], node[node >= 0]
    cop = view.place[waiting.slots["last_cop"][slot]]
    arc, found = find_arcs(view.arcs, view.cops.size, node, cop)
    slot, node, arc = slot[found], node[found], arc[found]
    return Returning(Customers(slot, node, view.urgency(slot)), arc)
