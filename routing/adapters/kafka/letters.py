"""Reading the dead letters again, and sending those whose cause is mended back to the topic they came from."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from routing.adapters.kafka.dead_letters import HEADER_PREFIX
from routing.adapters.kafka.letter_words import Masking
from routing.adapters.kafka.producing import Producer, Sending
from routing.adapters.kafka.topics import BROKER_PATIENCE_MS, Topics, bootstrap_servers
from routing.domain.errors import Unavailable
from routing.settings import Settings

MOST_AT_ONCE = 100
POLL_MS = 1_000
MOST_EMPTY_POLLS = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: where it lies, where it came from, why, and the record as it was."""

    partition: int
    offset: int
    topic: str
    reason: str
    place: str
    dead_at: str
    is_whole: bool
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def id(self) -> str:
        """`partition:offset` in the dead-letter topic."""
        return f"{self.partition}:{self.offset}"

    @property
    def sending(self) -> Sending:
        """The record as it came, without what was said about it."""
        return Sending(self.topic, self.key, self.value or b"", list(self.headers))


def letter_of(record: Any) -> Letter:
    """What a record of the dead-letter topic says; `record` is the client's ConsumerRecord."""
    said = {
        name.removeprefix(HEADER_PREFIX): (value or b"").decode(errors="replace")
        for name, value in record.headers
        if name.startswith(HEADER_PREFIX)
    }
    kept = tuple((name, value or b"") for name, value in record.headers if not name.startswith(HEADER_PREFIX))
    cut = said.get("clipped") == "true" or said.get("value-was-null") == "true"
    cut = cut or said.get("masked", "") not in (Masking.NOTHING, Masking.WORDS)
    return Letter(
        partition=record.partition,
        offset=record.offset,
        topic=said.get("topic", ""),
        reason=said.get("reason", ""),
        place=said.get("place", ""),
        dead_at=said.get("dead-at", ""),
        is_whole=not cut and said.get("reason") != "unreadable_record",
        key=record.key,
        value=record.value,
        headers=kept,
    )


def obstacle(letter: Letter, topics: Topics) -> str | None:
    """Why a letter cannot be sent again; None when it can."""
    if letter.topic not in topics.incoming:
        return f"it came from {letter.topic or 'no topic'}, which nobody reads"
    if not letter.is_whole:
        return "its content was not kept whole"
    return None


def read_letters(settings: Settings) -> Iterator[Letter]:
    """Every dead letter up to now, partition by partition, oldest first; Unavailable without the broker or the topic.

    Joins no group and commits nothing.
    """
    return map(letter_of, read_records(settings))


def read_records(settings: Settings) -> Iterator[Any]:
    """The same as the client's own records."""
    from kafka import KafkaConsumer, TopicPartition
    from kafka.errors import KafkaError

    topic = Topics(settings.kafka_prefix).dead_letter
    try:
        client = KafkaConsumer(
            bootstrap_servers=bootstrap_servers(settings),
            client_id="pointsman-letters",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            bootstrap_timeout_ms=BROKER_PATIENCE_MS,
            allow_auto_create_topics=False,
            max_poll_records=MOST_AT_ONCE,
        )
        try:
            places = [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic) or ())]
            if not places:
                raise Unavailable(f"there is no topic {topic}")
            yield from _up_to_now(client, places)
        finally:
            client.close(autocommit=False)
    except KafkaError as error:
        raise Unavailable(f"the dead letters cannot be read: {type(error).__name__}") from error


def _up_to_now(client: Any, places: list[Any]) -> Iterator[Any]:
    client.assign(places)
    client.seek_to_beginning(*places)
    ends = client.end_offsets(places)
    quiet = 0
    while quiet < MOST_EMPTY_POLLS and any(client.position(place) < ends[place] for place in places):
        found = client.poll(timeout_ms=POLL_MS)
        quiet = 0 if found else quiet + 1
        for place in sorted(found):
            yield from (record for record in found[place] if record.offset < ends[place])


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one letter: sent again, or why not."""

    letter: Letter
    obstacle: str | None


def replay(
    letters: Iterable[Letter], producer: Producer | None, topics: Topics, chosen: Callable[[Letter], bool]
) -> Iterator[Replayed]:
    """Send the chosen letters back to where they came from, one at a time; Unavailable when the broker takes one not.

    Without a producer nothing is sent, and everything said. A record that was stored after all is found in the inbox
    and changes nothing, so replaying twice does no harm.
    """
    for letter in letters:
        if not chosen(letter):
            continue
        found = obstacle(letter, topics)
        if found is None and producer is not None:
            producer.send([letter.sending])
        yield Replayed(letter, found)
