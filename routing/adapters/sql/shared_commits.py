"""Writers of one process that meet at an SQLite database share a transaction, and so one wait for the disk."""

import threading
import time
from dataclasses import dataclass

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from routing.domain.errors import Unavailable

MOST_TOGETHER = 32
LONGEST_SECONDS = 0.02
_OWN = "pointsman_own"


@dataclass(eq=False)
class Gathering:
    """A transaction that several writers share, each behind a savepoint of its own; `over` once its fate is known."""

    connection: Connection
    opened_at: float
    over: threading.Event
    members: int = 0
    writes: bool = False
    failure: BaseException | None = None

    @property
    def stands(self) -> bool:
        """False once the database has rolled the whole of it back by itself, as it does when its disk is full."""
        driver = self.connection.connection.driver_connection
        return self.failure is None and bool(driver is not None and driver.in_transaction)


class SharedCommits:
    """Hands one open transaction from writer to writer; whoever has nobody behind them commits for all.

    SQLite lets one writer in at a time anyway, and a commit waits for the disk. Whoever comes while others wait for
    their turn goes on in the transaction that is open. Nobody's `leave` returns before it is known whether all of it
    is on disk: what one has read of another's in it counts only then.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._queued = 0
        self._open: Gathering | None = None

    def enter(self) -> Gathering:
        """Wait for the turn; returns the transaction to write in. DBAPIError where none can be begun."""
        with self._counting:
            self._queued += 1
        self._turn.acquire()
        with self._counting:
            self._queued -= 1
        try:
            return self._entered()
        except BaseException:
            self._turn.release()
            raise

    def leave(self, gathering: Gathering, *, keep: bool) -> None:
        """End one's part, kept or taken back, and wait for the fate of the whole.

        Unavailable where another's part, or the commit, took the transaction down with it.
        """
        try:
            self._end_part(gathering, keep)
            gathering.writes |= keep
            if not (gathering.stands and self._goes_on(gathering)):
                self._end(gathering)
        except BaseException as error:
            self._fail(gathering, error)
            raise
        finally:
            self._turn.release()
        while not gathering.over.wait(LONGEST_SECONDS):
            self._end_where_nobody_does(gathering)
        if gathering.failure is not None:
            raise Unavailable("the database did not keep what several writers asked of it") from gathering.failure

    def _entered(self) -> Gathering:
        if self._open is None:
            self._open = Gathering(_begun(self._engine), time.monotonic(), threading.Event())
        else:
            self._join(self._open)
        self._open.members += 1
        return self._open

    def _join(self, gathering: Gathering) -> None:
        try:
            gathering.connection.exec_driver_sql(f"SAVEPOINT {_OWN}")
        except BaseException as error:
            self._fail(gathering, error)
            raise

    def _end_part(self, gathering: Gathering, keep: bool) -> None:
        alone = gathering.members == 1
        if not gathering.stands:
            raise Unavailable("the database gave a transaction up")
        if alone and not keep:
            gathering.connection.rollback()
        elif not alone:
            if not keep:
                gathering.connection.exec_driver_sql(f"ROLLBACK TO {_OWN}")
            gathering.connection.exec_driver_sql(f"RELEASE {_OWN}")

    def _goes_on(self, gathering: Gathering) -> bool:
        young = time.monotonic() - gathering.opened_at < LONGEST_SECONDS
        return self._queued > 0 and young and gathering.members < MOST_TOGETHER

    def _end_where_nobody_does(self, gathering: Gathering) -> None:
        """Whoever was seen to wait behind may never have come in."""
        if not self._turn.acquire(blocking=False):
            return
        try:
            if self._open is gathering:
                self._end(gathering)
        except BaseException as error:
            self._fail(gathering, error)
            raise
        finally:
            self._turn.release()

    def _end(self, gathering: Gathering) -> None:
        if not gathering.stands and gathering.writes:
            raise Unavailable("the database gave a transaction up")
        if gathering.writes:
            gathering.connection.commit()
        self._dissolve(gathering)

    def _fail(self, gathering: Gathering, error: BaseException) -> None:
        gathering.failure = error
        try:
            gathering.connection.rollback()
        except DBAPIError:
            gathering.connection.invalidate()
        self._dissolve(gathering)

    def _dissolve(self, gathering: Gathering) -> None:
        self._open = None
        gathering.connection.close()
        gathering.over.set()


def _begun(engine: Engine) -> Connection:
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection
