"""What is written down: labels, the history, what leaves and came in, leases and ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from routing.domain.conversation import ConversationId
from routing.domain.events import Event, EventKind
from routing.domain.label import Label
from routing.domain.market import Markets
from routing.domain.tick import KeptTimes, PlayedTurn, TickRecord


class Labels(Protocol):
    """What people taught; a retracted verdict takes its label away."""

    def add(self, label: Label) -> None: ...
    def remove(self, id: str) -> None: ...
    def all(self) -> list[Label]: ...
    def newest(self, most: int) -> list[Label]: ...


class Events(Protocol):
    """The append-only history, numbered at commit; published kinds join the outbox in the same transaction.

    `last_at` is the newest time of a fact about a conversation: where a floor with a clock of its own goes on.
    """

    def append(self, event: Event) -> None: ...
    def of(self, conversation_id: ConversationId) -> list[Event]: ...
    def after(self, seq: int, most: int) -> list[Event]: ...
    def last_seq(self) -> int: ...
    def last_at(self) -> datetime | None: ...
    def count_since(self, kinds: Sequence[EventKind], at: datetime, within: Markets = None) -> dict[EventKind, int]: ...
    def newest_of(self, kinds: Sequence[EventKind], most: int) -> list[Event]: ...


class Outbox(Protocol):
    """Events that still have to leave, oldest first."""

    def pending(self, most: int) -> list[Event]: ...
    def mark_published(self, seqs: Sequence[int]) -> None: ...
    def count_pending(self) -> int: ...


class Inbox(Protocol):
    """Which outside events were taken in: False for one seen before; of several that are the same, the first counts."""

    def add(self, event_id: str, source: str, at: datetime) -> bool: ...
    def add_all(self, seen: Sequence[tuple[str, str]], at: datetime) -> list[bool]:
        """(event id, source) of each."""
        ...

    def forget_before(self, at: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What an earlier request with the same Idempotency-Key was and got."""

    request_digest: str
    status: int
    body: str


class Idempotency(Protocol):
    """Replies already given, by scope (who asked what) and key; `keep` is False where one was kept before: it stays."""

    def find(self, scope: str, key: str) -> StoredReply | None: ...
    def keep(self, scope: str, key: str, reply: StoredReply, at: datetime) -> bool: ...
    def keep_all(self, replies: Sequence[tuple[str, str, StoredReply]], at: datetime) -> list[bool]:
        """(scope, key, reply) of each; of several that are the same, the first counts."""
        ...

    def forget_before(self, at: datetime) -> int: ...


class Leases(Protocol):
    """One leader a name. `acquire` gives its epoch, None while another holder's lease lives."""

    def acquire(self, name: str, holder: str, at: datetime, ttl: timedelta) -> int | None: ...
    def require(self, name: str, epoch: int) -> None: ...
    def release(self, name: str, holder: str) -> None: ...


class Ticks(Protocol):
    """The rounds of matching."""

    def add(self, tick: TickRecord) -> None: ...
    def keep_snapshot(
        self, tick_id: str, at: datetime, snapshot: bytes, known_times: KeptTimes | None = None
    ) -> None: ...
    def snapshot(self, tick_id: str) -> bytes | None:
        """What the tick was made from, the handle times it went by behind it."""
        ...

    def kept(self, since: datetime | None, until: datetime | None) -> list[str]:
        """The ticks whose snapshot is kept, of `since` or later and before `until`, oldest first."""
        ...

    def forget_snapshots_before(self, at: datetime, keeping: Sequence[tuple[datetime, datetime]] = ()) -> int:
        """Drop older ones; those from within a span of `keeping` stay."""
        ...

    def find(self, tick_id: str) -> TickRecord | None: ...
    def newest(self, most: int) -> list[TickRecord]: ...
    def fallbacks(self) -> dict[str, int]: ...
    def played(self, experiment: str) -> list[PlayedTurn]:
        """The turns of an experiment, by group and block; ticks that differ in what is told apart make rows apart."""
        ...
