"""Everybody who could matter at one moment, and which kinds of them must be looked at closely."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs, rules
from optimizer.board.knowledge import Knowledge
from optimizer.board.staff import Staff
from optimizer.board.waiting import Waiting
from optimizer.problem import CopArrays, Flags, Floats, Indices
from optimizer.tables import Tables

ALL_NEAR = 1500
"""Up to this many classes all are looked at closely."""

ODD_NEAR, MOST_ODD_NEAR = 64, 640
"""How many classes of uncertain conversations, or of those who exclude somebody, are looked at closely at first.

One for every eight COps with a slot, within these limits.
"""

ROUNDING = 16
"""Units: the terms of an uncertain pair are rounded after mixing, those of its candidates before."""

UNREACHED = 1e18
"""More than anybody could gain."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """C classes waiting and J COps with a free slot at `now`.

    cops: (J,) int64, their indices on the floor, and `place` (M,) the way back, -1 for the others; staff: their
    arrays; tables: their part of what is known; admits: (J, G) bool, who has a slot for which place; lane, lane_node,
    lane_urgency: (Q,) int64, lanes of kinds that some COp may be able to serve, their class, and the urgency of their
    first in units; stand_in, kind: (C,) int64, one lane of each class, and its kind; apart: (C,) bool, not the whole
    kind, because it excludes a COp of these; head, n_waiting: (C,) int64, urgency of the most urgent, and members;
    returning: (R,) int64, slots of those whose last COp is one of these.
    """

    now: float
    waiting: Waiting
    known: Knowledge
    cops: Indices
    place: Indices
    staff: CopArrays
    tables: Tables
    admits: Flags
    lane: Indices
    lane_node: Indices
    lane_urgency: Indices
    stand_in: Indices
    kind: Indices
    apart: Flags
    head: Indices
    n_waiting: Indices
    returning: Indices

    def near(self, level: Indices | None) -> Flags:
        """(C,) bool: classes to begin with. Those of certain conversations are few; of the others the most urgent.

        Those are all who are more urgent than the level (G,) of their place, in units, where that is known.
        """
        near = np.ones(self.head.size, np.bool_)
        if near.size <= ALL_NEAR:
            return near
        odd = np.flatnonzero((self.waiting.lanes.kinds["width"][self.kind] > 1) | self.apart)
        if level is not None:
            near[odd] = self.head[odd] > level[self.place_of(odd)]
            return near
        at_first = min(max(ODD_NEAR, self.cops.size // 8), MOST_ODD_NEAR)
        if odd.size > at_first:
            odd = odd[np.argpartition(self.head[odd], odd.size - at_first)[: odd.size - at_first]]
            near[odd] = False
        return near

    def place_of(self, nodes: Indices) -> Indices:
        """(C,) int64: the place of each of the classes `nodes`."""
        return np.asarray(self.waiting.lanes.kinds["place"][self.kind[nodes]])

    def urgency(self, slot: Indices) -> Indices:
        """(R,) int64 units: what answering each slot now is worth."""
        return self.waiting.urgency(slot, self.now, self.known.steering)

    def node_of(self, slot: Indices) -> Indices:
        """(R,) int64: the class of each slot."""
        node = np.full(self.waiting.rings.count.size, -1, np.int64)
        node[self.lane] = self.lane_node
        return np.asarray(node[self.waiting.slots["lane"][slot]])

    def promising(self, far: Indices, price: Indices) -> Indices:
        """Which of the classes `far` could gain something at these prices, (J, Ch) units; the others cannot.

        A COp who may serve an uncertain conversation is able to serve one of its candidates at least, and is worth no
        more to it than the COps best at each candidate would be on average.
        """
        kinds, kind, cheapest = self.waiting.lanes.kinds, self.kind[far], self._cheapest(price)
        most = self.known.most_worth.max(initial=0.0) + self.known.most_credit + ROUNDING
        hopeful = self.head[far] + most > cheapest.min(axis=1, initial=UNREACHED)[kinds["place"][kind]]
        far, kind = far[hopeful], kind[hopeful]
        types, share = kinds["type"][kind], self.waiting.lanes.probabilities(kind)
        worth = (share * self.known.most_worth[types]).sum(axis=1)
        worth += self.known.credit(types, share, kinds["market"][kind], kinds["language"][kind])
        return np.asarray(far[self.head[far] + worth - self._least(cheapest, kind) > -ROUNDING])

    def coming_back(self, far: Indices, price: Indices) -> Indices:
        """Which of the classes `far` have somebody who could gain at their last COp's price, (J, Ch) units."""
        is_far = np.zeros(self.head.size + 1, np.bool_)
        is_far[far] = True
        node = self.node_of(self.returning)
        slot, node = self.returning[is_far[node]], node[is_far[node]]  # the last is for those of no class, -1
        kinds, p = self.waiting.lanes.kinds, self.known.parameters
        cop = self.place[self.waiting.slots["last_cop"][slot]]
        open_ = np.flatnonzero(self.admits[cop, kinds["place"][self.kind[node]]])
        slot, node, cop = slot[open_], node[open_], cop[open_]
        kind = self.kind[node]
        types, share = kinds["type"][kind], self.waiting.lanes.probabilities(kind)
        worth = (share * self.known.worth[types, self.cops[cop][:, None]]).sum(axis=1)
        worth += self.known.credit(types, share, kinds["market"][kind], kinds["language"][kind])
        worth += costs.to_units(np.array(p.affinity_bonus_seconds)) + self.urgency(slot)
        return np.unique(node[worth - price[cop, kinds["channel"][kind]] > -ROUNDING])

    def servable(self, far: Indices, left: Flags) -> Indices:
        """Which of the classes `far` may be those that slots `left`, (J, Ch) bool, could serve."""
        cheapest = self._cheapest(np.where(left, 0, int(UNREACHED)))
        if (cheapest >= UNREACHED / 2).all():
            return far[:0]
        return np.asarray(far[self._least(cheapest, self.kind[far]) < UNREACHED / 2])

    def _least(self, cheapest: Floats, kind: Indices) -> Floats:
        """(F,) units: the least price of a COp able to serve one of each kind's candidates at least."""
        asks, n = self.waiting.lanes.asks, self.waiting.lanes.asks.size
        by_ask = cheapest[asks["place"][:n], asks["type"][:n]]
        least = by_ask[self.waiting.lanes.kinds["ask"][kind]]
        return np.asarray(np.minimum.reduce([least[:, column] for column in range(least.shape[1])]))

    def _cheapest(self, price: Indices) -> Floats:
        """(G, T) units: the least price of a COp who is able to serve the issue type at the place."""
        places, able = self.waiting.lanes.places, self.tables.able
        admits, cheapest = self.admits, np.full((places.size, able.shape[0]), UNREACHED)
        for place in np.flatnonzero(admits.any(axis=0)).tolist():
            at = np.flatnonzero(admits[:, place])
            spoken = self.staff.language_proficiency[at, places["language"][place]]
            paid = price[at, places["channel"][place]] - self.known.fluency(spoken)
            cheapest[place] = np.where(able[:, at], paid, UNREACHED).min(axis=1)
        return cheapest


