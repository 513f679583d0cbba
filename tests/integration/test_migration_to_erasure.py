"""A database of the release before: its inbox is still known, its facts can be erased, also those without seals."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from builders import FrozenClock, make_context
from customer_life import CAROL, erased, everything, is_there
from sqlalchemy.exc import DBAPIError

from routing.adapters.sql.schema_version import MIGRATIONS, upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.services import audit, intake
from routing.services.context import Context

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
AT = "2026-03-04 12:00:00.000000"
ROWS = (
    "INSERT INTO inbox (source, event_id, at) VALUES ('urn:chat', 'old-event', :at)",
    "INSERT INTO conversations (id, market, channel, customer_id, state, received_at, waiting_since, candidates, "
    "priority, target_seconds, vulnerable, fraud, excluded, returns, ended_at, version) VALUES "
    f"('old', 'uk', 'chat', '{CAROL}', 'closed', :at, :at, '[]', 3, 300, false, false, '[]', 0, :at, 0)",
    "INSERT INTO messages (id, conversation_id, author, text, at) VALUES ('m', 'old', 'customer', 'marmalade', :at)",
    "INSERT INTO events (kind, at, actor, conversation_id, data) VALUES ('conversation.received', :at, 'customer', "
    "'old', '{}')",
)


def old_database(url: str, before: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, before)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for row in ROWS:
            connection.execute(sa.text(row), {"at": AT if url.startswith("sqlite") else NOW})
    engine.dispose()


def assert_erases(url: str, before: str) -> None:
    old_database(url, before)
    upgrade(url)
    store = SqlStore(url)
    try:
        context = make_context(store, clock=FrozenClock(NOW))
        assert_the_inbox_is_known(context)
        assert_the_history_is_kept(store)
        done = erased(context)
        assert (done.counts["conversations"], done.counts["facts"]) == (1, 1)
        assert CAROL not in everything(context) and "marmalade" not in everything(context)
        assert not is_there(context, "old") and audit.verify(store, []).whole
    finally:
        store.close()


def assert_the_inbox_is_known(context: Context) -> None:
    assert "old-event" not in everything(context)
    again = intake.receive(context, intake.IncomingMessage("old-event", "urn:chat", "hello", "uk"))
    assert again.duplicate


def assert_the_history_is_kept(store: SqlStore) -> None:
    for statement in ("DELETE FROM events", "UPDATE events SET actor = 'mick'"):
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize("before", ["0006", "0008"])
def test_a_database_from_before_erases_on_sqlite(tmp_path: Path, before: str) -> None:
    assert_erases(f"sqlite:///{tmp_path / 'old.db'}", before)
    assert b"marmalade" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.postgres
def test_a_database_from_before_erases_on_postgresql(postgres_url: str) -> None:
    from servers.postgres import create_database, drop_database

    url = create_database(postgres_url)
    try:
        assert_erases(url, "0006")
    finally:
        drop_database(postgres_url, url)
