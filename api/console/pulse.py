"""The console's heartbeat: the service's clock and the newest event's number, once a second or with the event."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

from api.console.speech import language
from api.stream import LOOK_SECONDS, Feed, Tide
from routing.domain.market import Markets
from routing.services import reporting
from routing.services.context import Context

T = TypeVar("T")
SECONDS_BETWEEN = 1.0
SOONEST_SECONDS = 0.25
"""Between two beats of one page, however much happens."""
MOST_STREAMS = 200
MOST_KINDS = 64
PATIENCE = 5


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    value: T
    mark: object
    holds_until: float
    stands_until: float


class Remembered(Generic[T]):
    """A value that many readers share: read again only when it is too old.

    Too old is `seconds`, or as soon as `mark` is another one, yet never before PATIENCE times what reading it took: a
    large floor costs a bounded share of the machine.
    """

    def __init__(
        self,
        read: Callable[[], T],
        seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
        mark: Callable[[], object] = lambda: None,
    ) -> None:
        self._read, self._seconds, self._monotonic, self._mark = read, seconds, monotonic, mark
        self._kept: _Kept[T] | None = None
        self._lock = threading.Lock()

    def get(self) -> T:
        """The value; when it is too old one reader fetches it and the others wait for them."""
        with self._lock:
            if self._kept is None or self._too_old(self._kept):
                self._kept = self._fetched()
            return self._kept.value

    def _too_old(self, kept: _Kept[T]) -> bool:
        now = self._monotonic()
        return now >= kept.stands_until and (now >= kept.holds_until or self._mark() != kept.mark)

    def _fetched(self) -> _Kept[T]:
        began = self._monotonic()
        # Marked before it is read: what happens meanwhile is then read for, at worst, once more.
        mark, value = self._mark(), self._read()
        ended = self._monotonic()
        stands_until = ended + PATIENCE * (ended - began)
        return _Kept(value, mark, max(ended + self._seconds, stands_until), stands_until)


class ByMarkets(Generic[T]):
    """A value that readers of the same markets and language share, read about once a second, and when things happen."""

    def __init__(self, read: Callable[[Markets], T], mark: Callable[[], object] = lambda: None) -> None:
        self._read, self._mark = read, mark
        self._kept: dict[tuple[Markets, str], Remembered[T]] = {}

    def of(self, markets: Markets) -> T:
        """The value as somebody with these markets sees it, in the language of this request."""
        if len(self._kept) > MOST_KINDS:
            self._kept.clear()
        place = (markets, language().code)
        fresh = Remembered(lambda: self._read(markets), SECONDS_BETWEEN * 0.8, mark=self._mark)
        return self._kept.setdefault(place, fresh).get()

    def forget(self) -> None:
        """Read anew for whoever asks next: something was just changed."""
        self._kept.clear()


class Pulse:
    """The heartbeat of one application, shared by every open page: once a second, and as soon as something happens."""

    def __init__(self, context: Context, stopping: threading.Event) -> None:
        self._context, self._stopping = context, stopping
        self._beat = Remembered(lambda: _beat(context), LOOK_SECONDS / 2)
        self._tide = Tide()
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
                text, seq = await run_in_threadpool(self._beat.get)
                yield text
                await asyncio.sleep(SOONEST_SECONDS)
                await self._news(Feed(self._context, seq, self._stopping))
        finally:
            self._open -= 1

    async def _news(self, feed: Feed) -> None:
        """Wait for a fact behind the feed's place, or for the next second."""
        now = asyncio.get_running_loop().time
        ends_at = now() + SECONDS_BETWEEN - SOONEST_SECONDS
        while self._tide.newest <= feed.seq and now() < ends_at and not self._stopping.is_set():
            await self._tide.above(feed)


def _beat(context: Context) -> tuple[str, int]:
    seq = reporting.last_seq(context)
    data = {"now": context.clock.now().isoformat(), "seq": seq}
    return f"event: pulse\ndata: {json.dumps(data)}\n\n", seq
