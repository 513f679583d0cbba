"""A database of the release before has ticks: it upgrades, and every row still reads."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from routing.adapters.sql.schema_version import MIGRATIONS, is_current, upgrade
from routing.adapters.sql.unit_of_work import SqlStore

BEFORE = "0005"
OLD_TICK = {
    "id": "old",
    "group": "main",
    "epoch": 3,
    "at": "2026-03-02 12:00:00.000000",
    "waiting": 7,
    "free_slots": 4,
    "offered": 2,
    "refused": 1,
    "solver": "min_cost_flow",
    "solve_ms": 3.5,
    "total_ms": 8.25,
    "policy_version": "abc",
}


def old_database(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, BEFORE)
    engine = sa.create_engine(url)
    names = ", ".join(f'"{name}"' for name in OLD_TICK)
    values = ", ".join(f":{name}" for name in OLD_TICK)
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO ticks ({names}) VALUES ({values})"), OLD_TICK)
    engine.dispose()


def assert_upgrades(url: str) -> None:
    old_database(url)
    assert not is_current(url)
    upgrade(url)
    upgrade(url)  # a second process that starts at the same moment does it again
    assert is_current(url)
    store = SqlStore(url)
    try:
        with store.reading() as uow:
            [tick] = uow.ticks.newest(5)
            assert uow.ticks.find("old") == tick
            assert uow.ticks.played("anything") == []
    finally:
        store.close()
    assert (tick.group, tick.offered, tick.policy_version) == ("main", 2, "abc")
    assert (tick.experiment, tick.arm, tick.block, tick.propensity) == (None, None, None, None)


def test_ticks_from_before_experiments_still_read_on_sqlite(tmp_path: Path) -> None:
    assert_upgrades(f"sqlite:///{tmp_path / 'old.db'}")


@pytest.mark.postgres
def test_ticks_from_before_experiments_still_read_on_postgresql(postgres_url: str) -> None:
    from servers.postgres import create_database, drop_database

    url = create_database(postgres_url)
    try:
        assert_upgrades(url)
    finally:
        drop_database(postgres_url, url)
