"""The console's list of models, and the report about each: who gets in, what a report may do there."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOON, make_model
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, make_door, write_tokens

from api.console.model_pages import report_policy
from routing.adapters.models import ModelFolder, Training
from routing.domain.errors import Unavailable
from routing.domain.model import Model, ModelState, StoredFile

PAGE = "<!doctype html><title>Report</title><p>Report of m1"
FACTS = {
    "mode": "fast",
    "examples": 10_003,
    "issue_types": 77,
    "held_out": {"rows": 10_003, "accuracy": 0.9345, "share_auto": 0.91, "error_auto": 0.02},
}


@pytest.fixture
def door() -> Door:
    return make_door()


def keep(door: Door, model: Model) -> None:
    with door.context.store.transaction() as uow:
        uow.models.add(model)
        uow.commit()


def reported(door: Door) -> None:
    file = StoredFile("m1.report.html", "0" * 64)
    keep(door, replace(make_model("m1"), state=ModelState.LIVE, changed_at=NOON, facts=FACTS, reports=(file,)))
    door.service.models.contents[file.path] = PAGE.encode()


def test_the_console_leads_to_the_models(door: Door) -> None:
    assert '<a class="ghost" href="/console/models">Models</a>' in door.client.get("/").text


def test_each_model_is_listed_with_its_state_figures_and_report(door: Door) -> None:
    reported(door)
    keep(door, make_model("m2"))
    page = door.client.get("/console/models").text
    for said in ("m1", "Live", "10,003", "77", "93.5%", "91.0%", "2.0%", "fast", "m2", "Candidate"):
        assert said in page
    assert page.count('href="/console/models/report?model=m1"') == 1
    assert "report?model=m2" not in page


def test_without_a_model_the_page_says_what_to_do(door: Door) -> None:
    assert "pointsman train" in door.client.get("/console/models").text


def test_names_people_gave_stay_text(door: Door) -> None:
    keep(door, replace(make_model("m1"), changed_by="<script>alert(1)</script>", facts={"mode": "<b>fast"}))
    page = door.client.get("/console/models").text
    assert "<script>alert" not in page
    assert "<b>fast" not in page


def test_a_report_is_served_alone_without_script_request_or_the_consoles_origin(door: Door) -> None:
    reported(door)
    reply = door.client.get("/console/models/report", params={"model": "m1"})
    assert reply.text == PAGE
    policy = reply.headers["content-security-policy"]
    assert policy.endswith("sandbox")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_report_may_wear_the_style_of_its_own_head_and_no_other() -> None:
    style = "body { color: black }"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = f"<html><head><style>{style}</style></head><body><style>body {{ display: none }}</style></body></html>"
    assert f"style-src 'sha256-{digest}';" in report_policy(page.encode())
    assert "style-src 'none';" in report_policy(b"<head></head><style>a {}</style>")


def test_a_report_nobody_wrote_is_not_found_and_a_changed_one_is_not_served(door: Door) -> None:
    reported(door)
    keep(door, make_model("m2"))
    assert door.client.get("/console/models/report", params={"model": "m2"}).status_code == 404
    assert door.client.get("/console/models/report", params={"model": "../secret"}).status_code == 404
    door.service.models.contents.clear()
    changed = door.client.get("/console/models/report", params={"model": "m1"})
    assert changed.status_code == 409
    assert "not what was registered" in changed.text


def test_only_managers_and_admins_see_models_and_reports(tmp_path: Path) -> None:
    door = make_door(tokens=write_tokens(tmp_path / "tokens.toml"))
    reported(door)
    for path in ("/console/models", "/console/models/report?model=m1"):
        reply = TestClient(door.app, base_url=LOCAL).get(path, follow_redirects=False)
        assert reply.status_code == 401
        assert "Report of m1" not in reply.text


def test_a_file_is_given_out_only_as_it_was_registered(tmp_path: Path) -> None:
    import hashlib

    folder = ModelFolder(tmp_path / "models", Training("words", 0.05))
    folder.folder.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (folder.folder / "m1.report.html").write_bytes(b"as it was")
    file = StoredFile("m1.report.html", hashlib.sha256(b"as it was").hexdigest())
    assert folder.content(file) == b"as it was"
    (folder.folder / "m1.report.html").write_bytes(b"changed")
    outside = StoredFile("../secret", hashlib.sha256(b"secret").hexdigest())
    for wrong in (file, outside, StoredFile("none.html", file.sha256)):
        with pytest.raises(Unavailable):
            folder.content(wrong)
