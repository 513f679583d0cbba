"""The real SQLite store, in which a process may die at every statement, before every commit and after it."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from faults.fate import Fate
from routing.adapters.sql.unit_of_work import SqlStore, SqlUnitOfWork
from routing.domain.errors import Unavailable


class Database:
    """One database file and its weather: `away` refuses every transaction, `flickers` fails a statement now and then.

    The engine outlives the seeds: compiling its statements anew for each would take longer than the seed.
    """

    def __init__(self, empty: Path, file: Path) -> None:
        self._empty, self._file = empty, file
        self.store = SqlStore(f"sqlite:///{file}")
        self.away = self.flickers = False
        self.fate = Fate(0)
        self.committing: Callable[[], None] = lambda: None
        self.committed: Callable[[], None] = lambda: None
        sa.event.listen(self.store.engine, "before_cursor_execute", self._statement)

    def begin(self, fate: Fate) -> None:
        """An empty database for one seed."""
        self.store.close()
        for name in (self._file, Path(f"{self._file}-wal"), Path(f"{self._file}-shm")):
            name.unlink(missing_ok=True)
        self._file.write_bytes(self._empty.read_bytes())
        self.fate, self.away, self.flickers = fate, False, False
        self.committing = self.committed = lambda: None

    def onlooker(self) -> sqlite3.Connection:
        """A connection of the checker's own that sees what is committed."""
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.fate.step(statement[:60].replace("\n", " "))
        if self.flickers and self.fate.chance(0.02):
            raise lost(statement)


def lost(statement: str) -> sa.exc.OperationalError:
    """What a database says that goes away in the middle."""
    return sa.exc.OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))


class MortalStore:
    """ports.Store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transaction(self) -> "MortalWork":
        return MortalWork(self._database, read_only=False)

    def reading(self) -> "MortalWork":
        return MortalWork(self._database, read_only=True)

    def scrub(self) -> bool:
        return self._database.store.scrub()


class MortalWork(SqlUnitOfWork):
    """ports.UnitOfWork: the real one; leaving it is what a database makes of a connection that broke off."""

    def __init__(self, database: Database, read_only: bool) -> None:
        super().__init__(database.store.engine, read_only, publishes=True)
        self._database, self._writes = database, not read_only

    def __enter__(self) -> Self:
        fate = self._database.fate
        fate.seam("a transaction begins")
        if self._database.away:
            raise Unavailable("the database does not answer")
        entered = super().__enter__()
        fate.writing += self._writes
        return entered

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.fate.writing -= self._writes
        super().__exit__(kind, error, trace)

    def commit(self) -> None:
        fate = self._database.fate
        fate.step("before the commit")
        self._database.committing()
        super().commit()
        self._database.committed()
        fate.step("after the commit")
        if self._database.flickers and fate.chance(0.1):
            fate.tell("the commit's answer is lost")
            raise lost("COMMIT")
