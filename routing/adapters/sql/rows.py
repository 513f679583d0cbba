"""What every repository does with rows: read them, insert them, and save them only if nobody else did meanwhile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, CursorResult, Row

from routing.domain.errors import NotFound, StaleState

T = TypeVar("T")
Values = dict[str, Any]
CHUNK = 500
_NAMES: dict[type[Any], tuple[str, ...]] = {}
_AS_IT_IS = frozenset({str, int, float, bool, bytes, datetime, type(None)})
"""Most values of most rows: told apart by their very type, which is quicker than asking what they are kinds of."""


def get(connection: Connection, table: sa.Table, id: str, kind: str) -> Row[Any]:
    """The row with this id; NotFound names the kind and the id."""
    row = connection.execute(_by_id(table), {"the_id": id}).first()
    if row is None:
        raise NotFound(kind, id)
    return row


def of_ids(connection: Connection, table: sa.Table, ids: Iterable[str]) -> Iterator[Row[Any]]:
    """The rows with these ids, in no order; those that are not there are left out."""
    for chunk in chunks(ids):
        if len(chunk) == 1:
            yield from connection.execute(_by_id(table), {"the_id": chunk[0]})
        else:
            yield from connection.execute(_by_ids(table), {"the_ids": list(chunk)})


def add(connection: Connection, table: sa.Table, values: Values) -> None:
    """Insert one row."""
    connection.execute(_into(table), values)


def add_all(connection: Connection, table: sa.Table, values: Sequence[Values]) -> None:
    """Insert rows, in one statement; none for none."""
    if values:
        connection.execute(_into(table), values)


def add_new(connection: Connection, table: sa.Table, values: Sequence[Values], key: sa.ColumnElement[str]) -> set[str]:
    """Insert those rows that no primary key and no unique index refuses; returns the `key` of each that was inserted.

    Where another transaction is inserting the same one, its end is waited for.
    """
    if not values:
        return set()
    return set(connection.execute(_into_new(table, key, connection.dialect.name), values).scalars())


def save(connection: Connection, table: sa.Table, values: Values, kind: str) -> None:
    """Update by id and version, raising the version; StaleState when the stored version is another."""
    id, version = values["id"], values["version"]
    changed = {**values, "version": version + 1, "the_id": id, "the_version": version}
    if connection.execute(_of_version(table), changed).rowcount != 1:
        get(connection, table, id, kind)
        raise StaleState(kind, id)


def save_all(connection: Connection, table: sa.Table, values: Sequence[Values]) -> set[str]:
    """As `save`, of many by a few statements; those whose stored version is another are left out. Returns the ids."""
    stored: dict[str, int] = {}
    for chunk in chunks(each["id"] for each in values):
        # In one order, so that two who save the same rows wait for each other and not in a circle.
        locked = sa.select(table.c.id, table.c.version).where(table.c.id.in_(chunk)).order_by(table.c.id)
        stored |= {row.id: row.version for row in connection.execute(locked.with_for_update())}
    mine = [each for each in values if stored.get(each["id"]) == each["version"]]
    changed = [
        {**each, "version": each["version"] + 1, "the_id": each["id"], "the_version": each["version"]} for each in mine
    ]
    if changed:
        connection.execute(_of_version(table), changed)
    return {each["id"] for each in mine}


# Built once a table: putting a statement together takes longer than running it.
@cache
def _by_id(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).where(table.c.id == sa.bindparam("the_id"))


@cache
def _by_ids(table: sa.Table) -> sa.Select[Any]:
    return sa.select(table).where(table.c.id.in_(sa.bindparam("the_ids", expanding=True)))


@cache
def _into(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@cache
def _into_new(table: sa.Table, key: sa.ColumnElement[str], dialect: str) -> sa.Insert:
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.on_conflict_do_nothing().returning(key)


@cache
def _of_version(table: sa.Table) -> sa.Update:
    mine = sa.and_(table.c.id == sa.bindparam("the_id"), table.c.version == sa.bindparam("the_version"))
    return sa.update(table).where(mine)


def chunks(ids: Iterable[T]) -> Iterator[Sequence[T]]:
    """The distinct ids in pieces small enough for one IN list."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]


def values_of(entity: Any) -> Values:
    """The fields of a flat dataclass by name; enums become their text, everything else stays."""
    kind = type(entity)
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(item.name for item in fields(kind))
    return {name: _plain(getattr(entity, name)) for name in names}


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def columns(row: Row[Any]) -> Values:
    """A row as keyword arguments."""
    return dict(row._mapping)


def every(found: CursorResult[Any]) -> Iterator[Values]:
    """Each row as keyword arguments; the columns' names are worked out once, which counts where rows are many."""
    names = tuple(found.keys())
    return (dict(zip(names, row, strict=True)) for row in found)
