"""The console's heartbeat: the service's clock and the newest event's number, once a second."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from routing.domain.market import Markets
from routing.services import reporting
from routing.services.context import Context

T = TypeVar("T")
SECONDS_BETWEEN = 1.0
MOST_STREAMS = 200
MOST_KINDS = 64
PATIENCE = 5


class Remembered(Generic[T]):
    """A value that many readers share: read again only when it is too old.

    Too old is `seconds`, or PATIENCE times what reading it took: a large floor costs a bounded share of the machine.
    """

    def __init__(self, read: Callable[[], T], seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read, self._seconds, self._monotonic = read, seconds, monotonic
        self._kept: tuple[float, T] | None = None
        self._lock = threading.Lock()

    def get(self) -> T:
        """The value; when it is too old one reader fetches it and the others wait for them."""
        with self._lock:
            if self._kept is None or self._monotonic() >= self._kept[0]:
                self._kept = self._fetched()
            return self._kept[1]

    def _fetched(self) -> tuple[float, T]:
        began = self._monotonic()
        value = self._read()
        ended = self._monotonic()
        return ended + max(self._seconds, PATIENCE * (ended - began)), value


class ByMarkets(Generic[T]):
    """A value that all readers of the same markets share, read at most about once a second."""

    def __init__(self, read: Callable[[Markets], T]) -> None:
        self._read = read
        self._kept: dict[Markets, Remembered[T]] = {}

    def of(self, markets: Markets) -> T:
        """The value as somebody with these markets sees it."""
        if len(self._kept) > MOST_KINDS:
            self._kept.clear()
        fresh = Remembered(lambda: self._read(markets), SECONDS_BETWEEN * 0.8)
        return self._kept.setdefault(markets, fresh).get()

    def forget(self) -> None:
        """Read anew for whoever asks next: something was just changed."""
        self._kept.clear()


class Pulse:
    """The heartbeat of one application, shared by every open page."""

    def __init__(self, context: Context, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._beat = Remembered(lambda: _beat(context), SECONDS_BETWEEN / 2)
        self._open = 0

    @property
    def full(self) -> bool:
        """Whether as many pages follow as are served."""
        return self._open >= MOST_STREAMS

    async def follow(self) -> AsyncIterator[str]:
        """Event-stream text until the server stops; starlette ends the iteration when the reader leaves."""
        self._open += 1
        try:
            yield "retry: 2000\n\n"
            while not self._stopping.is_set():
                yield await run_in_threadpool(self._beat.get)
                await asyncio.sleep(SECONDS_BETWEEN)
        finally:
            self._open -= 1


def _beat(context: Context) -> str:
    data = {"now": context.clock.now().isoformat(), "seq": reporting.last_seq(context)}
    return f"event: pulse\ndata: {json.dumps(data)}\n\n"
