"""Probes and metrics of the roles that answer no other requests: `consume` and `relay`."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OK = "ok"
STEADY_SECONDS = 10.0
SLOWEST_CALLER_SECONDS = 5.0
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Fares:
    """How a supervised role fares: `ok`, or what it failed with until an attempt has lasted."""

    clock: Callable[[], float] = time.monotonic
    failures: int = 0
    _reason: str | None = None
    _since: float | None = field(default=None)

    def attempt(self) -> None:
        """It begins, or begins anew."""
        self._since = self.clock()

    def failed(self, reason: str) -> None:
        """An attempt ended with an error."""
        self._reason, self.failures = reason, self.failures + 1

    @property
    def begun(self) -> bool:
        """Whether a first attempt was made."""
        return self._since is not None

    @property
    def state(self) -> str:
        """`ok`, `starting`, or the last reason while no attempt since has lasted ten seconds."""
        if self._since is None:
            return "starting"
        if self._reason is None or self.clock() - self._since >= STEADY_SECONDS:
            return OK
        return self._reason


@dataclass(frozen=True, slots=True)
class Role:
    """What is asked about: its name, how it fares, and the parts it needs with their states."""

    name: str
    fares: Fares
    parts: Callable[[], Mapping[str, str]]

    def answer(self, path: str) -> tuple[int, str, str]:
        """(status, media type, body) of a probe; it tells which part is wrong and never why, for anybody may ask."""
        if path == "/livez":
            return _json(200, status="alive")
        if path == "/startupz":
            return _json(200 if self.fares.begun else 503, status="begun" if self.fares.begun else "starting")
        if path == "/readyz":
            parts = {**self.parts(), self.name: self.fares.state}
            shown = {part: OK if _serves(state) else "unavailable" for part, state in parts.items()}
            ready = set(shown.values()) == {OK}
            return _json(200 if ready else 503, status="ready" if ready else "not ready", parts=shown)
        if path == "/metrics":
            return 200, EXPOSITION, self._metrics()
        return _json(404, status="there is /livez, /readyz, /startupz and /metrics")

    def _metrics(self) -> str:
        role, up = f'{{role="{self.name}"}}', int(self.fares.state == OK)
        return (
            "# HELP pointsman_role_up Whether the role does its work\n# TYPE pointsman_role_up gauge\n"
            f"pointsman_role_up{role} {up}\n"
            "# HELP pointsman_role_failures_total How often it began anew\n"
            "# TYPE pointsman_role_failures_total counter\n"
            f"pointsman_role_failures_total{role} {self.fares.failures}\n"
        )


@contextmanager
def probed(role: Role, host: str, port: int | None) -> Iterator[int | None]:
    """Answer probes as long as the block runs; gives the port (0 takes a free one), None where none is wanted."""
    if port is None:
        yield None
        return
    server = ThreadingHTTPServer((host, port), _handler(role))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _handler(role: Role) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST_CALLER_SECONDS

        def do_GET(self) -> None:
            status, media_type, body = role.answer(self.path.partition("?")[0])
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Probes every few seconds are no news."""

    return Handler


def _json(code: int, **body: object) -> tuple[int, str, str]:
    return code, "application/json", json.dumps(body)


def _serves(state: str) -> bool:
    return state == OK or state.startswith(f"{OK};")
