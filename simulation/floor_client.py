"""The floor as support tooling sees it: a running service over REST."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx

Json = dict[str, Any]


class FloorClient:
    """Calls one service. What the service refuses (somebody was first, an offer lapsed) is an answer, not an error."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=30.0)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def ready(self) -> bool:
        """Whether the service is up and has all it needs."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def get(self, path: str) -> Json:
        """Read a resource; raises httpx.HTTPStatusError when it is refused."""
        answer = self._http.get(path)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def items(self, path: str) -> Iterator[Json]:
        """Every item of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path if cursor is None else f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    def post(self, path: str, body: Json) -> Json | None:
        """Ask for a change; None when the service refuses it."""
        answer = self._http.post(path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
        return answer.json() if answer.is_success else None

    def put(self, path: str, body: Json) -> bool:
        """Set something; False when the service refuses it."""
        return self._http.put(path, json=body).is_success

    def events(self, after: int) -> Iterator[Json]:
        """Facts as they happen, from sequence number `after` on; ends when the connection does."""
        headers = {"Last-Event-ID": str(after), "Accept": "text/event-stream"}
        timeout = httpx.Timeout(30.0, read=None)
        with self._http.stream("GET", "/v1/events", headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])
