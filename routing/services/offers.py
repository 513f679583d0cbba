"""Offers: accepted, declined, lapsed or taken back; a conversation that comes back keeps its age."""

from collections.abc import Sequence, Sized
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from opentelemetry.trace import SpanContext

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import CopId
from routing.domain.errors import NotTheOwner, RoutingError, StaleState
from routing.domain.events import EventKind
from routing.domain.offer import Assignment, AssignmentId, Offer, OfferId
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.tracing import passed

SERVICE = "pointsman"
MOST_LAPSED = 500


def accept(context: Context, offer_id: OfferId, by: CopId | None = None) -> Assignment:
    """The COp takes the conversation: the slot the offer held becomes the assignment's."""
    return retrying(lambda: _accept(context, offer_id, by))


def _accept(context: Context, offer_id: OfferId, by: CopId | None) -> Assignment:
    now = context.clock.now()
    with context.store.transaction() as uow:
        offer = _held_by(uow, offer_id, by)
        conversation = uow.conversations.get(offer.conversation_id)
        uow.offers.save(offer.accept(now))
        uow.conversations.save(conversation.assigned(offer.cop_id, now))
        assignment = _assignment(context, offer, conversation, now)
        uow.assignments.add(assignment)
        _record_start(uow, offer, assignment, now)
        uow.commit()
    passed(offer.conversation_id, "offer", offer.made_at, now, offer_id=offer.id)
    return assignment


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which offer is accepted; `by`: the only COp who may; `told_by`: the span that says so."""

    offer_id: OfferId
    by: CopId | None
    told_by: SpanContext


def accept_all(context: Context, asked: Sequence[Acceptance]) -> list[Assignment | None]:
    """As `accept`, of several in one transaction; None for one that would be refused, or comes twice.

    StaleState where somebody else was first: then none of them lasts.
    """
    now = context.clock.now()
    with context.store.transaction() as uow:
        taken = _taken(uow, context, asked, now)
        uow.commit()
    for place, (offer, _) in taken.items():
        passed(offer.conversation_id, "offer", offer.made_at, now, asked[place].told_by, offer_id=offer.id)
    return [taken[place][1] if place in taken else None for place in range(len(asked))]


def _taken(
    uow: UnitOfWork, context: Context, asked: Sequence[Acceptance], now: datetime
) -> dict[int, tuple[Offer, Assignment]]:
    """By place among those asked: several may ask for one offer, and only one of them gets it."""
    found = uow.offers.get_many(each.offer_id for each in asked)
    conversations = uow.conversations.get_many(offer.conversation_id for offer in found.values())
    accepted: dict[OfferId, Offer] = {}
    assigned: list[Conversation] = []
    begun: dict[int, tuple[Offer, Assignment]] = {}
    for place, each in enumerate(asked):
        offer = found.get(each.offer_id)
        if offer is None or offer.id in accepted or each.by not in (None, offer.cop_id):
            continue
        conversation = conversations[offer.conversation_id]
        with suppress(RoutingError):
            ended = offer.accept(now)
            assigned.append(conversation.assigned(offer.cop_id, now))
            accepted[offer.id] = ended
            begun[place] = ended, _assignment(context, offer, conversation, now)
    _require_all(uow.offers.save_all(list(accepted.values())), len(accepted))
    _require_all(uow.conversations.save_all(assigned), len(assigned))
    _require_all(uow.assignments.add_all([assignment for _, assignment in begun.values()]), len(begun))
    for offer, assignment in begun.values():
        _record_start(uow, offer, assignment, now)
    return begun


def _require_all(done: Sized, count: int) -> None:
    if len(done) != count:
        raise StaleState("transaction", "of these acceptances")


def _record_start(uow: UnitOfWork, offer: Offer, assignment: Assignment, at: datetime) -> None:
    subject = Subject(offer.conversation_id, offer.cop_id)
    record(uow, EventKind.OFFER_ACCEPTED, at, offer.cop_id, subject, offer_id=offer.id)
    data = {"assignment_id": assignment.id, "offer_id": offer.id, "issue_type": assignment.issue_type}
    record(uow, EventKind.ASSIGNMENT_STARTED, at, offer.cop_id, subject, **data)


def decline(context: Context, offer_id: OfferId, reason: str | None = None, by: CopId | None = None) -> Offer:
    """The COp does not take it: it waits again, and skips them. A reason is masked as messages are."""
    said = context.masker.mask(reason) if reason else None

    def step() -> Offer:
        now = context.clock.now()
        with context.store.transaction() as uow:
            offer = _held_by(uow, offer_id, by)
            ended = uow.offers.save(offer.decline(now, said))
            _return(uow, ended, context.policy.most_excluded, skip=offer.cop_id)
            data = {"offer_id": offer.id, "reason": said}
            subject = Subject(offer.conversation_id, offer.cop_id)
            record(uow, EventKind.OFFER_DECLINED, now, offer.cop_id, subject, **data)
            uow.commit()
            return ended

    return retrying(step)


def lapse_due(context: Context) -> int:
    """Let every offer past its deadline lapse, each in its own transaction; returns how many did."""
    with context.store.reading() as uow:
        due = uow.offers.due(context.clock.now(), MOST_LAPSED)
    return sum(_lapse(context, offer.id) for offer in due)


def _lapse(context: Context, offer_id: OfferId) -> bool:
    now = context.clock.now()
    try:
        with context.store.transaction() as uow:
            offer = uow.offers.get(offer_id)
            if offer.ended_at is not None:
                return False
            uow.offers.save(offer.lapse(now))
            _return(uow, offer, context.policy.most_excluded, skip=offer.cop_id)
            subject = Subject(offer.conversation_id, offer.cop_id)
            record(uow, EventKind.OFFER_LAPSED, now, SERVICE, subject, offer_id=offer.id)
            uow.commit()
    except StaleState:
        return False
    return True


def take_back(uow: UnitOfWork, conversation: Conversation, at: datetime, reason: str) -> None:
    """Rescind the pending offer of a conversation, if any, and free its slot; the conversation waits again."""
    offer = uow.offers.pending_for(conversation.id)
    if offer is not None and conversation.state is ConversationState.OFFERED:
        rescind(uow, offer, at, reason)


def rescind(uow: UnitOfWork, offer: Offer, at: datetime, reason: str) -> None:
    """Take one pending offer back in the caller's transaction; nobody is skipped for it."""
    uow.offers.save(offer.rescind(at, reason))
    _return(uow, offer, 0, skip=None)
    data = {"offer_id": offer.id, "reason": reason}
    record(uow, EventKind.OFFER_RESCINDED, at, SERVICE, Subject(offer.conversation_id, offer.cop_id), **data)


def _return(uow: UnitOfWork, offer: Offer, most_excluded: int, skip: CopId | None) -> None:
    conversation = uow.conversations.get(offer.conversation_id)
    uow.conversations.save(conversation.returned(skip, most_excluded))
    uow.cops.release(offer.cop_id, offer.channel)


def _held_by(uow: UnitOfWork, offer_id: OfferId, by: CopId | None) -> Offer:
    offer = uow.offers.get(offer_id)
    if by is not None and by != offer.cop_id:
        raise NotTheOwner("offer", offer_id, offer.cop_id)
    return offer


def _assignment(context: Context, offer: Offer, conversation: Conversation, at: datetime) -> Assignment:
    return Assignment(
        id=AssignmentId(context.ids.new()),
        offer_id=offer.id,
        conversation_id=ConversationId(offer.conversation_id),
        cop_id=offer.cop_id,
        channel=offer.channel,
        started_at=at,
        issue_type=conversation.issue_type,
    )
