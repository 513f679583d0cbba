"""A small bank, trained once, for the tests that run whole installations; stores for the rest."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bank import Bank
from installation import installed
from made_once import made_once
from rest_door import Door, make_door, write_tokens
from small_pack import starter_families, write_pack

from routing.adapters.memory import MemoryStore
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.bootstrap import open_store
from routing.ports import Store
from routing.settings import Settings

# Only tests with a broker need its client.
if TYPE_CHECKING:
    from integration.kafka_house import House


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A dozen issue types of the starter pack, four COps who can everything, and the model trained on them."""
    families = starter_families()

    def build(folder: Path) -> None:
        pack = write_pack(folder / "pack", families, [f"cop-{number}" for number in range(4)])
        trained(folder, pack)

    folder = made_once(tmp_path_factory, "small-bank", build)
    return Bank(folder / "pack", folder / "training" / "data" / "models", families)


def trained(folder: Path, pack: Path) -> Path:
    """The models folder of an installation in which `train` ran."""
    with installed(folder / "training", {"POINTSMAN_PACK": str(pack)}) as installation:
        installation.run_here("train")
        return Path(installation.data_dir) / "models"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store of each kind that needs no server."""
    if request.param == "memory":
        return MemoryStore()
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    return SqlStore(url)


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an installation of the test's own, by which the command line works too."""
    monkeypatch.setenv("POINTSMAN_DATA_DIR", str(tmp_path / "data"))
    for name in ("POINTSMAN_MATCHING", "POINTSMAN_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def own_store(own_settings: Settings) -> Iterator[SqlStore]:
    """The database of that installation."""
    store = open_store(own_settings)
    yield store
    store.close()


@pytest.fixture
def door() -> Door:
    """Without tokens: everybody on this machine is the local admin."""
    return make_door()


@pytest.fixture
def guarded(tmp_path: Path) -> Door:
    """With tokens: managers and admins sign in."""
    return make_door(tokens=write_tokens(tmp_path / "tokens.toml"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, kafka_bootstrap: str, tmp_path: Path) -> "Iterator[House]":
    """An installation that Kafka feeds."""
    from integration.kafka_house import house_at, leave

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    else:
        url = request.getfixturevalue("postgres_database")()
    built = house_at(url, kafka_bootstrap, tmp_path)
    yield built
    leave(built)
