"""Temporary changes and sign-ins, as rows."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import overrides, sign_ins
from routing.domain.override import Override, OverrideId, OverrideKind


class SqlOverrides:
    """ports.Overrides."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, override: Override) -> None:
        rows.add(self._connection, overrides, rows.values_of(override))

    def get(self, id: OverrideId) -> Override:
        return _override(rows.get(self._connection, overrides, id, "override"))

    def save(self, override: Override) -> Override:
        rows.save(self._connection, overrides, rows.values_of(override), "override")
        return replace(override, version=override.version + 1)

    def in_force(self, at: datetime) -> list[Override]:
        c = overrides.c
        query = sa.select(overrides).where(c.ends_at > at, c.starts_at <= at, c.undone_at.is_(None))
        return [_override(row) for row in self._connection.execute(query.order_by(c.starts_at, c.id))]

    def newest(self, most: int) -> list[Override]:
        query = sa.select(overrides).order_by(overrides.c.starts_at.desc(), overrides.c.id.desc()).limit(most)
        return [_override(row) for row in self._connection.execute(query)]


class SqlSignIns:
    """ports.SignIns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, digest: str, principal: str, expires_at: datetime) -> None:
        values = {"digest": digest, "principal": principal, "expires_at": expires_at}
        rows.add(self._connection, sign_ins, values)

    def find(self, digest: str) -> tuple[str, datetime] | None:
        row = self._connection.execute(sa.select(sign_ins).where(sign_ins.c.digest == digest)).first()
        return (row.principal, row.expires_at) if row else None

    def remove(self, digest: str) -> None:
        self._connection.execute(sa.delete(sign_ins).where(sign_ins.c.digest == digest))

    def forget_before(self, at: datetime) -> int:
        return self._connection.execute(sa.delete(sign_ins).where(sign_ins.c.expires_at <= at)).rowcount


def _override(row: Row[Any]) -> Override:
    values = rows.columns(row)
    return Override(**{**values, "kind": OverrideKind(values["kind"])})
