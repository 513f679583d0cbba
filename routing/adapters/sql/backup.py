"""Back-ups of the database while the service runs, and their restoration into an empty place.

BackupError
├── ToolMissing       a program of PostgreSQL's client is not installed
├── BackupDamaged     the file is not what its note says, or the database in it does not check
└── NotEmpty          the place to restore to holds something already
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from routing.adapters.sql.schema_version import revision_of
from routing.domain.errors import RoutingError

_PAGES_AT_ONCE = 1_000


class BackupError(RoutingError):
    """A back-up cannot be made or used; nothing was changed."""

    code = "backup"


class ToolMissing(BackupError):
    """A program that this needs is not there."""

    def __init__(self, tool: str) -> None:
        super().__init__(f"{tool} is not installed; install PostgreSQL's client programs (postgresql-client)")


class BackupDamaged(BackupError):
    """What is in the file is not what was backed up."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be restored: {reason}; take another back-up")


class NotEmpty(BackupError):
    """A restoration overwrites nothing."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place} holds a database already; restore into an empty one, or move it away first")


@dataclass(frozen=True, slots=True)
class BackupNote:
    """What lies beside a back-up: the kind of database, the schema's revision, the file's size and SHA-256."""

    kind: str
    revision: str | None
    bytes: int
    sha256: str


def back_up(url: str, path: Path) -> BackupNote:
    """One consistent state of the database in `path`, with its note in `path`.json; never a half-written file."""
    source = make_url(url)
    if path.exists():
        raise NotEmpty(str(path))
    unfinished = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if source.get_backend_name() == "sqlite":
            _copy_sqlite(Path(source.database or ""), unfinished)
        else:
            _run("pg_dump", source, "--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}")
        unfinished.chmod(0o600)
        note = BackupNote(source.get_backend_name(), revision_of(url), unfinished.stat().st_size, _digest(unfinished))
        _note_path(path).write_text(json.dumps(asdict(note), indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return note


def restore(path: Path, url: str) -> BackupNote:
    """Put a back-up into an empty place; raises BackupDamaged or NotEmpty before anything is changed."""
    target = make_url(url)
    note = checked(path)
    if note.kind != target.get_backend_name():
        raise BackupDamaged(path, f"it is of {note.kind}, and POINTSMAN_DATABASE_URL names {target.get_backend_name()}")
    if target.get_backend_name() == "sqlite":
        _restore_sqlite(path, Path(target.database or ""))
    else:
        _require_no_tables(url)
        name = target.database or ""
        _run("pg_restore", target, "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={name}", path)
    return note


def checked(path: Path) -> BackupNote:
    """The note of a back-up whose file is, byte for byte, what the note says."""
    try:
        note = BackupNote(**json.loads(_note_path(path).read_text(encoding="utf-8")))
        size, digest = path.stat().st_size, _digest(path)
    except (OSError, TypeError, ValueError) as error:
        raise BackupDamaged(path, f"it or its note cannot be read ({error})") from error
    if (size, digest) != (note.bytes, note.sha256):
        raise BackupDamaged(path, "its content is not what its note says")
    return note


def _copy_sqlite(source: Path, target: Path) -> None:
    """Page by page under the service's writes: SQLite starts again what changed meanwhile."""
    if not source.is_file():
        raise BackupError(f"{source} is not there: there is nothing to back up")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=_PAGES_AT_ONCE)
        copy.execute("PRAGMA journal_mode=DELETE")
        _check_sqlite(copy, target)


def _check_sqlite(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise BackupDamaged(path, str(found))


def _restore_sqlite(path: Path, target: Path) -> None:
    leftovers = [target, *(target.with_name(target.name + suffix) for suffix in ("-wal", "-shm"))]
    for leftover in leftovers:
        if leftover.exists():
            raise NotEmpty(str(leftover))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    shutil.copyfile(path, unfinished)
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            _check_sqlite(copy, path)
        unfinished.replace(target)
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(path, str(error)) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _require_no_tables(url: str) -> None:
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        if sa.inspect(engine).get_table_names():
            raise NotEmpty(engine.url.render_as_string())
    finally:
        engine.dispose()


def _run(tool: str, url: URL, *arguments: str | Path) -> None:
    """One of PostgreSQL's programs on this database; the password goes by the environment, where no one lists it."""
    found = shutil.which(tool)
    if found is None:
        raise ToolMissing(tool)
    given = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    environment = {**os.environ, "PGDATABASE": url.database or ""}
    environment |= {name: str(value) for name, value in given.items() if value is not None}
    environment |= {f"PG{name.upper()}": str(value) for name, value in url.query.items() if name in ("host", "sslmode")}
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [found, "--no-password", *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupError(f"{tool} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'unsaid'}")


def _note_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
