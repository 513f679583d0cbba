"""COps: what they can do, when they work, whether they are there, and how much they may hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from routing.domain.software import Software

CopId = NewType("CopId", str)


class Channel(StrEnum):
    """How a customer reached us; capacity is counted per channel."""

    CHAT = "chat"
    EMAIL = "email"
    SOCIAL = "social"
    CALLBACK = "callback"


class Presence(StrEnum):
    """What a COp says of themselves; only `available` takes new work."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Shift:
    """Local working hours on some weekdays (0 = Monday); an end at or before the start crosses midnight."""

    days: frozenset[int]
    start: time
    end: time
    time_zone: str

    def ends_at(self, at: datetime) -> datetime | None:
        """When the work under way at `at` ends (UTC); None when no shift is under way.

        Where the next shift begins as one ends, as with whole days in a row, work goes on; a week is looked ahead.
        """
        under_way = self.under_way(at)
        if under_way is None:
            return None
        ends = under_way[1]
        for _ in range(6 if self.start == self.end else 0):
            if (following := self.under_way(ends)) is None:
                break
            ends = following[1]
        return ends

    def under_way(self, at: datetime) -> tuple[datetime, datetime] | None:
        """Start and end (UTC) of the shift under way at `at`; None when none is."""
        today = at.astimezone(ZoneInfo(self.time_zone)).date()
        for day in (today, today - timedelta(days=1)):
            begins = self._utc(day, self.start)
            ends = self._utc(day + timedelta(days=self.end <= self.start), self.end)
            if day.weekday() in self.days and begins <= at < ends:
                return begins, ends
        return None

    def spans(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every shift, from start to end (UTC), that is under way at some time between these, oldest first."""
        zone = ZoneInfo(self.time_zone)
        day, last = since.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
        while day <= last:
            begins = self._utc(day, self.start)
            ends = self._utc(day + timedelta(days=self.end <= self.start), self.end)
            if day.weekday() in self.days and begins < until and ends > since:
                yield begins, ends
            day += timedelta(days=1)

    def covers(self, at: datetime) -> bool:
        """Whether a shift is under way at `at`."""
        return self.under_way(at) is not None

    def _utc(self, day: date, at: time) -> datetime:
        # Times of one zone compare by the clock on the wall, wrongly in the hour that autumn repeats: compare in UTC.
        return datetime.combine(day, at, ZoneInfo(self.time_zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cop:
    """A person in customer operations, or `software` in their place. Skills and languages map a key to 0-1."""

    id: CopId
    name: str
    team: str
    markets: frozenset[str]
    languages: Mapping[str, float]
    skills: Mapping[str, float]
    capacity: Mapping[Channel, int]
    shift: Shift
    software: Software | None = None


@dataclass(frozen=True, slots=True)
class CopStatus:
    """What changes about a COp during the day: presence, and the load held per channel."""

    cop_id: CopId
    presence: Presence = Presence.OFFLINE
    since: datetime | None = None
    load: Mapping[Channel, int] = field(default_factory=dict)
    capacity: Mapping[Channel, int] = field(default_factory=dict)

    @property
    def total_load(self) -> int:
        """Units of work held now, over all channels."""
        return sum(self.load.values())

    def free(self, channel: Channel) -> int:
        """Free slots on a channel."""
        return max(0, self.capacity.get(channel, 0) - self.load.get(channel, 0))