def _admits(waiting: Waiting, staff: CopArrays) -> Flags:
    """(J, G) bool: has the COp a slot for each place?"""
    places = waiting.lanes.places
    market, language, channel = (places[name][: places.size] for name in ("market", "language", "channel"))
    fits = rules.serves_market(staff.serves_market[:, market])
    fits = fits & rules.speaks_language(staff.language_proficiency[:, language])
    return np.asarray(fits & rules.has_free_slot(staff.free[:, channel]))


def _reached(waiting: Waiting, known: Knowledge, cops: Indices, admits: Flags) -> Flags:
    """(K,) bool: kinds of which one of `cops` is able to serve a candidate at their place."""
    lanes, n = waiting.lanes, waiting.lanes.asks.size
    able = known.tables.able[:, cops].astype(np.float32) @ admits.astype(np.float32) > 0
    served = able[lanes.asks["type"][:n], lanes.asks["place"][:n]]
    hit = served[lanes.kinds["ask"][: lanes.kinds.size]]
    # Ten times as fast as by row.
    return np.asarray(np.logical_or.reduce([hit[:, column] for column in range(hit.shape[1])]))


def _by_class(waiting: Waiting, reached: Flags, here: Flags) -> tuple[Indices, Indices, Flags]:
    """Lanes somebody waits in (Q,), of kinds that are `reached`, by class; where each begins, and which are apart.

    A kind is a class; a lane that excludes a COp of those `here` is one of its own, after the others.
    """
    lanes, alive = waiting.lanes, waiting.rings.count > 0
    alone = lanes.excluding(here)
    alone = alone[alive[alone] & reached[lanes.lanes["kind"][alone]]]
    alive[alone] = False
    lane, kind = lanes.by_kind()
    some = np.flatnonzero(alive[lane] & reached[kind])
    lane, kind = lane[some], kind[some]
    first = np.flatnonzero(np.concatenate(([True], kind[1:] != kind[:-1]))[: kind.size])
    starts = np.concatenate([first, lane.size + np.arange(alone.size)])
    return np.concatenate([lane, alone]), starts, np.arange(starts.size) >= first.size


def look(waiting: Waiting, staff: Staff, known: Knowledge, now: float) -> Scene:
    """The scene at `now`."""
    on_duty = (
        known.can_serve
        & rules.is_available(staff.available)
        & rules.shift_lasts(staff.seconds_left(now), known.parameters)
    )
    cops = np.flatnonzero(on_duty & (staff.free > 0).any(axis=1))
    place = np.full(len(staff), -1, np.int64)
    place[cops] = np.arange(cops.size)
    free = staff.arrays(now, cops, most=waiting.count)
    admits = _admits(waiting, free)
    lane, first, apart = _by_class(waiting, _reached(waiting, known, cops, admits), place >= 0)
    urgency = waiting.head_urgency(lane, now, known.steering)
    stand_in = lane[first]
    return Scene(
        now=now,
        waiting=waiting,
        known=known,
        cops=cops,
        place=place,
        staff=free,
        tables=known.tables_of(cops, free.seconds_to_shift_end),
        admits=admits,
        lane=lane,
        lane_node=np.repeat(np.arange(first.size), np.diff(np.append(first, lane.size))),
        lane_urgency=urgency,
        stand_in=stand_in,
        kind=np.asarray(waiting.lanes.lanes["kind"][stand_in]),
        apart=apart,
        head=np.maximum.reduceat(urgency, first) if first.size else first,
        n_waiting=np.add.reduceat(waiting.rings.count[lane], first) if first.size else first,
        returning=_returning(waiting, known, cops, place),
    )


def _returning(waiting: Waiting, known: Knowledge, cops: Indices, place: Indices) -> Indices:
    if known.parameters.affinity_bonus_seconds <= 0:
        return cops[:0]
    return waiting.customers_of(cops, place >= 0)
