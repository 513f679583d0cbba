"""What others send us: the data of each type, and what it becomes in the service."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from routing.adapters.kafka.wire import CloudEvent, EventType, Headers, Id, Reason, Unreadable, decode, validated
from routing.domain.cop import Channel, CopId, Presence
from routing.services.intake import LONGEST_TEXT, IncomingMessage
from routing.services.presence import PresenceChange

MESSAGE = EventType("conversation.message")
PRESENCE = EventType("cop.presence")


class ConversationMessageV1(BaseModel):
    """One message of a customer. The Kafka key is the conversation's id, so that its messages stay in order."""

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)] = Field(
        description="what the customer wrote; personal data is masked before it is stored"
    )
    market: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(description="key of a market")
    channel: Channel = Field(default=Channel.CHAT, description="how the customer reached us")
    conversation_id: Id | None = Field(default=None, description="the sender's own; without one a conversation begins")
    customer_id: Id | None = Field(default=None, description="the sender's own id of the customer")


class CopPresenceV1(BaseModel):
    """What a COp, or the tool they work in, says of them. The Kafka key is the COp's id."""

    model_config = ConfigDict(frozen=True)

    cop_id: Id = Field(description="a COp of the roster")
    presence: Presence = Field(description="only `available` takes new work")
    by: Id | None = Field(default=None, description="who says so; unset means the COp")


INCOMING: dict[EventType, type[BaseModel]] = {MESSAGE: ConversationMessageV1, PRESENCE: CopPresenceV1}
_BY_NAME = {str(event_type): event_type for event_type in INCOMING}


def read(value: bytes | None, headers: Headers, expected: EventType) -> IncomingMessage | PresenceChange:
    """What a record of a topic of `expected` asks for; Unreadable when it does not say."""
    event = decode(value, headers)
    _require_type(event, expected)
    data = validated(INCOMING[expected], event.data, "data")
    match data:
        case ConversationMessageV1():
            return _message(event, data)
        case CopPresenceV1():
            by = data.by or data.cop_id
            return PresenceChange(CopId(data.cop_id), data.presence, by, event.id, event.source)
    raise AssertionError(f"{expected} has no reader")


def _message(event: CloudEvent, data: ConversationMessageV1) -> IncomingMessage:
    return IncomingMessage(
        event_id=event.id,
        source=event.source,
        text=data.text,
        market=data.market,
        channel=data.channel,
        conversation_id=data.conversation_id,
        customer_id=data.customer_id,
        at=event.time,
    )


def _require_type(event: CloudEvent, expected: EventType) -> None:
    if event.type not in _BY_NAME:
        name = event.type.rpartition(".v")[0]
        known = any(name == f"pointsman.{event_type.name}" for event_type in INCOMING)
        raise Unreadable(Reason.UNKNOWN_VERSION if known else Reason.UNKNOWN_TYPE, "type")
    if event.type != str(expected):
        raise Unreadable(Reason.WRONG_TOPIC, "type")
    if event.dataschema is not None and event.dataschema != expected.dataschema:
        raise Unreadable(Reason.UNKNOWN_VERSION, "dataschema")
