"""A PostgreSQL cluster of the suite's own: start, stop, crash, and a fresh database for each test."""

import fcntl
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from servers import processes

DEBIAN_BINARIES = Path("/usr/lib/postgresql")
FOLDER, OWNER = "pointsman-postgres-", "owner"
# Root may not run PostgreSQL; Debian's package brings this user.
SERVER_USER = "postgres"
OPTIONS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=32MB",
    "max_connections=100",
    # The machine itself does not crash: what a process wrote is kept by the system however that process ends.
    "fsync=off",
)


class BinariesMissing(Exception):
    """No PostgreSQL server binaries on this machine; the text says where we looked."""


def server_binaries() -> Path:
    """The folder with `initdb` and `postgres`: Debian's newest version, else the one on the PATH."""
    versions = sorted(DEBIAN_BINARIES.glob("*/bin/postgres"), key=_major_version)
    if versions:
        return versions[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise BinariesMissing(f"nothing under {DEBIAN_BINARIES} and no `postgres` on the PATH")
    return Path(on_path).parent


def _major_version(binary: Path) -> int:
    name = binary.parent.parent.name
    return int(name) if name.isdigit() else 0


class PostgresCluster:
    """A cluster in a temporary folder, trust authentication on loopback; up inside `with`, deleted after.

    What a commit promised is there after `crash`, which ends processes, never the machine.
    """

    def __init__(self, binaries: Path) -> None:
        remove_orphans(Path(tempfile.gettempdir()))
        self._binaries = binaries
        self._port = processes.free_port()
        self._folder = Path(tempfile.mkdtemp(prefix=FOLDER))
        self._owned = locked(self._folder / OWNER)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the maintenance database; the same through every restart."""
        return f"postgresql+psycopg://{SERVER_USER}@127.0.0.1:{self._port}/postgres"

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._running().pid

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self._folder / "postgres.log"

    def __enter__(self) -> Self:
        try:
            self._initialise()
            self.start()
        except BaseException:
            self._delete()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            self._delete()

    def start(self) -> None:
        """Start and return when the server answers a query (after recovery, where it crashed before)."""
        options = [argument for option in OPTIONS for argument in ("-c", option)]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self._port), *options]
        self._process = processes.start(command, self.log, user=SERVER_USER)
        processes.wait_until(self._is_ready, f"{self.url} answering")

    def stop(self) -> None:
        """A fast shutdown: sessions are ended, everything is written; harmless when down already."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """What `pg_ctl -m immediate` does: every process aborts, nothing is written, `start` recovers."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        """Stop and start again on the same data and port."""
        self.stop()
        self.start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise processes.ServerFailed("the PostgreSQL cluster is not running")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(60)
        self._process = None

    def _initialise(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._folder, SERVER_USER, SERVER_USER)
        options = ["-A", "trust", "-U", SERVER_USER, "-E", "UTF8", "--locale=C", "--no-sync"]
        command = [str(self._binaries / "initdb"), "-D", str(self._data), *options]
        prefix = processes.privileges(SERVER_USER)
        done = subprocess.run([*prefix, *command], capture_output=True, text=True, cwd="/", check=False)
        if done.returncode != 0:
            raise processes.ServerFailed(f"initdb failed as {getpass.getuser()}:\n{done.stdout}{done.stderr}")

    def _is_ready(self) -> bool:
        processes.require_running(self._running(), self.log)
        return processes.accepts_connections(self._port) and answers(self.url)

    def _delete(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._owned)


def locked(file: Path) -> int:
    """Take hold of a file until this process ends, however it ends; its descriptor. BlockingIOError: somebody has."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def remove_orphans(place: Path) -> None:
    """Delete the clusters of test runs that were killed: nobody has hold of them any more."""
    for owner in place.glob(f"{FOLDER}*/{OWNER}"):
        try:
            descriptor = locked(owner)
        except OSError:
            continue
        shutil.rmtree(owner.parent, ignore_errors=True)
        os.close(descriptor)


def answers(url: str) -> bool:
    """Whether a query gets through."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


def create_database(server_url: str) -> str:
    """Create an empty database with a name of its own; returns its SQLAlchemy URL."""
    name = f"pointsman_test_{uuid.uuid4().hex[:12]}"
    _run_outside_transaction(server_url, f'create database "{name}"')
    return sqlalchemy_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, database_url: str) -> None:
    """Drop a database, ending the sessions that are still in it."""
    _run_outside_transaction(server_url, f'drop database if exists "{make_url(database_url).database}" with (force)')


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database that lives as long as the block: for fixtures wider than one test."""
    url = create_database(server_url)
    try:
        yield url
    finally:
        drop_database(server_url, url)


def sqlalchemy_url(url: str) -> URL:
    """`postgres://` and `postgresql://` spelled for SQLAlchemy with psycopg."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg")


def _run_outside_transaction(server_url: str, statement: str) -> None:
    engine = create_engine(sqlalchemy_url(server_url), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
