"""Markets: where customers are, when somebody answers them there, and who helps out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONGEST_COUNTED = timedelta(days=366)
"""Open hours are counted back this far: whoever has waited a year is far past any target."""

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Local hours in which a market answers; weekdays 0-6, minutes since local midnight, end exclusive."""

    days: frozenset[int]
    start_minute: int
    end_minute: int


Markets = frozenset[str] | None
"""Whose conversations somebody may see, by market; None means every market, of today and of tomorrow."""


@dataclass(frozen=True, slots=True)
class Market:
    """A country's operation: its languages (the first is the default), clock and matching group.

    On `holidays` (local dates) it is closed all day; `backups` are the markets that help out, the first one first, and
    `opened` those of them that do so at once, however short the wait.
    """

    key: str
    name: str
    languages: tuple[str, ...]
    time_zone: str
    matching_group: str
    opening: OpeningHours
    holidays: frozenset[date] = frozenset()
    backups: tuple[str, ...] = ()
    opened: frozenset[str] = frozenset()

    @property
    def never_closes(self) -> bool:
        """Open round the clock, every day."""
        whole_days = self.opening.start_minute == 0 and self.opening.end_minute == MINUTES_A_DAY
        return whole_days and len(self.opening.days) == 7 and not self.holidays

    def is_open(self, at: datetime) -> bool:
        """Whether it answers at this moment, by its own clock and calendar."""
        return self.never_closes or any(opens <= at < closes for opens, closes in self._spans(at, at))

    def open_seconds(self, since: datetime, until: datetime) -> float:
        """How much of the time from `since` to `until` it was open; 0 where `until` is not later."""
        if self.never_closes:
            return max(0.0, (until - since).total_seconds())
        begin = max(since, until - LONGEST_COUNTED)
        spans = ((max(begin, opens), min(until, closes)) for opens, closes in self._spans(begin, until))
        return sum(max(0.0, (end - start).total_seconds()) for start, end in spans)

    def _spans(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """(opens, closes) in UTC of each day that it answers on, from the day of `since` to that of `until`."""
        zone = ZoneInfo(self.time_zone)
        day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        while day <= last:
            if self._answers_on(day):
                yield self._utc(day, self.opening.start_minute), self._utc(day, self.opening.end_minute)
            day += timedelta(days=1)

    def _answers_on(self, day: date) -> bool:
        return day.weekday() in self.opening.days and day not in self.holidays

    def _utc(self, day: date, minute: int) -> datetime:
        # By the clock on the wall: a day on which the clocks change is an hour longer or shorter.
        whole, rest = divmod(minute, MINUTES_A_DAY)
        wall = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=ZoneInfo(self.time_zone))
        return (wall + timedelta(days=whole)).astimezone(UTC)
