"""Taking somebody out of the dead letters, and telling what the other topics still hold."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from routing.adapters.kafka.dead_letters import HEADER_PREFIX
from routing.adapters.kafka.letters import read_records
from routing.adapters.kafka.producing import Producer, Sending, producer_of
from routing.adapters.kafka.topics import BROKER_PATIENCE_MS, Topics, bootstrap_servers
from routing.domain.erasure import Lingering, Traces
from routing.domain.errors import Unavailable
from routing.settings import Settings

MOST_AT_ONCE = 100


class DeadLetterBox:
    """ports.Place over the dead-letter topic.

    A log loses nothing from its middle: letters of others are written again behind the newest, then everything up to
    the last letter to be erased is deleted. A crash between the two leaves letters twice, and the next attempt ends it.
    """

    name = "dead letters"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics = Topics(settings.kafka_prefix)

    def count(self, traces: Traces) -> int:
        """Letters that name them or hold their words."""
        return sum(_names(record, traces) for record in self._records())

    def erase(self, traces: Traces) -> int:
        """Delete them; Unavailable without the broker, or where it does not allow it."""
        records = list(self._records())
        named = [record for record in records if _names(record, traces)]
        ends: dict[int, int] = {}
        for record in named:
            ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
        self._write_again([r for r in records if r.offset < ends.get(r.partition, 0) and not _names(r, traces)])
        if ends:
            self._delete_before(ends)
        return len(named)

    def purge(self, before: datetime) -> int:
        """Delete letters that came before then; how many. Unavailable without the broker."""
        from kafka import KafkaConsumer, TopicPartition
        from kafka.errors import KafkaError

        topic = self._topics.dead_letter
        try:
            client = KafkaConsumer(
                bootstrap_servers=bootstrap_servers(self._settings),
                client_id="pointsman-retention",
                bootstrap_timeout_ms=BROKER_PATIENCE_MS,
                allow_auto_create_topics=False,
            )
            try:
                places = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
                first, ends = client.beginning_offsets(places), client.end_offsets(places)
                later = client.offsets_for_times(dict.fromkeys(places, int(before.timestamp() * 1_000)))
            finally:
                client.close()
        except KafkaError as error:
            raise Unavailable(f"the dead letters cannot be read: {type(error).__name__}") from error
        kept_from = {place: found.offset if (found := later.get(place)) else ends[place] for place in places}
        old = {place.partition: offset for place, offset in kept_from.items() if offset > first[place]}
        if old:
            self._delete_before(old)
        return sum(kept_from[place] - first[place] for place in places)

    def lingering(self, at: datetime) -> list[Lingering]:
        """What the other topics were given, until the broker's retention takes it."""
        kept = self._retention([name for name in self._topics.all if name != self._topics.dead_letter])
        letters = Lingering(f"dead letters in {self._topics.dead_letter} that cannot be told to be of anybody", None)
        until = ((name, None if days is None else at + days) for name, days in kept.items())
        return [*(Lingering(f"the Kafka topic {name}", end) for name, end in until), letters]

    def _records(self) -> Iterator[Any]:
        return read_records(self._settings)

    def _write_again(self, records: list[Any]) -> None:
        if not records:
            return
        producer = Producer(lambda: producer_of(self._settings))
        try:
            for start in range(0, len(records), MOST_AT_ONCE):
                producer.send([_as_it_was(record) for record in records[start : start + MOST_AT_ONCE]])
        finally:
            producer.close()

    def _delete_before(self, ends: Mapping[int, int]) -> None:
        from kafka import TopicPartition
        from kafka.errors import KafkaError

        topic = self._topics.dead_letter
        try:
            client = self._admin()
            try:
                client.delete_records({TopicPartition(topic, number): end for number, end in ends.items()})
            finally:
                client.close()
        except KafkaError as error:
            raise Unavailable(f"the broker does not delete dead letters: {type(error).__name__}") from error

    def _retention(self, topics: list[str]) -> dict[str, timedelta | None]:
        """How long each topic is kept; None where the broker does not say, or keeps it for ever."""
        try:
            client = self._admin()
            try:
                return {name: _kept(client, name) for name in topics}
            finally:
                client.close()
        except Exception:  # a receipt is not held up by what it cannot be told
            return dict.fromkeys(topics)

    def _admin(self) -> Any:
        from kafka import KafkaAdminClient

        return KafkaAdminClient(
            bootstrap_servers=bootstrap_servers(self._settings),
            bootstrap_timeout_ms=BROKER_PATIENCE_MS,
            client_id="pointsman-erasure",
        )


def _names(record: Any, traces: Traces) -> bool:
    """Whether a letter names somebody or holds their words; our own headers name only topics and places."""
    headers = [value or b"" for name, value in record.headers if not name.startswith(HEADER_PREFIX)]
    content = b"\n".join([record.key or b"", record.value or b"", *headers])
    wanted = [*traces.ids, *traces.words]
    return any(form in content for each in wanted for form in _forms(each))


def _forms(text: str) -> tuple[bytes, ...]:
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], text}
    return tuple(form.encode("utf-8", "surrogatepass") for form in escaped if form)


def _as_it_was(record: Any) -> Sending:
    return Sending(record.topic, record.key, record.value or b"", [(n, v or b"") for n, v in record.headers])


def _kept(client: Any, topic: str) -> timedelta | None:
    from kafka.admin import ConfigResource, ConfigResourceType

    asked = ConfigResource(ConfigResourceType.TOPIC, topic)
    found = client.describe_configs([asked], config_filter="all")
    [configured] = [topics[topic] for topics in found.values() if topic in topics]
    kept_ms = int(configured["retention.ms"]["value"])
    return timedelta(milliseconds=kept_ms) if kept_ms >= 0 else None
