"""`pointsman erase`, `erasures`, `holds` and `retention` as an operator runs them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import FrozenClock, make_context
from customer_life import CAROL, everything, live, written
from installation import Installation

from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.services.context import Context


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
