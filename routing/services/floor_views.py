"""The floor as people see it: queues, COps, offers and what the last hour brought."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.checking import TrueError, true_error
from routing.domain.conversation import ConversationState
from routing.domain.cop import CopStatus
from routing.domain.events import EventKind
from routing.domain.issue import LANGUAGE_NOT_EVALUATED
from routing.domain.lineup import Group
from routing.domain.market import Markets
from routing.domain.pack import Pack
from routing.domain.queue import FamilyQueue
from routing.domain.review import ReviewState
from routing.domain.service_level import age_seconds
from routing.domain.tick import TickRecord
from routing.ports import UnitOfWork
from routing.services.context import Context
from routing.services.floor_memory import CopView, FloorMemory, cop_view, under_way

UNKNOWN_FAMILY = "not yet understood"
CHECKED_DAYS = 30
Counts = dict[str, int]


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


def floor(context: Context, within: Markets = None, memory: FloorMemory | None = None) -> FloorView:
    """How the floor stands now; a fixed number of queries, however many wait.

    `within` some markets only these are counted. The matching, the true error and the outbox belong to the whole bank:
    they are left empty then, besides ticks of groups that lie in these markets whole. With a `memory` only what changed
    since its last look is read of those who wait and work.
    """
    pack, now = context.packs.current(), context.clock.now()
    hour = now - timedelta(hours=1)
    with context.store.reading() as uow:
        memory = memory or FloorMemory()
        rows = memory.look(uow, pack, now, within)
        hourly = memory.figures_of("decisions", (within, now), lambda: _hourly(uow, hour, within))
        return FloorView(
            at=now,
            families=tuple(_queues(pack, rows.groups, now)),
            states=uow.conversations.count_by_state(within),
            reviews=uow.reviews.count_by_state(within),
            cops=tuple(rows.cops),
            standing=_count(view.standing for view in rows.cops),
            pending_offers=uow.offers.count_pending(within),
            ticks=tuple(tick for tick in uow.ticks.newest(20) if _whole(pack, tick.group, within)),
            fallbacks=uow.ticks.fallbacks() if within is None else {},
            last_hour=hourly[0],
            decisions=hourly[1],
            languages_not_evaluated=hourly[2],
            outbox_pending=uow.outbox.count_pending() if within is None else 0,
            last_seq=uow.events.last_seq(),
            checks=_checks(uow, now) if within is None else (),
        )


def _hourly(uow: UnitOfWork, since: datetime, within: Markets) -> tuple[dict[EventKind, int], Counts, Counts]:
    """Facts, decisions and languages that were not evaluated."""
    return (
        uow.events.count_since(tuple(EventKind), since, within),
        uow.triages.decisions_since(since, within),
        uow.triages.languages_with_reason(LANGUAGE_NOT_EVALUATED, since, within),
    )


def _checks(uow: UnitOfWork, at: datetime) -> tuple[TrueError, ...]:
    return tuple(true_error(each) for each in uow.reviews.checked(at - timedelta(days=CHECKED_DAYS)))


def _whole(pack: Pack, group: str, within: Markets) -> bool:
    return within is None or {m.key for m in pack.markets.values() if m.matching_group == group} <= within


def _queues(pack: Pack, groups: Iterable[Group], at: datetime) -> list[FamilyQueue]:
    """One row a family, oldest wait first."""
    families: dict[str, list[Group]] = {}
    for group in groups:
        families.setdefault(family_of(pack, group.issue_type), []).append(group)
    rows = [_queue(family, found, at) for family, found in families.items()]
    return sorted(rows, key=lambda row: (-row.oldest_wait_seconds, row.family))


def _queue(family: str, groups: Sequence[Group], at: datetime) -> FamilyQueue:
    oldest = age_seconds(min(group.since for group in groups), at)
    late, waiting = sum(group.late(at) for group in groups), sum(len(group.ends) for group in groups)
    return FamilyQueue(family, waiting, oldest, late)


def family_of(pack: Pack, issue_type: str | None) -> str:
    """The family of an issue type, or that it is not known yet."""
    known = pack.taxonomy.issue_types.get(issue_type or "")
    return known.family if known else UNKNOWN_FAMILY


def _count(values: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(("free", "busy", "away", "offline"), 0)
    for value in values:
        counts[value] += 1
    return counts


def cops(context: Context, pack: Pack | None = None) -> list[CopView]:
    """Every COp of the roster with how they stand now; of `pack` where another than the current one is meant."""
    with context.store.reading() as uow:
        statuses = {status.cop_id: status for status in uow.cops.statuses()}
    roster = (pack or context.packs.current()).roster.values()
    covered = under_way(roster, context.clock.now())
    return [cop_view(cop, statuses.get(cop.id, CopStatus(cop.id)), covered[cop.shift]) for cop in roster]
