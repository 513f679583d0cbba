"""Temporary changes and sign-ins, in memory."""

from datetime import datetime

from routing.adapters.memory.rows import Tables, add_new, found, save_over
from routing.domain.override import Override, OverrideId


class MemoryOverrides:
    """The twin of `ports.Overrides`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.overrides

    def add(self, override: Override) -> None:
        """Store a new one; StaleState when the id is taken."""
        add_new(self._rows, "override", override)

    def get(self, id: OverrideId) -> Override:
        """One override; NotFound."""
        return found(self._rows.get(id), "override", id)

    def save(self, override: Override) -> Override:
        """The next version; StaleState."""
        return save_over(self._rows, "override", override)

    def in_force(self, at: datetime) -> list[Override]:
        """The oldest first."""
        return sorted((each for each in self._rows if each.in_force(at)), key=lambda each: (each.starts_at, each.id))

    def newest(self, most: int) -> list[Override]:
        """Newest first."""
        return sorted(self._rows, key=lambda each: (each.starts_at, each.id), reverse=True)[:most]


class MemorySignIns:
    """The twin of `ports.SignIns`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.sign_ins

    def add(self, digest: str, principal: str, expires_at: datetime) -> None:
        """Somebody signed in."""
        self._rows.put(digest, (principal, expires_at))

    def find(self, digest: str) -> tuple[str, datetime] | None:
        """Whom a sign-in stands for and until when; None where there is none."""
        return self._rows.get(digest)

    def remove(self, digest: str) -> None:
        """Somebody signed out."""
        self._rows.drop(digest)

    def forget_before(self, at: datetime) -> int:
        """Drop what had expired."""
        over = [digest for digest, (_, expires_at) in self._rows.items() if expires_at <= at]
        return sum(self._rows.drop(digest) for digest in over)
