"""The consumer's promises, with a client that fails when told to."""

import logging
import threading
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from kafka.errors import CommitFailedError, MessageSizeTooLargeError
from kafka_doubles import Sent

from routing.adapters.kafka.consumer import MOST_ATTEMPTS, MOST_TOGETHER, Ends, IntakeConsumer, Pace
from routing.adapters.kafka.dead_letters import CLIPPED_BYTES, DeadLetters
from routing.adapters.kafka.wire import Reason, Unreadable
from routing.domain.errors import Unavailable

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
        self.mine: set[Any] = {HERE}

    def poll(self, timeout_ms: int) -> dict[Any, list[Record]]:
        if HERE in self.halted:
            return {}
        batch = self.log[self.position_now : self.position_now + self.most]
        self.position_now += len(batch)
        if not batch:
            self.stop.set()
        return {HERE: batch} if batch else {}

    def assignment(self) -> set[Any]:
        return self.mine

    def subscription(self) -> set[Any]:
        return set()

    def pause(self, *places: Any) -> None:
        self.halted |= set(places)

    def resume(self, *places: Any) -> None:
        self.halted -= set(places)

    def paused(self) -> set[Any]:
        return set(self.halted)

    def seek(self, place: Any, offset: int) -> None:
        self.position_now = offset

    def position(self, place: Any, timeout_ms: int) -> int:
        return self.position_now

    def commit(self, offsets: dict[Any, Any], timeout_ms: int) -> None:
        if self.commit_error is not None:
            raise self.commit_error
        self.committed = offsets[HERE].offset


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


@pytest.mark.parametrize(("kept", "committed"), [({HERE}, 3), (set(), 0)], ids=["keeps", "loses"])
def test_what_a_rebalance_kept_from_being_committed_is_committed_later_by_who_keeps_the_partition(
    kept: set[Any], committed: int
) -> None:
    stop = threading.Event()
    client, store = Client(3, stop), Store(lambda _: None)
    letters = DeadLetters(Sent(), "p.dead-letter", str)  # type: ignore[arg-type]
    consumer = IntakeConsumer(Ends(client, store, letters, lambda *_: False), stop, FAST)  # type: ignore[arg-type]
    client.commit_error = CommitFailedError()
    consumer.turn()

    client.commit_error, client.mine = None, kept
    consumer.turn()

    assert (client.committed, store.kept) == (committed, [0, 1, 2])


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
