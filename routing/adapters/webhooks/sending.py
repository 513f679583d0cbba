"""One delivery: signed, to the address that was judged, never redirected, and over quickly."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx

from routing.adapters.webhooks.addresses import ForbiddenAddress, Resolve, allowed_address, resolved
from routing.adapters.webhooks.file import Webhook

TIMEOUT_SECONDS = 10.0
HTTPS = 443


class NotDelivered(Exception):
    """The receiver did not take it; `lasting` says that trying again cannot help."""

    def __init__(self, why: str, lasting: bool = False) -> None:
        super().__init__(why)
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent: an id that stays the same when it is sent again, the time of sending, and the body."""

    id: str
    at: int
    body: bytes

    def headers(self, secret: bytes) -> Mapping[str, str]:
        """Id, time and signature, as Standard Webhooks has them."""
        return {
            "Content-Type": "application/cloudevents+json; charset=UTF-8",
            "User-Agent": "pointsman-webhooks",
            "webhook-id": self.id,
            "webhook-timestamp": str(self.at),
            "webhook-signature": signature(secret, self),
        }


def signature(secret: bytes, delivery: Delivery) -> str:
    """`v1,` and HMAC-SHA256 over id, time and body in base64: whoever changes or replays one of them is found out."""
    signed = b".".join((delivery.id.encode(), str(delivery.at).encode(), delivery.body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


class Sender:
    """Sends deliveries by a client that follows nothing: no redirect, no proxy of the environment."""

    def __init__(self, client: httpx.Client | None = None, resolve: Resolve = resolved) -> None:
        made = httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False, http2=False)
        self._client, self._resolve = client or made, resolve

    def send(self, webhook: Webhook, delivery: Delivery) -> None:
        """Deliver, or raise NotDelivered. The name is resolved once, and what was judged is what is connected to."""
        url, host = self._pinned(webhook)
        headers = {**delivery.headers(webhook.secret()), "Host": host}
        named = {"sni_hostname": _name(webhook.url)}  # the certificate must be the name's, not the number's
        try:
            # Streamed and left unread: nobody needs the answer's body, however long it were.
            with self._client.stream("POST", url, content=delivery.body, headers=headers, extensions=named) as reply:
                status = reply.status_code
        except httpx.HTTPError as error:
            raise NotDelivered(type(error).__qualname__) from error
        if not httpx.codes.is_success(status):
            raise NotDelivered(f"answered {status}", lasting=status == httpx.codes.GONE)

    def close(self) -> None:
        """Give connections up."""
        self._client.close()

    def _pinned(self, webhook: Webhook) -> tuple[str, str]:
        """(the address with the number in place of the name, the Host header)."""
        parts = urlsplit(webhook.url)
        port = parts.port or HTTPS
        try:
            address = allowed_address(_name(webhook.url), port, webhook.allow, self._resolve)
        except ForbiddenAddress as error:
            raise NotDelivered(str(error)) from error
        shown = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(("https", f"{shown}:{port}", parts.path or "/", parts.query, "")), host


def _name(url: str) -> str:
    return urlsplit(url).hostname or ""
