"""First-come-first-served rings in one array: who waits in each lane, the longest-waiting first."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optimizer.board.columns import spans
from optimizer.board.growing import Growing
from optimizer.problem import Flags, Floats, Indices
from optimizer.runs import position_within

LEAST_ROOM = 4
LANES_ONE_BY_ONE = 64
"""Up to this many lanes, and one in sixty rows, are rewritten singly; more are laid out anew all at once."""


class Rings:
    """Lane l's slots are `order[start + k % room]` for k from `head` to `tail`, by `arrival`; some may have left.

    `slots` holds, by slot, the lane (-1: left, but still lying in a ring) and the arrival. `release` is told of
    slots that no ring holds any more. head_arrival: (L,) float64, infinite for an empty lane; count: (L,) int64, live.
    """

    def __init__(self, slots: Growing, release: Callable[[Indices], None]) -> None:
        self._slots = slots
        self._release = release
        self._order: NDArray[np.int32] = np.zeros(1024, np.int32)
        self._used = 0
        whole = dict.fromkeys(("start", "room", "head", "tail", "count"), np.int64)
        self.lanes = Growing(**whole, first=np.float64)

    @property
    def count(self) -> Indices:
        """(L,) int64: live slots of each lane."""
        return self.lanes["count"][: self.lanes.size]

    @property
    def head_arrival(self) -> Floats:
        """(L,) float64: when the longest-waiting of each lane arrived."""
        return self.lanes["first"][: self.lanes.size]

    def open(self, n: int) -> Indices:
        """`n` new lanes, empty."""
        at = self.lanes.extend(n)
        self.lanes["first"][at] = np.inf
        return at

    def put(self, lane: Indices, slot: Indices) -> None:
        """Add each slot (N,) to its lane."""
        if not lane.size:
            return
        by_age = np.lexsort((self._slots["arrival"][slot], lane))
        lane, slot = lane[by_age], slot[by_age]
        first = np.flatnonzero(np.concatenate(([True], lane[1:] != lane[:-1])))
        touched, more = lane[first], np.diff(np.append(first, lane.size))
        x = self.lanes
        x["count"][touched] += more
        full = x["tail"][touched] - x["head"][touched] + more > x["room"][touched]
        unfit = full | self._is_late(touched, slot[first])
        odd = np.repeat(unfit, more)
        self._append(lane[~odd], slot[~odd], touched[~unfit], more[~unfit])
        self._rewrite(touched[unfit], lane[odd], slot[odd])
        self._refresh(touched)

    def drop(self, lane: Indices) -> None:
        """Forget one slot of each lane (N,), which the caller has marked as left; lanes may repeat."""
        np.subtract.at(self.lanes["count"], lane, 1)
        touched = np.unique(lane)
        self._advance(touched)
        x = self.lanes
        dead = x["tail"][touched] - x["head"][touched] - x["count"][touched]
        cluttered = touched[dead > x["count"][touched] + 8]
        nothing = np.zeros(0, np.int64)
        self._rewrite(cluttered, nothing, nothing)
        self._refresh(touched)

    def heads(self, lane: Indices, n: Indices) -> tuple[Indices, Indices]:
        """The `n` (Q,) longest-waiting of each lane (Q,), fewer where there are fewer: positions in `lane`, slots."""
        x = self.lanes
        length = x["tail"][lane] - x["head"][lane]
        dead = length - x["count"][lane]
        take = np.minimum(n + dead, length)
        owner = np.repeat(np.arange(lane.size), take)
        slot = self._at(lane[owner], x["head"][lane][owner] + position_within(owner))
        live = self._slots["lane"][slot] >= 0
        owner, slot = owner[live], slot[live]
        fits = position_within(owner) < n[owner]
        return owner[fits], slot[fits]

    def length(self, lane: Indices) -> Indices:
        """(Q,) int64: how many lie in each lane, those who left but are not last to be cleared away included."""
        return np.asarray(self.lanes["tail"][lane] - self.lanes["head"][lane])

    def nth(self, lane: Indices, n: Indices) -> Indices:
        """(Q,) int64: the slot at place `n` of each lane, counted from 0 at its head; it may have left."""
        return self._at(lane, self.lanes["head"][lane] + n)

    def _at(self, lane: Indices, k: Indices) -> Indices:
        x = self.lanes
        return np.asarray(self._order[x["start"][lane] + k % np.maximum(x["room"][lane], 1)].astype(np.int64))

    def _is_late(self, lane: Indices, slot: Indices) -> Flags:
        """Did the first newcomer of each lane arrive before somebody who is in it already?"""
        x = self.lanes
        some = x["tail"][lane] > x["head"][lane]
        last = self._at(lane, np.maximum(x["tail"][lane] - 1, 0))
        arrival = self._slots["arrival"]
        return np.asarray(some & (arrival[last] > arrival[slot]))

    def _append(self, lane: Indices, slot: Indices, touched: Indices, more: Indices) -> None:
        x = self.lanes
        k = x["tail"][lane] + position_within(lane)
        self._order[x["start"][lane] + k % np.maximum(x["room"][lane], 1)] = slot
        x["tail"][touched] += more

    def _rewrite(self, touched: Indices, lane: Indices, slot: Indices) -> None:
        """Lay `touched` lanes out anew with `slot` added to each `lane` (both by lane)."""
        if touched.size > LANES_ONE_BY_ONE + self._used // 60:
            self._lay_out(lane, slot)
            return
        bound = np.searchsorted(lane, np.append(touched, np.iinfo(np.int64).max))
        for at, each in enumerate(touched.tolist()):
            self._rewrite_one(each, slot[bound[at] : bound[at + 1]])
        if self._used > 4 * self._slots.size + 65_536:
            self._lay_out(slot[:0], slot[:0])  # lanes that moved left more behind than there is

    def keep(self, lanes: Indices) -> None:
        """Forget all lanes but these (K,), numbered anew in this order; the others must be empty."""
        self.lanes.keep(lanes)

    def _rewrite_one(self, lane: int, more: Indices) -> None:
        x = self.lanes
        k = np.arange(x["head"][lane], x["tail"][lane])
        held = self._at(np.full(k.size, lane), k)
        live = self._slots["lane"][held] >= 0
        self._release(held[~live])
        whole = np.concatenate([held[live], more])
        whole = whole[np.argsort(self._slots["arrival"][whole], kind="stable")]
        if whole.size > x["room"][lane]:
            room = max(2 * whole.size, LEAST_ROOM)
            x["start"][lane], x["room"][lane] = self._reserve(room), room
        start = int(x["start"][lane])
        self._order[start : start + whole.size] = whole
        x["head"][lane], x["tail"][lane] = 0, whole.size

    def _reserve(self, room: int) -> int:
        start = self._used
        self._used += room
        if self._used > self._order.size:
            wider = np.zeros(self._used + self._used // 4, np.int32)
            wider[: self._order.size] = self._order
            self._order = wider
        return start

    def _lay_out(self, lane: Indices, slot: Indices) -> None:
        """Every lane anew, with `slot` added to each `lane`: one sort for all."""
        x, n = self.lanes, self.lanes.size
        at, _ = self._everywhere()
        held = self._order[at].astype(np.int64)
        live = self._slots["lane"][held] >= 0
        self._release(held[~live])
        whole = np.concatenate([held[live], slot])
        owner = np.concatenate([self._slots["lane"][held[live]], lane]).astype(np.int64)
        by_age = np.lexsort((self._slots["arrival"][whole], owner))
        whole, owner = whole[by_age], owner[by_age]
        size = np.bincount(owner, minlength=n)
        room = np.where(size > 0, size + size // 4 + LEAST_ROOM, 0)
        x["start"][:n] = np.cumsum(room) - room
        x["room"][:n], x["head"][:n], x["tail"][:n] = room, 0, size
        self._used = int(room.sum())
        self._order = np.zeros(self._used + self._used // 8 + 1024, np.int32)
        self._order[x["start"][owner] + position_within(owner)] = whole

    def _everywhere(self) -> tuple[Indices, Indices]:
        """Positions in `order` of every lane's contents, and each lane's bounds in them."""
        x, n = self.lanes, self.lanes.size
        length = (x["tail"] - x["head"])[:n]
        bounds = np.concatenate(([0], np.cumsum(length)))
        within, _ = spans(bounds, np.arange(n))
        owner = np.repeat(np.arange(n), length)
        k = x["head"][owner] + within - bounds[owner]
        return np.asarray(x["start"][owner] + k % np.maximum(x["room"][owner], 1)), bounds

    def _advance(self, lane: Indices) -> None:
        """Move heads past those who left."""
        x = self.lanes
        while True:
            lane = lane[x["head"][lane] < x["tail"][lane]]
            slot = self._at(lane, x["head"][lane])
            gone = self._slots["lane"][slot] < 0
            if not gone.any():
                return
            lane = lane[gone]
            self._release(slot[gone])
            x["head"][lane] += 1

    def _refresh(self, lane: Indices) -> None:
        x = self.lanes
        x["first"][lane] = np.inf
        some = lane[x["tail"][lane] > x["head"][lane]]
        x["first"][some] = self._slots["arrival"][self._at(some, x["head"][some])]
