"""Everything stored of conversations, counted and taken away; facts leave only once they are forgotten."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from routing.adapters.mentions import in_snapshot, quoted
from routing.adapters.sql import rows
from routing.adapters.sql.conversations import conversation_of
from routing.adapters.sql.tables import (
    assignments,
    conversations,
    events,
    forgotten_facts,
    holds,
    idempotency,
    labels,
    messages,
    offers,
    outbox,
    reviews,
    shadow_triages,
    tick_snapshots,
    triages,
)
from routing.domain.conversation import ENDED, Conversation, ConversationId
from routing.domain.events import EventKind
from routing.domain.retention import Due, Kept

# In this order: reviews first, so that a verdict being given is waited for; offers after the assignments made of them.
HANGING = {
    "reviews": reviews,
    "assignments": assignments,
    "offers": offers,
    "labels": labels,
    "shadow answers": shadow_triages,
    "triages": triages,
    "messages": messages,
}
ERASED = (*HANGING.values(), conversations, events, outbox, idempotency, tick_snapshots)
SNAPSHOTS_AT_ONCE = 100
CUSTOMERS_AT_ONCE = 10_000


class SqlBelongings:
    """ports.Belongings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_customer(self, customer_id: str) -> list[Conversation]:
        return self._found(conversations.c.customer_id == customer_id, lock=False)

    def customers(self) -> Iterator[str]:
        everybody = sa.union(sa.select(conversations.c.customer_id), sa.select(holds.c.customer_id))
        for page in self._connection.execute(everybody).partitions(CUSTOMERS_AT_ONCE):
            yield from (row[0] for row in page if row[0] is not None)

    def locked(self, ids: Iterable[ConversationId]) -> list[Conversation]:
        found = (self._found(conversations.c.id.in_(chunk), lock=True) for chunk in rows.chunks(ids))
        return [conversation for some in found for conversation in some]

    def counts(self, ids: Sequence[ConversationId]) -> dict[str, int]:
        counted = {name: self._count(table.c.conversation_id, ids) for name, table in HANGING.items()}
        facts = self.facts_of(ids)
        return {
            "conversations": self._count(conversations.c.id, ids),
            **counted,
            "facts": len(facts),
            "outbox": self._count(outbox.c.seq, facts),
        }

    def labels_of(self, ids: Sequence[ConversationId]) -> dict[str, str]:
        query = sa.select(labels.c.id, labels.c.text)
        found = (self._connection.execute(query.where(labels.c.conversation_id.in_(some))) for some in rows.chunks(ids))
        return {id: text for result in found for id, text in result}

    def remove(self, ids: Sequence[ConversationId]) -> dict[str, int]:
        hanging = {name: self._delete(table, table.c.conversation_id, ids) for name, table in HANGING.items()}
        return {"conversations": self._delete(conversations, conversations.c.id, ids), **hanging}

    def remove_replies(self, mentioning: Sequence[str]) -> int:
        named: dict[tuple[str, str], None] = {}
        for chunk in rows.chunks(mentioning):
            told = [idempotency.c.body.contains(form, autoescape=True) for form in quoted(chunk)]
            query = sa.select(idempotency.c.scope, idempotency.c.key)
            query = query.where(sa.or_(idempotency.c.body.in_(chunk), *told))
            named |= dict.fromkeys((scope.rpartition(":")[0], key) for scope, key in self._connection.execute(query))
        return sum(self._remove_notes(scope, key) for scope, key in named)

    def snapshots_naming(self, ids: Sequence[str], since: datetime, until: datetime) -> list[str]:
        span = sa.and_(tick_snapshots.c.at >= since, tick_snapshots.c.at <= until)
        then = sa.select(tick_snapshots.c.tick_id, tick_snapshots.c.snapshot).where(span)
        pages = self._connection.execute(then).partitions(SNAPSHOTS_AT_ONCE)
        return [tick_id for page in pages for tick_id, kept in page if in_snapshot(kept, ids)]

    def remove_snapshots(self, ticks: Sequence[str]) -> int:
        return self._delete(tick_snapshots, tick_snapshots.c.tick_id, ticks)

    def facts_of(self, ids: Sequence[ConversationId]) -> list[int]:
        query = sa.select(events.c.seq).order_by(events.c.seq)
        found = (self._connection.execute(query.where(events.c.conversation_id.in_(some))) for some in rows.chunks(ids))
        return sorted(int(row.seq) for result in found for row in result)

    def facts_before(self, kind: EventKind, at: datetime, most: int) -> list[int]:
        query = sa.select(events.c.seq).where(events.c.kind == str(kind), events.c.at < at)
        return [int(row.seq) for row in self._connection.execute(query.order_by(events.c.seq).limit(most))]

    def remove_facts(self, seqs: Sequence[int]) -> int:
        for chunk in rows.chunks(seqs):
            known = sa.select(forgotten_facts.c.seq).where(forgotten_facts.c.seq.in_(chunk))
            new = set(chunk) - set(self._connection.execute(known).scalars())
            if new:
                self._connection.execute(sa.insert(forgotten_facts), [{"seq": seq} for seq in sorted(new)])
        self._delete(outbox, outbox.c.seq, seqs)
        return self._delete(events, events.c.seq, seqs)

    def due(self, due: Due, most: int) -> list[ConversationId]:
        query = sa.select(conversations.c.id).where(*_past(due), _open_to_purging()).order_by(conversations.c.ended_at)
        return [ConversationId(row.id) for row in self._connection.execute(query.limit(most))]

    def remove_words(self, ids: Sequence[ConversationId], at: datetime) -> int:
        for chunk in rows.chunks(ids):
            gone = sa.update(conversations).where(conversations.c.id.in_(chunk)).values(words_gone_at=at)
            self._connection.execute(gone)
        return self._delete(messages, messages.c.conversation_id, ids)

    def remove_labels(self, ids: Sequence[ConversationId]) -> int:
        return self._delete(labels, labels.c.conversation_id, ids)

    def _found(self, which: sa.ColumnElement[bool], *, lock: bool) -> list[Conversation]:
        query = sa.select(conversations).where(which).order_by(conversations.c.id)
        found = self._connection.execute(query.with_for_update() if lock else query)
        return [conversation_of(row) for row in found]

    def _remove_notes(self, scope: str, key: str) -> int:
        notes = idempotency.c.scope.startswith(f"{scope}:", autoescape=True)
        return self._connection.execute(sa.delete(idempotency).where(notes, idempotency.c.key == key)).rowcount

    def _count(self, column: sa.Column[Any], values: Sequence[Any]) -> int:
        query = sa.select(sa.func.count())
        return sum(
            self._connection.execute(query.where(column.in_(chunk))).scalar_one() for chunk in rows.chunks(values)
        )

    def _delete(self, table: sa.Table, column: sa.Column[Any], values: Sequence[Any]) -> int:
        gone = (sa.delete(table).where(column.in_(chunk)) for chunk in rows.chunks(values))
        return sum(self._connection.execute(statement).rowcount for statement in gone)


def _past(due: Due) -> list[sa.ColumnElement[bool]]:
    ended = conversations.c.state.in_(sorted(str(state) for state in ENDED))
    conditions = [ended, conversations.c.ended_at < due.before]
    if due.market is None:
        conditions.append(conversations.c.market.not_in(due.known))
    else:
        conditions.append(conversations.c.market == due.market)
    if due.kept is Kept.WORDS:
        gone = conversations.c.words_gone_at
        conditions.append(sa.or_(gone.is_(None), gone < conversations.c.ended_at))
    elif due.kept is Kept.LABELS:
        conditions.append(sa.select(labels.c.id).where(labels.c.conversation_id == conversations.c.id).exists())
    return conditions


def _open_to_purging() -> sa.ColumnElement[bool]:
    covered = sa.or_(holds.c.conversation_id == conversations.c.id, holds.c.customer_id == conversations.c.customer_id)
    return ~sa.select(holds.c.id).where(holds.c.lifted_at.is_(None), covered).exists()
