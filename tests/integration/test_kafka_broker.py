"""The broker that the suite starts is a real one: its groups, takeovers, restarts and pauses."""

import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from servers import processes
from servers.kafka import KafkaBroker, create_topic

pytestmark = pytest.mark.kafka

# Members join one after the other, each with a rebalance that waits for the others' next poll.
PATIENCE_SECONDS = 120.0
MEMBER = Path(__file__).parents[1] / "servers" / "kafka" / "group_member.py"


def produce(bootstrap: str, topic: str, values: list[str]) -> None:
    """Send each value under its own key, so that they spread over the partitions."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    for value in values:
        producer.send(topic, key=value.encode(), value=value.encode(), headers=[("ce_type", b"test")])
    producer.flush()
    producer.close()


def consumer_of(bootstrap: str, topic: str, group: str) -> KafkaConsumer:
    """A member that knows the topic when it joins: else it may be given nothing, and not notice for minutes."""
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    processes.wait_until(lambda: bool(consumer.partitions_for_topic(topic)), f"{topic} being known")
    consumer.subscribe([topic])
    return consumer


def read(consumer: KafkaConsumer, count: int, seconds: float = 30) -> list[Any]:
    """Poll until `count` records came; raises ServerFailed when they do not."""
    records: list[Any] = []

    def enough() -> bool:
        for batch in consumer.poll(timeout_ms=100).values():
            records.extend(batch)
        return len(records) >= count

    processes.wait_until(enough, f"reading {count} records", seconds)
    return records


def test_keys_values_and_headers_come_back_as_they_were_sent(
    kafka_bootstrap: str, kafka_topic: Callable[..., str]
) -> None:
    topic = kafka_topic("roundtrip", partitions=3)
    sent = [f"message {number}" for number in range(30)]
    produce(kafka_bootstrap, topic, sent)

    consumer = consumer_of(kafka_bootstrap, topic, f"group-{topic}")
    records = read(consumer, len(sent))
    consumer.close()

    assert sorted(record.value.decode() for record in records) == sorted(sent)
    assert all(record.key == record.value for record in records)
    assert all(list(record.headers) == [("ce_type", b"test")] for record in records)
    assert len({record.partition for record in records}) > 1


def test_a_second_consumer_goes_on_after_the_committed_offset(
    kafka_bootstrap: str, kafka_topic: Callable[..., str]
) -> None:
    topic = kafka_topic("commit", partitions=1)
    produce(kafka_bootstrap, topic, [str(number) for number in range(10)])
    group, place = f"group-{topic}", TopicPartition(topic, 0)

    first = consumer_of(kafka_bootstrap, topic, group)
    read(first, 10)
    first.commit({place: OffsetAndMetadata(6, "six done", -1)})
    first.close(autocommit=False)
    second = consumer_of(kafka_bootstrap, topic, group)
    rest = read(second, 4)
    committed = second.committed(place, metadata=True)
    second.close()

    assert [record.offset for record in rest] == [6, 7, 8, 9]
    assert (committed.offset, committed.metadata) == (6, "six done")


@dataclass(frozen=True, slots=True)
class Member:
    """A group member's process and what it wrote down."""

    process: "Popen[bytes]"
    file: Path

    def entries(self) -> list[dict[str, Any]]:
        """The journal so far; a line that is still being written is left out."""
        if not self.file.exists():
            return []
        *complete, _ = self.file.read_text().split("\n")
        return [json.loads(line) for line in complete]

    def values(self) -> list[str]:
        return [entry["read"] for entry in self.entries() if "read" in entry]

    def partitions(self) -> set[int]:
        """Those of the newest assignment."""
        assigned = [entry["assigned"] for entry in self.entries() if "assigned" in entry]
        return set(assigned[-1]) if assigned else set()

    def given_back(self) -> set[str]:
        """What it read and could not commit, because the group had moved on."""
        return {value for entry in self.entries() for value in entry.get("given_back", ())}

    def is_stalled(self) -> bool:
        return any("stalled" in entry for entry in self.entries())


