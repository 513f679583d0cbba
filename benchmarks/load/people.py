"""COps and managers who do at once whatever the service asks of them, so that the service is what is measured."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.load.connection import Connection

HANDS = 64
"""Requests under way at once: with few, people would wait for one another and not for the service."""
Json = dict[str, Any]


@dataclass
class Seen:
    """When a listener first heard what of each conversation: kind of event -> conversation -> seconds."""

    times: dict[str, dict[str, float]] = field(default_factory=dict)

    def note(self, event: Json) -> None:
        """Remember one event."""
        if event["conversation_id"] is not None:
            self.times.setdefault(event["kind"], {}).setdefault(event["conversation_id"], time.time())

    def of(self, kind: str) -> Mapping[str, float]:
        """Conversation id -> time of its first event of this kind."""
        return self.times.get(kind, {})


class People:
    """Follow the events; where `working`, come in, accept every offer, wrap up at once, and leave reviews to time.

    `refused` counts acceptances and wrap-ups that the service did not take.
    """

    def __init__(self, base_url: str, working: bool) -> None:
        self.seen = Seen()
        self.refused = 0
        self._base_url = base_url
        self._own = threading.local()
        self._client = httpx.Client(base_url=base_url, timeout=60.0)
        self._hands = ThreadPoolExecutor(HANDS)
        self._working = working
        self._ended = threading.Event()
        if working:
            self._come_in()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_for(self, kind: str, ids: Mapping[str, float], seconds: float) -> bool:
        """Whether every one of `ids` had an event of this kind within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if ids.keys() <= self.seen.of(kind).keys():
                return True
            time.sleep(0.2)
        return False

    def close(self) -> None:
        """Go home."""
        self._ended.set()
        self._hands.shutdown(cancel_futures=True)
        self._client.close()

    def _come_in(self) -> None:
        for cop in self._items("/v1/cops"):
            self._client.put(f"/v1/cops/{cop['id']}/presence", json={"presence": "available"}).raise_for_status()

    def _items(self, path: str) -> Iterator[Json]:
        cursor = None
        while True:
            page = self._client.get(path, params={"cursor": cursor} if cursor else None).raise_for_status().json()
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    def _listen(self) -> None:
        last = 0
        while not self._ended.is_set():
            try:
                for event in self._events(last):
                    last = int(event["seq"])
                    self.seen.note(event)
                    if self._working:
                        self._answer(event)
            except httpx.HTTPError:
                time.sleep(0.5)

    def _events(self, after: int) -> Iterator[Json]:
        headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        timeout = httpx.Timeout(30.0, read=None)
        with self._client.stream("GET", "/v1/events", headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if self._ended.is_set():
                    return
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def _answer(self, event: Json) -> None:
        if event["kind"] == "offer.made":
            self._hands.submit(self._post, f"/v1/offers/{event['data']['offer_id']}/accept", {})
        elif event["kind"] == "assignment.started":
            body = {"disposition": "resolved", "handle_time_seconds": 120}
            self._hands.submit(self._post, f"/v1/assignments/{event['data']['assignment_id']}/wrap-up", body)

    def _post(self, path: str, body: Json) -> None:
        if not hasattr(self._own, "connection"):
            self._own.connection = Connection(self._base_url)
        if not self._own.connection.post(path, body):
            self.refused += 1
