"""A small bank, trained once by the real command, for the tests that run whole installations; stores for the rest."""

from pathlib import Path

import pytest
from bank import Bank
from installation import installed
from small_pack import starter_families, write_pack

from routing.adapters.memory import MemoryStore
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.ports import Store


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A dozen issue types of the starter pack, four COps who can everything, and the model trained on them."""
    folder = tmp_path_factory.mktemp("small-bank")
    families = starter_families()
    pack = write_pack(folder / "pack", families, [f"cop-{number}" for number in range(4)])
    return Bank(pack, trained(folder, pack), families)


def trained(folder: Path, pack: Path) -> Path:
    """The models folder of an installation in which `pointsman train` ran."""
    with installed(folder / "training", {"POINTSMAN_PACK": str(pack)}) as installation:
        installation.run("train")
        return Path(installation.data_dir) / "models"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store of each kind that needs no server."""
    if request.param == "memory":
        return MemoryStore()
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    return SqlStore(url)
