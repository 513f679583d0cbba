"""Asking the identity provider: short, bounded, never redirected."""

import json
from typing import Any

import httpx

from routing.domain.errors import Unavailable

TIMEOUT_SECONDS = 5.0
LARGEST_ANSWER = 512_000


class Provider:
    """The provider's documents by HTTP. Unavailable when it does not answer as it should."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)

    def document(self, url: str) -> dict[str, Any]:
        """A JSON object."""
        return self._asked("GET", url)

    def exchanged(self, url: str, fields: dict[str, str], auth: tuple[str, str] | None) -> dict[str, Any]:
        """The answer to a form, as the token address takes it."""
        return self._asked("POST", url, data=fields, auth=auth)

    def _asked(self, method: str, url: str, **sent: Any) -> dict[str, Any]:
        try:
            with self._client.stream(method, url, headers={"Accept": "application/json"}, **sent) as reply:
                body = _bounded(reply)
                found = json.loads(body) if reply.status_code == 200 else None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            raise Unavailable(f"the identity provider: {type(error).__qualname__}") from error
        if not isinstance(found, dict):
            raise Unavailable(f"the identity provider answered {reply.status_code} without a JSON object")
        return found


def _bounded(reply: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in reply.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise ValueError("too large an answer")
    return bytes(body)
