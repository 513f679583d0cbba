"""Listening: uvicorn around the application, with work that runs beside it from ready to stop."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from api.app import create_app
from api.shutdown import SIGNALS
from routing.bootstrap import Service
from routing.engine import Engine
from routing.services.what_if import WhatIfDesk
from routing.settling import settling

Beside = Callable[[str, threading.Event], None]
GRACEFUL_SECONDS = 5


def run(service: Service, engine: Engine, beside: Beside | None = None, what_if: WhatIfDesk | None = None) -> None:
    """Serve until SIGINT or SIGTERM; `beside` gets the address and an event that is set when serving ends."""
    server = _Server(service, engine, what_if)
    stop = threading.Event()
    companion = threading.Thread(target=_accompany, args=(server, beside, stop), name="beside", daemon=True)
    if beside is not None:
        companion.start()
    try:
        with _ending_quietly(server), settling():
            server.run()
    finally:
        stop.set()
        server.listening.set()
        if beside is not None:
            companion.join(GRACEFUL_SECONDS)


@contextmanager
def _ending_quietly(server: uvicorn.Server) -> Iterator[None]:
    """Stopped in good order, uvicorn raises the signal again for whoever listened before it: here nobody dies of it."""

    def heard(*_: object) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, heard) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """A uvicorn server that says when, and where, it listens."""

    def __init__(self, service: Service, engine: Engine, what_if: WhatIfDesk | None) -> None:
        settings = service.settings
        super().__init__(
            uvicorn.Config(
                create_app(service, engine, what_if),
                host=settings.host,
                port=settings.port,
                log_level=settings.log_level.lower(),
                access_log=False,
                timeout_graceful_shutdown=GRACEFUL_SECONDS,
                server_header=False,
                # What a request says of where it came from may be forged; nothing here believes it.
                proxy_headers=False,
            )
        )
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, then tell those who wait."""
        await super().startup(sockets)
        self.listening.set()

    @property
    def address(self) -> str:
        """The base URL, with the port that was really taken."""
        port = self.servers[0].sockets[0].getsockname()[1]
        host = self.config.host
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _accompany(server: _Server, beside: Beside | None, stop: threading.Event) -> None:
    server.listening.wait()
    if beside is not None and not stop.is_set() and server.started:
        beside(server.address, stop)
