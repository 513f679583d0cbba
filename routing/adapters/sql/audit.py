"""The audit trail as rows: a seal is written behind each fact, in the fact's transaction, behind the history's lock."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import Serial, events, metadata
from routing.domain.audit import Seal, Sealed, Wanted, next_seal
from routing.domain.events import Event, EventKind

SALT_BYTES = 16
_FACT = "fact_"

seals = sa.Table(
    "seals",
    metadata,
    sa.Column("position", Serial, primary_key=True, autoincrement=False),
    sa.Column("seq", Serial, nullable=False, unique=True),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("chained", sa.String(64), nullable=False),
    sa.Column("salt", sa.LargeBinary(SALT_BYTES)),
)


_NEWEST = sa.select(seals).order_by(seals.c.position.desc()).limit(1)
_SEALED = sa.insert(seals)


def seal(connection: Connection, facts: Sequence[Event]) -> None:
    """Bind numbered facts to the newest seal and to each other.

    Whoever calls is the only writer of the history until the commit, so the newest seal cannot change meanwhile. One
    query and one insert, however many facts there are.
    """
    last, written = newest(connection), []
    for fact in facts:
        salt = token_bytes(SALT_BYTES)
        last = next_seal(last, fact, salt)
        written.append({**rows.values_of(last), "salt": salt})
    if written:
        connection.execute(_SEALED, written)


def newest(connection: Connection) -> Seal | None:
    """The head of the trail."""
    row = connection.execute(_NEWEST).first()
    return _seal(row) if row else None


class SqlAuditTrail:
    """ports.AuditTrail."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self) -> Seal | None:
        return newest(self._connection)

    def after(self, position: int, most: int) -> list[Sealed]:
        return self._rows(_with_facts().where(seals.c.position > position).order_by(seals.c.position).limit(most))

    def unsealed(self, most: int) -> list[int]:
        first = sa.select(sa.func.min(seals.c.seq)).scalar_subquery()
        bare = sa.select(events.c.seq).outerjoin(seals, seals.c.seq == events.c.seq).where(seals.c.seq.is_(None))
        query = bare.where(events.c.seq >= first).order_by(events.c.seq).limit(most)
        return [int(row.seq) for row in self._connection.execute(query)]

    def search(self, wanted: Wanted, most: int) -> list[Sealed]:
        query = _with_facts(must_be_there=True).where(*_conditions(wanted))
        return self._rows(query.order_by(seals.c.position.desc()).limit(most))

    def forget(self, seqs: Sequence[int]) -> int:
        known = seals.c.salt.is_not(None)
        forget = (
            sa.update(seals).where(seals.c.seq.in_(chunk), known).values(salt=None) for chunk in rows.chunks(seqs)
        )
        return sum(self._connection.execute(statement).rowcount for statement in forget)

    def _rows(self, query: sa.Select[Any]) -> list[Sealed]:
        return [_sealed(row) for row in self._connection.execute(query)]


def _with_facts(must_be_there: bool = False) -> sa.Select[Any]:
    # As text: what a stranger's hand left may be no JSON and no time, and must still be told of.
    raw = {"at", "data"}
    facts = [(sa.cast(c, sa.Text) if c.name in raw else c).label(_FACT + c.name) for c in events.c]
    return sa.select(seals, *facts).join(events, events.c.seq == seals.c.seq, isouter=not must_be_there)


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    equal = {"actor": wanted.actor, "conversation_id": wanted.conversation_id, "cop_id": wanted.cop_id}
    conditions = [events.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.kinds:
        conditions.append(events.c.kind.in_([str(kind) for kind in wanted.kinds]))
    if wanted.since is not None:
        conditions.append(events.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(events.c.at < wanted.until)
    return conditions


def _sealed(row: Row[Any]) -> Sealed:
    values = rows.columns(row)
    fact = {name.removeprefix(_FACT): value for name, value in values.items() if name.startswith(_FACT)}
    return Sealed(_seal(row), values["salt"], _event(fact) if fact["seq"] is not None else None)


def _event(fact: Mapping[str, Any]) -> Event | None:
    """The fact; None for a row that cannot be one."""
    try:
        at = datetime.fromisoformat(fact["at"])
        read = {"kind": EventKind(fact["kind"]), "at": at if at.tzinfo else at.replace(tzinfo=UTC)}
        return Event(**{**fact, **read, "data": json.loads(fact["data"])})
    except (TypeError, ValueError):
        return None


def _seal(row: Row[Any]) -> Seal:
    return Seal(row.position, row.seq, row.content, row.chained)
