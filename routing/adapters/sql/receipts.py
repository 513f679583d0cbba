"""Receipts of erasures, holds, what models were taught, and files that people had written, as rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import erasures, exports, holds, lessons, taught_labels
from routing.domain.conversation import ConversationId
from routing.domain.erasure import AffectedModel, Erasure, ErasureId, Hold, HoldId, Lingering, Pseudonym
from routing.domain.errors import NotFound


class SqlErasures:
    """ports.Erasures."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, erasure: Erasure) -> None:
        rows.add(self._connection, erasures, _values(erasure))

    def locked(self, id: ErasureId) -> Erasure:
        row = self._connection.execute(sa.select(erasures).where(erasures.c.id == id).with_for_update()).first()
        if row is None:
            raise NotFound("erasure", id)
        return _erasure(row)

    def save(self, erasure: Erasure) -> None:
        statement = sa.update(erasures).where(erasures.c.id == erasure.id).values(_values(erasure))
        self._connection.execute(statement)

    def get(self, id: ErasureId) -> Erasure:
        return _erasure(rows.get(self._connection, erasures, id, "erasure"))

    def of(self, customer: Pseudonym) -> list[Erasure]:
        query = sa.select(erasures).where(erasures.c.customer == customer.digest).order_by(erasures.c.asked_at)
        return [_erasure(row) for row in self._connection.execute(query.order_by(erasures.c.id))]

    def newest(self, most: int) -> list[Erasure]:
        query = sa.select(erasures).order_by(erasures.c.asked_at.desc(), erasures.c.id.desc()).limit(most)
        return [_erasure(row) for row in self._connection.execute(query)]

    def any_begun(self) -> bool:
        query = sa.select(erasures.c.id).where(erasures.c.done_at.is_(None)).limit(1)
        return self._connection.execute(query).first() is not None


class SqlHolds:
    """ports.Holds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, hold: Hold) -> None:
        rows.add(self._connection, holds, rows.values_of(hold))

    def get(self, id: HoldId) -> Hold:
        return _hold(rows.get(self._connection, holds, id, "hold"))

    def save(self, hold: Hold) -> None:
        self._connection.execute(sa.update(holds).where(holds.c.id == hold.id).values(rows.values_of(hold)))

    def in_force(self) -> list[Hold]:
        return self._found(holds.c.lifted_at.is_(None))

    def on(self, customer_id: str | None, ids: Sequence[ConversationId]) -> list[Hold]:
        over = (self._found(holds.c.lifted_at.is_(None), which) for which in _over(customer_id, ids))
        return [hold for some in over for hold in some]

    def remove_lifted(self, customer_id: str | None, ids: Sequence[ConversationId]) -> int:
        ended = holds.c.lifted_at.is_not(None)
        gone = (sa.delete(holds).where(ended, which) for which in _over(customer_id, ids))
        return sum(self._connection.execute(statement).rowcount for statement in gone)

    def _found(self, *conditions: sa.ColumnElement[bool]) -> list[Hold]:
        query = sa.select(holds).where(*conditions).order_by(holds.c.set_at, holds.c.id)
        return [_hold(row) for row in self._connection.execute(query)]


class SqlLessons:
    """ports.Lessons."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, model: str, digest: str, labels: Sequence[str]) -> None:
        for table in (taught_labels, lessons):
            self._connection.execute(sa.delete(table).where(table.c.model == model))
        self._connection.execute(sa.insert(lessons).values(model=model, digest=digest))
        if labels:
            self._connection.execute(sa.insert(taught_labels), [{"model": model, "label_id": id} for id in labels])

    def digest_of(self, model: str) -> str | None:
        return self._connection.execute(sa.select(lessons.c.digest).where(lessons.c.model == model)).scalar()

    def taught(self, labels: Sequence[str]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for chunk in rows.chunks(labels):
            query = sa.select(taught_labels.c.model, sa.func.count()).where(taught_labels.c.label_id.in_(chunk))
            for model, count in self._connection.execute(query.group_by(taught_labels.c.model)):
                found[model] += count
        return dict(found)

    def forget(self, labels: Sequence[str]) -> int:
        gone = (sa.delete(taught_labels).where(taught_labels.c.label_id.in_(chunk)) for chunk in rows.chunks(labels))
        return sum(self._connection.execute(statement).rowcount for statement in gone)


class SqlExports:
    """ports.Exports."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, path: str, kind: str, at: datetime) -> None:
        self._connection.execute(sa.delete(exports).where(exports.c.path == path))
        self._connection.execute(sa.insert(exports).values(path=path, kind=kind, at=at))

    def all(self) -> dict[str, str]:
        query = sa.select(exports.c.path, exports.c.kind).order_by(exports.c.at, exports.c.path)
        return {row.path: row.kind for row in self._connection.execute(query)}


def _over(customer_id: str | None, ids: Sequence[ConversationId]) -> list[sa.ColumnElement[bool]]:
    theirs = [] if customer_id is None else [holds.c.customer_id == customer_id]
    return [*theirs, *(holds.c.conversation_id.in_(chunk) for chunk in rows.chunks(ids))]


def _hold(row: Row[Any]) -> Hold:
    return Hold(**rows.columns(row))


def _values(erasure: Erasure) -> rows.Values:
    values = rows.values_of(erasure)
    del values["customer"]
    return {
        **values,
        "customer": erasure.customer.digest,
        "key_id": erasure.customer.key_id,
        "models": [asdict(model) for model in erasure.models],
        "lingering": [
            {"place": each.place, "until": each.until and each.until.isoformat()} for each in erasure.lingering
        ],
    }


def _erasure(row: Row[Any]) -> Erasure:
    values = rows.columns(row)
    customer = Pseudonym(values.pop("customer"), values.pop("key_id"))
    values["models"] = tuple(AffectedModel(**model) for model in values["models"])
    values["lingering"] = tuple(_lingering(**each) for each in values["lingering"])
    return Erasure(**values, customer=customer)


def _lingering(place: str, until: str | None) -> Lingering:
    return Lingering(place, datetime.fromisoformat(until) if until else None)
