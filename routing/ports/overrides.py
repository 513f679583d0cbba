"""Where temporary changes of managers are kept, and who is signed in to the console."""

from datetime import datetime
from typing import Protocol

from routing.domain.override import Override, OverrideId


class Overrides(Protocol):
    """Every temporary change, over or not. `save` raises StaleState unless the stored version is the one read."""

    def add(self, override: Override) -> None: ...
    def get(self, id: OverrideId) -> Override: ...
    def save(self, override: Override) -> Override: ...
    def in_force(self, at: datetime) -> list[Override]:
        """Those that change something at `at`, the oldest first."""
        ...

    def newest(self, most: int) -> list[Override]: ...


class SignIns(Protocol):
    """Sign-ins of the console by the digest of their id; `principal` is whom it stands for, as JSON text."""

    def add(self, digest: str, principal: str, expires_at: datetime) -> None: ...
    def find(self, digest: str) -> tuple[str, datetime] | None: ...
    def remove(self, digest: str) -> None: ...
    def forget_before(self, at: datetime) -> int:
        """Drop those that had expired by then."""
        ...
