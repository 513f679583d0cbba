"""Messages and presence from a real broker into a real database: each once, whatever dies in between."""

import json
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from integration.kafka_roles import consuming, running, settings_for
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from servers import processes
from servers.kafka import KafkaBroker
from servers.postgres import PostgresCluster

from routing.adapters.kafka import Topics, ensure_topics
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.tables import conversations, cop_presence, events, inbox, messages
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.fingerprint import fingerprint
from routing.settings import Settings

pytestmark = pytest.mark.kafka

ROLES = Path(__file__).with_name("kafka_roles.py")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class House:
    """One installation: its database, its topics, and the processes that work for it."""

    url: str
    settings: Settings
    folder: Path
    store: SqlStore
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def topics(self) -> Topics:
        return Topics(self.settings.kafka_prefix)

    @property
    def bootstrap(self) -> str:
        return self.settings.kafka_bootstrap or ""

    def consumer(self, *options: str) -> "subprocess.Popen[bytes]":
        """A consumer in a process of its own."""
        command = [sys.executable, str(ROLES), "consume", self.url, self.bootstrap, self.settings.kafka_prefix]
        self.started.append(processes.start([*command, *options], self.folder / f"{len(self.started)}.log"))
        return self.started[-1]

    def column(self, column: "sa.ColumnElement[Any]") -> list[Any]:
        with self.store.engine.connect() as connection:
            return list(connection.execute(sa.select(column)).scalars())

    def count(self, table: sa.Table) -> int:
        with self.store.engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """What intake writes, row by row."""
        with self.store.engine.connect() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
                for table in (conversations, messages, events, inbox, cop_presence)
            }

    def wait_for_messages(self, count: int, seconds: float = 60) -> None:
        processes.wait_until(lambda: self.count(messages) >= count, f"{count} messages stored", seconds)

    def lag(self) -> int:
        """Records of the incoming topics that the group has not committed."""
        onlooker = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.settings.kafka_group)
        try:
            places = places_of(onlooker, self.topics.incoming)
            ends = onlooker.end_offsets(places)
            return sum(ends[place] - (onlooker.committed(place) or 0) for place in places)
        finally:
            onlooker.close()

    def wait_for_no_lag(self) -> None:
        processes.wait_until(lambda: self.lag() == 0, "everything committed")

    def dead_letters(self, count: int) -> list[Any]:
        """The first `count` dead letters."""
        reader = KafkaConsumer(bootstrap_servers=self.bootstrap)
        reader.assign(places_of(reader, [self.topics.dead_letter]))
        reader.seek_to_beginning()
        found: list[Any] = []

        def enough() -> bool:
            for batch in reader.poll(timeout_ms=200).values():
                found.extend(batch)
            return len(found) >= count

        try:
            processes.wait_until(enough, f"{count} dead letters")
        finally:
            reader.close()
        return found


def places_of(client: Any, topics: Any) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics for number in client.partitions_for_topic(topic) or ()]


def house_at(url: str, bootstrap: str, folder: Path) -> House:
    upgrade(url)
    settings = settings_for(bootstrap, f"t{uuid.uuid4().hex[:10]}")
    ensure_topics(settings, partitions=3)
    return House(url, settings, folder, SqlStore(url))


def leave(house: House) -> None:
    for process in house.started:
        process.kill()
        process.wait()
    house.store.close()


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["sqlite", POSTGRES])
def house(request: pytest.FixtureRequest, kafka_bootstrap: str, tmp_path: Path) -> Iterator[House]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    else:
        url = request.getfixturevalue("postgres_database")()
    built = house_at(url, kafka_bootstrap, tmp_path)
    yield built
    leave(built)


def message(event_id: str, conversation_id: str | None = None, **data: object) -> bytes:
    """A message event as a sender would write it."""
    body = {"text": f"my card 4000 is gone ({event_id})", "market": "uk", "conversation_id": conversation_id, **data}
    return event(event_id, "pointsman.conversation.message.v1", body)


def event(event_id: str, kind: str, data: object) -> bytes:
    envelope = {"specversion": "1.0", "id": event_id, "source": "urn:chat", "type": kind, "data": data}
    return json.dumps(envelope).encode()


def send(house: House, topic: str, records: list[tuple[str | None, bytes | None]], **more: Any) -> list[Any]:
    """Send (key, value) pairs; returns where each went."""
    producer = KafkaProducer(bootstrap_servers=house.bootstrap, max_request_size=2_000_000)
    futures = [producer.send(topic, value, key.encode() if key else None, **more) for key, value in records]
    places = [future.get(timeout=30) for future in futures]
    producer.close()
    return places


