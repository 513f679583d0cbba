"""Processes that write to one SQLite database: whoever commits without a pause does not keep the others out."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import make_conversation

from routing.adapters.sql import engine
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.conversation import ConversationId
from routing.domain.errors import Unavailable

IDS = [ConversationId(f"c-{number}") for number in range(5)]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    upgrade(f"sqlite:///{tmp_path / 'pointsman.db'}")
    return tmp_path / "pointsman.db"


@contextmanager
def somebody_who_writes(database: Path, pause_seconds: float) -> Iterator[None]:
    """Another connection, which holds the write lock nearly always; closed with the block."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        with sqlite3.connect(database, isolation_level=None) as other:
            while not stop.is_set():
                other.execute("BEGIN IMMEDIATE")
                other.execute("UPDATE leases SET epoch = epoch")
                begun.set()
                time.sleep(0.02)
                other.execute("COMMIT")
                time.sleep(pause_seconds)

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        stop.set()
        writer.join(30)


def test_one_who_commits_without_a_pause_does_not_keep_others_out(database: Path) -> None:
    store = SqlStore(f"sqlite:///{database}")
    with somebody_who_writes(database, pause_seconds=0.0001):
        for id in IDS:
            with store.transaction() as uow:
                uow.conversations.add(make_conversation(id))
                uow.commit()
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
