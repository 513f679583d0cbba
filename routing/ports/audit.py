"""What the audit trail is kept in, and where copies of its newest seal are put."""

from collections.abc import Sequence
from typing import Protocol

from routing.domain.audit import Anchor, Seal, Sealed, Wanted


class AuditTrail(Protocol):
    """The seals of the history, written with it in one transaction; nobody else adds any.

    `unsealed` gives numbers of facts younger than the first seal that have none. `search` is newest first. `forget`
    drops the salts of facts, so that nothing can be told of them any more; it returns how many there were.
    """

    def head(self) -> Seal | None: ...
    def after(self, position: int, most: int) -> list[Sealed]: ...
    def unsealed(self, most: int) -> list[int]: ...
    def search(self, wanted: Wanted, most: int) -> list[Sealed]: ...
    def forget(self, seqs: Sequence[int]) -> int: ...


class Anchors(Protocol):
    """Copies of the newest seal outside the database, oldest first."""

    def all(self) -> list[Anchor]: ...
    def add(self, anchor: Anchor) -> None: ...
