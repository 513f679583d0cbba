"""The dead-letter topic: what could not be read, its words masked, with the reason and the place it came from."""

import hashlib
import logging
from datetime import UTC, datetime
from typing import Any

from routing.adapters.kafka.letter_words import Kept, Mask, Masking, kept_of
from routing.adapters.kafka.producing import Producer, Sending
from routing.adapters.kafka.wire import Unreadable

log = logging.getLogger(__name__)
HEADER_PREFIX = "pointsman-"
CLIPPED_BYTES = 262_144
LONGEST_KEY_BYTES = 1_024


class DeadLetters:
    """Keeps unreadable records where people can look at them and send them again.

    What is masked reads for intake as the record itself would: it masks what it stores, and masking twice changes
    nothing.
    """

    def __init__(self, producer: Producer, topic: str, mask: Mask) -> None:
        self._producer, self._topic, self._mask = producer, topic, mask

    def add(self, record: Any, problem: Unreadable) -> None:
        """Return when the record is safely there; Unavailable when the broker does not take it now.

        `record` is the client's ConsumerRecord. One that is too large even for this topic is kept clipped.
        """
        from kafka.errors import MessageSizeTooLargeError

        kept = kept_of(record.value or b"", self._mask)
        try:
            self._producer.send([_whole(self._topic, record, problem, kept)])
        except MessageSizeTooLargeError:
            self._producer.send([_clipped(self._topic, record, problem, kept)])
        place = f"{record.topic}/{record.partition}@{record.offset}"
        log.warning("dead letter: %s from %s (%s)", problem.reason, place, problem.place or "the message")


def about(record: Any, problem: Unreadable) -> list[tuple[str, bytes]]:
    """The headers that say why, and where the record lies."""
    said = {
        "reason": problem.reason,
        "place": problem.place,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "dead-at": datetime.now(UTC).isoformat(),
    }
    if record.value is None:
        said["value-was-null"] = "true"
    return [(HEADER_PREFIX + name, str(value).encode()) for name, value in said.items()]


def _whole(topic: str, record: Any, problem: Unreadable, kept: Kept) -> Sending:
    headers = [(name, value or b"") for name, value in record.headers if not name.startswith(HEADER_PREFIX)]
    return Sending(topic, record.key, kept.value, [*headers, *about(record, problem), *_masking(kept)])


def _masking(kept: Kept) -> list[tuple[str, bytes]]:
    return [] if kept.masking is Masking.NOTHING else [(f"{HEADER_PREFIX}masked", kept.masking.encode())]


def _clipped(topic: str, record: Any, problem: Unreadable, kept: Kept) -> Sending:
    value = record.value or b""
    said = {"clipped": "true", "bytes": str(len(value)), "sha256": hashlib.sha256(value).hexdigest()}
    headers = [(HEADER_PREFIX + name, text.encode()) for name, text in said.items()]
    key = record.key[:LONGEST_KEY_BYTES] if record.key is not None else None
    about_it = [*about(record, problem), *headers, *_masking(kept)]
    return Sending(topic, key, kept.value[:CLIPPED_BYTES], about_it)
