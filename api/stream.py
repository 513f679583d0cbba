"""The event stream: reads on in the history until the client leaves or the server stops."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.errors import TooManyStreams
from api.schemas.events import EventReply
from routing.domain.events import Event
from routing.domain.market import Markets
from routing.services import reporting
from routing.services.context import Context

MEDIA_TYPE = "text/event-stream"
LOOK_SECONDS = 0.02
STOP_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
MOST_AT_ONCE = 500
RETRY = "retry: 2000\n\n"
HEARTBEAT = ": still here\n\n"


@dataclass(slots=True)
class Feed:
    """One reader's place in the history, the markets they see of it, and the sign that the server stops."""

    context: Context
    seq: int
    stopping: threading.Event
    within: Markets = None

    def newest(self) -> int:
        """The number of the newest fact there is."""
        return reporting.last_seq(self.context)

    def read(self) -> str:
        """What came since, as event-stream text; empty when nothing did."""
        found, self.seq = reporting.events_after(self.context, self.seq, MOST_AT_ONCE, self.within)
        return "".join(_written(event) for event in found)


class Tide:
    """The newest fact's number, looked up for all streams together: by one of those who wait, for the others."""

    def __init__(self) -> None:
        self._seq = -1
        self._looked_for = False
        self._risen = asyncio.Event()

    @property
    def newest(self) -> int:
        """The newest number seen when last looked."""
        return self._seq

    async def above(self, feed: Feed) -> None:
        """Wait until there is a fact behind the feed's place, or a moment in which the server may have stopped."""
        if self._looked_for:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._risen.wait(), STOP_SECONDS)
            return
        self._looked_for, ends_at = True, asyncio.get_running_loop().time() + STOP_SECONDS
        try:
            while self._seq <= feed.seq and asyncio.get_running_loop().time() < ends_at:
                await asyncio.sleep(LOOK_SECONDS)
                self._seq = await run_in_threadpool(feed.newest)
        finally:
            # Whoever looked goes; of those who are woken, the first looks next.
            self._looked_for = False
            self._risen.set()
            self._risen = asyncio.Event()


class Streams:
    """The open streams of one application, at most `most` at a time; `count` is how many there are."""

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self.count = 0
        self._tide = Tide()
        self._lock = threading.Lock()

    def open(self, feed: Feed) -> AsyncIterator[str]:
        """A stream over a feed; TooManyStreams when too many are open."""
        if self.count >= self._most:
            raise TooManyStreams(f"{self._most} event streams are open; close one or try again later")
        return self._counted(follow(feed, self._tide))

    async def _counted(self, stream: AsyncIterator[str]) -> AsyncIterator[str]:
        # Counted only once it is read: a stream whose client left before the first word is never closed.
        with self._lock:
            self.count += 1
        try:
            async for text in stream:
                yield text
        finally:
            with self._lock:
                self.count -= 1


async def follow(feed: Feed, tide: Tide) -> AsyncIterator[str]:
    """Event-stream text until the server stops; starlette ends the iteration when the client leaves."""
    loop = asyncio.get_running_loop()
    yield RETRY
    spoke_at = loop.time()
    while not feed.stopping.is_set():
        text = await run_in_threadpool(feed.read)
        if not text and loop.time() - spoke_at >= HEARTBEAT_SECONDS:
            text = HEARTBEAT
        if text:
            yield text
            spoke_at = loop.time()
        else:
            await tide.above(feed)


def streams_of(request: Request) -> Streams:
    """The open streams of this application."""
    return cast(Streams, request.app.state.streams)


def _written(event: Event) -> str:
    data = EventReply.model_validate(event).model_dump(mode="json")
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
