"""The clocks and the ids of a running service."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from routing.domain.errors import Invalid
from routing.ports import Clock

_RANDOM_BITS = 80
_MILLISECOND_BITS = 48


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)


class ScaledClock:
    """A clock that starts at `origin` and runs `speed` times as fast as life; it never goes back."""

    def __init__(self, origin: datetime, speed: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        if origin.tzinfo is None:
            raise Invalid("origin", origin.isoformat(), "a time with a time zone")
        if not 0 < speed < float("inf"):
            raise Invalid("speed", speed, "above 0")
        self._origin, self._speed, self._monotonic = origin.astimezone(UTC), speed, monotonic
        self._started = monotonic()

    def now(self) -> datetime:
        """Aware, UTC."""
        return self._origin + timedelta(seconds=(self._monotonic() - self._started) * self._speed)


class SortableIds:
    """Ids of 32 hex digits that sort by the time they were made.

    48 bits of milliseconds and 80 random bits, as in UUIDv7; one maker's ids rise strictly, even within a millisecond
    and when the clock is set back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> str:
        """A fresh id."""
        milliseconds = int(self._clock.now().timestamp() * 1_000) % (1 << _MILLISECOND_BITS)
        fresh = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            self._last = fresh if fresh > self._last else self._last + 1 + secrets.randbits(_RANDOM_BITS // 2)
            return f"{self._last:032x}"
