"""The producer: idempotent, acknowledged by all replicas, rebuilt after it failed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from routing.adapters.kafka.topics import BROKER_PATIENCE_MS, DEAD_LETTER_ROOM_BYTES, bootstrap_servers
from routing.domain.errors import Unavailable
from routing.settings import Settings

log = logging.getLogger(__name__)
CLOSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sending:
    """One record on its way out."""

    topic: str
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


def producer_of(settings: Settings) -> Any:
    """A client that never reorders and never sends twice by itself, and gives up on a record after ten seconds."""
    from kafka import KafkaProducer

    return KafkaProducer(
        bootstrap_servers=bootstrap_servers(settings),
        client_id="pointsman",
        acks="all",
        enable_idempotence=True,
        linger_ms=2,
        max_request_size=DEAD_LETTER_ROOM_BYTES,
        bootstrap_timeout_ms=BROKER_PATIENCE_MS,
        max_block_ms=BROKER_PATIENCE_MS,
        request_timeout_ms=BROKER_PATIENCE_MS // 2,
        delivery_timeout_ms=BROKER_PATIENCE_MS,
        reconnect_backoff_max_ms=2_000,
    )


class Producer:
    """Sends records and waits until the broker has them; after a failure the next send begins with a fresh client.

    A failed idempotent client can stay broken for good (its sequence numbers no longer fit), so it is never kept.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._client: Any = None

    def send(self, records: Sequence[Sending]) -> None:
        """Return when every record is acknowledged. Unavailable when one is not: some of them may be out all the same.

        A record the broker will never take raises the client's MessageSizeTooLargeError.
        """
        from kafka.errors import KafkaError, MessageSizeTooLargeError

        try:
            self._send(records)
        except MessageSizeTooLargeError:
            raise
        except KafkaError as error:
            self.close()
            raise Unavailable(f"the broker does not take records: {type(error).__name__}") from error

    def close(self) -> None:
        """Give the client up; the next send begins with a fresh one."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.close(timeout=CLOSE_SECONDS)
        except Exception as error:  # a client that is given up may fail in any way it likes
            log.debug("closing the producer failed: %s", type(error).__name__)

    def _send(self, records: Sequence[Sending]) -> None:
        if self._client is None:
            self._client = self._connect()
        client = self._client
        futures = [client.send(item.topic, item.value, item.key, item.headers) for item in records]
        for future in futures:
            future.get(timeout=2 * BROKER_PATIENCE_MS / 1_000)
