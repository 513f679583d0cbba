"""The interface keeps its contract whatever it is asked: no failure of its own, no answer that the document denies."""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from contract_fuzz import MODES, Fuzz
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, bearer, make_service, write_tokens

from api.app import create_app
from api.gate import Gate
from api.rate_limit import Allowance, Buckets
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
LONG_SECONDS = 300.0


@pytest.fixture
def seed() -> int:
    """Another one each time; POINTSMAN_FUZZ_SEED repeats one."""
    return int(os.environ.get("POINTSMAN_FUZZ_SEED") or random.SystemRandom().randrange(10**6))


def door_over(url: str, folder: Path) -> Iterator[Door]:
    upgrade(url)
    store = SqlStore(url)
    tokens = write_tokens(folder / "tokens.toml")
    service = make_service(Settings(tokens_file=tokens), store)
    app = create_app(service)
    # Time flies for allowances: strangers' probes, which must get a 401, would soon be told to wait.
    flying = itertools.count(0, 1_000)
    app.state.gate = Gate(app.state.gate.authenticator, Allowance(100_000, 1_000_000), Buckets(lambda: next(flying)))
    yield Door(service, app, TestClient(app, base_url=LOCAL, raise_server_exceptions=False))
    store.close()


@pytest.fixture
def sqlite_door(tmp_path: Path) -> Iterator[Door]:
    yield from door_over(f"sqlite:///{tmp_path}/fuzz.db", tmp_path)


@pytest.fixture
def postgres_door(postgres_database: object, tmp_path: Path) -> Iterator[Door]:
    assert callable(postgres_database)
    yield from door_over(str(postgres_database()), tmp_path)


def judged(door: Door, seed: int, run: Callable[[Fuzz], None]) -> Fuzz:
    random.seed(seed)
    fuzz = Fuzz(door, bearer("root"), seed)
    run(fuzz)
    print(fuzz.told())
    assert fuzz.wrong == {}, f"seed {seed}\n" + "\n\n".join(f"{what}: {why}" for what, why in fuzz.wrong.items())
    return fuzz


def each_way_once(fuzz: Fuzz) -> None:
    for mode in MODES:
        fuzz.round(mode)


def for_long(fuzz: Fuzz) -> None:
    fuzz.run_for(LONG_SECONDS)


def test_every_operation_asked_rightly_and_wrongly_keeps_the_contract(sqlite_door: Door, seed: int) -> None:
    fuzz = judged(sqlite_door, seed, each_way_once)
    assert len(fuzz.asked) == len(list(fuzz.schema.get_all_operations()))


@pytest.mark.slow
def test_for_five_minutes_no_request_breaks_the_contract(sqlite_door: Door, seed: int) -> None:
    judged(sqlite_door, seed, for_long)


@pytest.mark.slow
@pytest.mark.postgres
def test_for_five_minutes_no_request_breaks_the_contract_on_postgresql(postgres_door: Door, seed: int) -> None:
    judged(postgres_door, seed, for_long)
