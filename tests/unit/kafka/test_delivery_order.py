"""The database first, then the offset; and the client defaults that would undo it are overridden."""

import threading
from typing import Any, Self

import kafka
import pytest
from kafka.structs import TopicPartition

from routing.adapters.kafka.consumer import Ends, IntakeConsumer, Pace, consumer_of
from routing.adapters.kafka.producing import producer_of
from routing.settings import Settings

HERE = TopicPartition("p.messages", 0)


class Died(BaseException):
    """The process is gone: nothing that would catch an error gets to run."""


class Record:
    topic, partition, offset, key, value, headers = "p.messages", 0, 7, b"k", b"{}", ()


class Client:
    """One partition with one record; remembers what was committed."""

    def __init__(self) -> None:
        self.committed: list[Any] = []

    def poll(self, timeout_ms: int) -> dict[Any, list[Record]]:
        return {HERE: [Record()]}

    def commit(self, offsets: Any, timeout_ms: int) -> None:
        self.committed.append(offsets)


class Fatal:
    """A store, and dead letters, at which the process dies."""

    def add(self, *_: Any) -> None:
        raise Died


def test_who_dies_while_storing_has_committed_nothing_of_it() -> None:
    client = Client()
    ends = Ends(client, Fatal(), Fatal(), lambda *_: False)  # type: ignore[arg-type]
    with pytest.raises(Died):
        IntakeConsumer(ends, threading.Event(), Pace()).turn()
    assert client.committed == []


class Asked:
    """A client that only keeps what it was made with."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def partitions_for_topic(self, _: str) -> set[int]:
        return {0}

    def subscribe(self, _: list[str]) -> Self:
        return self


def test_the_consumer_overrides_what_would_lose_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "KafkaConsumer", Asked)
    asked = consumer_of(Settings(kafka_bootstrap="127.0.0.1:9"), Pace()).options
    assert asked["enable_auto_commit"] is False
    assert asked["auto_offset_reset"] == "earliest"
    assert asked["session_timeout_ms"] < 45_000
    assert asked["max_poll_records"] < 500


def test_the_producer_overrides_what_would_lose_or_reorder_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "KafkaProducer", Asked)
    asked = producer_of(Settings(kafka_bootstrap="127.0.0.1:9")).options
    assert (asked["acks"], asked["enable_idempotence"]) == ("all", True)
