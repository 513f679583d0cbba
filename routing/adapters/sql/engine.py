"""Connections: what each kind of database needs to be told before it is safe to use."""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

BUSY_TIMEOUT_MS = 30_000


def connect(url: str) -> Engine:
    """An engine for this URL; SQLite runs in WAL mode, fully synchronous, one writer at a time that waits its turn."""
    # Parameters stay out of messages and logs: they are customers' words.
    engine = sa.create_engine(url, pool_pre_ping=True, json_serializer=_json, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin too late and never for reads: SQLAlchemy says BEGIN instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("pointsman_read_only", False)
    # A writer that first read and then wants to write could be refused half-way; taking the lock at once cannot.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
