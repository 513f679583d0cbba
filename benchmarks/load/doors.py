"""The two doors that customers' messages come in by, each at a chosen rate, whatever the service's own pace."""

import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, Protocol

from benchmarks.load.connection import PATIENCE_SECONDS, Connection

Written = tuple[str, str]
REST_HANDS = 64
"""Requests under way at once: customers do not wait for one another."""


class Door(Protocol):
    """Where a message goes in; `send` returns before it is stored, `finish` after everything was taken."""

    def send(self, conversation_id: str, text: str) -> None: ...
    def finish(self) -> int:
        """How many were refused."""
        ...


class RestDoor:
    """POST /v1/conversations from several connections at once."""

    def __init__(self, base_url: str) -> None:
        self._waiting: queue.Queue[tuple[str, str] | None] = queue.Queue()
        self._refused = 0
        self._hands = [threading.Thread(target=self._work, args=(base_url,), daemon=True) for _ in range(REST_HANDS)]
        for hand in self._hands:
            hand.start()

    def send(self, conversation_id: str, text: str) -> None:
        """Put it in line for the next free connection."""
        self._waiting.put((conversation_id, text))

    def finish(self) -> int:
        """Wait for every answer."""
        for _ in self._hands:
            self._waiting.put(None)
        for hand in self._hands:
            hand.join()
        return self._refused

    def _work(self, base_url: str) -> None:
        with closing(Connection(base_url)) as customer:
            while (asked := self._waiting.get()) is not None:
                body = {"id": asked[0], "text": asked[1], "market": "gb"}
                if not customer.post("/v1/conversations", body):
                    self._refused += 1


class KafkaDoor:
    """The topic of messages, keyed by conversation."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        from kafka import KafkaProducer

        self._topic = f"{prefix}.messages"
        self._producer: Any = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
        self._sent: list[Any] = []

    def send(self, conversation_id: str, text: str) -> None:
        """Hand it to the producer."""
        value = json.dumps(_event(conversation_id, text)).encode()
        self._sent.append(self._producer.send(self._topic, value, key=conversation_id.encode()))

    def finish(self) -> int:
        """Wait until the broker has everything."""
        for future in self._sent:
            future.get(PATIENCE_SECONDS)
        self._producer.close()
        return 0


def _event(conversation_id: str, text: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "urn:pointsman:load",
        "type": "pointsman.conversation.message.v1",
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {"conversation_id": conversation_id, "text": text, "market": "gb"},
    }


def send_evenly(doors: Sequence[Door], written: Iterator[Written], rate: float, seconds: float) -> dict[str, float]:
    """Send `rate` messages a second by the doors in turn for `seconds`; returns conversation id -> when it was due.

    Times are of the system's clock, in seconds. A sender that falls behind catches up: what was due counts, not what
    could be sent, so that a slow service does not hide its own queue.
    """
    due: dict[str, float] = {}
    began = time.time()
    for number in range(int(rate * seconds)):
        at = began + number / rate
        time.sleep(max(0.0, at - time.time()))
        text, _ = next(written)
        id = f"c-{uuid.uuid4().hex[:12]}"
        due[id] = at
        doors[number % len(doors)].send(id, text)
    return due


def send_at_once(doors: Sequence[Door], written: Iterator[Written], count: int) -> dict[str, float]:
    """Send `count` messages by the doors in turn, as fast as they take them."""
    due: dict[str, float] = {}
    for number in range(count):
        text, _ = next(written)
        id = f"c-{uuid.uuid4().hex[:12]}"
        due[id] = time.time()
        doors[number % len(doors)].send(id, text)
    return due
