"""Connections: what each kind of database needs to be told before it is safe to use."""

import json
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

BUSY_TIMEOUT_MS = 30_000
LOOK_SECONDS = 0.001
KEPT_CONNECTIONS = 16
# What is deleted is overwritten with zeros: otherwise it would stay readable in the file.
PRAGMAS = (
    *("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"),
    f"busy_timeout={BUSY_TIMEOUT_MS}",
)
SCRUBBED = 1
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def connect(url: str) -> Engine:
    """An engine for this URL; SQLite runs in WAL mode, fully synchronous, one writer at a time that waits its turn."""
    # Parameters stay out of messages and logs: they are customers' words.
    given: dict[str, Any] = {"json_serializer": _json, "hide_parameters": True}
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, **given)
    # A file does not go away as a server does; a connection more than these would be set up anew for each use.
    engine = sa.create_engine(url, pool_size=KEPT_CONNECTIONS, **given)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin too late and never for reads: SQLAlchemy says BEGIN instead.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def scrub(engine: Engine, tables: Sequence[str]) -> bool:
    """Leave nothing deleted in the database's files; False where somebody's open transaction kept it from that.

    SQLite: the file is built anew once (it may hold leftovers of a version that did not overwrite them), and the
    write-ahead log, which holds older pages, is emptied. PostgreSQL: these tables are vacuumed.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")
        return True
    with engine.connect() as connection:
        return _scrub_sqlite(connection.connection.driver_connection)


def _scrub_sqlite(driver: Any) -> bool:
    # By the driver: a transaction, which SQLAlchemy would begin, allows neither of the two.
    try:
        if driver.execute("PRAGMA user_version").fetchone()[0] < SCRUBBED:
            driver.execute("VACUUM")
            driver.execute(f"PRAGMA user_version={SCRUBBED}")
    except sqlite3.OperationalError:
        return False  # somebody writes, and does not stop
    return not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("pointsman_read_only", False):
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_writing(connection)


def _begin_writing(connection: Connection) -> None:
    """Take the write lock at once: a writer that first read and then wants to write could be refused half-way.

    SQLite itself looks for the lock ten times a second, and would never find it free where another process commits
    without a pause. OperationalError where it stays taken.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
        while _is_taken(driver) and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _is_taken(driver: sqlite3.Connection) -> bool:
    """Begins a transaction where it can; True where another process or connection is writing."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False


def _json(value: object) -> str:
    # Most lists of most rows are empty.
    return "[]" if value == [] else _written(value)
