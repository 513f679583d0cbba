"""Purging what is past its time, in small batches under a lease; holds keep what they cover."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.domain.conversation import ENDED, Conversation, ConversationId
from routing.domain.erasure import Hold
from routing.domain.errors import LeadershipLost
from routing.domain.events import EventKind
from routing.domain.retention import Due, Kept, Retention, Terms
from routing.ports import UnitOfWork
from routing.services import audit
from routing.services.context import Context, Subject, record, retrying
from routing.services.erasure import erase_conversations

LEASE = "retention"
LEASE_LENGTH = timedelta(seconds=60)
SERVICE = "pointsman"
AT_ONCE = 100
MOST_COUNTED = 100_000
MOST_LATE = 1_000
A_DAY = timedelta(days=1)
MOST_SPANS = 100
NOTICES_KEPT = timedelta(days=14)
"""How long the history tells which conversations were erased: until then every subscriber has heard of it."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many conversations are past one deadline now; `market` None: those of markets that left the pack."""

    kept: Kept
    market: str | None
    days: int
    conversations: int


def purge_some(context: Context, holder: str) -> int:
    """Purge one batch of what is due; how many conversations it was, 0 where nothing is, or another process purges."""
    try:
        return retrying(lambda: _purge_some(context, holder))
    except LeadershipLost:
        return 0


def purge(context: Context, holder: str) -> int:
    """Purge everything that is due; how many conversations, counted once for each deadline."""
    total = 0
    while purged := purge_some(context, holder):
        total += purged
    return total


def overdue(context: Context) -> list[Overdue]:
    """Every deadline with how much is past it now."""
    pack, now = context.packs.current(), context.clock.now()
    with context.store.reading() as uow:
        counted = [(due, len(uow.belongings.due(due, MOST_COUNTED))) for due in _due(context, now)]
    terms = pack.retention
    return [Overdue(due.kept, due.market, _terms(terms, due).days(due.kept), count) for due, count in counted]


def late(context: Context) -> dict[Kept, int]:
    """How many conversations are a whole day past a deadline of each kind, 1,000 at most for each: none, in health."""
    found = dict.fromkeys(Kept, 0)
    with context.store.reading() as uow:
        for due in _due(context, context.clock.now()):
            found[due.kept] += len(uow.belongings.due(replace(due, before=due.before - A_DAY), MOST_LATE))
    return found


def forget_snapshots(uow: UnitOfWork, retention: Retention, at: datetime) -> int:
    """Drop what ticks were made from past their time, except from while a held customer waited."""
    spans = _merged([(each.received_at, each.ended_at or at) for each in _held_conversations(uow)])
    return uow.ticks.forget_snapshots_before(at - timedelta(days=retention.ticks_days), spans)


def held_ids(uow: UnitOfWork) -> list[ConversationId]:
    """Every conversation that a hold covers."""
    return [each.id for each in _held_conversations(uow)]


def _purge_some(context: Context, holder: str) -> int:
    now = context.clock.now()
    epoch = _lead(context, holder, now)
    if epoch is None:
        return 0
    for due in _due(context, now):
        with context.store.reading() as uow:
            ids = uow.belongings.due(due, AT_ONCE)
        if ids:
            return _purge_batch(context, due, ids, epoch)
    return _purge_notices(context, now, epoch)


def _lead(context: Context, holder: str, now: datetime) -> int | None:
    with context.store.transaction() as uow:
        epoch = uow.leases.acquire(LEASE, holder, now, LEASE_LENGTH)
        uow.commit()
    return epoch


def _due(context: Context, now: datetime) -> list[Due]:
    pack = context.packs.current()
    return list(pack.retention.due(now, tuple(sorted(pack.markets))))


def _purge_batch(context: Context, due: Due, ids: Sequence[ConversationId], epoch: int) -> int:
    now = context.clock.now()
    with context.store.transaction() as uow:
        uow.leases.require(LEASE, epoch)
        held = uow.holds.in_force()
        some = [each for each in uow.belongings.locked(ids) if _still_due(each, due) and not _is_held(each, held)]
        counts = _take(uow, due, some, now)
        told = {"kept": str(due.kept), "market": due.market, "conversations": len(some), "counts": counts}
        if some:
            record(uow, EventKind.RETENTION_PASSED, now, SERVICE, Subject(), **told)
        uow.commit()
    return len(some)


def _take(uow: UnitOfWork, due: Due, some: Sequence[Conversation], at: datetime) -> dict[str, int]:
    ids = [each.id for each in some]
    if due.kept is Kept.WORDS:
        return {"messages": uow.belongings.remove_words(ids, at)}
    if due.kept is Kept.LABELS:
        uow.lessons.forget(list(uow.belongings.labels_of(ids)))
        return {"labels": uow.belongings.remove_labels(ids)}
    return erase_conversations(uow, some, at, SERVICE, "retention")


def _purge_notices(context: Context, now: datetime, epoch: int) -> int:
    """Facts that tell which conversations were erased, once everybody has heard of it."""
    with context.store.transaction() as uow:
        uow.leases.require(LEASE, epoch)
        old = uow.belongings.facts_before(EventKind.CONVERSATION_ERASED, now - NOTICES_KEPT, AT_ONCE)
        if not old:
            return 0
        audit.forget(uow, old, now, SERVICE, "retention")
        uow.belongings.remove_facts(old)
        uow.commit()
    return len(old)


def _still_due(conversation: Conversation, due: Due) -> bool:
    """Somebody may have written again since it was looked for."""
    ended = conversation.ended_at
    return conversation.state in ENDED and ended is not None and ended < due.before


def _is_held(conversation: Conversation, holds: Sequence[Hold]) -> bool:
    theirs = conversation.customer_id
    return any(h.conversation_id == conversation.id or (theirs and h.customer_id == theirs) for h in holds)


def _held_conversations(uow: UnitOfWork) -> list[Conversation]:
    holds = uow.holds.in_force()
    ids = [ConversationId(hold.conversation_id) for hold in holds if hold.conversation_id is not None]
    customers = [hold.customer_id for hold in holds if hold.customer_id is not None]
    theirs = (each for customer in customers for each in uow.belongings.of_customer(customer))
    return list({each.id: each for each in (*uow.conversations.get_many(ids).values(), *theirs)}.values())


def _merged(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans that touch are one; where there are very many they are kept from the first to the last."""
    merged: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged if len(merged) <= MOST_SPANS else [(merged[0][0], max(end for _, end in merged))]


def _terms(retention: Retention, due: Due) -> Terms:
    return retention.terms if due.market is None else retention.of(due.market)
