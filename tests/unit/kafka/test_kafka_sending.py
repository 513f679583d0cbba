"""Waves keep the order of each conversation; a producer that failed is given up, a role that failed begins anew."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError
from kafka_doubles import Sent

from routing.adapters.kafka import Topics
from routing.adapters.kafka.producing import Producer, Sending
from routing.adapters.kafka.publisher import KafkaPublisher
from routing.adapters.kafka.runner import supervise
from routing.domain.errors import Unavailable
from routing.domain.events import Event, EventKind
from routing.services.relaying import waves


def offer(conversation: str, seq: int) -> Event:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Event(EventKind.OFFER_ACCEPTED, at, "anna", conversation, "anna", {"offer_id": "o"}, seq)


def test_a_wave_holds_one_event_of_a_conversation_and_waves_keep_their_order() -> None:
    events = [offer("a", 1), offer("b", 2), offer("a", 3), offer("a", 4), offer("b", 5)]
    assert [[event.seq for event in wave] for wave in waves(events)] == [[1, 2], [3, 5], [4]]


def test_after_a_failure_no_later_event_of_a_conversation_is_sent() -> None:
    sent = Sent()
    sent.errors = [Unavailable("away")]
    with pytest.raises(Unavailable):
        KafkaPublisher(sent, Topics("p")).publish([offer("a", 1), offer("a", 2)])  # type: ignore[arg-type]
    assert sent.records == []


def test_an_event_that_does_not_fit_its_schema_holds_nothing_up() -> None:
    sent = Sent()
    broken = Event(EventKind.OFFER_MADE, datetime(2026, 3, 1, tzinfo=UTC), "x", "a", "anna", {}, 1)
    KafkaPublisher(sent, Topics("p")).publish([broken, offer("b", 2)])  # type: ignore[arg-type]
    assert [item.topic for item in sent.records] == ["p.dead-letter", "p.offers"]


class FailingClient:
    """A kafka producer whose futures fail."""

    def __init__(self, error: Exception | None) -> None:
        self.error, self.closed = error, False

    def send(self, *_: Any) -> "FailingClient":
        return self

    def get(self, timeout: float) -> None:
        if self.error is not None:
            raise self.error

    def close(self, timeout: float) -> None:
        self.closed = True


def test_a_producer_that_failed_is_given_up_and_the_next_send_begins_with_a_fresh_one() -> None:
    clients = [FailingClient(KafkaTimeoutError()), FailingClient(None)]
    made: list[FailingClient] = []

    def connect() -> FailingClient:
        made.append(clients[len(made)])
        return made[-1]

    producer = Producer(connect)
    with pytest.raises(Unavailable):
        producer.send([Sending("t", None, b"v", [])])
    producer.send([Sending("t", None, b"v", [])])
    assert (len(made), made[0].closed, made[1].closed) == (2, True, False)


def test_a_role_that_fails_begins_anew_until_it_is_stopped() -> None:
    stop, calls = threading.Event(), []

    def work() -> None:
        calls.append(1)
        if len(calls) == 3:
            stop.set()
            return
        raise RuntimeError("the client crashed")

    supervise("test", work, stop)
    assert len(calls) == 3
