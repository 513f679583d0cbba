"""History and outbox, inbox and replies, leases, ticks, labels and statistics, in memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from routing.adapters.memory.audit import seal
from routing.adapters.memory.rows import Tables, belongs
from routing.domain.conversation import ConversationId
from routing.domain.errors import LeadershipLost
from routing.domain.events import Event, EventKind, topic_of
from routing.domain.experiment import Arm
from routing.domain.fingerprint import fingerprint
from routing.domain.label import Label
from routing.domain.lease import Lease, Watches
from routing.domain.market import Markets
from routing.domain.outcome import HandleTimeStatistics, HandleTimeTally
from routing.domain.tick import KeptTimes, PlayedTurn, TickRecord
from routing.ports import StoredReply


class MemoryEvents:
    """The twin of `ports.Events`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def append(self, event: Event) -> None:
        """Write one fact under the next number."""
        seq = self.last_seq() + 1
        self._tables.events.put(seq, replace(event, seq=seq))
        seal(self._tables, replace(event, seq=seq))
        if topic_of(event.kind) is not None:
            self._tables.outbox.put(seq, replace(event, seq=seq))

    def of(self, conversation_id: ConversationId) -> list[Event]:
        """The history of a conversation, oldest first."""
        return [event for event in self._tables.events if event.conversation_id == conversation_id]

    def after(self, seq: int, most: int) -> list[Event]:
        """What followed a number, oldest first."""
        rows = (self._tables.events.get(number) for number in range(seq + 1, self.last_seq() + 1))
        return list(islice((event for event in rows if event is not None), most))

    def last_seq(self) -> int:
        """The newest number; 0 before the first fact."""
        return self._tables.events.newest() or 0

    def has_after(self, seq: int, kind: EventKind) -> bool:
        """Whether a later fact is of this kind."""
        return any(event.kind is kind for event in self.after(seq, self.last_seq()))

    def last_at(self) -> datetime | None:
        """The newest time in the conversations' history."""
        return max((event.at for event in self._tables.events if event.conversation_id), default=None)

    def count_since(self, kinds: Sequence[EventKind], at: datetime, within: Markets = None) -> dict[EventKind, int]:
        """How often each of these happened since then."""
        recent = (e for e in self._tables.events if e.kind in kinds and e.at >= at)
        return dict(Counter(e.kind for e in recent if belongs(self._tables, e.conversation_id, within)))

    def newest_of(self, kinds: Sequence[EventKind], most: int) -> list[Event]:
        """Events of these kinds, newest first."""
        return [event for event in self._tables.events if event.kind in kinds][::-1][:most]


class MemoryOutbox:
    """The twin of `ports.Outbox`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.outbox

    def pending(self, most: int) -> list[Event]:
        """Oldest first."""
        return list(self._rows)[:most]

    def mark_published(self, seqs: Sequence[int]) -> None:
        """These are safely out."""
        for seq in seqs:
            self._rows.drop(seq)

    def count_pending(self) -> int:
        """How many still have to leave."""
        return len(self._rows)


class MemoryInbox:
    """The twin of `ports.Inbox`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.inbox

    def add(self, event_id: str, source: str, at: datetime) -> bool:
        """False for an event seen before at its source."""
        known_by = fingerprint(source, event_id)
        if self._rows.get(known_by) is not None:
            return False
        self._rows.put(known_by, at)
        return True

    def add_all(self, seen: Sequence[tuple[str, str]], at: datetime) -> list[bool]:
        """Each, in order."""
        return [self.add(event_id, source, at) for event_id, source in seen]

    def forget_before(self, at: datetime) -> int:
        """Drop old rows; returns how many."""
        old = [key for key, seen_at in self._rows.items() if seen_at < at]
        return sum(self._rows.drop(key) for key in old)


