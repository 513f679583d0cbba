"""The real SQLite store, in which a process may die at every statement, before every commit and after it."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from faults.fate import Fate, Planted
from routing.adapters.sql.shared_commits import Gathering, SharedCommits
from routing.adapters.sql.unit_of_work import Process, SqlStore, SqlUnitOfWork
from routing.domain.errors import Unavailable


def nothing(*_: object) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told: before and after a commit, of a part that others are to commit, and when such parts are lost."""

    committing: Callable[[], None] = nothing
    committed: Callable[[], None] = nothing
    left: Callable[[sqlite3.Connection], None] = nothing
    lost: Callable[[], None] = nothing


class Database:
    """One database file and its weather: `away` refuses every transaction, `flickers` fails a statement now and then.

    The engine outlives the seeds: compiling its statements anew for each would take longer than the seed.
    """

    def __init__(self, empty: Path, file: Path) -> None:
        self._empty, self._file = empty, file
        self.store = SqlStore(f"sqlite:///{file}")
        self.away = self.flickers = False
        self.fate = Fate(0)
        self.watch = Watch()
        sa.event.listen(self.store.engine, "before_cursor_execute", self._statement)
        dialect = self.store.engine.dialect
        self._do_commit, dialect.do_commit = dialect.do_commit, self._commit  # type: ignore[method-assign]

    def begin(self, fate: Fate) -> None:
        """An empty database for one seed."""
        self.store.close()
        for name in (self._file, Path(f"{self._file}-wal"), Path(f"{self._file}-shm")):
            name.unlink(missing_ok=True)
        self._file.write_bytes(self._empty.read_bytes())
        self.fate, self.away, self.flickers = fate, False, False
        self.watch = Watch()

    def onlooker(self) -> sqlite3.Connection:
        """A connection of the checker's own that sees what is committed."""
        connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    def _statement(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.fate.step(statement[:60].replace("\n", " "))
        if self.flickers and self.fate.chance(0.02):
            if self.fate.chance(0.3):
                connection.connection.driver_connection.rollback()  # as SQLite does by itself where a disk is full
            raise lost(statement)
        if self.fate.writing and self.fate.crowd is not None and self.fate.chance(0.02):
            raise Planted("one of several fails in the middle of its part")

    def _commit(self, connection: Any) -> None:
        if not self.fate.frames:
            return self._do_commit(connection)
        self.fate.step("before the commit")
        self.watch.committing()
        self._do_commit(connection)
        self.watch.committed()
        self.fate.step("after the commit")
        if self.flickers and self.fate.chance(0.1):
            self.fate.tell("the commit's answer is lost")
            raise sqlite3.OperationalError("disk I/O error")
        return None


def lost(statement: str) -> sa.exc.OperationalError:
    """What a database says that goes away in the middle."""
    return sa.exc.OperationalError(statement, {}, sqlite3.OperationalError("disk I/O error"))


class MortalCommits(SharedCommits):
    """The real ones, of one life of a process."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.store.engine)
        self._database = database

    def die(self) -> None:
        """What a database makes of a connection that broke off."""
        if self._open is not None:
            self._open.connection.rollback()
            self._dissolve(self._open)
        self._database.watch.lost()

    def _goes_on(self, gathering: Gathering) -> bool:
        goes_on = super()._goes_on(gathering)
        if goes_on:
            self._database.fate.shared += 1
            self._database.watch.left(gathering.connection.connection.driver_connection)  # type: ignore[arg-type]
        return goes_on

    def _fail(self, gathering: Gathering, error: BaseException) -> None:
        super()._fail(gathering, error)
        self._database.watch.lost()


class MortalStore:
    """ports.Store of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._born()

    def transaction(self) -> "MortalWork":
        return MortalWork(self._database, self._process, self._commits)

    def reading(self) -> "MortalWork":
        return MortalWork(self._database, self._process, None)

    def scrub(self) -> bool:
        return self._database.store.scrub()

    def begin_anew(self) -> None:
        """Whatever the process had open, or in mind, is gone with it."""
        self._commits.die()
        self._born()

    def _born(self) -> None:
        self._process = Process(self._database.store.engine, publishes=True)
        self._commits = MortalCommits(self._database)


class MortalWork(SqlUnitOfWork):
    """ports.UnitOfWork: the real one; of a process that died nothing is undone by hand."""

    def __init__(self, database: Database, process: Process, commits: MortalCommits | None) -> None:
        super().__init__(process, read_only=commits is None, shared=commits)
        self._database, self._writes = database, commits is not None

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
        fate = self._database.fate
        try:
            if not (self._writes and fate.frames[-1].actor.dead):
                super().__exit__(kind, error, trace)
        finally:
            fate.writing -= self._writes

    def commit(self) -> None:
        super().commit()
        self._database.fate.step("after what was asked is known to last")
