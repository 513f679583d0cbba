"""What surrounds every request: its id, its limits, its headers, and an end without a traceback."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import is_loopback
from api.errors import BodyTooLarge, NotLocal, problem_of
from routing.services.failures import told

LARGEST_BODY = 1_000_000
REQUEST_ID = "X-Request-ID"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
STRICT = {"Strict-Transport-Security": "max-age=31536000"}
"""Only where browsers come by https: elsewhere it would mean nothing, or lock a test machine out."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = logging.getLogger("pointsman.api")

Observe = Callable[[Scope, int, float], None]
"""(scope, status, seconds until the reply began)"""


class Envelope:
    """The outermost layer: request id, security headers, measurement, and a problem for whatever was not foreseen."""

    def __init__(self, app: ASGIApp, observe: Observe, *, strict: bool = False) -> None:
        self._app = app
        self._observe = observe
        self._headers = {**HEADERS, **STRICT} if strict else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, started, begun = _request_id(scope), time.perf_counter(), False
        scope.setdefault("state", {})["request_id"] = request_id

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._dress(message, request_id)
                self._observe(scope, message["status"], time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            _log.error("request %s failed: %s", request_id, told(error))
            if not begun:
                await problem_of(error).response(request_id)(scope, receive, sending)

    def _dress(self, message: Message, request_id: str) -> None:
        headers = MutableHeaders(scope=message)
        headers[REQUEST_ID] = request_id
        for name, value in self._headers.items():
            headers.setdefault(name, value)


class LocalOnly:
    """Without tokens: only this machine's own programs and pages may call, whatever name a browser was given for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _not_local(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refuse(NotLocal(refusal), scope, receive, send)


class BodyLimit:
    """Reads each body up to LARGEST_BODY bytes before anything parses it; refuses the rest."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive)
        except ClientDisconnect:
            return  # half a request is none, and nobody waits for an answer
        if body is None:
            error = BodyTooLarge(f"a request may have {LARGEST_BODY} bytes at most")
            await refuse(error, scope, receive, send)
        else:
            await self._app(scope, _replaying(body, receive), send)


async def refuse(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with the problem an error stands for."""
    await problem_of(error).response(scope["state"]["request_id"])(scope, receive, send)


async def answer(request: Request, error: Exception) -> Response:
    """FastAPI's exception handler: the problem an error stands for."""
    return problem_of(error).response(request.state.request_id)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _not_local(scope: Scope) -> str | None:
    headers = Headers(scope=scope)
    client = (scope.get("client") or ("",))[0]
    if (client[:1].isdigit() or ":" in client) and not is_loopback(client):
        return "no tokens are configured, so only this machine may call"
    if not is_loopback(_host_name(headers.get("host", ""))):
        return "no tokens are configured, so the Host header must name this machine (localhost or 127.0.0.1)"
    if scope["method"] not in SAFE and not same_origin(headers):
        return "a page of another site may not change anything here"
    return None


def same_origin(headers: Headers, public_url: str | None = None) -> bool:
    """Whether a request comes from no web page at all, or from one of this very address (`public_url` where set)."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    if origin is not None and public_url is not None:
        return origin.lower() == public_url.lower()
    return origin is None or origin.partition("://")[2].lower() == headers.get("host", "").lower()


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.split(":", maxsplit=1)[0]


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    announced = Headers(scope=scope).get("content-length", "0")
    if announced.isdigit() and (len(announced) > 12 or int(announced) > LARGEST_BODY):
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replaying(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