def send_messages(house: House, count: int, conversations_count: int) -> list[str]:
    """`count` messages spread over so many conversations; returns the event ids."""
    ids = [f"e{number:04d}" for number in range(count)]
    keys = [f"c{number % conversations_count:03d}" for number in range(count)]
    records = [(key, message(id, key)) for id, key in zip(ids, keys, strict=True)]
    send(house, house.topics.messages, records)
    return ids


def assert_each_stored_once(house: House, ids: list[str]) -> None:
    found = Counter(text.split("(")[1].rstrip(")") for text in house.column(messages.c.text))
    masked = Counter("".join("#" if letter.isdigit() else letter for letter in id) for id in ids)
    assert found == masked
    assert Counter(house.column(inbox.c.event_id)) == Counter(fingerprint("urn:chat", id) for id in ids)
    assert house.count(messages) == len(ids)


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


@pytest.mark.parametrize("house", [POSTGRES], indirect=True)
def test_two_survivors_store_everything_exactly_once_when_the_third_is_killed_in_the_middle(house: House) -> None:
    first = [house.consumer(), house.consumer(), house.consumer()]
    ids = send_messages(house, 200, 60)
    house.wait_for_messages(20)

    first[0].kill()
    late = [f"late{number}" for number in range(60)]
    send(house, house.topics.messages, [(id, message(id, id)) for id in late])
    house.wait_for_messages(260)
    house.wait_for_no_lag()

    assert_each_stored_once(house, [*ids, *late])
    assert [process.poll() for process in first[1:]] == [None, None]


@pytest.mark.parametrize("house", [POSTGRES], indirect=True)
def test_a_kill_between_the_database_and_the_offset_neither_loses_nor_doubles(house: House) -> None:
    ids = send_messages(house, 120, 40)
    for commit in (1, 2, 1):
        assert house.consumer("--die-at", str(commit)).wait(60) == -9
    stored_before = house.count(messages)
    assert house.lag() > len(ids) - stored_before, "no offset was left behind the database"

    house.consumer()
    house.wait_for_messages(120)
    house.wait_for_no_lag()

    assert_each_stored_once(house, ids)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_kills_at_random_moments_neither_lose_nor_double(house: House) -> None:
    chance = random.Random(20261122)
    ids = send_messages(house, 300, 90)
    for _ in range(4):
        process = house.consumer()
        before = house.count(messages)
        processes.wait_until(lambda before=before: house.count(messages) > before, "some progress")
        time.sleep(chance.random() * 0.2)
        process.kill()
        process.wait()
        if house.count(messages) == 300:
            break

    house.consumer()
    house.wait_for_messages(300)
    house.wait_for_no_lag()

    assert_each_stored_once(house, ids)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_sigterm_ends_a_consumer_cleanly_and_the_next_goes_on_without_waiting_for_its_session(house: House) -> None:
    process = house.consumer()
    ids = send_messages(house, 60, 20)
    house.wait_for_messages(10)

    process.terminate()
    assert process.wait(20) == 0
    stored = house.count(messages)
    assert house.lag() == 60 - stored

    house.consumer()
    house.wait_for_messages(60)
    assert_each_stored_once(house, ids)


@pytest.mark.postgres
def test_a_crash_of_the_database_stops_the_intake_and_loses_nothing(
    kafka_bootstrap: str, own_postgres: PostgresCluster, tmp_path: Path
) -> None:
    house = house_at(own_postgres.url, kafka_bootstrap, tmp_path)
    with running(consuming(house.store, house.settings)):
        ids = send_messages(house, 20, 10)
        house.wait_for_messages(20)
        house.wait_for_no_lag()
        own_postgres.crash()
        late = [f"late{number}" for number in range(20)]
        send(house, house.topics.messages, [(id, message(id, id)) for id in late])
        time.sleep(1)
        assert house.lag() == 20
        own_postgres.start()
        house.wait_for_messages(40)
        house.wait_for_no_lag()

    assert_each_stored_once(house, [*ids, *late])
    leave(house)


def test_intake_goes_on_after_the_broker_was_killed_and_came_back(
    own_kafka_broker: KafkaBroker, tmp_path: Path
) -> None:
    house = house_at(f"sqlite:///{tmp_path / 'pointsman.db'}", own_kafka_broker.bootstrap, tmp_path)
    with running(consuming(house.store, house.settings)):
        ids = send_messages(house, 30, 10)
        house.wait_for_messages(5)
        own_kafka_broker.kill()
        own_kafka_broker.start()
        late = [f"late{number}" for number in range(30)]
        send(house, house.topics.messages, [(id, message(id, id)) for id in late])
        house.wait_for_messages(60)
        house.wait_for_no_lag()

    assert_each_stored_once(house, [*ids, *late])
    leave(house)
