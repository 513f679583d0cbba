"""What we publish: the data of each type, and the record that carries an event."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from routing.adapters.kafka.topics import Topics
from routing.adapters.kafka.wire import CONTENT_TYPE, CloudEvent, EventType
from routing.domain.events import Event, EventKind, topic_of
from routing.domain.issue import Decision
from routing.domain.outcome import Disposition

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Fact(BaseModel):
    """What every published event says."""

    model_config = ConfigDict(frozen=True)

    conversation_id: str
    cop_id: str | None = Field(default=None, description="the COp it is about")
    actor: str = Field(description="a COp, a manager, `customer`, or the part of the service that acted")


class ConversationTriagedV1(Fact):
    """A conversation was understood, and the gate decided."""

    issue_type: str
    confidence: float
    decision: Decision
    reasons: tuple[str, ...]
    novelty: float
    prediction_set: tuple[str, ...]
    language: str
    model_version: str
    needs: tuple[str, ...] = Field(default=(), description="what the customer also wants, the most urgent first")
    alerts: tuple[str, ...] = Field(default=(), description="kinds of vulnerability or of fraud in progress found")


class ConversationErasedV1(Fact):
    """Everything about a conversation was erased: whoever keeps a copy of it has to erase that too."""

    erasure_id: str = Field(description="the receipt of the erasure")
    market: str


class ReviewV1(Fact):
    """Something happened to an item of the disambiguation queue."""

    review_id: str


class ReviewOpenedV1(ReviewV1):
    """People are asked what it is; past the deadline it goes on without them."""

    reasons: tuple[str, ...]
    deadline_at: AwareDatetime


class ReviewDecidedV1(ReviewV1):
    """A verdict; no issue type means outside the taxonomy."""

    issue_type: str | None
    needs: tuple[str, ...] = Field(default=(), description="what the customer also wants, the most urgent first")


class ReviewEscalatedV1(ReviewV1):
    """Somebody asks for a lead's judgement; nobody named means any lead's."""

    note: str
    to: str | None = None


class ReviewProposedV1(ReviewV1):
    """Somebody says that it is of an issue type that the taxonomy does not have yet."""

    proposal_id: str


class OfferV1(Fact):
    """Something happened to an offer."""

    offer_id: str


class OfferMadeV1(OfferV1):
    """A conversation is held for a COp until `expires_at`."""

    tick_id: str
    expires_at: AwareDatetime


class OfferEndedV1(OfferV1):
    """An offer was declined or taken back."""

    reason: str | None = None


class AssignmentStartedV1(Fact):
    """A COp works on the conversation."""

    assignment_id: str
    offer_id: str
    issue_type: str | None = None


class AssignmentTransferredV1(Fact):
    """Handed on; a corrected issue type where one was given."""

    assignment_id: str
    reason: str
    issue_type: str | None = None


class AssignmentWrappedUpV1(Fact):
    """Done; the handle time is time of actual work."""

    assignment_id: str
    disposition: Disposition
    handle_time_seconds: float
    issue_type: str | None = None
    also_handled: tuple[str, ...] = Field(default=(), description="other needs that were met on the way")


DATA_OF: dict[EventKind, type[Fact]] = {
    EventKind.CONVERSATION_TRIAGED: ConversationTriagedV1,
    EventKind.CONVERSATION_ERASED: ConversationErasedV1,
    EventKind.REVIEW_OPENED: ReviewOpenedV1,
    EventKind.REVIEW_CLAIMED: ReviewV1,
    EventKind.REVIEW_SKIPPED: ReviewV1,
    EventKind.REVIEW_ESCALATED: ReviewEscalatedV1,
    EventKind.REVIEW_PROPOSED: ReviewProposedV1,
    EventKind.REVIEW_DECIDED: ReviewDecidedV1,
    EventKind.REVIEW_UNDONE: ReviewV1,
    EventKind.REVIEW_LAPSED: ReviewV1,
    EventKind.REVIEW_SUPERSEDED: ReviewV1,
    EventKind.OFFER_MADE: OfferMadeV1,
    EventKind.OFFER_ACCEPTED: OfferV1,
    EventKind.OFFER_DECLINED: OfferEndedV1,
    EventKind.OFFER_LAPSED: OfferV1,
    EventKind.OFFER_RESCINDED: OfferEndedV1,
    EventKind.ASSIGNMENT_STARTED: AssignmentStartedV1,
    EventKind.ASSIGNMENT_TRANSFERRED: AssignmentTransferredV1,
    EventKind.ASSIGNMENT_WRAPPED_UP: AssignmentWrappedUpV1,
}


def type_of(kind: EventKind) -> EventType:
    """The published type of a kind."""
    return EventType(kind)


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One Kafka record, ready to be sent."""

    topic: str
    key: bytes
    value: bytes

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The content type, as the CloudEvents binding for Kafka asks."""
        return [("content-type", CONTENT_TYPE.encode())]


def cloud_event(event: Event, prefix: str) -> CloudEvent:
    """The envelope of an event from the outbox; ValidationError when its data is not what its schema says.

    The id depends on the event alone, so every repetition carries the same one.
    """
    event_type = type_of(event.kind)
    subjects = {"conversation_id": event.conversation_id, "cop_id": event.cop_id, "actor": event.actor}
    data = DATA_OF[event.kind].model_validate({**event.data, **subjects})
    return CloudEvent(
        specversion="1.0",
        id=f"{event.seq}-{(event.at - EPOCH) // timedelta(microseconds=1)}",
        source=f"urn:pointsman:{prefix}",
        type=str(event_type),
        subject=event.conversation_id,
        time=event.at,
        dataschema=event_type.dataschema,
        datacontenttype="application/json",
        sequence=f"{event.seq:020d}",
        data=data.model_dump(mode="json"),
    )


def outgoing_record(event: Event, topics: Topics) -> OutgoingRecord:
    """An event as the record that carries it, keyed by its conversation."""
    topic = topic_of(event.kind)
    if topic is None:
        raise ValueError(f"{event.kind} is not a published kind")
    envelope = cloud_event(event, topics.prefix)
    return OutgoingRecord(topics.outgoing(topic), (event.conversation_id or "").encode(), envelope.encoded())
