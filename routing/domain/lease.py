"""Who leads, by which epoch, and when somebody else may: also where the clocks of two machines disagree."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lease:
    """One name's leader, until `expires_at` by the leader's own clock; the epoch rises with each new one.

    A lease may seem to live for long after its leader died, where that machine's clock was ahead or has been set back.
    So whoever is refused watches, each by their own clock: a lease that was not renewed for its whole length is over,
    whatever its end says.
    """

    holder: str
    epoch: int
    expires_at: datetime

    def asked_for(self, by: str, at: datetime, ttl: timedelta, watched_since: datetime) -> "Lease":
        """What becomes of it: `by`, who has seen it as it is since then, leads where they renewed it or it is over."""
        lives = at < self.expires_at
        if lives and self.holder == by:
            return Lease(by, self.epoch, at + ttl)
        if lives and at - watched_since < ttl:
            return self
        return Lease(by, self.epoch + 1, at + ttl)

    def ended(self) -> "Lease":
        """Given back: the next one need not wait."""
        return replace(self, expires_at=LONG_AGO)


class Watches:
    """Since when a process has seen each lease as it is; every renewal ends a watch, and so does a clock set back."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[Lease, datetime]] = {}

    def since(self, name: str, by: str, lease: Lease, at: datetime) -> datetime:
        """Look at it once more, by the clock of `by`."""
        seen, since = self._seen.get((name, by), (lease, at))
        if seen != lease or at < since:
            since = at
        self._seen[name, by] = lease, since
        return since
