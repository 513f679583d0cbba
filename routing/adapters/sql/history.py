"""The append-only history, the outbox that points into it, and the labels people gave, as rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.audit import seal
from routing.adapters.sql.boundary import of_markets
from routing.adapters.sql.tables import events, labels, outbox
from routing.domain.conversation import ConversationId
from routing.domain.events import Event, EventKind, topic_of
from routing.domain.label import Label, LabelSource
from routing.domain.market import Markets

_NUMBERED = sa.insert(events).returning(events.c.seq, sort_by_parameter_order=True)
_LEAVING = sa.insert(outbox)
# Both are asked many times a second by whoever follows the history.
_LATER = sa.select(events).where(events.c.seq > sa.bindparam("the_seq"))
_AFTER = _LATER.order_by(events.c.seq).limit(sa.bindparam("most"))
_NEWEST = sa.select(sa.func.coalesce(sa.func.max(events.c.seq), 0))
APPEND_LOCK = 7_046_029_254_386_353_131  # one number for all writers of the history in a PostgreSQL database


class SqlEvents:
    """ports.Events. Facts are numbered at the end of the transaction, one writer at a time.

    Numbers therefore rise in the order of commits: whoever reads on from a number misses nothing, and the outbox leaves
    in order. Nothing is locked after the numbering, so writers cannot block each other in a circle.
    """

    def __init__(self, connection: Connection, publishes: bool) -> None:
        self._connection = connection
        self._publishes = publishes
        self._new: list[Event] = []

    def append(self, event: Event) -> None:
        self._new.append(event)

    def flush(self) -> None:
        """Number, write and seal what was appended; called once, just before the commit."""
        if not self._new:
            return
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(APPEND_LOCK)))
        seal(self._connection, self._written())
        self._new.clear()

    def _written(self) -> list[Event]:
        """The facts with their numbers; three statements for all of them, because other writers wait meanwhile."""
        values = [rows.values_of(event) for event in self._new]
        for each in values:
            each.pop("seq")
        seqs = self._connection.execute(_NUMBERED, values).scalars().all()
        facts = [replace(event, seq=seq) for event, seq in zip(self._new, seqs, strict=True)]
        leaving = [{"seq": fact.seq} for fact in facts if topic_of(fact.kind) is not None]
        if self._publishes and leaving:
            self._connection.execute(_LEAVING, leaving)
        return facts

    def of(self, conversation_id: ConversationId) -> list[Event]:
        query = sa.select(events).where(events.c.conversation_id == conversation_id)
        return self._events(query.order_by(events.c.seq))

    def after(self, seq: int, most: int) -> list[Event]:
        return [_event(row) for row in self._connection.execute(_AFTER, {"the_seq": seq, "most": most})]

    def last_seq(self) -> int:
        newest: int = self._connection.execute(_NEWEST).scalar_one()
        return newest

    def has_after(self, seq: int, kind: EventKind) -> bool:
        query = sa.select(events.c.seq).where(events.c.seq > seq, events.c.kind == str(kind)).limit(1)
        return self._connection.execute(query).first() is not None

    def last_at(self) -> datetime | None:
        of_conversations = sa.select(sa.func.max(events.c.at)).where(events.c.conversation_id.is_not(None))
        newest: datetime | None = self._connection.execute(of_conversations).scalar_one()
        return newest

    def count_since(self, kinds: Sequence[EventKind], at: datetime, within: Markets = None) -> dict[EventKind, int]:
        wanted = sa.and_(events.c.at >= at, events.c.kind.in_([str(kind) for kind in kinds]))
        theirs = of_markets(events.c.conversation_id, within)
        query = sa.select(events.c.kind, sa.func.count()).where(wanted, theirs)
        return {EventKind(kind): count for kind, count in self._connection.execute(query.group_by(events.c.kind))}

    def newest_of(self, kinds: Sequence[EventKind], most: int) -> list[Event]:
        query = sa.select(events).where(events.c.kind.in_([str(kind) for kind in kinds]))
        return self._events(query.order_by(events.c.seq.desc()).limit(most))

    def _events(self, query: sa.Select[Any]) -> list[Event]:
        return [_event(row) for row in self._connection.execute(query)]


class SqlOutbox:
    """ports.Outbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pending(self, most: int) -> list[Event]:
        query = sa.select(events).join(outbox, outbox.c.seq == events.c.seq).order_by(events.c.seq).limit(most)
        return [_event(row) for row in self._connection.execute(query)]

    def mark_published(self, seqs: Sequence[int]) -> None:
        for chunk in rows.chunks(seqs):
            self._connection.execute(sa.delete(outbox).where(outbox.c.seq.in_(chunk)))

    def count_pending(self) -> int:
        return self._connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()


class SqlLabels:
    """ports.Labels."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, label: Label) -> None:
        self._connection.execute(sa.insert(labels).values(rows.values_of(label)))

    def remove(self, id: str) -> None:
        self._connection.execute(sa.delete(labels).where(labels.c.id == id))

    def all(self) -> list[Label]:
        return [_label(row) for row in self._connection.execute(sa.select(labels).order_by(labels.c.seq))]

    def newest(self, most: int) -> list[Label]:
        query = sa.select(labels).order_by(labels.c.seq.desc()).limit(most)
        return [_label(row) for row in self._connection.execute(query)]


def _event(row: Row[Any]) -> Event:
    values = rows.columns(row)
    values["kind"] = EventKind(values["kind"])
    return Event(**values)


def _label(row: Row[Any]) -> Label:
    values = rows.columns(row)
    values.pop("seq")
    values["source"] = LabelSource(values["source"])
    return Label(**values)
