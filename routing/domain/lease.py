"""Who leads, by which epoch, and when somebody else may: also where the clocks of two machines disagree."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lease:
    """One name's leader, until `expires_at` by the leader's own clock; the epoch rises with each new one.

    A lease may seem to live for long after its leader died, where that machine's clock was ahead or has been set back.
    So whoever is refused watches: `watched_by` has seen it since `watched_since`, by their own clock, and every renewal
    ends the watch. A lease that was not renewed for its whole length is over, whatever its end says.
    """

    holder: str
    epoch: int
    expires_at: datetime
    watched_by: str | None = None
    watched_since: datetime | None = None

    def asked_for(self, by: str, at: datetime, ttl: timedelta) -> "Lease":
        """What becomes of it: `by` leads afterwards where they renewed it or could take it over."""
        lives = at < self.expires_at
        if lives and self.holder == by:
            return Lease(by, self.epoch, at + ttl)
        if lives and not self._is_abandoned(by, at, ttl):
            return self._watched(by, at, ttl)
        return Lease(by, self.epoch + 1, at + ttl)

    def ended(self) -> "Lease":
        """Given back: the next one need not wait."""
        return replace(self, expires_at=LONG_AGO, watched_by=None, watched_since=None)

    def _is_abandoned(self, by: str, at: datetime, ttl: timedelta) -> bool:
        since = self.watched_since
        return self.watched_by == by and since is not None and at - since >= ttl

    def _watched(self, by: str, at: datetime, ttl: timedelta) -> "Lease":
        since = self.watched_since
        # Somebody else's watch, or one from before this clock was set back, counts until it is too old to be true.
        begins = since is None or (self.watched_by == by and at < since) or abs(at - since) > 2 * ttl
        return replace(self, watched_by=by, watched_since=at) if begins else self
