"""A broker that repeats, reorders across partitions, forgets commits, rewinds, rebalances and loses its log."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kafka import TopicPartition
from kafka.errors import CommitFailedError, CorruptRecordError, KafkaTimeoutError

from faults.fate import Fate
from routing.adapters.kafka.topics import Topics

TOPICS = Topics("p")
PARTITIONS = {TOPICS.messages: 2, TOPICS.presence: 1}


class Record(NamedTuple):
    """What the client hands out."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


class Sent(NamedTuple):
    """A record as it was put in; one that is `corrupt` cannot be decoded by any client."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    corrupt: bool = False


@dataclass(slots=True)
class Broker:
    """Logs, one consumer group's offsets, and who is in the group. `synced` is what a restart leaves of the offsets."""

    fate: Fate
    logs: dict[Any, list[Sent]] = field(default_factory=dict)
    out: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    offsets: dict[Any, int] = field(default_factory=dict)
    synced: dict[Any, int] = field(default_factory=dict)
    generation: int = 0
    members: "list[Member]" = field(default_factory=list)
    down: bool = False

    def __post_init__(self) -> None:
        self.logs = {TopicPartition(name, n): [] for name, count in PARTITIONS.items() for n in range(count)}

    def put(self, topic: str, key: bytes, sent: Sent) -> None:
        """A sender's record, on the partition of its key."""
        self.logs[TopicPartition(topic, sum(key) % PARTITIONS[topic])].append(sent)

    def join(self) -> "Member":
        """A new member; everybody's share changes."""
        member = Member(self)
        self.members.append(member)
        self.rebalance()
        return member

    def leave(self, member: "Member") -> None:
        """Somebody died; the others take over."""
        self.members = [each for each in self.members if each is not member]
        self.rebalance()

    def rebalance(self) -> None:
        """Deal the partitions anew; a member notices when it polls next, and goes on with the old ones until then."""
        self.generation += 1
        places = sorted(self.logs)
        self.fate.random.shuffle(places)
        for number, member in enumerate(self.members):
            member.promised = places[number :: len(self.members)]

    def restart(self) -> None:
        """Commits that were not synced are gone."""
        self.offsets = dict(self.synced)
        self.rebalance()

    def rewind(self) -> None:
        """Somebody sets the group back."""
        self.offsets = {place: self.fate.random.randint(0, offset) for place, offset in sorted(self.offsets.items())}
        self.synced = dict(self.offsets)
        self.rebalance()

    def lose_log(self) -> dict[Any, list[Sent]]:
        """Restart empty; returns what was in the log, for its senders to send again."""
        kept, self.logs = self.logs, {place: [] for place in self.logs}
        self.offsets, self.synced = {}, {}
        self.rebalance()
        return kept

    def is_caught_up(self) -> bool:
        """Whether everything put in was committed."""
        return all(self.offsets.get(place, 0) >= len(log) for place, log in self.logs.items())


class Member:
    """The consumer's client: what IntakeConsumer asks of kafka-python."""

    def __init__(self, broker: Broker) -> None:
        self._broker, self._fate = broker, broker.fate
        self._generation, self._positions = -1, dict[Any, int]()
        self._paused: set[Any] = set()
        self.promised: list[Any] = []

    def poll(self, timeout_ms: int) -> dict[Any, list[Record]]:
        self._fate.seam("poll", 0.1)
        self._fate.passes(timeout_ms / 10_000)
        if self._broker.down:
            return {}
        if self._generation != self._broker.generation:
            self._rejoin()
        batch: dict[Any, list[Record]] = {}
        for place in self._fate.random.sample(sorted(self._positions), len(self._positions)):
            if self.is_undecodable(place, self._positions[place]) and place not in self._paused:
                if not batch:
                    raise CorruptRecordError("a record cannot be decoded")
                break  # as the real one: what was read is handed out first
            records = self._take(place)
            if records:
                batch[place] = records
        return batch

    def subscription(self) -> set[str]:
        return set(TOPICS.incoming)

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {place.partition for place in self._broker.logs if place.topic == topic}

    def _rejoin(self) -> None:
        self._generation = self._broker.generation
        self._positions = {place: self._broker.offsets.get(place, 0) for place in self.promised}
        self._paused = set()

    def _take(self, place: Any) -> list[Record]:
        if place in self._paused:
            return []
        log, start = self._broker.logs[place], self._positions[place]
        most = self._fate.random.randint(1, 4)
        found = [Record(*place, start + n, *sent[:3]) for n, sent in enumerate(log[start : start + most])]
        corrupt = [n for n, sent in enumerate(log[start : start + most]) if sent.corrupt]
        found = found[: corrupt[0]] if corrupt else found
        self._positions[place] = start + len(found)
        return found

    def commit(self, offsets: Mapping[Any, Any], timeout_ms: int) -> None:
        self._fate.seam("the offsets are about to be committed")
        if self._broker.down:
            raise KafkaTimeoutError("the broker is away")
        if self._generation != self._broker.generation:
            raise CommitFailedError("the group moved on")
        self._broker.offsets.update({place: said.offset for place, said in offsets.items()})
        if self._fate.random.random() < 0.5:
            self._broker.synced = dict(self._broker.offsets)
        self._fate.step("the offsets are committed")
        if self._fate.chance(0.05):
            raise KafkaTimeoutError("the answer is lost")

    def is_undecodable(self, place: Any, offset: int) -> bool:
        """What a client of its own finds at a place of the log."""
        log = self._broker.logs[place]
        return offset < len(log) and log[offset].corrupt

    def assignment(self) -> set[Any]:
        return set(self._positions)

    def position(self, place: Any, timeout_ms: int | None = None) -> int:
        return self._positions[place]

    def highwater(self, place: Any) -> int:
        return len(self._broker.logs[place])

    def seek(self, place: Any, offset: int) -> None:
        self._positions[place] = offset

    def pause(self, *places: Any) -> None:
        self._paused |= set(places)

    def resume(self, *places: Any) -> None:
        self._paused -= set(places)

    def paused(self) -> set[Any]:
        return set(self._paused)


class Outlet:
    """The producer's client: a record may arrive and its answer be lost, or not arrive."""

    def __init__(self, broker: Broker) -> None:
        self._broker, self._fate = broker, broker.fate

    def send(self, topic: str, value: bytes, key: bytes | None, headers: list[tuple[str, bytes]]) -> "Answer":
        self._fate.seam(f"send to {topic}")
        arrives = not self._broker.down and not self._fate.chance(0.04)
        if arrives:
            self._broker.out[topic].append(Sent(key, value, headers))
        return Answer(self._fate, arrives and not self._fate.chance(0.04))

    def close(self, timeout: float) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the broker says of one record."""

    fate: Fate
    good: bool

    def get(self, timeout: float) -> None:
        self.fate.step("the broker answers")
        if not self.good:
            raise KafkaTimeoutError("no answer in time")


Connect = Callable[[], Outlet]
