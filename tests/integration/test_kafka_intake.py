"""Messages and presence from a real broker into a real database: each once, and what cannot be read set aside."""

from pathlib import Path
from typing import Any

import pytest
from integration.kafka_house import House, assert_each_stored_once, event, message, places_of, send, send_messages
from integration.kafka_roles import consuming, running
from kafka import KafkaConsumer, OffsetAndMetadata

from routing.adapters.sql.tables import conversations, messages

pytestmark = pytest.mark.kafka
ROOT = Path(__file__).parents[2]


def test_messages_and_presence_arrive_once_masked_and_in_the_order_of_their_conversation(house: House) -> None:
    send_messages(house, 30, 5)
    tail = [("c000", message(f"tail{number}", "c000", text=f"line {'i' * number}.")) for number in range(1, 6)]
    send(house, house.topics.messages, [*tail, (None, message("new", None))])
    presence = event("p1", "pointsman.cop.presence.v1", {"cop_id": "anna", "presence": "available"})
    send(house, house.topics.presence, [("anna", presence)])

    with running(consuming(house.store, house.settings)):
        house.wait_for_messages(36)
        house.wait_for_no_lag()

    assert house.count(conversations) == 6
    assert not any("4000" in text for text in house.column(messages.c.text))
    with house.store.reading() as uow:
        lines = [item.text for item in uow.conversations.messages_of(["c000"])["c000"]]
        assert uow.cops.status("anna").presence == "available"
    assert lines[-5:] == [f"line {'i' * number}." for number in range(1, 6)]


def test_reading_everything_again_changes_nothing(house: House) -> None:
    send_messages(house, 40, 8)
    presence = event("p1", "pointsman.cop.presence.v1", {"cop_id": "anna", "presence": "busy"})
    send(house, house.topics.presence, [("anna", presence)])
    with running(consuming(house.store, house.settings)):
        house.wait_for_messages(40)
        house.wait_for_no_lag()
    before = house.everything()

    rewind(house)
    assert house.lag() == 41
    with running(consuming(house.store, house.settings)):
        house.wait_for_no_lag()

    assert house.everything() == before


def rewind(house: House) -> None:
    client = KafkaConsumer(bootstrap_servers=house.bootstrap, group_id=house.settings.kafka_group)
    places = places_of(client, house.topics.incoming)
    client.assign(places)
    client.commit({place: OffsetAndMetadata(0, "", -1) for place in places})
    client.close(autocommit=False)


class NotUtf8(str):
    """A header name that is written as bytes no decoder takes."""

    __slots__ = ()

    def encode(self, *_: Any, **__: Any) -> bytes:  # type: ignore[override]
        return b"\xff\xfe"


POISON: dict[str, bytes | None] = {
    "no_value": None,
    "bad_json": b"{not json",
    "bad_encoding": b'{"text": "\xff\xfe"}',
    "too_deep": b"[" * 10_000,
    "not_a_cloud_event": b'{"specversion": "0.3"}',
    "missing_field": b'{"specversion": "1.0", "id": "x", "type": "t", "data": {}}',
    "unknown_type": event("x1", "pointsman.weather.v1", {}),
    "unknown_version": event("x2", "pointsman.conversation.message.v9", {}),
    "wrong_topic": event("x3", "pointsman.cop.presence.v1", {"cop_id": "anna", "presence": "away"}),
    "bad_field": message("x4", None, channel="pigeon"),
    "unknown_market": message("x5", None, market="atlantis"),
    "too_large": message("x6", None, text="a" * 1_000_000),
}


def test_poison_goes_to_the_dead_letters_with_its_reason_and_place_while_the_good_pass(house: House) -> None:
    good = [("good", message(f"g{number}", "good")) for number in range(len(POISON) + 1)]
    mixed = [good[0]]
    for number, value in enumerate(POISON.values(), start=1):
        mixed += [("good", value), good[number]]
    places = send(house, house.topics.messages, mixed, headers=[("trace", b"t1")])
    unknown_cop = event("x7", "pointsman.cop.presence.v1", {"cop_id": "nobody", "presence": "away"})
    places_of_presence = send(house, house.topics.presence, [(None, unknown_cop)])

    with running(consuming(house.store, house.settings)):
        house.wait_for_messages(len(good))
        house.wait_for_no_lag()

    letters = house.dead_letters(len(POISON) + 1)
    said = [{name: value.decode() for name, value in letter.headers} for letter in letters]
    expected = {reason: places[2 * number + 1] for number, reason in enumerate(POISON)}
    expected["unknown_cop"] = places_of_presence[0]
    assert {
        entry["pointsman-reason"]: (entry["pointsman-topic"], entry["pointsman-partition"], entry["pointsman-offset"])
        for entry in said
    } == {reason: (place.topic, str(place.partition), str(place.offset)) for reason, place in expected.items()}
    values = {entry["pointsman-reason"]: letter.value for entry, letter in zip(said, letters, strict=True)}
    originals = {**POISON, "no_value": b"", "unknown_cop": unknown_cop}
    with_digits = {"unknown_type", "bad_field", "unknown_market", "not_a_cloud_event", "too_large", "missing_field"}
    assert {reason: values[reason] for reason in values.keys() - with_digits} == {
        reason: originals[reason] for reason in originals.keys() - with_digits
    }
    assert not any(b"4000" in value for value in values.values())
    assert all(entry["trace"] == "t1" for entry in said if entry["pointsman-topic"] == house.topics.messages)
    assert house.count(messages) == len(good)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_a_record_that_the_client_itself_cannot_decode_is_stepped_over(house: House) -> None:
    send(house, house.topics.messages, [("c", message("before", "c"))])
    hostile = send(house, house.topics.messages, [("c", message("hostile", "c"))], headers=[(NotUtf8("x"), b"")])[0]
    send(house, house.topics.messages, [("c", message("after", "c")), ("d", message("other", "d"))])

    with running(consuming(house.store, house.settings)):
        house.wait_for_messages(3)
        house.wait_for_no_lag()

    [letter] = house.dead_letters(1)
    said = {name: value.decode() for name, value in letter.headers}
    assert said["pointsman-reason"] == "unreadable_record"
    assert (said["pointsman-partition"], said["pointsman-offset"]) == (str(hostile.partition), str(hostile.offset))
    assert_each_stored_once(house, ["before", "after", "other"])
