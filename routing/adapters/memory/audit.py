"""The audit trail in memory: the twin of the one in the database."""

from collections.abc import Sequence
from secrets import token_bytes

from routing.adapters.memory.rows import Tables
from routing.domain.audit import Seal, Sealed, Wanted, next_seal
from routing.domain.events import Event

SALT_BYTES = 16


def seal(tables: Tables, event: Event) -> None:
    """Bind a numbered fact to the one before it."""
    salt, position = token_bytes(SALT_BYTES), len(tables.seals)
    before = tables.seals.get(position)
    tables.seals.put(position + 1, Sealed(next_seal(before.seal if before else None, event, salt), salt, None))


class MemoryAuditTrail:
    """The twin of `ports.AuditTrail`; the facts themselves are looked up in the history."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def head(self) -> Seal | None:
        """The newest seal."""
        newest = self._tables.seals.get(max((position for position, _ in self._tables.seals.items()), default=0))
        return newest.seal if newest else None

    def after(self, position: int, most: int) -> list[Sealed]:
        """The next seals, in the order of their positions."""
        later = sorted(row.seal.position for row in self._tables.seals if row.seal.position > position)
        return [self._with_fact(row) for number in later[:most] if (row := self._tables.seals.get(number))]

    def unsealed(self, most: int) -> list[int]:
        """Facts younger than the first seal that have none."""
        known = {row.seal.seq for row in self._tables.seals}
        first = min(known, default=None)
        return [seq for seq, _ in self._tables.events.items() if first and seq >= first and seq not in known][:most]

    def search(self, wanted: Wanted, most: int) -> list[Sealed]:
        """Newest first."""
        rows = map(self._with_fact, self._tables.seals)
        return [row for row in rows if row.event is not None and wanted.fits(row.event)][::-1][:most]

    def forget(self, seqs: Sequence[int]) -> int:
        """Drop salts; returns how many there were."""
        rows = [row for row in self._tables.seals if row.seal.seq in set(seqs) and row.salt is not None]
        for row in rows:
            self._tables.seals.put(row.seal.position, Sealed(row.seal, None, None))
        return len(rows)

    def _with_fact(self, row: Sealed) -> Sealed:
        return Sealed(row.seal, row.salt, self._tables.events.get(row.seal.seq))
