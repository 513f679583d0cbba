"""Processes that write to one SQLite database: whoever commits without a pause does not keep the others out."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import make_conversation
from servers import processes

from routing.adapters.sql import engine
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.conversation import ConversationId
from routing.domain.errors import Unavailable

IDS = [ConversationId(f"c-{number}") for number in range(9)]
FEW = 30


@pytest.fixture
def database(tmp_path: Path) -> Path:
    upgrade(f"sqlite:///{tmp_path / 'pointsman.db'}")
    return tmp_path / "pointsman.db"


WRITER = """
import sqlite3, sys, time
other = sqlite3.connect(sys.argv[1], isolation_level=None)
for pragma in ("synchronous=FULL", "busy_timeout=30000"):
    other.execute(f"PRAGMA {pragma}")
while True:
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE leases SET epoch = epoch + 1")
    time.sleep(0.02)
    other.execute("COMMIT")
    end = time.perf_counter() + 0.0003
    while time.perf_counter() < end:
        pass  # a sleep would last for as long as a busy machine likes
"""


@contextmanager
def somebody_who_writes(database: Path) -> Iterator[Callable[[], int]]:
    """Another process, which has the write lock nearly always; how often it has committed so far."""
    looking = sqlite3.connect(database, isolation_level=None)
    looking.execute("INSERT INTO leases (name, holder, epoch, expires_at) VALUES ('other', 'other', 0, '2026-01-01')")

    def commits() -> int:
        return int(looking.execute("SELECT epoch FROM leases WHERE name = 'other'").fetchone()[0])

    writer = processes.start([sys.executable, "-c", WRITER, str(database)], database.with_name("writer.log"))
    try:
        processes.wait_until(lambda: commits() > 0, "the other process's first commit")
        yield commits
    finally:
        processes.stop(writer)
        looking.close()


def test_one_who_commits_without_a_pause_does_not_keep_others_out(database: Path) -> None:
    """Counted by the other's commits, not by a clock: how many turns it had until one of ours came."""
    store = SqlStore(f"sqlite:///{database}")
    waited = []
    with somebody_who_writes(database) as commits:
        for id in IDS:
            # While we wrote the other one fell asleep: it has to be in full swing again.
            awake = commits() + 2
            processes.wait_until(lambda awake=awake: commits() >= awake, "two more commits of the other process")
            before = commits()
            with store.transaction() as uow:
                waited.append(commits() - before)
                uow.conversations.add(make_conversation(id))
                uow.commit()
            assert sum(turns > FEW for turns in waited) <= len(IDS) // 2, waited
    with store.reading() as uow:
        assert set(uow.conversations.get_many(IDS)) == set(IDS)
    store.close()


def test_a_lock_that_stays_taken_is_told_as_a_database_that_does_not_answer(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    store = SqlStore(f"sqlite:///{database}")
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="does not answer"), store.transaction():
            pass
        other.execute("ROLLBACK")
    with store.transaction() as uow:
        uow.conversations.add(make_conversation("c-0"))
        uow.commit()
    store.close()
