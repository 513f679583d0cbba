"""What a process remembers of the floor between two looks: everybody who waits and every COp, kept up by the events."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from routing.domain.cop import Cop, CopId, CopStatus, Presence, Shift
from routing.domain.events import EventKind
from routing.domain.lineup import Group, Lineup
from routing.domain.market import Markets
from routing.domain.pack import Pack
from routing.ports import UnitOfWork
from routing.services.boundary import seen

T = TypeVar("T")
MOST_NEWS = 500
"""Events since the last look beyond which everything is read anew."""
PASSING = frozenset({EventKind.PRESENCE_CHANGED, EventKind.REVIEW_CLAIMED, EventKind.REVIEW_SKIPPED})
"""What no figure of the last hour or day that pages show is made of."""
FIGURES_SECONDS = 5.0
FORGET_SECONDS = 30.0
"""Everything is read anew as often, for what changed without an event that names a conversation or a COp."""


@dataclass(frozen=True, slots=True)
class CopView:
    """One COp as the floor shows them; `on_shift` is by the roster.

    free_slots: over all channels, 0 unless available and on shift. standing: free, busy (nothing free, or says so),
    away or offline (off shift counts as offline).
    """

    cop: Cop
    status: CopStatus
    on_shift: bool
    free_slots: int
    standing: str


def cop_view(cop: Cop, status: CopStatus, on_shift: bool) -> CopView:
    """How a COp stands."""
    works = on_shift and status.presence is Presence.AVAILABLE
    free = sum(status.free(channel) for channel in cop.capacity) if works else 0
    return CopView(cop, status, on_shift, free, _standing(status.presence, on_shift, free))


def _standing(presence: Presence, on_shift: bool, free: int) -> str:
    if not on_shift or presence is Presence.OFFLINE:
        return "offline"
    if presence is Presence.AWAY:
        return "away"
    return "free" if free else "busy"


@dataclass(frozen=True, slots=True)
class FloorRows:
    """One look: those who wait, group by group, and how each COp of a roster stands, in its order."""

    groups: Sequence[Group]
    cops: Sequence[CopView]


class FloorMemory:
    """Everybody who waits and every COp of the whole bank; one for a process, used by many threads.

    Facts tell whose rows to read again. What somebody with only some markets sees is chosen at each look.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic, self._lock = monotonic, threading.Lock()
        self._lineup: Lineup | None = None
        self._statuses: dict[CopId, CopStatus] = {}
        self._views: dict[CopId, CopView] = {}
        self._staff: tuple[Mapping[CopId, Cop], Sequence[tuple[CopId, Cop, int]], Sequence[Shift]] = ({}, (), ())
        self._kept: dict[str, tuple[object, Any]] = {}
        self._seq, self._pack, self._forgets_at = 0, "", 0.0
        self._counted = 0

    def look(self, uow: UnitOfWork, pack: Pack, at: datetime, within: Markets = None) -> FloorRows:
        """The floor as the transaction sees it, as far as these markets go; `pack` as it is in force."""
        with self._lock:
            lineup = self._caught_up(uow, pack, at)
            groups = [each for each in lineup.groups() if within is None or each.market in within]
            cops = self._cops(pack.roster, at)
        return FloorRows(groups, cops if within is None else [view for view in cops if seen(view.cop, within)])

    def _caught_up(self, uow: UnitOfWork, pack: Pack, at: datetime) -> Lineup:
        seq, lineup = uow.events.last_seq(), self._lineup
        kept = pack.version == self._pack and self._monotonic() < self._forgets_at
        if lineup is None or not kept or seq - self._seq > MOST_NEWS:
            lineup, self._seq, self._counted = self._read(uow, pack, at), seq, seq
        elif seq > self._seq:
            # Another thread may have looked later than this transaction began: what it knows is newer.
            self._take_in(uow, lineup)
            self._seq = seq
        return lineup

    def _read(self, uow: UnitOfWork, pack: Pack, at: datetime) -> Lineup:
        self._lineup = lineup = Lineup(pack.overflow, pack.markets, at)
        lineup.put(uow.conversations.waits())
        self._statuses = {each.cop_id: each for each in uow.cops.statuses()}
        if pack.version != self._pack:
            self._views = {}
        self._pack, self._forgets_at = pack.version, self._monotonic() + FORGET_SECONDS
        return lineup

    def _take_in(self, uow: UnitOfWork, lineup: Lineup) -> None:
        """Read again what the facts since the last look are about."""
        news = uow.events.after(self._seq, MOST_NEWS)
        conversations = {each.conversation_id for each in news if each.conversation_id}
        cops = {CopId(each.cop_id) for each in news if each.cop_id}
        self._counted = max((each.seq or 0 for each in news if each.kind not in PASSING), default=self._counted)
        if conversations:
            waits = uow.conversations.waits(sorted(conversations))
            lineup.drop(conversations)
            lineup.put(waits)
        if cops:
            self._statuses |= {each.cop_id: each for each in uow.cops.statuses(sorted(cops))}

    def _cops(self, roster: Mapping[CopId, Cop], at: datetime) -> list[CopView]:
        if self._staff[0] is not roster:
            shifts = {cop.shift: place for place, cop in enumerate(roster.values())}
            named = sorted(shifts, key=shifts.__getitem__)
            number = {shift: place for place, shift in enumerate(named)}
            self._staff = roster, [(id, cop, number[cop.shift]) for id, cop in roster.items()], named
        covered, views, statuses = [shift.covers(at) for shift in self._staff[2]], self._views, self._statuses
        found = []
        for id, cop, shift in self._staff[1]:
            view, status = views.get(id), statuses.get(id)
            if view is None or view.status is not status or view.cop is not cop or view.on_shift is not covered[shift]:
                status = statuses.setdefault(id, CopStatus(id))
                view = views[id] = cop_view(cop, status, covered[shift])
            found.append(view)
        return found

    def figures_of(self, what: str, asked: tuple[Markets, datetime], make: Callable[[], T]) -> T:
        """Figures of the last hour or day, made anew after a fact that they count, and once a while for the rest."""
        within, at = asked
        whose = "all" if within is None else ",".join(sorted(within))
        return self.kept(f"{what} of {whose}", (self._counted, at.timestamp() // FIGURES_SECONDS), make)

    def kept(self, what: str, key: object, make: Callable[[], T]) -> T:
        """What `make` gave when `key` was last the same: for what a whole roster is worked out from."""
        known = self._kept.get(what)
        if known is None or known[0] != key:
            known = self._kept[what] = (key, make())
        return cast(T, known[1])


def under_way(roster: Iterable[Cop], at: datetime) -> dict[Shift, bool]:
    """Whether each shift of a roster is under way: many COps have the same one."""
    return {shift: shift.covers(at) for shift in {cop.shift for cop in roster}}
