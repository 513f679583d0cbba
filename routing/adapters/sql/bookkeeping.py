"""What keeps the service honest, as rows: inbox, idempotency, leases, ticks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import idempotency, inbox, known_times, leases, tick_snapshots, ticks
from routing.domain.errors import LeadershipLost
from routing.domain.experiment import Arm
from routing.domain.fingerprint import fingerprint
from routing.domain.lease import Lease, Watches
from routing.domain.tick import KeptTimes, PlayedTurn, TickRecord
from routing.ports import StoredReply


class SqlInbox:
    """ports.Inbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event_id: str, source: str, at: datetime) -> bool:
        return self.add_all([(event_id, source)], at)[0]

    def add_all(self, seen: Sequence[tuple[str, str]], at: datetime) -> list[bool]:
        # Nobody needs the ids themselves, and a repetition has to be known for longer than a customer may be stored.
        values = [{"source": "", "event_id": fingerprint(source, event_id), "at": at} for event_id, source in seen]
        fresh = rows.add_new(self._connection, inbox, values, inbox.c.event_id)
        return [_taken(fresh, str(each["event_id"])) for each in values]

    def forget_before(self, at: datetime) -> int:
        return self._connection.execute(sa.delete(inbox).where(inbox.c.at < at)).rowcount


_OF_KEY = sa.and_(idempotency.c.scope == sa.bindparam("the_scope"), idempotency.c.key == sa.bindparam("the_key"))
_PLACE = idempotency.c.scope + sa.literal_column("'\n'") + idempotency.c.key
_REPLY = sa.select(idempotency).where(_OF_KEY)


