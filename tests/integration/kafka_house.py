"""One installation that Kafka feeds: its database, its topics, its consumers, and what senders write to it."""

import json
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from integration.kafka_roles import settings_for
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from servers import processes

from routing.adapters.kafka import Topics, ensure_topics
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.tables import conversations, cop_presence, events, inbox, messages
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.fingerprint import fingerprint
from routing.settings import Settings

ROLES = Path(__file__).with_name("kafka_roles.py")


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
