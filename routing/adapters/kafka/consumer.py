"""Takes records in, each once: the database first, then the offset; what cannot be read goes to the dead letters."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.adapters.kafka.dead_letters import DeadLetters
from routing.adapters.kafka.record_store import RecordStore
from routing.adapters.kafka.topics import BROKER_PATIENCE_MS, Topics, bootstrap_servers
from routing.adapters.kafka.wire import Reason, Unreadable
from routing.domain.errors import Unavailable
from routing.settings import Settings

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 3
MOST_TOGETHER = 32
"""Messages in one transaction: the disk is waited for once, and others who write wait no longer than for these."""
PROBE_MS = 2_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once, and how long things may take.

    A consumer that died is noticed after `session_timeout_ms`. `most_records` bounds what is in memory and what is done
    between two polls, which `max_poll_interval_ms` in turn bounds.
    """

    session_timeout_ms: int = 10_000
    heartbeat_interval_ms: int = 3_000
    max_poll_interval_ms: int = 300_000
    most_records: int = 100
    poll_ms: int = 500
    first_backoff_seconds: float = 0.1
    longest_backoff_seconds: float = 5.0


def consumer_of(settings: Settings, pace: Pace) -> Any:
    """A member of the group, subscribed to the incoming topics; it commits nothing by itself.

    Unavailable names a topic that is missing.
    """
    client = _unsubscribed(settings, pace)
    topics = Topics(settings.kafka_prefix).incoming
    # A member that joins before it knows the topics' partitions can be given none, and not notice for minutes.
    try:
        _require_topics(client, topics)
    except Unavailable:
        client.close(autocommit=False)
        raise
    client.subscribe(list(topics))
    return client


def _require_topics(client: Any, topics: Iterable[str]) -> None:
    missing = [name for name in sorted(topics) if not client.partitions_for_topic(name)]
    if missing:
        raise Unavailable(f"topics are missing: {', '.join(missing)}")


def _unsubscribed(settings: Settings, pace: Pace) -> Any:
    from kafka import KafkaConsumer

    return KafkaConsumer(
        bootstrap_servers=bootstrap_servers(settings),
        client_id="pointsman",
        group_id=settings.kafka_group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=pace.session_timeout_ms,
        heartbeat_interval_ms=pace.heartbeat_interval_ms,
        max_poll_interval_ms=pace.max_poll_interval_ms,
        max_poll_records=pace.most_records,
        fetch_max_bytes=8_388_608,
        fetch_max_wait_ms=min(500, pace.poll_ms),
        metadata_max_age_ms=30_000,
        reconnect_backoff_max_ms=2_000,
        bootstrap_timeout_ms=BROKER_PATIENCE_MS,
        allow_auto_create_topics=False,
    )


def is_undecodable(settings: Settings, place: Any, offset: int) -> bool:
    """Whether a client of its own fails on the record at this place of the log."""
    from kafka import KafkaConsumer
    from kafka.errors import CorruptRecordError

    client = KafkaConsumer(
        bootstrap_servers=bootstrap_servers(settings),
        client_id="pointsman-probe",
        bootstrap_timeout_ms=BROKER_PATIENCE_MS,
    )
    try:
        client.assign([place])
        client.seek(place, offset)
        client.poll(timeout_ms=PROBE_MS, max_records=1)
    except CorruptRecordError:
        return True
    finally:
        client.close()
    return False


@dataclass(frozen=True, slots=True)
class Ends:
    """What a consumer reads from and writes to; `is_undecodable` tries the record at (partition, offset) by itself.

    `elapsed` gives seconds that never go back, for the length of a pause.
    """

    client: Any
    store: RecordStore
    dead_letters: DeadLetters
    is_undecodable: Callable[[Any, int], bool]
    elapsed: Callable[[], float] = time.monotonic


