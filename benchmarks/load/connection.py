"""One kept connection to the service, so light that the customers and COps of a test take little of the machine."""

import http.client
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

PATIENCE_SECONDS = 60.0
FRESH_SECONDS = 3.0
"""A connection that rested longer is opened anew: the service closes those that rest for 5 seconds."""


class Connection:
    """For one thread. A request whose connection was closed under it is sent once more: its key makes that safe."""

    def __init__(self, base_url: str) -> None:
        host, port = urlsplit(base_url).hostname, urlsplit(base_url).port
        self._kept = http.client.HTTPConnection(str(host), port, timeout=PATIENCE_SECONDS)
        self._used_at = time.monotonic()

    def post(self, path: str, body: Mapping[str, Any]) -> bool:
        """Whether the service took it; no answer within 60 seconds is a no."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        sent = json.dumps(body).encode()
        if time.monotonic() - self._used_at > FRESH_SECONDS:
            self._kept.close()
        for _ in range(2):
            try:
                return self._asked(path, sent, headers)
            except (OSError, http.client.HTTPException):
                self._kept.close()
        return False

    def close(self) -> None:
        """Let go of it."""
        self._kept.close()

    def _asked(self, path: str, body: bytes, headers: dict[str, str]) -> bool:
        self._kept.request("POST", path, body, headers)
        answer = self._kept.getresponse()
        answer.read()
        self._used_at = time.monotonic()
        return 200 <= answer.status < 300