class SqlIdempotency:
    """ports.Idempotency; the first reply kept under a key stays."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, scope: str, key: str) -> StoredReply | None:
        row = self._connection.execute(_REPLY, {"the_scope": scope, "the_key": key}).first()
        return StoredReply(row.request_digest, row.status, row.body) if row else None

    def keep(self, scope: str, key: str, reply: StoredReply, at: datetime) -> bool:
        return self.keep_all([(scope, key, reply)], at)[0]

    def keep_all(self, replies: Sequence[tuple[str, str, StoredReply]], at: datetime) -> list[bool]:
        values = [{"scope": scope, "key": key, "at": at, **rows.values_of(reply)} for scope, key, reply in replies]
        fresh = rows.add_new(self._connection, idempotency, values, _PLACE)
        return [_taken(fresh, f"{scope}\n{key}") for scope, key, _ in replies]

    def forget_before(self, at: datetime) -> int:
        """Drop old replies; returns how many."""
        return self._connection.execute(sa.delete(idempotency).where(idempotency.c.at < at)).rowcount


class SqlLeases:
    """ports.Leases. Epochs only rise, so a leader that was away too long is told apart from its successor."""

    def __init__(self, connection: Connection, watches: Watches) -> None:
        self._connection = connection
        self._watches = watches

    def acquire(self, name: str, holder: str, at: datetime, ttl: timedelta) -> int | None:
        lease = self._locked(name)
        if lease is None:
            first = Lease(holder, 1, at + ttl)
            new = rows.add_new(self._connection, leases, [{"name": name, **rows.values_of(first)}], leases.c.name)
            return 1 if new else None
        asked = lease.asked_for(holder, at, ttl, self._watches.since(name, holder, lease, at))
        if asked != lease:
            self._save(name, asked)
        return asked.epoch if asked.holder == holder else None

    def require(self, name: str, epoch: int) -> None:
        lease = self._locked(name)
        if lease is None or lease.epoch != epoch:
            raise LeadershipLost(name, epoch)

    def release(self, name: str, holder: str) -> None:
        lease = self._locked(name)
        if lease is not None and lease.holder == holder:
            self._save(name, lease.ended())

    def _save(self, name: str, lease: Lease) -> None:
        self._connection.execute(sa.update(leases).where(leases.c.name == name).values(rows.values_of(lease)))

    def _locked(self, name: str) -> Lease | None:
        query = sa.select(leases.c.holder, leases.c.epoch, leases.c.expires_at).where(leases.c.name == name)
        row = self._connection.execute(query.with_for_update()).first()
        return None if row is None else Lease(row.holder, row.epoch, row.expires_at)


_USED = sa.update(known_times).where(known_times.c.digest == sa.bindparam("the_digest"))


class SqlTicks:
    """ports.Ticks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, tick: TickRecord) -> None:
        rows.add(self._connection, ticks, rows.values_of(tick))

    def keep_snapshot(self, tick_id: str, at: datetime, snapshot: bytes, known_times: KeptTimes | None = None) -> None:
        if known_times is not None:
            self._use(known_times, at)
        digest = None if known_times is None else known_times.digest
        values = {"tick_id": tick_id, "at": at, "snapshot": snapshot, "known_times": digest}
        rows.add(self._connection, tick_snapshots, values)

    def _use(self, times: KeptTimes, at: datetime) -> None:
        # Saying so locks the row: nobody deletes it as unused before this transaction is over.
        if self._connection.execute(_USED, {"the_digest": times.digest, "used_at": at}).rowcount == 0:
            values = [{"digest": times.digest, "used_at": at, "content": times.content}]
            rows.add_new(self._connection, known_times, values, known_times.c.digest)

    def snapshot(self, tick_id: str) -> bytes | None:
        then = tick_snapshots.outerjoin(known_times, tick_snapshots.c.known_times == known_times.c.digest)
        query = sa.select(tick_snapshots.c.snapshot, known_times.c.content).select_from(then)
        row = self._connection.execute(query.where(tick_snapshots.c.tick_id == tick_id)).first()
        return None if row is None else row.snapshot + (row.content or b"")

    def kept(self, since: datetime | None, until: datetime | None) -> list[str]:
        query = sa.select(tick_snapshots.c.tick_id).order_by(tick_snapshots.c.at, tick_snapshots.c.tick_id)
        if since is not None:
            query = query.where(tick_snapshots.c.at >= since)
        if until is not None:
            query = query.where(tick_snapshots.c.at < until)
        return list(self._connection.execute(query).scalars())

    def find(self, tick_id: str) -> TickRecord | None:
        row = self._connection.execute(sa.select(ticks).where(ticks.c.id == tick_id)).first()
        return _tick(row) if row else None

    def forget_snapshots_before(self, at: datetime, keeping: Sequence[tuple[datetime, datetime]] = ()) -> int:
        spared = [sa.not_(tick_snapshots.c.at.between(*span)) for span in keeping]
        gone = self._connection.execute(sa.delete(tick_snapshots).where(tick_snapshots.c.at < at, *spared)).rowcount
        used = sa.exists().where(tick_snapshots.c.known_times == known_times.c.digest)
        self._connection.execute(sa.delete(known_times).where(known_times.c.used_at < at, sa.not_(used)))
        return gone

    def newest(self, most: int) -> list[TickRecord]:
        query = sa.select(ticks).order_by(ticks.c.id.desc()).limit(most)
        return [_tick(row) for row in self._connection.execute(query)]

    def fallbacks(self) -> dict[str, int]:
        reason = ticks.c.fallback_reason
        query = sa.select(reason, sa.func.count()).where(reason.is_not(None)).group_by(reason)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def played(self, experiment: str) -> list[PlayedTurn]:
        c = ticks.c
        alike = (c.group, c.block, c.arm, c.propensity, c.policy_version, c.solver)
        counts = (sa.func.count(), sa.func.count(c.fallback_reason), sa.func.count(c.unpriced_because))
        query = sa.select(*alike, *counts).where(c.experiment == experiment).group_by(*alike).order_by(*alike)
        return [
            PlayedTurn(group, block, Arm(arm), *others)
            for group, block, arm, *others in self._connection.execute(query)
        ]


def _tick(row: Row[Any]) -> TickRecord:
    values = rows.columns(row)
    values["arm"] = None if values["arm"] is None else Arm(values["arm"])
    return TickRecord(**values)


def _taken(fresh: set[str], key: str) -> bool:
    """Whether the key is among the fresh ones; the second time it is not."""
    found = key in fresh
    fresh.discard(key)
    return found
