"""What every repository does with rows: read them, insert them, and save them only if nobody else did meanwhile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.domain.errors import NotFound, StaleState

T = TypeVar("T")
Values = dict[str, Any]
CHUNK = 500


def get(connection: Connection, table: sa.Table, id: str, kind: str) -> Row[Any]:
    """The row with this id; NotFound names the kind and the id."""
    row = connection.execute(sa.select(table).where(table.c.id == id)).first()
    if row is None:
        raise NotFound(kind, id)
    return row


def save(connection: Connection, table: sa.Table, values: Values, kind: str) -> None:
    """Update by id and version, raising the version; StaleState when the stored version is another."""
    id, version = values["id"], values["version"]
    changed = {**values, "version": version + 1}
    statement = sa.update(table).where(table.c.id == id, table.c.version == version).values(changed)
    if connection.execute(statement).rowcount != 1:
        get(connection, table, id, kind)
        raise StaleState(kind, id)


def chunks(ids: Iterable[T]) -> Iterator[Sequence[T]]:
    """The distinct ids in pieces small enough for one IN list."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]


def values_of(entity: Any) -> Values:
    """The fields of a flat dataclass by name; enums become their text, everything else stays."""
    return {item.name: _plain(getattr(entity, item.name)) for item in fields(entity)}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def columns(row: Row[Any]) -> Values:
    """A row as keyword arguments."""
    return dict(row._mapping)
