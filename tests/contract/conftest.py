"""The three stores that one contract holds for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routing.adapters.memory import MemoryStore
from routing.ports import Store

STORES = ("memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store: in memory, on SQLite, on PostgreSQL."""
    if request.param == "memory":
        yield MemoryStore()
        return
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        url = f"sqlite:///{folder / 'pointsman.db'}"
    else:
        create: Callable[[], str] = request.getfixturevalue("postgres_database")
        url = create()
    from routing.adapters.sql.schema_version import upgrade
    from routing.adapters.sql.unit_of_work import SqlStore

    upgrade(url)
    opened = SqlStore(url)
    yield opened
    opened.close()
