"""Taking in what customers write, and that they left; every outside event once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import (
    ENDED,
    QUEUED,
    Conversation,
    ConversationId,
    ConversationState,
    Message,
)
from routing.domain.cop import Channel
from routing.domain.errors import Invalid, NotFound, StaleState
from routing.domain.events import EventKind
from routing.domain.market import Markets
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.offers import take_back
from routing.services.review import supersede
from routing.services.tracing import passed

CUSTOMER = "customer"
LONGEST_TEXT = 100_000
LONGEST_ID = 128


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One customer message from outside; `event_id` is unique at its `source`.

    `conversation_id` is the caller's own; without one a new conversation begins. `within` are the caller's markets: a
    conversation of another one is not theirs to continue.
    """

    event_id: str
    source: str
    text: str
    market: str
    channel: Channel = Channel.CHAT
    conversation_id: str | None = None
    customer_id: str | None = None
    at: datetime | None = None
    within: Markets = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of it; `duplicate` means the event had been taken in before and nothing changed."""

    conversation_id: ConversationId
    message_id: str | None
    duplicate: bool


def receive(context: Context, incoming: IncomingMessage) -> Receipt:
    """Store a message and the conversation it begins, continues or reopens, in one transaction."""
    return receive_all(context, [incoming])[0]


def receive_all(context: Context, incoming: Sequence[IncomingMessage]) -> list[Receipt]:
    """Store messages in their order, in one transaction; when one of them is refused, none is stored."""
    for each in incoming:
        _require_valid(each)
    asked = [_Asked(each, _words(context, each.text), _conversation_id(context, each)) for each in incoming]
    return retrying(lambda: _receive_all(context, asked))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message, its words without personal data, and the conversation it is of."""

    incoming: IncomingMessage
    words: str
    conversation_id: ConversationId


def _conversation_id(context: Context, incoming: IncomingMessage) -> ConversationId:
    return ConversationId(incoming.conversation_id or context.ids.new())


def _receive_all(context: Context, asked: Sequence[_Asked]) -> list[Receipt]:
    now = context.clock.now()
    with context.store.transaction() as uow:
        receipts = [_receive(uow, context, each, now) for each in asked]
        if any(not receipt.duplicate for receipt in receipts):
            uow.commit()
    for each, receipt in zip(asked, receipts, strict=True):
        if not receipt.duplicate:
            passed(receipt.conversation_id, "receive", _since(each.incoming, now), context.clock.now())
    return receipts


def _receive(uow: UnitOfWork, context: Context, asked: _Asked, now: datetime) -> Receipt:
    incoming, id = asked.incoming, asked.conversation_id
    if not uow.inbox.add(incoming.event_id, incoming.source, now):
        return Receipt(id, None, duplicate=True)
    at = _since(incoming, now)
    _conversation_for(uow, context, id, incoming, at)
    message = Message(context.ids.new(), id, CUSTOMER, asked.words, at)
    uow.conversations.add_message(message)
    return Receipt(id, message.id, duplicate=False)


def _since(incoming: IncomingMessage, now: datetime) -> datetime:
    return min(incoming.at or now, now)


def add_message(context: Context, conversation_id: ConversationId, text: str, event_id: str, source: str) -> Receipt:
    """A further message of a conversation that exists; NotFound when it does not."""
    with context.store.reading() as uow:
        known = uow.conversations.get(conversation_id)
    return receive(
        context,
        IncomingMessage(event_id, source, text, known.market, known.channel, conversation_id, known.customer_id),
    )


def abandon(context: Context, conversation_id: ConversationId, event_id: str, source: str) -> Conversation:
    """The customer left before an answer: nobody is offered the conversation any more."""

    def step() -> Conversation:
        now = context.clock.now()
        with context.store.transaction() as uow:
            conversation = uow.conversations.get(conversation_id)
            if not uow.inbox.add(event_id, source, now) or conversation.state in ENDED:
                return conversation
            take_back(uow, conversation, now, "customer left")
            supersede(uow, conversation_id, now)
            saved = uow.conversations.save(uow.conversations.get(conversation_id).abandoned(now))
            record(uow, EventKind.CONVERSATION_ABANDONED, now, CUSTOMER, Subject(conversation_id))
            uow.commit()
            return saved

    return retrying(step)


def _conversation_for(
    uow: UnitOfWork, context: Context, id: ConversationId, incoming: IncomingMessage, at: datetime
) -> None:
    try:
        conversation = uow.conversations.get(id)
    except NotFound:
        # Only a first message needs a market of the live pack: one that was removed must not silence its customers.
        uow.conversations.add(_begin(context, id, incoming, at))
        data = {"market": incoming.market, "channel": incoming.channel, "source": incoming.source}
        record(uow, EventKind.CONVERSATION_RECEIVED, at, CUSTOMER, Subject(id), **data)
        return
    if incoming.within is not None and conversation.market not in incoming.within:
        raise NotFound("conversation", id)
    try:
        _continue(uow, conversation, at, context.clock.now())
    except NotFound as gone:
        # It was erased a moment ago: the next attempt begins anew.
        raise StaleState("conversation", id) from gone


def _begin(context: Context, id: ConversationId, incoming: IncomingMessage, at: datetime) -> Conversation:
    market = context.packs.current().market(incoming.market)
    return Conversation(
        id=id,
        market=market.key,
        channel=incoming.channel,
        received_at=at,
        waiting_since=at,
        customer_id=incoming.customer_id,
    )


def _continue(uow: UnitOfWork, conversation: Conversation, at: datetime, now: datetime) -> None:
    record(uow, EventKind.CONVERSATION_MESSAGE_ADDED, now, CUSTOMER, Subject(conversation.id))
    if conversation.state in ENDED:
        # The new wait begins with the message, which may have been under way for a while: triage reads from there on.
        uow.conversations.save(conversation.reopened(at))
        record(uow, EventKind.CONVERSATION_REOPENED, now, CUSTOMER, Subject(conversation.id))
    elif conversation.state in QUEUED and conversation.state is not ConversationState.RECEIVED:
        supersede(uow, conversation.id, now)
        uow.conversations.save(uow.conversations.get(conversation.id).begun_by(at).back_to_triage())
    else:
        # The version rises although nothing else changes, so that a triage under way on the older words is refused.
        uow.conversations.save(conversation.begun_by(at))


def _words(context: Context, text: str) -> str:
    words = context.masker.mask(text)
    if not words:
        raise Invalid("text", text[:40], "at least one visible character")
    return words


def _require_valid(incoming: IncomingMessage) -> None:
    if len(incoming.text) > LONGEST_TEXT:
        raise Invalid("text", f"{len(incoming.text)} characters", f"at most {LONGEST_TEXT} characters")
    for place in ("event_id", "conversation_id", "customer_id"):
        value = getattr(incoming, place)
        if value is not None and not (0 < len(value) <= LONGEST_ID and value.isprintable()):
            raise Invalid(place, value[:40], f"1 to {LONGEST_ID} printable characters")
    if incoming.at is not None and incoming.at.tzinfo is None:
        raise Invalid("at", incoming.at.isoformat(), "a time with its offset from UTC")
