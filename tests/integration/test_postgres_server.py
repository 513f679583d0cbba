"""The PostgreSQL cluster that the suite starts is a real one: its databases and its recovery."""

import os
import signal
from collections.abc import Callable

import pytest
from servers import processes
from servers.postgres import PostgresCluster, answers
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

pytestmark = pytest.mark.postgres


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements in one transaction; returns the rows of the last where it has any."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_each_database_starts_empty_and_sees_nothing_of_the_other(
    postgres_database: Callable[[], str],
) -> None:
    first, second = postgres_database(), postgres_database()
    run(first, "create table ticket (id int)")

    tables = "select count(*) from information_schema.tables where table_schema = 'public'"
    assert run(first, tables) == [(1,)]
    assert run(second, tables) == [(0,)]


def test_times_are_kept_with_their_zone(postgres_database: Callable[[], str]) -> None:
    question = "select timestamptz '2026-03-01 12:00+02' = timestamptz '2026-03-01 10:00+00'"
    assert run(postgres_database(), question) == [(True,)]


def test_a_crash_keeps_what_was_committed_and_drops_what_was_not(own_postgres: PostgresCluster) -> None:
    run(own_postgres.url, "create table ticket (id int)", "insert into ticket values (1)")
    engine = create_engine(own_postgres.url)
    with engine.connect() as open_transaction:
        open_transaction.execute(text("insert into ticket values (2)"))

        own_postgres.crash()

        assert not answers(own_postgres.url)
        with pytest.raises(OperationalError):
            open_transaction.execute(text("select 1"))
    engine.dispose()
    own_postgres.start()
    assert run(own_postgres.url, "select id from ticket") == [(1,)]


def test_a_killed_backend_takes_all_sessions_down_and_the_server_comes_back(
    own_postgres: PostgresCluster,
) -> None:
    run(own_postgres.url, "create table ticket (id int)", "insert into ticket values (1)")
    engine = create_engine(own_postgres.url)
    with engine.connect() as connection:
        backend = connection.execute(text("select pg_backend_pid()")).scalar_one()
        os.kill(backend, signal.SIGKILL)
        with pytest.raises(OperationalError):
            connection.execute(text("select 1"))
    engine.dispose()

    processes.wait_until(lambda: answers(own_postgres.url), "the server answering again")
    assert run(own_postgres.url, "select id from ticket") == [(1,)]
