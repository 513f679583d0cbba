"""Publishes events from the outbox, in order within each conversation."""

import json
import logging
from collections.abc import Sequence

from pydantic import ValidationError

from routing.adapters.kafka import traces
from routing.adapters.kafka.outgoing import OutgoingRecord, outgoing_record
from routing.adapters.kafka.producing import Producer, Sending
from routing.adapters.kafka.topics import Topics
from routing.adapters.kafka.wire import Reason
from routing.domain.events import Event
from routing.services.relaying import waves

log = logging.getLogger(__name__)


class KafkaPublisher:
    """ports.Publisher: returns when the broker has acknowledged every event.

    An event is sent only after the one before it in its conversation was acknowledged. Sent together, the first could
    fail and the second arrive, and the repetition would bring them in the wrong order.
    """

    def __init__(self, producer: Producer, topics: Topics) -> None:
        self._producer = producer
        self._topics = topics

    def publish(self, events: Sequence[Event]) -> None:
        """Send all; Unavailable when the broker does not take them now: some may be out, a repetition is harmless."""
        for wave in waves(events):
            self._producer.send([self._sending(event) for event in wave])

    def close(self) -> None:
        """Give the producer up."""
        self._producer.close()

    def _sending(self, event: Event) -> Sending:
        try:
            record: OutgoingRecord = outgoing_record(event, self._topics)
        except ValidationError:
            # Holding it back would hold back everything behind it; it is kept where people look.
            log.error("event %s (%s) does not fit its schema; it went to the dead-letter topic", event.seq, event.kind)
            return _misfit(event, self._topics)
        return Sending(record.topic, record.key, record.value, [*record.headers, *traces.carried(event)])


def _misfit(event: Event, topics: Topics) -> Sending:
    body = {"seq": event.seq, "kind": event.kind, "conversation_id": event.conversation_id, "data": dict(event.data)}
    headers = {"pointsman-reason": Reason.DOES_NOT_FIT_ITS_SCHEMA.encode(), "pointsman-seq": str(event.seq).encode()}
    key = (event.conversation_id or "").encode()
    return Sending(topics.dead_letter, key, json.dumps(body, default=str).encode(), list(headers.items()))
