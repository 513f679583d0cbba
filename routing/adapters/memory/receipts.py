"""Receipts of erasures, holds, what models were taught, and files that people had written, in memory."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from routing.adapters.memory.rows import Tables, found
from routing.domain.conversation import ConversationId
from routing.domain.erasure import Erasure, ErasureId, Hold, HoldId, Pseudonym


class MemoryErasures:
    """The twin of `ports.Erasures`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.erasures

    def add(self, erasure: Erasure) -> None:
        """One more."""
        self._rows.put(erasure.id, erasure)

    def get(self, id: ErasureId) -> Erasure:
        """NotFound where there is none."""
        return found(self._rows.get(id), "erasure", id)

    def locked(self, id: ErasureId) -> Erasure:
        """The same: the transaction is the only writer."""
        return self.get(id)

    def save(self, erasure: Erasure) -> None:
        """Replace it."""
        self._rows.put(erasure.id, erasure)

    def of(self, customer: Pseudonym) -> list[Erasure]:
        """Oldest first."""
        return [each for each in self._rows if each.customer.digest == customer.digest]

    def newest(self, most: int) -> list[Erasure]:
        """Newest first."""
        return list(self._rows)[::-1][:most]

    def any_begun(self) -> bool:
        """Whether there is one that is not done."""
        return any(each.done_at is None for each in self._rows)


class MemoryHolds:
    """The twin of `ports.Holds`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.holds

    def add(self, hold: Hold) -> None:
        """One more."""
        self._rows.put(hold.id, hold)

    def get(self, id: HoldId) -> Hold:
        """NotFound where there is none."""
        return found(self._rows.get(id), "hold", id)

    def save(self, hold: Hold) -> None:
        """Replace it."""
        self._rows.put(hold.id, hold)

    def in_force(self) -> list[Hold]:
        """Oldest first."""
        return [hold for hold in self._rows if hold.lifted_at is None]

    def on(self, customer_id: str | None, ids: Sequence[ConversationId]) -> list[Hold]:
        """Those in force over any of them."""
        return [hold for hold in self.in_force() if _covers(hold, customer_id, ids)]

    def remove_lifted(self, customer_id: str | None, ids: Sequence[ConversationId]) -> int:
        """Forget those that have ended; how many."""
        ended = [h.id for h in self._rows if h.lifted_at is not None and _covers(h, customer_id, ids)]
        return sum(self._rows.drop(id) for id in ended)


class MemoryLessons:
    """The twin of `ports.Lessons`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.lessons

    def keep(self, model: str, digest: str, labels: Sequence[str]) -> None:
        """Replace what is known of a model."""
        self._rows.put(model, (digest, frozenset(labels)))

    def digest_of(self, model: str) -> str | None:
        """None where nobody wrote down what it was taught."""
        kept = self._rows.get(model)
        return kept[0] if kept else None

    def taught(self, labels: Sequence[str]) -> dict[str, int]:
        """Model -> how many of these labels it was taught."""
        counted = Counter({model: len(kept & set(labels)) for model, (_, kept) in self._rows.items()})
        return dict(+counted)

    def forget(self, labels: Sequence[str]) -> int:
        """Nobody needs to know any more that they were taught."""
        count = sum(self.taught(labels).values())
        for model, (digest, kept) in list(self._rows.items()):
            self._rows.put(model, (digest, kept - set(labels)))
        return count


class MemoryExports:
    """The twin of `ports.Exports`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.exports

    def note(self, path: str, kind: str, at: datetime) -> None:
        """A file was written."""
        self._rows.drop(path)
        self._rows.put(path, (kind, at))

    def all(self) -> dict[str, str]:
        """Path -> kind."""
        return {path: kind for path, (kind, _) in self._rows.items()}


def _covers(hold: Hold, customer_id: str | None, ids: Sequence[ConversationId]) -> bool:
    theirs = customer_id is not None and hold.customer_id == customer_id
    return theirs or (hold.conversation_id is not None and hold.conversation_id in ids)
