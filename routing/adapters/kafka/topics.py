"""The names of the topics, and creating those that are missing."""

from dataclasses import dataclass
from datetime import timedelta

from routing.domain import events
from routing.settings import Settings

DEAD_LETTER_RETENTION = timedelta(days=14)
DEAD_LETTER_ROOM_BYTES = 2_097_152
BROKER_PATIENCE_MS = 10_000


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic of an installation, by its prefix."""

    prefix: str

    @property
    def messages(self) -> str:
        """What customers write."""
        return f"{self.prefix}.messages"

    @property
    def presence(self) -> str:
        """What COps say of themselves."""
        return f"{self.prefix}.presence"

    @property
    def dead_letter(self) -> str:
        """What could not be read, as it came, with the reason."""
        return f"{self.prefix}.dead-letter"

    @property
    def incoming(self) -> tuple[str, str]:
        """The topics we read."""
        return self.messages, self.presence

    def outgoing(self, name: str) -> str:
        """The topic for one of the domain's published topics."""
        return f"{self.prefix}.{name}"

    @property
    def all(self) -> tuple[str, ...]:
        """Every topic we read or write."""
        return *self.incoming, *(self.outgoing(name) for name in events.TOPICS), self.dead_letter


def bootstrap_servers(settings: Settings) -> list[str]:
    """The brokers to ask first, as the client wants them."""
    return [address.strip() for address in (settings.kafka_bootstrap or "").split(",") if address.strip()]


def ensure_topics(settings: Settings, partitions: int = 3) -> tuple[str, ...]:
    """Create the topics that are missing and return their names; topics that exist are left as they are.

    `partitions` below 1 leaves the number to the broker, as the number of replicas always is. Raises the client's
    KafkaError when the broker does not answer or does not allow it.
    """
    from kafka import KafkaAdminClient
    from kafka.errors import TopicAlreadyExistsError

    client = KafkaAdminClient(
        bootstrap_servers=bootstrap_servers(settings), bootstrap_timeout_ms=BROKER_PATIENCE_MS, client_id="pointsman"
    )
    topics = Topics(settings.kafka_prefix)
    try:
        missing = tuple(sorted(set(topics.all) - set(client.list_topics())))
        if missing:
            client.create_topics({name: _options(name, topics, partitions) for name in missing}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return ensure_topics(settings, partitions)  # another process was quicker with some of them
    finally:
        client.close()
    return missing


def _options(name: str, topics: Topics, partitions: int) -> dict[str, object]:
    options: dict[str, object] = {"num_partitions": partitions if partitions > 0 else -1, "replication_factor": -1}
    if name == topics.dead_letter:
        retention_ms = int(DEAD_LETTER_RETENTION.total_seconds() * 1_000)
        # A message as large as the broker allows must still fit with what is said about it.
        options["configs"] = {"retention.ms": str(retention_ms), "max.message.bytes": str(DEAD_LETTER_ROOM_BYTES)}
    return options
