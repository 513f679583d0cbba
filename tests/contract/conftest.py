"""The three stores that one contract holds for; migrated once, emptied for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import FrozenClock, make_context

from routing.adapters.memory import MemoryStore
from routing.ports import Store
from routing.services.context import Context

# The unit tests need neither SQLAlchemy nor a server: the fixtures load them.
if TYPE_CHECKING:
    from routing.adapters.sql.unit_of_work import SqlStore

STORES = ("memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the schema and no rows, to be copied."""
    from routing.adapters.sql.schema_version import upgrade

    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_store(postgres_url: str) -> "Iterator[SqlStore]":
    """A store on a database of the contract's own, which its tests share."""
    from servers.postgres import create_database, drop_database

    from routing.adapters.sql.schema_version import upgrade
    from routing.adapters.sql.unit_of_work import SqlStore

    url = create_database(postgres_url)
    upgrade(url)
    store = SqlStore(url)
    yield store
    store.close()
    drop_database(postgres_url, url)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store: in memory, on SQLite, on PostgreSQL."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "postgres":
        shared: SqlStore = request.getfixturevalue("postgres_store")
        _empty(shared)
        yield shared
    else:
        yield from _sqlite(request.getfixturevalue("migrated_sqlite"), request.getfixturevalue("tmp_path"))


def _sqlite(migrated: Path, folder: Path) -> "Iterator[SqlStore]":
    from routing.adapters.sql.unit_of_work import SqlStore

    store = SqlStore(f"sqlite:///{shutil.copy(migrated, folder / 'pointsman.db')}")
    yield store
    store.close()


def _empty(store: "SqlStore") -> None:
    import sqlalchemy as sa

    from routing.adapters.sql.tables import metadata
    from routing.adapters.sql.unit_of_work import Process

    # What the tests before saw of leases goes too, as with a process.
    store._process = Process(store.engine, publishes=True)
    # Not DELETE: the database keeps the history from being deleted row by row.
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


@pytest.fixture
def clock() -> FrozenClock:
    """The time of the context."""
    return FrozenClock()


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    """The default pack, nobody there yet."""
    return make_context(store, clock=clock)
