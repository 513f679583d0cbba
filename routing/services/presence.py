"""What COps say of themselves; one who leaves holds no offers."""

from dataclasses import dataclass
from datetime import datetime

from routing.domain.cop import CopId, CopStatus, Presence
from routing.domain.errors import NotFound
from routing.domain.events import EventKind
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.offers import rescind


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """What a COp, or the tool they work in, says; an event id that was seen before at its source changes nothing."""

    cop_id: CopId
    presence: Presence
    by: str
    event_id: str | None = None
    source: str = "api"


def set_presence(context: Context, change: PresenceChange) -> CopStatus:
    """Change a COp's presence; away and offline give pending offers back at once."""
    if change.cop_id not in context.packs.current().roster:
        raise NotFound("COp", change.cop_id)
    return retrying(lambda: _set_presence(context, change))


def _set_presence(context: Context, change: PresenceChange) -> CopStatus:
    now = context.clock.now()
    with context.store.transaction() as uow:
        before = uow.cops.status(change.cop_id)
        if change.event_id is not None and not uow.inbox.add(change.event_id, change.source, now):
            return before
        if before.presence is not change.presence:
            _change(uow, change, now)
        uow.commit()
    with context.store.reading() as uow:
        return uow.cops.status(change.cop_id)


def _change(uow: UnitOfWork, change: PresenceChange, at: datetime) -> None:
    uow.cops.set_presence(change.cop_id, change.presence, at)
    if change.presence in (Presence.AWAY, Presence.OFFLINE):
        for offer in uow.offers.pending_for_cop(change.cop_id):
            rescind(uow, offer, at, f"COp is {change.presence}")
    subject = Subject(cop_id=change.cop_id)
    record(uow, EventKind.PRESENCE_CHANGED, at, change.by, subject, presence=change.presence)
