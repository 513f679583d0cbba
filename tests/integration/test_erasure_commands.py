"""`pointsman erase`, `erasures`, `holds` and `retention` as an operator runs them."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import FrozenClock, make_context
from customer_life import CAROL, everything, live, written
from installation import Installation
from typer.testing import CliRunner

from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.cli import diagnosis_of_records
from routing.cli.app import app
from routing.services.context import Context
from routing.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    return Installation(tmp_path, {})


def lived(home: Installation, days_ago: float = 0.0) -> Context:
    home.data_dir.mkdir()
    url = f"sqlite:///{home.data_dir / 'pointsman.db'}"
    upgrade(url)
    context = make_context(SqlStore(url), clock=FrozenClock(datetime.now(UTC) - timedelta(days=days_ago)))
    live(context)
    return context


def test_a_customer_is_looked_at_held_erased_and_told_of(home: Installation) -> None:
    context = lived(home)
    seen = home.run("erase", CAROL, "--preview").stdout
    assert "1 messages" in seen and CAROL in everything(context)
    assert "--reason is missing" in home.run("erase", CAROL, "--yes", code=2).stderr

    held = home.run("holds", "set", "--customer", CAROL, "--reason", "claim 9", "--by", "mona").stdout
    assert "claim 9" in held and "mona" in home.run("holds", "list").stdout
    refused = home.run("erase", CAROL, "--yes", "--reason", "case 7", code=2).stderr
    assert "claim 9" in refused and "hold" in refused
    home.run("holds", "lift", held.split()[0], "--by", "mona")
    assert "no holds are in force" in home.run("holds", "list").stdout

    done = home.run("erase", CAROL, "--yes", "--reason", "case 7", "--by", "root").stdout
    assert "asked by root" in done and "lingers: back-ups" in done and CAROL not in done
    assert CAROL not in everything(context) and "marmalade" not in everything(context)
    again = json.loads(home.run("erase", CAROL, "--yes", "--reason", "case 8", "--json").stdout)
    assert sum(again["counts"].values()) == 0 and again["first"] in done

    listed = home.run("erasures").stdout.splitlines()
    assert len(listed) == 2 and "case 7" in listed[1]
    assert again["first"] in home.run("erasures", "--customer", CAROL).stdout
    assert "case 7" in home.run("erasures", again["first"]).stdout
    assert "whole" in home.run("audit", "verify").stdout
    raw = b"".join(path.read_bytes() for path in home.data_dir.rglob("*") if path.is_file())
    assert CAROL.encode() not in raw and b"marmalade" not in raw


def test_a_receipt_that_was_changed_is_told(home: Installation) -> None:
    import sqlalchemy as sa

    context = lived(home)
    home.run("erase", CAROL, "--yes", "--reason", "case 7")
    store = context.store
    assert isinstance(store, SqlStore)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE erasures SET counts = '{}'"))
    assert "CHANGED: receipt" in home.run("erasures", code=1).stdout


def test_who_still_waits_is_named_and_nothing_goes(home: Installation) -> None:
    context = lived(home)
    written(context, id="talk-9", words="still here")
    refused = home.run("erase", CAROL, "--yes", "--reason", "case 7", code=2).stderr
    assert "talk-9 (received)" in refused and "marmalade" in everything(context)


def test_retention_is_shown_and_run(home: Installation) -> None:
    lived(home, days_ago=91)
    assert "1 past it" in home.run("retention", "show").stdout
    assert "1 conversations past a deadline" in home.run("retention", "run").stdout
    assert "1 past it" not in home.run("retention", "show").stdout
    assert "0 conversations" in home.run("retention", "run").stdout


def test_who_was_erased_since_a_back_up_is_erased_again_by_its_restoration(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the database came back by other means: the doctor says so, and a command asks again."""
    context, file = lived(home), home.folder / "monday"
    monkeypatch.setenv("POINTSMAN_DATA_DIR", str(home.data_dir))
    monkeypatch.delenv("POINTSMAN_DATABASE_URL", raising=False)
    pointsman("backup", file)
    asked = pointsman("erase", CAROL, "--yes", "--reason", "case 7").split()[1].rstrip(",")
    assert CAROL not in (home.data_dir / "erasures.jsonl").read_text()

    lose_the_disk(context, home)
    assert "1 recorded erasures were unknown to the database, 1 of them had" in pointsman("restore", file)
    assert CAROL not in everything(context) and "marmalade" not in everything(context)
    assert asked in pointsman("erasures", asked) and "whole" in pointsman("audit", "verify")

    lose_the_disk(context, home)
    shutil.copyfile(file, home.data_dir / "pointsman.db")
    seen = diagnosis_of_records.erasures(Settings())
    assert (seen[0], seen[2]) == (False, "pointsman erasures --again") and CAROL in everything(context)
    held = pointsman("holds", "set", "--customer", CAROL, "--reason", "claim 9").split()[0]
    assert f"NOT ERASED AGAIN: {asked}" in pointsman("erasures", "--again", code=1)
    pointsman("holds", "lift", held)
    pointsman("erasures", "--again")
    assert diagnosis_of_records.erasures(Settings())[0] and CAROL not in everything(context)


def pointsman(*words: str | Path, code: int = 0) -> str:
    """A command in this process."""
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == code, f"{words}: {done.output}"
    return done.output


def lose_the_disk(context: Context, home: Installation) -> None:
    """And the database with it; what lies beside the database stays."""
    store = context.store
    assert isinstance(store, SqlStore)
    store.close()
    for path in home.data_dir.glob("pointsman.db*"):
        path.unlink()
