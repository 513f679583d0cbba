"""Taking in what customers write, and that they left; every outside event once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from opentelemetry.trace import SpanContext

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
from routing.services.tracing import current, passed

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
    return take_in(context, [read(context, each) for each in incoming])


@dataclass(frozen=True, slots=True)
class Asked:
    """A message, its words without personal data, the conversation it is of, and the span that brought it."""

    incoming: IncomingMessage
    words: str
    conversation_id: ConversationId
    by: SpanContext


def read(context: Context, incoming: IncomingMessage) -> Asked:
    """What is to be stored of a message, which takes no transaction; Invalid where it never can be."""
    _require_valid(incoming)
    id = ConversationId(incoming.conversation_id or context.ids.new())
    return Asked(incoming, _words(context, incoming.text), id, current())


def take_in(context: Context, asked: Sequence[Asked]) -> list[Receipt]:
    """As `receive_all`, of messages that were read before."""
    return retrying(lambda: _take_in(context, asked))


def _take_in(context: Context, asked: Sequence[Asked]) -> list[Receipt]:
    now = context.clock.now()
    with context.store.transaction() as uow:
        receipts = _store_all(uow, context, asked, now)
        if any(not receipt.duplicate for receipt in receipts):
            uow.commit()
    _trace(context, asked, receipts, now)
    return receipts


def _trace(context: Context, asked: Sequence[Asked], receipts: Sequence[Receipt], now: datetime) -> None:
    for each, receipt in zip(asked, receipts, strict=True):
        if not receipt.duplicate:
            passed(receipt.conversation_id, "receive", _since(each.incoming, now), context.clock.now(), each.by)


def _store_all(uow: UnitOfWork, context: Context, asked: Sequence[Asked], now: datetime) -> list[Receipt]:
    fresh = uow.inbox.add_all([(each.incoming.event_id, each.incoming.source) for each in asked], now)
    # One that came before begins and changes nothing.
    new = [each for each, first_time in zip(asked, fresh, strict=True) if first_time]
    stored = [message for some in _apart(new) for message in _store(uow, context, some, now)]
    ids = iter(stored)
    return [
        Receipt(each.conversation_id, next(ids).id if first_time else None, duplicate=not first_time)
        for each, first_time in zip(asked, fresh, strict=True)
    ]


def _apart(asked: Sequence[Asked]) -> Iterator[list[Asked]]:
    """In their order, in pieces that have one message a conversation: the second continues what the first began."""
    some: list[Asked] = []
    for each in asked:
        if any(each.conversation_id == other.conversation_id for other in some):
            yield some
            some = []
        some.append(each)
    if some:
        yield some


def _store(uow: UnitOfWork, context: Context, asked: Sequence[Asked], now: datetime) -> list[Message]:
    """Store messages of different conversations."""
    known = uow.conversations.get_many(each.conversation_id for each in asked)
    begun: list[Conversation] = []
    for each in asked:
        conversation, at = known.get(each.conversation_id), _since(each.incoming, now)
        if conversation is None:
            begun.append(_begin(uow, context, each, at))
        else:
            _go_on(uow, conversation, each.incoming, at, now)
    uow.conversations.add_all(begun)
    messages = [
        Message(context.ids.new(), each.conversation_id, CUSTOMER, each.words, _since(each.incoming, now))
        for each in asked
    ]
    uow.conversations.add_messages(messages)
    return messages


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


def _go_on(uow: UnitOfWork, conversation: Conversation, incoming: IncomingMessage, at: datetime, now: datetime) -> None:
    if incoming.within is not None and conversation.market not in incoming.within:
        raise NotFound("conversation", conversation.id)
    try:
        _continue(uow, conversation, at, now)
    except NotFound as gone:
        # It was erased a moment ago: the next attempt begins anew.
        raise StaleState("conversation", conversation.id) from gone


def _begin(uow: UnitOfWork, context: Context, asked: Asked, at: datetime) -> Conversation:
    incoming = asked.incoming
    # Only a first message needs a market of the live pack: one that was removed must not silence its customers.
    market = context.packs.current().market(incoming.market)
    data = {"market": incoming.market, "channel": incoming.channel, "source": incoming.source}
    record(uow, EventKind.CONVERSATION_RECEIVED, at, CUSTOMER, Subject(asked.conversation_id), **data)
    return Conversation(
        id=asked.conversation_id,
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
        newest = uow.conversations.get(conversation.id)
        if newest.state not in QUEUED:
            raise StaleState("conversation", conversation.id)  # it was offered since it was looked up
        uow.conversations.save(newest.begun_by(at).back_to_triage())
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
