"""The floor as people see it: queues, COps, offers and what the last hour brought."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.checking import TrueError, true_error
from routing.domain.conversation import ConversationState
from routing.domain.cop import Cop, CopStatus, Presence, Shift
from routing.domain.events import EventKind
from routing.domain.issue import LANGUAGE_NOT_EVALUATED
from routing.domain.market import Markets
from routing.domain.overflow import waited_seconds
from routing.domain.pack import Pack
from routing.domain.queue import FamilyQueue, Wait, summarise
from routing.domain.review import ReviewState
from routing.domain.tick import TickRecord
from routing.ports import UnitOfWork
from routing.services.boundary import seen
from routing.services.context import Context

UNKNOWN_FAMILY = "not yet understood"
CHECKED_DAYS = 30


@dataclass(frozen=True, slots=True)
class CopView:
    """One COp as the floor shows them; `on_shift` is by the roster, `free_slots` over all channels."""

    cop: Cop
    status: CopStatus
    on_shift: bool

    @property
    def free_slots(self) -> int:
        """Free slots over all channels, 0 unless available and on shift."""
        if not self.on_shift or self.status.presence is not Presence.AVAILABLE:
            return 0
        return sum(self.status.free(channel) for channel in self.cop.capacity)

    @property
    def standing(self) -> str:
        """free, busy (nothing free, or says so), away or offline (off shift counts as offline)."""
        if not self.on_shift or self.status.presence is Presence.OFFLINE:
            return "offline"
        if self.status.presence is Presence.AWAY:
            return "away"
        return "free" if self.free_slots else "busy"


@dataclass(frozen=True, slots=True)
class FloorView:
    """The floor at one moment."""

    at: datetime
    families: tuple[FamilyQueue, ...]
    states: Mapping[ConversationState, int]
    reviews: Mapping[ReviewState, int]
    cops: tuple[CopView, ...]
    standing: Mapping[str, int]
    pending_offers: int
    ticks: tuple[TickRecord, ...]
    fallbacks: Mapping[str, int]
    last_hour: Mapping[EventKind, int]
    decisions: Mapping[str, int]
    languages_not_evaluated: Mapping[str, int]
    outbox_pending: int
    last_seq: int
    checks: tuple[TrueError, ...] = ()


def floor(context: Context, within: Markets = None) -> FloorView:
    """How the floor stands now; a fixed number of queries, however many wait.

    `within` some markets only these are counted. The matching, the true error and the outbox belong to the whole bank:
    they are left empty then, besides ticks of groups that lie in these markets whole.
    """
    pack, now = context.packs.current(), context.clock.now()
    hour = now - timedelta(hours=1)
    with context.store.reading() as uow:
        cops = tuple(view for view in _cop_views(pack, uow, now) if seen(view.cop, within))
        return FloorView(
            at=now,
            families=tuple(_queues(pack, uow.conversations.waits(within), now)),
            states=uow.conversations.count_by_state(within),
            reviews=uow.reviews.count_by_state(within),
            cops=cops,
            standing=_count(view.standing for view in cops if view.cop.id in pack.roster),
            pending_offers=uow.offers.count_pending(within),
            ticks=tuple(tick for tick in uow.ticks.newest(20) if _whole(pack, tick.group, within)),
            fallbacks=uow.ticks.fallbacks() if within is None else {},
            last_hour=uow.events.count_since(tuple(EventKind), hour, within),
            decisions=uow.triages.decisions_since(hour, within),
            languages_not_evaluated=uow.triages.languages_with_reason(LANGUAGE_NOT_EVALUATED, hour, within),
            outbox_pending=uow.outbox.count_pending() if within is None else 0,
            last_seq=uow.events.last_seq(),
            checks=_checks(uow, now) if within is None else (),
        )


def _checks(uow: UnitOfWork, at: datetime) -> tuple[TrueError, ...]:
    return tuple(true_error(each) for each in uow.reviews.checked(at - timedelta(days=CHECKED_DAYS)))


def _whole(pack: Pack, group: str, within: Markets) -> bool:
    return within is None or {m.key for m in pack.markets.values() if m.matching_group == group} <= within


def _queues(pack: Pack, waits: Iterable[Wait], at: datetime) -> list[FamilyQueue]:
    def age(wait: Wait) -> float:
        return waited_seconds(pack.overflow, pack.markets.get(wait.market), wait, at)

    return summarise(((family_of(pack, wait.issue_type), wait) for wait in waits), at, age)


def family_of(pack: Pack, issue_type: str | None) -> str:
    """The family of an issue type, or that it is not known yet."""
    known = pack.taxonomy.issue_types.get(issue_type or "")
    return known.family if known else UNKNOWN_FAMILY


def _count(values: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(("free", "busy", "away", "offline"), 0)
    for value in values:
        counts[value] += 1
    return counts


def _cop_views(pack: Pack, uow: UnitOfWork, at: datetime) -> list[CopView]:
    """Every COp of the roster with how they stand, in roster order."""
    statuses = {status.cop_id: status for status in uow.cops.statuses()}
    roster = pack.roster.values()
    covered = under_way(roster, at)
    return [CopView(cop, statuses.get(cop.id, CopStatus(cop.id)), covered[cop.shift]) for cop in roster]


def under_way(roster: Iterable[Cop], at: datetime) -> dict[Shift, bool]:
    """Whether each shift of a roster is under way: many COps have the same one."""
    return {shift: shift.covers(at) for shift in {cop.shift for cop in roster}}


def cops(context: Context, pack: Pack | None = None) -> list[CopView]:
    """Every COp of the roster with how they stand now; of `pack` where another than the current one is meant."""
    with context.store.reading() as uow:
        return _cop_views(pack or context.packs.current(), uow, context.clock.now())
