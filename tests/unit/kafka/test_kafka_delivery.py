"""The consumer's and the publisher's promises, with a client that fails when told to."""

import logging
import threading
from collections import namedtuple
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka.errors import CommitFailedError, KafkaTimeoutError, MessageSizeTooLargeError

from routing.adapters.kafka import Topics
from routing.adapters.kafka.consumer import MOST_ATTEMPTS, MOST_TOGETHER, Ends, IntakeConsumer, Pace
from routing.adapters.kafka.dead_letters import CLIPPED_BYTES, DeadLetters
from routing.adapters.kafka.producing import Producer, Sending
from routing.adapters.kafka.publisher import KafkaPublisher
from routing.adapters.kafka.runner import supervise
from routing.adapters.kafka.wire import Reason, Unreadable
from routing.domain.errors import Unavailable
from routing.domain.events import Event, EventKind
from routing.services.relaying import waves

Place = namedtuple("Place", "topic partition")
Record = namedtuple("Record", "topic partition offset key value headers")
HERE = Place("p.messages", 0)
FAST = Pace(first_backoff_seconds=0.001, longest_backoff_seconds=0.002, poll_ms=1)
SECRET = "my card is 4000 1234"


def record(offset: int) -> Record:
    return Record(*HERE, offset, b"k", SECRET.encode(), [])


class Client:
    """One partition, polled `most` at a time; stops the consumer when everything was polled."""

    def __init__(self, count: int, stop: threading.Event, most: int = 3) -> None:
        self.most = most
        self.log = [record(offset) for offset in range(count)]
        self.position_now, self.committed, self.stop = 0, 0, stop
        self.halted: set[Any] = set()
        self.commit_error: Exception | None = None

    def poll(self, timeout_ms: int) -> dict[Any, list[Record]]:
        if HERE in self.halted:
            return {}
        batch = self.log[self.position_now : self.position_now + self.most]
        self.position_now += len(batch)
        if not batch:
            self.stop.set()
        return {HERE: batch} if batch else {}

    def assignment(self) -> set[Any]:
        return {HERE}

    def pause(self, *places: Any) -> None:
        self.halted |= set(places)

    def resume(self, *places: Any) -> None:
        self.halted -= set(places)

    def paused(self) -> set[Any]:
        return set(self.halted)

    def seek(self, place: Any, offset: int) -> None:
        self.position_now = offset

    def commit(self, offsets: dict[Any, Any], timeout_ms: int) -> None:
        if self.commit_error is not None:
            raise self.commit_error
        self.committed = offsets[HERE].offset


