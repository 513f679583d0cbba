"""The heartbeat of COps' desks: the service's clock, and the newest event that may concern this COp."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from api.console.pulse import SECONDS_BETWEEN, Remembered
from routing.domain.cop import CopId
from routing.domain.events import Event, EventKind
from routing.services import reporting
from routing.services.context import Context

MOST_DESKS = 500
MOST_EVENTS = 2_000
ANYBODYS = frozenset(
    {
        EventKind.CONVERSATION_MESSAGE_ADDED,
        EventKind.CONVERSATION_ABANDONED,
        EventKind.CONVERSATION_ERASED,
        EventKind.ALERTS_DISMISSED,
        EventKind.PACK_CHANGED,
    }
)
"""Facts that name no COp and may change what one sees."""


@dataclass(slots=True)
class Heard:
    """What was heard of the history: up to which number, and the newest number by COp, or for anybody (None)."""

    now: str = ""
    upto: int | None = None
    newest: dict[CopId | None, int] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> None:
        """Note whom each of these may concern; oldest first."""
        for event in events:
            if event.kind in ANYBODYS:
                self.newest[None] = event.seq or 0
            elif event.cop_id:
                self.newest[CopId(event.cop_id)] = event.seq or 0

    def newest_for(self, cop_id: CopId) -> int:
        """The number of the newest fact that may concern a COp; 0 where there was none since this began to listen."""
        return max(self.newest.get(cop_id, 0), self.newest.get(None, 0))


class DeskPulse:
    """One look at the history a second for all open desks; a desk hears of what may concern it, and of the time."""

    def __init__(self, context: Context, stopping: threading.Event) -> None:
        self._context, self._stopping = context, stopping
        self._heard = Heard()
        self._beat = Remembered(self._listen, SECONDS_BETWEEN / 2)
        self._open = 0

    @property
    def full(self) -> bool:
        """Whether as many desks follow as are served."""
        return self._open >= MOST_DESKS

    async def follow(self, cop_id: CopId) -> AsyncIterator[str]:
        """Event-stream text for one desk until the server stops."""
        self._open += 1
        try:
            yield "retry: 2000\n\n"
            while not self._stopping.is_set():
                heard = await run_in_threadpool(self._beat.get)
                data = {"now": heard.now, "seq": heard.newest_for(cop_id)}
                yield f"event: pulse\ndata: {json.dumps(data)}\n\n"
                await asyncio.sleep(SECONDS_BETWEEN)
        finally:
            self._open -= 1

    def _listen(self) -> Heard:
        heard = self._heard
        if heard.upto is None:
            heard.upto = reporting.last_seq(self._context)
        events, heard.upto = reporting.events_after(self._context, heard.upto, MOST_EVENTS)
        heard.take(events)
        heard.now = self._context.clock.now().isoformat()
        return heard