class MemoryIdempotency:
    """The twin of `ports.Idempotency`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.replies

    def find(self, scope: str, key: str) -> StoredReply | None:
        """The reply given before, if any."""
        kept = self._rows.get((scope, key))
        return kept[0] if kept else None

    def keep(self, scope: str, key: str, reply: StoredReply, at: datetime) -> bool:
        """Remember a reply; the first one kept under a key stays."""
        if self.find(scope, key) is not None:
            return False
        self._rows.put((scope, key), (reply, at))
        return True

    def keep_all(self, replies: Sequence[tuple[str, str, StoredReply]], at: datetime) -> list[bool]:
        """Each, in order."""
        return [self.keep(scope, key, reply, at) for scope, key, reply in replies]

    def forget_before(self, at: datetime) -> int:
        """Drop old replies; returns how many."""
        old = [key for key, (_, kept_at) in self._rows.items() if kept_at < at]
        return sum(self._rows.drop(key) for key in old)


class MemoryLeases:
    """The twin of `ports.Leases`."""

    def __init__(self, tables: Tables, watches: Watches) -> None:
        self._rows = tables.leases
        self._watches = watches

    def acquire(self, name: str, holder: str, at: datetime, ttl: timedelta) -> int | None:
        """Lead until `at + ttl`; a new leader gets a higher epoch, a renewing one keeps theirs."""
        lease = self._rows.get(name)
        since = self._watches.since(name, holder, lease, at) if lease else at
        asked = lease.asked_for(holder, at, ttl, since) if lease else Lease(holder, 1, at + ttl)
        self._rows.put(name, asked)
        return asked.epoch if asked.holder == holder else None

    def require(self, name: str, epoch: int) -> None:
        """LeadershipLost unless that epoch still leads."""
        lease = self._rows.get(name)
        if lease is None or lease.epoch != epoch:
            raise LeadershipLost(name, epoch)

    def release(self, name: str, holder: str) -> None:
        """Step down; nothing when somebody else leads."""
        lease = self._rows.get(name)
        if lease is not None and lease.holder == holder:
            self._rows.put(name, lease.ended())


class MemoryTicks:
    """The twin of `ports.Ticks`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.ticks
        self._snapshots, self._times = tables.tick_snapshots, tables.known_times

    def add(self, tick: TickRecord) -> None:
        """Keep one more."""
        self._rows.put(tick.id, tick)

    def keep_snapshot(self, tick_id: str, at: datetime, snapshot: bytes, known_times: KeptTimes | None = None) -> None:
        """Keep what the tick was made from; the handle times once for all ticks that went by them."""
        self._snapshots.put(tick_id, (at, snapshot, known_times.digest if known_times else None))
        if known_times is not None:
            self._times.put(known_times.digest, (at, known_times.content))

    def snapshot(self, tick_id: str) -> bytes | None:
        """What the tick was made from, while that is kept, the handle times behind it."""
        kept = self._snapshots.get(tick_id)
        if kept is None:
            return None
        times = self._times.get(kept[2]) if kept[2] else None
        return kept[1] + (times[1] if times else b"")

    def kept(self, since: datetime | None, until: datetime | None) -> list[str]:
        """Oldest first, by when they were made."""
        made = sorted((at, tick_id) for tick_id, (at, _, _) in self._snapshots.items())
        return [id for at, id in made if (since is None or at >= since) and (until is None or at < until)]

    def find(self, tick_id: str) -> TickRecord | None:
        """One tick, where it was recorded."""
        return self._rows.get(tick_id)

    def forget_snapshots_before(self, at: datetime, keeping: Sequence[tuple[datetime, datetime]] = ()) -> int:
        """Drop old ones outside these spans; returns how many."""
        dated = [(tick_id, kept_at) for tick_id, (kept_at, _, _) in self._snapshots.items() if kept_at < at]
        old = [tick_id for tick_id, kept_at in dated if not any(a <= kept_at <= b for a, b in keeping)]
        gone = sum(self._snapshots.drop(tick_id) for tick_id in old)
        used = {digest for _, _, digest in self._snapshots}
        for digest in [each for each, (used_at, _) in self._times.items() if used_at < at and each not in used]:
            self._times.drop(digest)
        return gone

    def newest(self, most: int) -> list[TickRecord]:
        """Newest first."""
        return sorted(self._rows, key=lambda tick: tick.id, reverse=True)[:most]

    def fallbacks(self) -> dict[str, int]:
        """How often the greedy plan stood in, by reason."""
        return dict(Counter(tick.fallback_reason for tick in self._rows if tick.fallback_reason is not None))

    def played(self, experiment: str) -> list[PlayedTurn]:
        """The turns of an experiment, by group and block, with how many ticks were alike."""
        alike: dict[tuple[str, int, Arm, float, str, str], list[TickRecord]] = {}
        for tick in self._rows:
            if tick.experiment == experiment and tick.arm and tick.block is not None and tick.propensity is not None:
                key = (tick.group, tick.block, tick.arm, tick.propensity, tick.policy_version, tick.solver)
                alike.setdefault(key, []).append(tick)
        return [
            PlayedTurn(
                *key,
                ticks=len(some),
                fallbacks=sum(tick.fallback_reason is not None for tick in some),
                unpriced=sum(tick.unpriced_because is not None for tick in some),
            )
            for key, some in sorted(alike.items())
        ]


class MemoryLabels:
    """The twin of `ports.Labels`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.labels

    def add(self, label: Label) -> None:
        """Keep what somebody taught."""
        self._rows.put(label.id, label)

    def remove(self, id: str) -> None:
        """Take it back; nothing when it is not there."""
        self._rows.drop(id)

    def all(self) -> list[Label]:
        """Oldest first."""
        return list(self._rows)

    def newest(self, most: int) -> list[Label]:
        """Newest first."""
        return self.all()[::-1][:most]


class MemoryHandleTimes:
    """The twin of `ports.HandleTimes`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.handle_times

    def all(self) -> list[HandleTimeStatistics]:
        """Every pair of issue type and COp that was observed, in that order."""
        return sorted(self._rows, key=lambda row: (row.issue_type, row.cop_id))

    def tally(self) -> HandleTimeTally:
        """How many pairs were observed, and conversations of all of them."""
        return HandleTimeTally(len(self._rows), sum(row.count for row in self._rows))

    def get(self, issue_type: str, cop_id: str) -> HandleTimeStatistics:
        """What is known about a pair; empty statistics before the first observation."""
        return self._rows.get((issue_type, cop_id)) or HandleTimeStatistics(issue_type, cop_id)

    def save(self, statistics: HandleTimeStatistics) -> None:
        """Replace what is known about a pair."""
        self._rows.put((statistics.issue_type, statistics.cop_id), statistics)

    def get_many(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], HandleTimeStatistics]:
        """Each."""
        return {pair: self.get(*pair) for pair in pairs}

    def save_all(self, statistics: Sequence[HandleTimeStatistics]) -> None:
        """Each."""
        for each in statistics:
            self.save(each)

    def clear(self) -> None:
        """Forget everything."""
        for row in self.all():
            self._rows.drop((row.issue_type, row.cop_id))
