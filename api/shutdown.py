"""Stopping in good order: streams that never end by themselves must hear of it before the server waits for them."""

import logging
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from types import FrameType

import uvicorn

CUSTOMER = re.compile(r"^(/v1/customers/)[^/]+")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def heard_on_signals(stopping: threading.Event) -> Iterator[None]:
    """Set `stopping` when a stop signal comes, then let whoever listened before (uvicorn) do their part.

    The server runs the lifespan's end only after its connections have closed: too late for a stream. Outside the main
    thread Python hears no signals; there `Server` does the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def heard(number: int, frame: FrameType | None) -> None:
        stopping.set()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        elif handler is signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in SIGNALS:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is heard:
                signal.signal(number, handler)


class Server(uvicorn.Server):
    """A uvicorn server that tells the application's streams before it waits for them; runs in any thread."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop accepting, end the streams, drain, and end the application."""
        self._stopping.set()
        await super().shutdown(sockets)


class PathsOnly(logging.Filter):
    """Takes queries and customers' references off uvicorn's access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keeps every record."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            said = CUSTOMER.sub(r"\1-", str(path).split("?", 1)[0])
            record.args = (client, method, said, version, status)
        return True