class Sent:
    """A producer that keeps what it is given, or fails."""

    def __init__(self) -> None:
        self.records: list[Sending] = []
        self.errors: list[Exception] = []

    def send(self, records: list[Sending]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.records += records

    def close(self) -> None:
        pass


class Store:
    """Keeps offsets; asks `verdict` first, which may raise."""

    def __init__(self, verdict: Callable[[int], None]) -> None:
        self.kept: list[int] = []
        self.verdict = verdict

    def add(self, item: Record) -> None:
        self.verdict(item.offset)
        self.kept.append(item.offset)

    def add_together(self, _: Sequence[Record]) -> bool:
        return False


class Bulk(Store):
    """Takes several at once where none of them asks for more; remembers how many at a time."""

    def __init__(self, verdict: Callable[[int], None]) -> None:
        super().__init__(verdict)
        self.at_once: list[int] = []

    def add_together(self, items: Sequence[Record]) -> bool:
        try:
            for item in items:
                self.verdict(item.offset)
        except Unreadable:
            return False
        self.kept += [item.offset for item in items]
        self.at_once.append(len(items))
        return True


def consume(verdict: Callable[[int], None], sent: Sent, commit_error: Exception | None = None) -> tuple[Client, Store]:
    stop = threading.Event()
    client, store = Client(8, stop), Store(verdict)
    client.commit_error = commit_error
    letters = DeadLetters(sent, "p.dead-letter", str)  # type: ignore[arg-type]
    IntakeConsumer(Ends(client, store, letters, lambda *_: False), stop, FAST).run()  # type: ignore[arg-type]
    return client, store


def consume_many(count: int, verdict: Callable[[int], None]) -> tuple[Client, Bulk]:
    stop, store = threading.Event(), Bulk(verdict)
    client, letters = Client(count, stop, most=count), DeadLetters(Sent(), "p.dead-letter", str)  # type: ignore[arg-type]
    IntakeConsumer(Ends(client, store, letters, lambda *_: False), stop, FAST).run()  # type: ignore[arg-type]
    return client, store


def once(offset: int, *errors: Exception) -> Callable[[int], None]:
    """Raise these errors, one each time this offset comes."""
    left = list(errors)

    def verdict(seen: int) -> None:
        if seen == offset and left:
            raise left.pop(0)

    return verdict


def test_while_the_database_is_away_nothing_is_skipped_and_the_rest_follows_in_order() -> None:
    client, store = consume(once(4, *[Unavailable("away")] * 5), Sent())
    assert store.kept == [*range(8)]
    assert client.committed == 8


def test_what_was_stored_before_the_database_went_away_is_committed() -> None:
    client, store, seen = None, None, []

    def verdict(offset: int) -> None:
        seen.append(offset)
        if offset == 4 and seen.count(4) == 1:
            raise Unavailable("away")

    client, store = consume(verdict, Sent())
    assert seen == [0, 1, 2, 3, 4, 4, 5, 6, 7], "3 was stored and is not asked for again"
    assert (client.committed, store.kept) == (8, [*range(8)])


def test_what_was_polled_is_stored_so_many_at_a_time_and_in_order() -> None:
    client, store = consume_many(2 * MOST_TOGETHER + 5, lambda _: None)
    assert store.at_once == [MOST_TOGETHER, MOST_TOGETHER, 5]
    assert store.kept == [*range(2 * MOST_TOGETHER + 5)]
    assert client.committed == 2 * MOST_TOGETHER + 5


def test_one_bad_record_makes_its_neighbours_go_one_by_one_and_no_others() -> None:
    bad = MOST_TOGETHER + 3
    client, store = consume_many(3 * MOST_TOGETHER, once(bad, *[Unreadable(Reason.BAD_JSON)] * 2))
    assert store.at_once == [MOST_TOGETHER, MOST_TOGETHER]
    assert store.kept == [offset for offset in range(3 * MOST_TOGETHER) if offset != bad]
    assert client.committed == 3 * MOST_TOGETHER


def test_a_database_that_goes_away_between_two_transactions_leaves_the_first_committed() -> None:
    seen: list[int] = []

    def verdict(offset: int) -> None:
        seen.append(offset)
        if offset == MOST_TOGETHER and seen.count(offset) == 1:
            raise Unavailable("away")

    client, store = consume_many(2 * MOST_TOGETHER, verdict)
    assert seen.count(0) == 1, "what was stored is not asked for again"
    assert (client.committed, store.kept) == (2 * MOST_TOGETHER, [*range(2 * MOST_TOGETHER)])


def test_a_commit_that_fails_at_a_rebalance_stops_nothing() -> None:
    client, store = consume(lambda _: None, Sent(), CommitFailedError())
    assert (client.committed, store.kept) == (0, [*range(8)])


def test_an_unreadable_record_is_buried_and_the_others_pass() -> None:
    sent = Sent()
    client, store = consume(once(4, Unreadable(Reason.MISSING_FIELD, "data.text")), sent)
    assert store.kept == [0, 1, 2, 3, 5, 6, 7]
    assert client.committed == 8
    headers = dict(sent.records[0].headers)
    assert headers["pointsman-reason"] == b"missing_field"
    assert (headers["pointsman-partition"], headers["pointsman-offset"]) == (b"0", b"4")


def test_an_unreadable_record_waits_for_the_dead_letter_topic_before_its_offset_is_committed() -> None:
    sent = Sent()
    sent.errors = [Unavailable("away"), Unavailable("away")]
    client, store = consume(once(4, *[Unreadable(Reason.BAD_JSON)] * 3), sent)
    assert [item.value for item in sent.records] == [SECRET.encode()]
    assert (client.committed, store.kept) == (8, [0, 1, 2, 3, 5, 6, 7])


def test_a_record_we_fail_on_is_tried_again_then_buried_and_its_words_are_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = Sent()
    _, passing = consume(once(4, *[ValueError(SECRET)] * (MOST_ATTEMPTS - 1)), sent)
    assert (passing.kept, sent.records) == ([*range(8)], [])
    _, failing = consume(once(4, *[ValueError(SECRET)] * MOST_ATTEMPTS), sent)
    assert failing.kept == [0, 1, 2, 3, 5, 6, 7]
    assert dict(sent.records[0].headers)["pointsman-place"] == b"ValueError"
    assert "4000" not in caplog.text


def test_a_record_too_large_even_for_the_dead_letters_is_kept_clipped_with_its_digest() -> None:
    sent = Sent()
    sent.errors = [MessageSizeTooLargeError()]
    huge = Record(*HERE, 4, b"k" * 5_000, b"a" * 3_000_000, [("x", b"y" * 1_000_000)])
    DeadLetters(sent, "p.dead-letter", str).add(huge, Unreadable(Reason.TOO_LARGE))  # type: ignore[arg-type]
    [kept] = sent.records
    headers = dict(kept.headers)
    assert len(kept.value) == CLIPPED_BYTES
    assert headers["pointsman-bytes"] == b"3000000"
    assert len(headers["pointsman-sha256"]) == 64
    assert "x" not in headers


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
