"""Back-up and restoration of both databases, under writes, with damage, and into places that are not empty."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import NOON
from seeds import read

from routing.adapters.sql import backup
from routing.adapters.sql.backup import BackupDamaged, BackupError, NotEmpty, ToolMissing, back_up, restore
from routing.adapters.sql.schema_version import is_current, upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.events import Event, EventKind
from routing.services.audit import verify

NewDatabase = Callable[[], str]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """The URL of another empty database at each call."""
    if request.param == "postgres":
        yield request.getfixturevalue("postgres_database")
        return
    numbers = iter(range(9))
    yield lambda: f"sqlite:///{tmp_path / f'place-{next(numbers)}' / 'pointsman.db'}"


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    """A database with some history."""
    made = new_database()
    Path(made.removeprefix("sqlite:///")).parent.mkdir(exist_ok=True) if made.startswith("sqlite") else None
    upgrade(made)
    append(made, 5)
    return made


def append(url: str, facts: int) -> None:
    store = SqlStore(url)
    for number in range(facts):
        with store.transaction() as uow:
            uow.events.append(Event(EventKind.OFFER_MADE, NOON, "pointsman", f"c-{number}"))
            uow.commit()
    store.close()


def history(url: str) -> list[Event]:
    store = SqlStore(url)
    try:
        return read(store, lambda uow: uow.events.after(0, 10_000))
    finally:
        store.close()


def test_what_was_backed_up_comes_back_whole(url: str, new_database: NewDatabase, tmp_path: Path):
    back_up(url, tmp_path / "monday")
    append(url, 3)
    place = new_database()
    note = restore(tmp_path / "monday", place)
    assert note.revision is not None and is_current(place)
    assert history(place) == history(url)[:5]
    store = SqlStore(place)
    assert verify(store, []).whole
    store.close()


def test_the_restored_database_goes_on_and_still_refuses_to_rewrite(
    url: str, new_database: NewDatabase, tmp_path: Path
):
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError

    back_up(url, tmp_path / "monday")
    place = new_database()
    restore(tmp_path / "monday", place)
    append(place, 2)
    assert [fact.seq for fact in history(place)] == [1, 2, 3, 4, 5, 6, 7]
    store = SqlStore(place)
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE seals SET content = 'x'"))
    store.close()


def test_a_back_up_under_writes_holds_one_state(url: str, new_database: NewDatabase, tmp_path: Path):
    writer = threading.Thread(target=append, args=(url, 40))
    writer.start()
    back_up(url, tmp_path / "busy")
    writer.join()
    place = new_database()
    restore(tmp_path / "busy", place)
    kept = history(place)
    assert kept == history(url)[: len(kept)] and len(kept) >= 5
    store = SqlStore(place)
    assert verify(store, []).whole
    store.close()


@pytest.mark.parametrize("damage", ["one bit", "cut short", "note gone", "note of another"])
def test_a_damaged_back_up_is_refused_before_anything_is_changed(
    url: str, new_database: NewDatabase, tmp_path: Path, damage: str
):
    file, note = tmp_path / "monday", tmp_path / "monday.json"
    back_up(url, file)
    content = bytearray(file.read_bytes())
    if damage == "one bit":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "cut short":
        file.write_bytes(content[:-1])
    elif damage == "note gone":
        note.unlink()
    else:
        note.write_text(json.dumps({**json.loads(note.read_text()), "kind": "oracle"}))
    place = new_database()
    with pytest.raises(BackupDamaged, match="monday"):
        restore(file, place)
    if place.startswith("sqlite"):
        assert not Path(place.removeprefix("sqlite:///")).exists()


def test_nothing_is_overwritten(url: str, tmp_path: Path):
    back_up(url, tmp_path / "monday")
    with pytest.raises(NotEmpty):
        restore(tmp_path / "monday", url)
    with pytest.raises(NotEmpty):
        back_up(url, tmp_path / "monday")
    assert len(history(url)) == 5
    assert not list(tmp_path.glob("*.part"))


def test_a_missing_program_is_named_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(backup, "revision_of", lambda _: "0001")
    with pytest.raises(ToolMissing, match="postgresql-client"):
        back_up("postgresql+psycopg://nobody@localhost/none", tmp_path / "monday")


def test_a_server_that_is_away_is_told_without_its_password(tmp_path: Path):
    with pytest.raises(BackupError) as told:
        back_up("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", tmp_path / "monday")
    assert "secret" not in str(told.value)
    assert not (tmp_path / "monday").exists()


def test_the_commands_do_it_by_the_installations_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from typer.testing import CliRunner

    from routing.cli.app import app

    monkeypatch.delenv("POINTSMAN_DATABASE_URL", raising=False)
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "monday"
    url = f"sqlite:///{old / 'pointsman.db'}"
    old.mkdir()
    assert CliRunner().invoke(app, ["backup", str(file), "--data-dir", str(old)]).exit_code == 2
    upgrade(url)
    append(url, 4)
    assert CliRunner().invoke(app, ["backup", str(file), "--data-dir", str(old)]).exit_code == 0
    assert CliRunner().invoke(app, ["restore", str(file), "--data-dir", str(new)]).exit_code == 0
    assert len(history(f"sqlite:///{new / 'pointsman.db'}")) == 4
    assert CliRunner().invoke(app, ["restore", str(file), "--data-dir", str(new)]).exit_code == 2