@dataclass(frozen=True, slots=True)
class Group:
    """Consumers of one topic in one group, each a process."""

    bootstrap: str
    topic: str
    folder: Path
    members: list[Member]

    @property
    def group_id(self) -> str:
        return f"group-{self.topic}"

    def join(self, *options: str) -> Member:
        file = self.folder / f"{len(self.members)}.jsonl"
        arguments = [self.bootstrap, self.topic, self.group_id, str(file), *options]
        process = processes.start([sys.executable, str(MEMBER), *arguments], file.with_suffix(".log"))
        self.members.append(Member(process, file))
        return self.members[-1]

    def wait_until(self, reached: Callable[[], bool], what: str) -> None:
        """Until it is so; a member that ended by itself is told of at once, with what it said."""

        def all_run() -> bool:
            for member in self.members:
                processes.require_running(member.process, member.file.with_suffix(".log"))
            return reached()

        try:
            processes.wait_until(all_run, what, PATIENCE_SECONDS)
        except processes.ServerFailed as error:
            said = [f"{member.file.name}: {member.entries()}" for member in self.members]
            raise processes.ServerFailed("\n".join([str(error), *said])) from error

    def lag(self, partitions: set[int]) -> int:
        """Records of these partitions that are not committed yet."""
        places = [TopicPartition(self.topic, partition) for partition in partitions]
        onlooker = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.group_id)
        try:
            ends = onlooker.end_offsets(places)
            return sum(ends[place] - (onlooker.committed(place) or 0) for place in places)
        finally:
            onlooker.close()


@pytest.fixture
def group(kafka_bootstrap: str, kafka_topic: Callable[..., str], tmp_path: Path) -> Iterator[Group]:
    joined = Group(kafka_bootstrap, kafka_topic("group", partitions=6), tmp_path, [])
    yield joined
    for member in joined.members:
        processes.stop(member.process, seconds=2)


def test_two_survivors_take_over_what_a_killed_third_member_had_read_but_not_committed(group: Group) -> None:
    first, second, third = group.join(), group.join(), group.join("--stall-after", "1")
    everyone = (first, second, third)
    group.wait_until(
        lambda: (
            sorted(partition for member in everyone for partition in member.partitions()) == [*range(6)]
            and all(member.partitions() for member in everyone)
        ),
        "three members sharing six partitions",
    )
    sent = [str(uuid.uuid4()) for _ in range(60)]
    produce(group.bootstrap, group.topic, sent)
    group.wait_until(third.is_stalled, "the third member stopping before its commit")
    safe = first.partitions() | second.partitions()
    group.wait_until(lambda: group.lag(safe) == 0, "the other two committing all of theirs")

    killed_at = time.monotonic()
    third.process.kill()
    uncommitted = set(third.values())
    processes.wait_until(lambda: {*first.values(), *second.values()} == set(sent), "the survivors reading everything")
    print(f"takeover after {time.monotonic() - killed_at:.1f} s")

    seen = Counter([*first.values(), *second.values(), *third.values()])
    # Each tells of its share as it hears of it: for a moment the one who had more has not heard yet.
    processes.wait_until(
        lambda: sorted([*first.partitions(), *second.partitions()]) == [*range(6)],
        "the survivors sharing the six partitions",
    )
    assert uncommitted
    again = {value for value, times in seen.items() if times > 1}
    assert uncommitted <= again <= uncommitted | first.given_back() | second.given_back()


@pytest.mark.parametrize("ending", [KafkaBroker.stop, KafkaBroker.kill], ids=["stopped", "killed"])
def test_messages_and_committed_offsets_survive_the_broker_s_end(
    own_kafka_broker: KafkaBroker, ending: Callable[[KafkaBroker], None]
) -> None:
    bootstrap = own_kafka_broker.bootstrap
    topic = create_topic(bootstrap, "restart", partitions=1)
    produce(bootstrap, topic, ["a", "b", "c"])
    consumer = consumer_of(bootstrap, topic, "restart")
    read(consumer, 3)
    consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(2, "", -1)})
    consumer.close(autocommit=False)

    ending(own_kafka_broker)
    own_kafka_broker.start()

    after = consumer_of(bootstrap, topic, "restart")
    assert [record.value for record in read(after, 1)] == [b"c"]
    after.close()


def test_a_producer_outlives_a_pause_of_the_broker(own_kafka_broker: KafkaBroker) -> None:
    topic = create_topic(own_kafka_broker.bootstrap, "pause", partitions=1)
    producer = KafkaProducer(bootstrap_servers=own_kafka_broker.bootstrap, acks="all")
    producer.send(topic, b"before").get(timeout=30)

    own_kafka_broker.pause()
    waiting = producer.send(topic, b"during")
    with pytest.raises(Exception, match=r"(?i)time"):
        waiting.get(timeout=1)
    own_kafka_broker.resume()

    assert waiting.get(timeout=30).offset == 1
    producer.close()
