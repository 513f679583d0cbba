"""Older databases upgrade and every row still reads; a version works on the schema of a newer one."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from builders import make_tick
from pydantic import SecretStr

from routing.adapters.sql.schema_version import MIGRATIONS, is_current, revision_of, upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.bootstrap import open_store
from routing.settings import Settings

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


@dataclass(frozen=True)
class Shape:
    """What somebody who writes to the tables has to know of them."""

    columns: dict[tuple[str, str], tuple[str, bool, object]]
    unique: set[tuple[str, tuple[str, ...]]]

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


def shape_of(url: str) -> Shape:
    engine = sa.create_engine(url)
    seen = sa.inspect(engine)
    tables = sorted(set(seen.get_table_names()) - {"alembic_version"})
    columns = {
        (table, each["name"]): (str(each["type"]), bool(each["nullable"]), each["default"])
        for table in tables
        for each in seen.get_columns(table)
    }
    unique = {
        (table, tuple(name or "" for name in each["column_names"]))
        for table in tables
        for each in (*(i for i in seen.get_indexes(table) if i["unique"]), *seen.get_unique_constraints(table))
    }
    engine.dispose()
    return Shape(columns, unique)


def test_every_migration_only_adds_so_that_a_process_of_the_version_before_goes_on(tmp_path: Path) -> None:
    """It names the columns it knows: none may be gone, mean something else, or be missing from its rows."""
    url = f"sqlite:///{tmp_path / 'growing.db'}"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    revisions = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    before: Shape | None = None
    for revision in revisions:
        command.upgrade(config, revision)
        after = shape_of(url)
        if before is not None:
            changed = {name for name, what in before.columns.items() if after.columns.get(name) != what}
            assert not changed, f"{revision} changes or drops {changed}"
            added = {name: what for name, what in after.columns.items() if name[0] in before.tables - changed}
            needed = {name for name in added.keys() - before.columns.keys() if not (added[name][1] or added[name][2])}
            assert not needed, f"{revision} asks the version before for {needed}"
            stricter = {each for each in after.unique - before.unique if each[0] in before.tables}
            assert not stricter, f"{revision} refuses what the version before writes: {stricter}"
        before = after
    assert len(revisions) >= 13


def test_a_database_of_a_newer_version_is_taken_as_it_is(tmp_path: Path) -> None:
    """A process of the older version that is started again in the middle of an upgrade."""
    url = f"sqlite:///{tmp_path / 'newer.db'}"
    upgrade(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("ALTER TABLE ticks ADD COLUMN something_new TEXT")
    engine.dispose()
    assert is_current(url)
    store = open_store(Settings(data_dir=tmp_path, database_url=SecretStr(url)))
    with store.transaction() as uow:
        uow.ticks.add(make_tick("new"))
        uow.commit()
    with store.reading() as uow:
        assert uow.ticks.find("new") == make_tick("new")
    store.close()
    assert revision_of(url) == "9999"
