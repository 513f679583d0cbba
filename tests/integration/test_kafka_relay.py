"""The outbox leaves through a real broker: nothing missing, in order, with the same id however often it is sent."""

import json
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.kafka_roles import context_over, relaying, running, settings_for
from kafka import KafkaConsumer, TopicPartition
from servers import processes
from servers.kafka import KafkaBroker

from routing.adapters.kafka import Topics, ensure_topics
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.events import TOPICS, EventKind
from routing.services.context import Subject, record
from routing.settings import Settings

pytestmark = pytest.mark.kafka

ROLES = Path(__file__).with_name("kafka_roles.py")
LIFE = (
    (EventKind.OFFER_MADE, {"offer_id": "o1", "tick_id": "t", "expires_at": "2026-11-22T12:00:00+00:00"}),
    (EventKind.OFFER_DECLINED, {"offer_id": "o1", "reason": None}),
    (EventKind.OFFER_MADE, {"offer_id": "o2", "tick_id": "t", "expires_at": "2026-11-22T12:01:00+00:00"}),
    (EventKind.OFFER_ACCEPTED, {"offer_id": "o2"}),
    (EventKind.ASSIGNMENT_STARTED, {"assignment_id": "a", "offer_id": "o2", "issue_type": "card"}),
)


POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["sqlite", POSTGRES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        database = f"sqlite:///{tmp_path / 'pointsman.db'}"
    else:
        database = request.getfixturevalue("postgres_database")()
    upgrade(database)
    return database


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = SqlStore(url)
    yield opened
    opened.close()


@pytest.fixture
def settings(kafka_bootstrap: str) -> Settings:
    return installation(kafka_bootstrap)


def installation(bootstrap: str) -> Settings:
    found = settings_for(bootstrap, f"t{uuid.uuid4().hex[:10]}")
    ensure_topics(found, partitions=3)
    return found


def live(store: SqlStore, conversations: list[str]) -> None:
    """Let each conversation live its life, one step of all at a time, each step in a transaction of its own."""
    context = context_over(store)
    for kind, data in LIFE:
        for conversation in conversations:
            with store.transaction() as uow:
                record(uow, kind, context.clock.now(), "pointsman", Subject(conversation, "anna"), **data)
                uow.commit()


def published(settings: Settings, count: int) -> list[dict[str, Any]]:
    """At least `count` events from the outgoing topics, each with where it was found."""
    reader = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    topics = [Topics(settings.kafka_prefix).outgoing(name) for name in TOPICS]
    reader.assign([TopicPartition(name, number) for name in topics for number in reader.partitions_for_topic(name)])
    reader.seek_to_beginning()
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        batch = reader.poll(timeout_ms=300)
        for records in batch.values():
            for item in records:
                place = {"key": item.key.decode(), "topic": item.topic, "offset": item.offset}
                found.append({**json.loads(item.value), "place": place, "headers": dict(item.headers)})
        return len(found) >= count and not batch

    processes.wait_until(enough, f"{count} published events")
    reader.close()
    return found


def wait_until_empty(store: SqlStore) -> None:
    def empty() -> bool:
        with store.reading() as uow:
            return uow.outbox.count_pending() == 0

    processes.wait_until(empty, "the outbox running empty")


def assert_complete_and_in_order(events: list[dict[str, Any]], conversations: list[str]) -> None:
    """By conversation and topic, the first appearance of each id comes in the order of the sequence."""
    first: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for event in events:
        stream = first[event["place"]["topic"], event["subject"]]
        if (event["sequence"], event["id"]) not in stream:
            stream.append((event["sequence"], event["id"]))
    assert all(stream == sorted(stream) for stream in first.values())
    assert len({event["id"] for event in events}) == len(conversations) * len(LIFE)
    by_subject: dict[str, list[str]] = defaultdict(list)
    for id, event in {event["id"]: event for event in sorted(events, key=lambda event: event["sequence"])}.items():
        assert id
        by_subject[event["subject"]].append(event["type"])
    assert by_subject == {name: [f"pointsman.{kind}.v1" for kind, _ in LIFE] for name in conversations}


def test_everything_in_the_outbox_leaves_once_in_order_keyed_by_its_conversation(
    store: SqlStore, settings: Settings
) -> None:
    names = [f"c{number}" for number in range(12)]
    live(store, names)

    with running(relaying(store, settings)):
        wait_until_empty(store)

    events = published(settings, len(names) * len(LIFE))
    assert len(events) == len(names) * len(LIFE)
    assert_complete_and_in_order(events, names)
    assert all(event["place"]["key"] == event["subject"] == event["data"]["conversation_id"] for event in events)
    assert all(event["headers"]["content-type"].startswith(b"application/cloudevents+json") for event in events)
    assert {event["source"] for event in events} == {f"urn:pointsman:{settings.kafka_prefix}"}


@pytest.mark.parametrize("url", [POSTGRES], indirect=True)
def test_a_relay_killed_between_sending_and_marking_repeats_with_the_same_ids_and_misses_nothing(
    url: str, store: SqlStore, settings: Settings
) -> None:
    names = [f"c{number}" for number in range(60)]
    live(store, names)
    command = [sys.executable, str(ROLES), "relay", url, settings.kafka_bootstrap or "", settings.kafka_prefix]
    killed = subprocess.run([*command, "--die-at", "1"], timeout=60, check=False)
    with store.reading() as uow:
        assert uow.outbox.count_pending() == 300, "nothing was marked"

    with running(relaying(store, settings)):
        wait_until_empty(store)

    twice = len(names)
    events = published(settings, 300 + twice)
    assert killed.returncode == -9
    assert len(events) == 300 + twice, "the first wave came twice: one event of each conversation"
    assert_complete_and_in_order(events, names)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_of_two_relays_one_publishes_at_a_time_so_nothing_comes_twice(store: SqlStore, settings: Settings) -> None:
    names = [f"c{number}" for number in range(40)]
    # At life's own speed: the lease must outlast a slow batch.
    with running(relaying(store, settings, speed=1)), running(relaying(store, settings, speed=1)):
        live(store, names)
        wait_until_empty(store)

    events = published(settings, len(names) * len(LIFE))
    assert len(events) == len(names) * len(LIFE)
    assert_complete_and_in_order(events, names)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_relay_goes_on_with_a_fresh_producer_after_the_broker_was_killed(
    store: SqlStore, own_kafka_broker: KafkaBroker
) -> None:
    settings = installation(own_kafka_broker.bootstrap)
    with running(relaying(store, settings)):
        live(store, ["before"])
        wait_until_empty(store)
        own_kafka_broker.kill()
        live(store, [f"during{number}" for number in range(5)])
        own_kafka_broker.start()
        live(store, ["after"])
        wait_until_empty(store)

    names = ["before", "after", *(f"during{number}" for number in range(5))]
    assert_complete_and_in_order(published(settings, len(names) * len(LIFE)), names)
