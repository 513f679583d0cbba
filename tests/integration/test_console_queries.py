"""What a page costs: a fixed number of queries, however many wait and whoever works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from builders import make_context
from doubles import ScriptedClassifier
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, DoorService
from sqlalchemy.engine import Engine

from api.app import create_app
from api.console.pulse import Remembered
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.policy import Policy
from routing.settings import Settings

PAGES = ("/", "/console/queue", "/console/conversations", "/console/floor", "/console/proposals", "/console/quality")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    store = SqlStore(url)
    service = DoorService(make_context(store, policy=Policy(blind_share=1.0)), ScriptedClassifier(), Settings())
    app = create_app(service)
    yield Door(service, app, TestClient(app, base_url=LOCAL))
    store.close()


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every SELECT that any engine sends while the test runs."""
    sent: list[str] = []

    def note(*sent_with: object) -> None:
        statement = str(sent_with[2])
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(Engine, "before_cursor_execute", note)


def count(door: Door, statements: list[str], path: str) -> int:
    # A fresh application: what open pages share for a second must not hide a query.
    client = TestClient(create_app(door.service), base_url=LOCAL)
    statements.clear()
    assert client.get(path).status_code == 200
    return len(statements)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_as_many_queries_for_eighty_conversations_as_for_twenty(
    door: Door, statements: list[str], path: str
) -> None:
    def fill(conversations: int) -> None:
        for number in range(conversations):
            door.begin("unsure card_late" if number % 2 else "gone card_lost")
        door.understand()

    door.available("ada", "ben")
    fill(20)  # what is decided automatically is checked blindly: that part of the page has queries of its own
    few = count(door, statements, path)
    fill(60)
    door.match()
    assert 0 < few == count(door, statements, path)


def test_readers_share_a_reading_until_it_is_too_old() -> None:
    now, read = [100.0], iter(("first", "second"))
    shared = Remembered(lambda: next(read), 0.8, lambda: now[0])
    assert (shared.get(), shared.get()) == ("first", "first")
    now[0] = 100.9
    assert shared.get() == "second"


def test_a_reading_that_takes_long_is_kept_longer() -> None:
    now, reads = [0.0], []

    def slow() -> int:
        now[0] += 2.0
        reads.append(now[0])
        return len(reads)

    shared = Remembered(slow, 0.8, lambda: now[0])
    assert shared.get() == 1
    now[0] += 9.9
    assert shared.get() == 1
    now[0] += 0.2
    assert shared.get() == 2


def test_a_reading_is_done_anew_when_something_happened_unless_it_takes_long() -> None:
    now, marks, reads = [0.0], [1], []

    def read() -> int:
        now[0] += 0.1
        reads.append(now[0])
        return len(reads)

    shared = Remembered(read, 60.0, lambda: now[0], lambda: marks[0])
    assert shared.get() == 1
    marks[0] = 2
    now[0] += 0.4
    assert shared.get() == 1
    now[0] += 0.2
    assert (shared.get(), shared.get()) == (2, 2)
