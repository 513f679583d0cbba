"""Switches, dead letters, the audit trail and settings: what they show, to whom, and what stays hidden."""

from pathlib import Path

import pytest
from console_visits import page, sign_in
from fastapi.testclient import TestClient
from pydantic import SecretStr
from rest_door import LOCAL, Door, make_service

from api.app import create_app
from api.console.operations_pages import MOST_LETTERS
from api.console.views_operations import settings_rows
from routing.adapters.kafka import letters, producing
from routing.adapters.kafka.topics import Topics
from routing.domain.errors import Unavailable
from routing.domain.override import OverrideKind
from routing.services import overrides
from routing.services.overrides import Wish
from routing.settings import Settings


def test_a_switch_tells_who_paused_it_why_and_until_when(door: Door) -> None:
    assert "Running" in page(door, "/console/switches")
    overrides.begin(door.context, Wish(OverrideKind.PAUSE_AUTOMATION, 60, "odd answers"), "mona")
    html = page(door, "/console/switches")
    assert "<strong>Paused</strong> until 13:00:00 UTC" in html
    assert "odd answers" in html and "Run again" in html


def test_a_pause_from_the_switches_is_shown_before_it_begins(door: Door) -> None:
    form = {"kind": "pause_automation", "market": "uk", "minutes": "240", "reason": "odd answers"}
    reply = door.client.post("/console/floor/act", data=form)
    assert "people decide everything in UK" in reply.text and "Begin now" in reply.text


def test_settings_never_show_a_secret() -> None:
    secret = Settings(
        database_url=SecretStr("postgresql://pm:hunter2@db/pm"), traces="http://who:hunt/er@hunter2@collector:4318"
    )
    rows = {row.name: row for row in settings_rows(secret)}
    assert rows["POINTSMAN_DATABASE_URL"].value == "set, not shown"
    assert rows["POINTSMAN_TRACES"].value == "http://…@collector:4318"
    assert rows["POINTSMAN_PORT"].value == "8000" and not rows["POINTSMAN_PORT"].given
    assert not any("hunter2" in row.value for row in rows.values())


def test_settings_are_for_admins(guarded: Door) -> None:
    assert sign_in(guarded, "root").get("/console/settings").status_code == 200
    assert sign_in(guarded, "mona").get("/console/settings").status_code == 403


def test_the_audit_trail_is_searched_and_verified(door: Door) -> None:
    overrides.begin(door.context, Wish(OverrideKind.PAUSE_AUTOMATION, 60, "<b>odd</b>"), "mona")
    html = page(door, "/console/audit?actor=mona&kind=override.started")
    assert "override.started" in html and "&lt;b&gt;odd&lt;/b&gt;" in html
    assert "No sealed fact fits." in page(door, "/console/audit?actor=nobody")
    assert "The trail is whole." in door.client.post("/console/audit/verify").text


def test_without_kafka_the_page_of_dead_letters_says_so(door: Door) -> None:
    assert "There is no Kafka here" in page(door, "/console/dead-letters")
    assert "There is no Kafka here." in door.client.post("/console/dead-letters/replay", data={"id": "0:1"}).text


def test_a_broker_that_does_not_answer_is_said_in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def away(_: Settings) -> list[letters.Letter]:
        raise Unavailable("the dead letters cannot be read: NoBrokersAvailable")

    monkeypatch.setattr(letters, "read_letters", away)
    service = make_service(Settings(kafka_bootstrap="127.0.0.1:1", data_dir=tmp_path))
    reply = TestClient(create_app(service), base_url=LOCAL).get("/console/dead-letters")
    assert reply.status_code == 503
    assert "NoBrokersAvailable" in reply.text


def test_of_many_dead_letters_the_newest_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dead = (
        letters.Letter(0, at, "x", "odd", "", f"2026-03-04T11:{at // 60:02d}:{at % 60:02d}", True, None, b"{}", ())
        for at in range(MOST_LETTERS + 2)
    )
    monkeypatch.setattr(letters, "read_letters", lambda _: dead)
    service = make_service(Settings(kafka_bootstrap="127.0.0.1:1", data_dir=tmp_path))
    shown = TestClient(create_app(service), base_url=LOCAL).get("/console/dead-letters").text
    assert shown.index(f">0:{MOST_LETTERS + 1}<") < shown.index(">0:2<")
    assert ">0:1<" not in shown


def test_dead_letters_are_listed_and_one_is_sent_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    topic = next(iter(Topics("pointsman").incoming))
    dead = letters.Letter(0, 7, topic, "unknown_market", "market", "2026-03-04T11:00:00", True, None, b"{}", ())
    sent: list[object] = []
    monkeypatch.setattr(letters, "read_letters", lambda _: iter([dead]))
    monkeypatch.setattr(producing.Producer, "send", lambda _, records: sent.extend(records))
    service = make_service(Settings(kafka_bootstrap="127.0.0.1:1", data_dir=tmp_path))
    client = TestClient(create_app(service), base_url=LOCAL)
    assert "unknown_market" in client.get("/console/dead-letters").text
    assert "0:7 was sent again" in client.post("/console/dead-letters/replay", data={"id": "0:7"}).text
    assert sent == [dead.sending]
    assert "dead_letter.replayed" in client.get("/console/audit?kind=dead_letter.replayed").text
    assert "There is no dead letter 9:9" in client.post("/console/dead-letters/replay", data={"id": "9:9"}).text
