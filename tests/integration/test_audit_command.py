"""`pointsman audit` over a real SQLite installation: whole, searched, anchored, and tampered with."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import NOON, FixedPacks, make_context, make_pack
from pydantic import SecretStr
from seeds import read
from tampering import edited, put_trail
from typer.testing import CliRunner, Result

from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.cli import diagnosis_of_records
from routing.cli.app import app
from routing.domain.cop import CopId, Presence
from routing.domain.events import Event, EventKind
from routing.domain.policy import Policy
from routing.services import audit, presence
from routing.settings import Settings


@pytest.fixture
def store(own_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    for name in ("POINTSMAN_AUDIT_ANCHOR", "POINTSMAN_AUDIT_ANCHOR_TO"):
        monkeypatch.delenv(name, raising=False)
    context = make_context(own_store)
    for change in (Presence.AVAILABLE, Presence.AWAY):
        presence.set_presence(context, presence.PresenceChange(CopId("ada"), change, "mona"))
    return own_store


def pointsman(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments])


def test_a_whole_trail_ends_with_status_0_and_says_what_no_anchor_means(store: SqlStore):
    done = pointsman("verify")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "whole")
    assert "no anchor" in done.output
    assert pointsman("verify", "--require-anchor").exit_code == 1


def test_a_rewritten_history_ends_with_status_1_by_the_anchor_of_the_file(store: SqlStore, tmp_path: Path):
    assert pointsman("anchor").exit_code == 0
    assert (tmp_path / "data" / "audit-anchors.jsonl").exists()
    put_trail(store, lambda rows: rows[:1])
    done = pointsman("verify", "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["findings"] == [{"flaw": "truncated", "position": 2, "seq": None}]


def test_an_anchor_of_the_log_does_as_well(store: SqlStore, tmp_path: Path):
    anchor = pointsman("anchor").output.strip()
    (tmp_path / "data" / "audit-anchors.jsonl").unlink()
    assert pointsman("verify", "--require-anchor", "--anchor", anchor).exit_code == 0
    put_trail(store, lambda rows: rows[:1])
    assert pointsman("verify", "--anchor", anchor).exit_code == 1


def test_an_edited_fact_is_named(store: SqlStore):
    put_trail(store, lambda rows: [edited(rows[0], actor="somebody else"), *rows[1:]])
    done = pointsman("verify")
    assert done.exit_code == 1
    assert "edited: position 1" in done.output


@pytest.mark.parametrize(
    ("column", "value"), [("at", "yesterday"), ("data", "{"), ("kind", "nothing.known"), ("data", "\udcff")]
)
def test_a_fact_that_nobody_can_read_any_more_is_a_finding_and_no_failure(store: SqlStore, column: str, value: str):
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_no_update")
        statement = f"UPDATE events SET {column} = ? WHERE seq = 1"
        connection.exec_driver_sql(statement, (value.encode(errors="surrogateescape").decode(errors="replace"),))
    done = pointsman("verify")
    assert done.exit_code == 1
    assert "missing: position 1, fact 1" in done.output


def test_a_restored_back_up_is_accepted_only_with_a_reason(store: SqlStore):
    pointsman("anchor")
    put_trail(store, lambda rows: rows[:1])
    assert pointsman("anchor", "--after-restore", " ").exit_code == 2
    assert pointsman("anchor", "--after-restore", "disk of Tuesday").exit_code == 0
    assert pointsman("verify", "--require-anchor").exit_code == 0


def test_a_search_tells_who_what_when_and_about_whom(store: SqlStore):
    done = pointsman("search", "--actor", "mona", "--kind", "presence.changed", "--cop", "ada", "--json")
    facts = [json.loads(line) for line in done.output.splitlines()]
    assert [fact["data"]["presence"] for fact in facts] == ["away", "available"]
    assert {fact["actor"] for fact in facts} == {"mona"}
    plain = pointsman("search", "--since", NOON.strftime("%Y-%m-%d")).output.splitlines()
    assert plain[0].split("\t")[2:5] == ["mona", "presence.changed", "ada"]
    assert pointsman("search", "--actor", "nobody").exit_code == 1


def test_what_cannot_be_looked_for_is_said(store: SqlStore):
    done = pointsman("search", "--kind", "offer.mad")
    assert done.exit_code == 2
    assert "offer.made" in done.output
    assert pointsman("verify", "--anchor", "seven").exit_code == 2


def test_without_a_database_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("POINTSMAN_DATABASE_URL", raising=False)
    done = pointsman("verify", "--data-dir", str(tmp_path / "none"))
    assert done.exit_code == 2
    assert not (tmp_path / "none").exists()


def rules(store: SqlStore) -> list[Event]:
    return read(store, lambda uow: uow.events.newest_of([EventKind.PACK_CHANGED, EventKind.POLICY_CHANGED], 10))


def test_the_rules_in_force_are_told_once_and_again_when_they_change(store: SqlStore):
    context = make_context(store)
    audit.note_rules(context)
    audit.note_rules(make_context(store))
    assert [fact.kind for fact in rules(store)] == [EventKind.POLICY_CHANGED, EventKind.PACK_CHANGED]
    audit.note_rules(make_context(store, policy=Policy(offer_ttl_seconds=20)))
    assert rules(store)[0].data["policy"]["offer_ttl_seconds"] == 20
    audit.note_rules(make_context(store, packs=FixedPacks(make_pack(version="another"))))
    assert [fact.kind for fact in rules(store)][:2] == [EventKind.POLICY_CHANGED, EventKind.PACK_CHANGED]


def test_the_doctor_holds_the_newest_anchor_against_the_database(store: SqlStore, tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "data")
    assert diagnosis_of_records.audit(settings)[:2] == (True, "no anchors yet; `serve` writes them")
    pointsman("anchor")
    assert diagnosis_of_records.audit(settings) == (True, "anchored up to position 2", "")
    put_trail(store, lambda rows: rows[:1])
    well, detail, fix = diagnosis_of_records.audit(settings)
    assert (well, fix) == (False, "pointsman audit verify") and "another past" in detail


@pytest.mark.postgres
@pytest.mark.parametrize(("seconds", "well"), [(0, True), (1, True), (3, False), (-300, False)])
def test_the_doctor_compares_the_clock_with_the_databases(
    postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, seconds: int, well: bool
):
    url = postgres_database()
    upgrade(url)
    told = datetime.now(UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(diagnosis_of_records, "_database_time", lambda _: told)
    found, detail, fix = diagnosis_of_records.clock(Settings(database_url=SecretStr(url)))
    assert found is well and " s from the database's" in detail and "chrony" in fix


@pytest.mark.postgres
def test_the_databases_clock_can_be_read(postgres_database: Callable[[], str]):
    url = postgres_database()
    upgrade(url)
    assert diagnosis_of_records.clock(Settings(database_url=SecretStr(url)))[0]