class IntakeConsumer:
    """Reads, stores, commits, in that order, until told to stop.

    While the database is away nothing is fetched and nothing committed; the membership in the group is kept.
    """

    def __init__(self, ends: Ends, stop: threading.Event, pace: Pace) -> None:
        self._client = ends.client
        self._ends = ends
        self._stop = stop
        self._pace = pace
        self._backoff = pace.first_backoff_seconds
        self._attempts: Counter[tuple[str, int, int]] = Counter()
        self._owed: set[Any] = set()

    def run(self) -> None:
        """Take records in until stopped; the batch in hand is finished and committed."""
        while not self._stop.is_set():
            self.turn()

    def turn(self) -> None:
        """One poll, and what came of it."""
        from kafka.errors import CorruptRecordError

        try:
            batch = self._client.poll(timeout_ms=self._pace.poll_ms)
        except CorruptRecordError:
            self._step_over()
        else:
            self._take(batch)
            if not batch and not self._client.assignment():
                # Nothing to read from: more members than partitions, or a broker that came back without its topics.
                _require_topics(self._client, self._client.subscription() or ())

    def _take(self, batch: Mapping[Any, list[Any]]) -> None:
        done: dict[Any, int] = {}
        try:
            for place, records in batch.items():
                for record in self._settled(records):
                    done[place] = record.offset + 1
        except Unavailable as reason:
            log.warning("intake waits: %s", reason)
            self._rewind({place: done.get(place, records[0].offset) for place, records in batch.items()})
            self._commit(done)
            self._wait_out()
            return
        self._commit(done)
        if batch:
            self._backoff = self._pace.first_backoff_seconds
            self._attempts.clear()

    def _settled(self, records: Sequence[Any]) -> Iterator[Any]:
        """Settle the records of a partition; gives each of them up to which, it included, everything is settled."""
        for start in range(0, len(records), MOST_TOGETHER):
            some = records[start : start + MOST_TOGETHER]
            if len(some) > 1 and self._ends.store.add_together(some):
                yield some[-1]
                continue
            for record in some:
                self._settle(record)
                yield record

    def _settle(self, record: Any) -> None:
        """Store one record or put it with the dead letters; Unavailable when neither can be done now."""
        try:
            self._ends.store.add(record)
        except Unreadable as problem:
            self._ends.dead_letters.add(record, problem)
        except Unavailable:
            raise
        except Exception as error:
            self._try_again_or_bury(record, error)

    def _try_again_or_bury(self, record: Any, error: Exception) -> None:
        # The error's own text may quote the customer, so only its type is told.
        place = (record.topic, record.partition, record.offset)
        self._attempts[place] += 1
        log.error("record %s/%d@%d failed %d times: %s", *place, self._attempts[place], type(error).__name__)
        if self._attempts[place] < MOST_ATTEMPTS:
            raise Unavailable(f"a record failed: {type(error).__name__}") from error
        self._ends.dead_letters.add(record, Unreadable(Reason.FAILED, type(error).__name__))

    def _step_over(self) -> None:
        """Bury the places of records that the client itself cannot decode.

        The client does not say which partition it was, and polling it again before a seek would never return
        (kafka-python 3.0): each partition is tried with a client of its own.
        """
        undecodable = [place for place in self._client.assignment() or () if self._is_stuck(place)]
        if not undecodable:
            raise Unavailable("a record cannot be decoded, and no partition owns up to it")
        for place in undecodable:
            offset = self._client.position(place)
            record = Undecodable(place.topic, place.partition, offset)
            self._ends.dead_letters.add(record, Unreadable(Reason.UNREADABLE_RECORD))
            self._client.seek(place, offset + 1)
            self._commit({place: offset + 1})

    def _is_stuck(self, place: Any) -> bool:
        known = self._client.highwater(place)
        return known is not None and self._ends.is_undecodable(place, self._client.position(place))

    def _commit(self, done: Mapping[Any, int]) -> None:
        from kafka import OffsetAndMetadata
        from kafka.errors import KafkaError

        self._owed -= done.keys()
        try:
            found = {**self._overdue(), **done}
            if found:
                offsets = {place: OffsetAndMetadata(offset, "", -1) for place, offset in found.items()}
                self._client.commit(offsets, timeout_ms=BROKER_PATIENCE_MS)
            self._owed.clear()
        except KafkaError as error:
            # Ordinary at a rebalance. Whoever is given the partition anew reads its records again, and they change
            # nothing; a member that keeps it (kafka-python 3.0) reads on, and has to commit them later.
            self._owed |= done.keys()
            log.info("offsets not committed: %s", type(error).__name__)

    def _overdue(self) -> dict[Any, int]:
        """Where we read next in the partitions still ours for which a commit failed: all before it is settled."""
        kept = self._owed.intersection(self._client.assignment() or ())
        places = {place: self._client.position(place, timeout_ms=BROKER_PATIENCE_MS) for place in kept}
        return {place: offset for place, offset in places.items() if offset is not None}

    def _rewind(self, offsets: Mapping[Any, int]) -> None:
        mine = self._client.assignment() or ()
        for place, offset in offsets.items():
            if place in mine:
                self._client.seek(place, offset)

    def _wait_out(self) -> None:
        """Sit out the backoff with every partition paused; polling goes on, for the membership's sake."""
        ends = self._ends.elapsed() + self._backoff
        while (left := ends - self._ends.elapsed()) > 0 and not self._stop.is_set():
            self._client.pause(*(self._client.assignment() or ()))
            early = self._client.poll(timeout_ms=min(self._pace.poll_ms, int(left * 1_000) + 1))
            # A partition that was given to us during this very poll was not paused yet.
            self._rewind({place: records[0].offset for place, records in early.items()})
        self._client.resume(*self._client.paused())
        self._backoff = min(self._pace.longest_backoff_seconds, self._backoff * 2)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Stands for a record that the client cannot decode: nothing but its place is known."""

    topic: str
    partition: int
    offset: int
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
