"""The handle times that ticks go by: read anew when enough was learned, and the same for many ticks until then."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.outcome import HandleTimeStatistics, HandleTimeTally
from routing.ports import UnitOfWork

MUCH = 0.01
"""The share of all conversations known by which one reading may be behind."""
LONGEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Reading:
    rows: tuple[HandleTimeStatistics, ...]
    tally: HandleTimeTally
    at: datetime


class KnownTimes:
    """Remembers the last reading of one store, for one process; what it gives is the same object until read anew.

    Every wrap-up teaches something, but one in ten thousand changes no plan worth the reading: whoever knows little
    reads after each, whoever knows much after one in a hundred of what they know, or `LONGEST` at the latest.
    """

    def __init__(self) -> None:
        self._last: _Reading | None = None

    def read(self, uow: UnitOfWork, at: datetime) -> tuple[HandleTimeStatistics, ...]:
        """What is known, as of now or not long ago; anything taken away counts at once."""
        tally, last = uow.handle_times.tally(), self._last
        if last is None or not _is_as_good(last, tally, at):
            last = self._last = _Reading(tuple(uow.handle_times.all()), tally, at)
        return last.rows


def _is_as_good(last: _Reading, tally: HandleTimeTally, at: datetime) -> bool:
    if tally == last.tally:
        return True
    newer = tally.conversations - last.tally.conversations
    grown = tally.pairs >= last.tally.pairs and newer >= 0
    return grown and newer < MUCH * tally.conversations and last.at <= at < last.at + LONGEST
