"""What the decoder makes of messages that nobody vouches for."""

import json
import logging
from typing import Any

import pytest

from routing.adapters.kafka import wire
from routing.adapters.kafka.incoming import MESSAGE, PRESENCE, read
from routing.adapters.kafka.wire import Reason, Unreadable
from routing.domain.cop import Channel, Presence
from routing.services.intake import LONGEST_TEXT, IncomingMessage
from routing.services.presence import PresenceChange

DATA = {"text": "where is my card?", "market": "uk"}


def envelope(**changes: Any) -> bytes:
    """A good message event, with changes; a change to None takes the attribute away."""
    event = {"specversion": "1.0", "id": "e1", "source": "urn:chat", "type": str(MESSAGE), "data": DATA, **changes}
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()


def with_data(**changes: Any) -> bytes:
    return envelope(data={name: value for name, value in {**DATA, **changes}.items() if value is not ...})


HOSTILE: dict[str, tuple[bytes | None, Reason, str]] = {
    "null": (None, Reason.NO_VALUE, ""),
    "nothing": (b"", Reason.BAD_JSON, ""),
    "white space": (b"  \n", Reason.BAD_JSON, ""),
    "not JSON": (b"hello", Reason.BAD_JSON, ""),
    "cut short": (envelope()[:-5], Reason.BAD_JSON, ""),
    "two documents": (envelope() + envelope(), Reason.BAD_JSON, ""),
    "Python's NaN": (b'{"specversion": NaN}', Reason.BAD_JSON, ""),
    "a raw NUL": (b'{"a": "\x00"}', Reason.BAD_JSON, ""),
    "a lone surrogate": (rb'{"a": "\ud800"}', Reason.BAD_JSON, ""),
    "an integer of 5,000 digits": (b'{"a": ' + b"9" * 5000 + b"}", Reason.BAD_JSON, ""),
    "a byte order mark": (b"\xef\xbb\xbf" + envelope(), Reason.BAD_JSON, ""),
    "Latin-1": ('{"text": "señor"}'.encode("latin-1"), Reason.BAD_ENCODING, ""),
    "UTF-16": (envelope().decode().encode("utf-16"), Reason.BAD_ENCODING, ""),
    "overlong UTF-8": (b'{"a": "\xc0\xaf"}', Reason.BAD_ENCODING, ""),
    "10,000 arrays": (b"[" * 10_000 + b"]" * 10_000, Reason.TOO_DEEP, ""),
    "10,000 objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, Reason.TOO_DEEP, ""),
    "above a megabyte": (b" " * wire.LARGEST_EVENT_BYTES + envelope(), Reason.TOO_LARGE, ""),
    "an array": (b"[]", Reason.NOT_A_CLOUD_EVENT, "specversion"),
    "a string": (b'"hello"', Reason.NOT_A_CLOUD_EVENT, "specversion"),
    "an empty object": (b"{}", Reason.NOT_A_CLOUD_EVENT, "specversion"),
    "CloudEvents 0.3": (envelope(specversion="0.3"), Reason.NOT_A_CLOUD_EVENT, "specversion"),
    "a number as specversion": (envelope(specversion=1.0), Reason.NOT_A_CLOUD_EVENT, "specversion"),
    "no id": (envelope(id=None), Reason.MISSING_FIELD, "id"),
    "an empty id": (envelope(id=""), Reason.BAD_FIELD, "id"),
    "a number as id": (envelope(id=7), Reason.BAD_FIELD, "id"),
    "an endless id": (envelope(id="x" * 129), Reason.BAD_FIELD, "id"),
    "a NUL in the id": (envelope(id="a\0b"), Reason.BAD_FIELD, "id"),
    "no source": (envelope(source=None), Reason.MISSING_FIELD, "source"),
    "no type": (envelope(type=None), Reason.MISSING_FIELD, "type"),
    "an unknown type": (envelope(type="com.example.order.v1"), Reason.UNKNOWN_TYPE, "type"),
    "a published type": (envelope(type="pointsman.offer.made.v1"), Reason.UNKNOWN_TYPE, "type"),
    "a version to come": (envelope(type="pointsman.conversation.message.v2"), Reason.UNKNOWN_VERSION, "type"),
    "another schema": (envelope(dataschema="urn:other"), Reason.UNKNOWN_VERSION, "dataschema"),
    "presence among messages": (envelope(type=str(PRESENCE)), Reason.WRONG_TOPIC, "type"),
    "a time without a zone": (envelope(time="2026-01-01T12:00:00"), Reason.BAD_FIELD, "time"),
    "a time before all zones": (envelope(time="0001-01-01T00:00:00+02:00"), Reason.BAD_FIELD, "time"),
    "a word as time": (envelope(time="yesterday"), Reason.BAD_FIELD, "time"),
    "XML inside": (envelope(datacontenttype="text/xml"), Reason.BAD_FIELD, "datacontenttype"),
    "no data": (envelope(data=None), Reason.MISSING_FIELD, "data"),
    "data in base 64": (envelope(data=None, data_base64="e30="), Reason.MISSING_FIELD, "data"),
    "text as data": (envelope(data="hello"), Reason.BAD_FIELD, "data"),
    "no text": (with_data(text=...), Reason.MISSING_FIELD, "data.text"),
    "an empty text": (with_data(text=""), Reason.BAD_FIELD, "data.text"),
    "null as text": (with_data(text=None), Reason.BAD_FIELD, "data.text"),
    "a list as text": (with_data(text=["a"]), Reason.BAD_FIELD, "data.text"),
    "a text above the limit": (with_data(text="a" * (LONGEST_TEXT + 1)), Reason.BAD_FIELD, "data.text"),
    "no market": (with_data(market=...), Reason.MISSING_FIELD, "data.market"),
    "an unknown channel": (with_data(channel="pigeon"), Reason.BAD_FIELD, "data.channel"),
    "a NUL in the conversation id": (with_data(conversation_id="a\0"), Reason.BAD_FIELD, "data.conversation_id"),
    "an endless customer id": (with_data(customer_id="x" * 129), Reason.BAD_FIELD, "data.customer_id"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_message_off_the_contract_is_refused_with_its_reason_and_place(name: str) -> None:
    value, reason, place = HOSTILE[name]
    with pytest.raises(Unreadable) as refused:
        read(value, [], MESSAGE)
    assert (refused.value.reason, refused.value.place) == (reason, place)


def test_a_refusal_never_quotes_the_message(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "my card is 4000 1234 5678 9010"
    for value in (with_data(text=secret, channel=secret), envelope(id=secret * 10), f'{{"a": {secret}'.encode()):
        with pytest.raises(Unreadable) as refused:
            read(value, [], MESSAGE)
        assert "4000" not in str(refused.value)
        assert refused.value.__cause__ is None
    assert "4000" not in caplog.text


def test_a_structured_message_becomes_what_intake_takes() -> None:
    value = envelope(
        time="2026-03-01T12:00:00+02:00",
        subject="c1",
        comexampletrace="an extension we do not know",
        data={**DATA, "channel": "email", "conversation_id": "c1", "customer_id": "k1", "mood": "not ours to read"},
    )
    asked = read(value, [("content-type", b"application/cloudevents+json")], MESSAGE)
    assert isinstance(asked, IncomingMessage)
    assert (asked.event_id, asked.source, asked.text, asked.market) == ("e1", "urn:chat", DATA["text"], "uk")
    assert (asked.channel, asked.conversation_id, asked.customer_id) == (Channel.EMAIL, "c1", "k1")
    assert asked.at is not None
    assert asked.at.isoformat() == "2026-03-01T12:00:00+02:00"


BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e1"),
    ("ce_source", b"urn:desk"),
    ("ce_type", str(PRESENCE).encode()),
    ("content-type", b"application/json"),
]


def test_a_binary_message_carries_its_envelope_in_the_headers() -> None:
    asked = read(b'{"cop_id": "anna", "presence": "away"}', BINARY, PRESENCE)
    assert asked == PresenceChange("anna", Presence.AWAY, "anna", "e1", "urn:desk")


@pytest.mark.parametrize(
    ("changed", "reason", "place"),
    [
        (("ce_id", b"\xff"), Reason.BAD_ENCODING, "headers"),
        (("ce_id", None), Reason.BAD_FIELD, "id"),
        (("ce_specversion", b"2.0"), Reason.NOT_A_CLOUD_EVENT, "specversion"),
        (("content-type", b"text/plain"), Reason.BAD_FIELD, "datacontenttype"),
    ],
)
def test_a_binary_message_with_broken_headers_is_refused(
    changed: tuple[str, bytes | None], reason: Reason, place: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(b'{"cop_id": "anna", "presence": "away"}', [*BINARY, changed], PRESENCE)
    assert (refused.value.reason, refused.value.place) == (reason, place)


def test_an_unknown_presence_is_refused() -> None:
    value = envelope(type=str(PRESENCE), data={"cop_id": "anna", "presence": "asleep"})
    with pytest.raises(Unreadable) as refused:
        read(value, [], PRESENCE)
    assert (refused.value.reason, refused.value.place) == (Reason.BAD_FIELD, "data.presence")
