"""Transactions over a SQL database."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from routing.adapters.sql.arrivals import SqlArrivals
from routing.adapters.sql.audit import SqlAuditTrail
from routing.adapters.sql.bookkeeping import SqlIdempotency, SqlInbox, SqlLeases, SqlTicks
from routing.adapters.sql.conversations import SqlConversations, SqlTriages
from routing.adapters.sql.edits import SqlEdits
from routing.adapters.sql.engine import connect, scrub
from routing.adapters.sql.erasing import ERASED, SqlBelongings
from routing.adapters.sql.floor import SqlCops, SqlHandleTimes
from routing.adapters.sql.history import SqlEvents, SqlLabels, SqlOutbox
from routing.adapters.sql.models import SqlDriftChecks, SqlModels, SqlShadowTriages
from routing.adapters.sql.overrides import SqlOverrides, SqlSignIns
from routing.adapters.sql.proposals import SqlProposals
from routing.adapters.sql.receipts import SqlErasures, SqlExports, SqlHolds, SqlLessons
from routing.adapters.sql.reviews import SqlReviews
from routing.adapters.sql.shared_commits import Gathering, SharedCommits
from routing.adapters.sql.work import SqlAssignments, SqlOffers
from routing.domain.errors import StaleState, Unavailable
from routing.domain.lease import Watches
from routing.ports import UnitOfWork

# PostgreSQL: serialization failure, deadlock, and a row that somebody else added first; SQLite: the same row.
RETRYABLE = frozenset({"40001", "40P01", "23505", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"})

SCHEMA_MISSING = frozenset({"42P01", "42703"})  # PostgreSQL: no such table, no such column


@dataclass(frozen=True, slots=True)
class Process:
    """What all transactions of one process have in common: its connections, whether it publishes, what it watches."""

    engine: Engine
    publishes: bool
    watches: Watches = field(default_factory=Watches)


class SqlUnitOfWork(UnitOfWork):
    """One database transaction, or with `shared` one's part of it; rolled back unless committed."""

    def __init__(self, process: Process, read_only: bool, shared: SharedCommits | None = None) -> None:
        self._engine = process.engine
        self._publishes = process.publishes
        self._watches = process.watches
        self._read_only = read_only
        self._shared = shared
        self._gathering: Gathering | None = None

    def __enter__(self) -> Self:
        if self._shared is None:
            self._connection = _begin(self._engine, self._read_only)
        else:
            self._gathering = _entered(self._shared)
            self._connection = self._gathering.connection
        self._bind(self._connection)
        return self

    def _bind(self, connection: Connection) -> None:
        self.conversations = SqlConversations(connection)
        self.triages = SqlTriages(connection)
        self.reviews = SqlReviews(connection)
        self.proposals = SqlProposals(connection)
        self.offers = SqlOffers(connection)
        self.assignments = SqlAssignments(connection)
        self.cops = SqlCops(connection)
        self.handle_times = SqlHandleTimes(connection)
        self.labels = SqlLabels(connection)
        self._history = SqlEvents(connection, self._publishes)
        self.events = self._history
        self.audit = SqlAuditTrail(connection)
        self.outbox = SqlOutbox(connection)
        self.inbox = SqlInbox(connection)
        self.idempotency = SqlIdempotency(connection)
        self.leases = SqlLeases(connection, self._watches)
        self.ticks = SqlTicks(connection)
        self.models = SqlModels(connection)
        self.shadow_triages = SqlShadowTriages(connection)
        self.drift_checks = SqlDriftChecks(connection)
        self.belongings = SqlBelongings(connection)
        self.erasures = SqlErasures(connection)
        self.holds = SqlHolds(connection)
        self.lessons = SqlLessons(connection)
        self.arrivals = SqlArrivals(connection)
        self.exports = SqlExports(connection)
        self.overrides = SqlOverrides(connection)
        self.sign_ins = SqlSignIns(connection)
        self.edits = SqlEdits(connection)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._roll_back()
        except (Unavailable, DBAPIError) as failure:
            # What is raised already says more than that others' work went with it.
            if error is None:
                _raise_translated(failure)
                raise
        _raise_translated(error)

    def commit(self) -> None:
        """Write the history and make everything last; what is shared cannot be used any more."""
        self._history.flush()
        self._keep()

    def _keep(self) -> None:
        if self._gathering is None:
            self._connection.commit()
        else:
            self._leave(keep=True)

    def _roll_back(self) -> None:
        if self._shared is not None:
            self._leave(keep=False)
            return
        try:
            self._connection.rollback()
        except DBAPIError:
            self._connection.invalidate()
        finally:
            self._connection.close()

    def _leave(self, *, keep: bool) -> None:
        left, self._gathering = self._gathering, None
        if left is not None and self._shared is not None:
            self._shared.leave(left, keep=keep)


class SqlStore:
    """ports.Store over one database URL; without `publishes` nothing joins the outbox, for nobody would empty it."""

    def __init__(self, url: str, publishes: bool = True) -> None:
        self.engine = connect(url)
        self._process = Process(self.engine, publishes)
        # PostgreSQL lets several write at once, and gathers their waits for the disk by itself.
        self._shared = SharedCommits(self.engine) if self.engine.dialect.name == "sqlite" else None

    def transaction(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self._process, read_only=False, shared=self._shared)

    def reading(self) -> SqlUnitOfWork:
        return SqlUnitOfWork(self._process, read_only=True)

    def scrub(self) -> bool:
        """Make sure that the files hold nothing of what was deleted; False where others kept it from that."""
        return scrub(self.engine, [table.name for table in ERASED])

    def close(self) -> None:
        """Give every pooled connection back to the database."""
        self.engine.dispose()


def _raise_translated(error: BaseException | None) -> None:
    if not isinstance(error, DBAPIError):
        return
    if {getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorname", None)} & RETRYABLE:
        raise StaleState("transaction", "of this request") from error
    if getattr(error.orig, "sqlstate", None) in SCHEMA_MISSING:
        raise Unavailable("the database's schema is not current; run `pointsman migrate`") from error
    if isinstance(error, OperationalError | InterfaceError):
        raise Unavailable(f"the database does not answer: {error.orig}") from error


def _entered(shared: SharedCommits) -> Gathering:
    try:
        return shared.enter()
    except DBAPIError as error:
        _raise_translated(error)
        raise


def _begin(engine: Engine, read_only: bool) -> Connection:
    try:
        return _connected(engine, read_only)
    except DBAPIError as error:
        _raise_translated(error)
        raise


def _connected(engine: Engine, read_only: bool) -> Connection:
    connection = engine.connect()
    try:
        options: dict[str, Any] = {"pointsman_read_only": read_only}
        if engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ" if read_only else "READ COMMITTED"
            options["postgresql_readonly"] = read_only
        connection = connection.execution_options(**options)
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection
