"""Who gets into the console, what a session is, and what a page may not do."""

import hashlib
import re
from pathlib import Path

import pytest
from console_visits import first_review, page, sign_in
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door

from api.app import create_app
from routing.domain.review import ReviewState
from routing.services import review_views

VENDOR = Path(__file__).parents[2] / "api" / "console" / "static" / "vendor"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/", "/console/queue", "/console/floor", "/console/static/console.js"])
def test_every_page_carries_the_strict_policy(door: Door, path: str) -> None:
    assert door.client.get(path).headers["content-security-policy"] == POLICY


def test_the_page_has_no_inline_script_or_style(door: Door) -> None:
    first_review(door)
    html = page(door)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)


def test_scripts_come_from_this_address_only(door: Door) -> None:
    found = re.findall(r'(?:src|href)="([^"]+)"', page(door))
    assert found
    assert all(place.startswith(("/console/", "#")) for place in found)
    assert all(door.client.get(place).status_code == 200 for place in found if place.startswith("/"))


def test_vendored_files_are_those_that_their_record_names() -> None:
    recorded = re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", (VENDOR / "VENDORED.md").read_text(), re.M)
    assert len(recorded) == 2
    for name, digest in recorded:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


def test_without_a_session_the_page_leads_to_the_sign_in(guarded: Door) -> None:
    reply = guarded.client.get("/", follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in")
    assert "Token of a COp, manager or admin" in guarded.client.get("/sign-in").text


@pytest.mark.parametrize(
    "path", ["/console/queue", "/console/floor", "/console/conversations", "/console/stream", "/console/reviews/x"]
)
def test_without_a_session_no_part_of_the_page_is_served(guarded: Door, path: str) -> None:
    assert guarded.client.get(path).status_code == 401
    assert guarded.client.get(path, headers={"HX-Request": "true"}).headers["hx-redirect"] == "/sign-in"


@pytest.mark.parametrize("name", ["mona", "root"])
def test_a_manager_or_admin_signs_in_and_out(guarded: Door, name: str) -> None:
    client = sign_in(guarded, name)
    assert f"<bdi>{name}</bdi>" in client.get("/").text
    client.post("/sign-out")
    assert client.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(("name", "words"), [("robot", "no COp, manager or admin role"), ("nobody", "not known here")])
def test_other_tokens_do_not_open_the_console(guarded: Door, name: str, words: str) -> None:
    reply = guarded.client.post("/sign-in", data={"token": f"token-of-{name}"})
    assert reply.status_code == 403
    assert words in reply.text
    assert "set-cookie" not in reply.headers


def test_the_cookie_is_no_token_and_scripts_cannot_read_it(guarded: Door) -> None:
    client = TestClient(guarded.app, base_url=LOCAL)
    reply = client.post("/sign-in", data={"token": "token-of-mona"}, follow_redirects=False)
    cookie = reply.headers["set-cookie"]
    assert "token-of-mona" not in cookie
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()


def test_a_session_ended_by_sign_out_is_dead_even_if_its_cookie_was_kept(guarded: Door) -> None:
    client = sign_in(guarded, "mona")
    guarded.client.cookies.update(client.cookies)
    assert guarded.client.get("/console/queue").status_code == 200
    client.post("/sign-out")
    assert guarded.client.get("/console/queue").status_code == 401


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_s_page_changes_nothing(guarded: Door, headers: dict[str, str]) -> None:
    id = first_review(guarded)
    client = sign_in(guarded, "mona")
    reply = client.post(f"/console/reviews/{id}/verdict", data={"issue_type": "card_lost"}, headers=headers)
    assert reply.status_code == 403
    assert review_views.review_item(guarded.context, id).state is ReviewState.OPEN


def test_a_sign_in_outlives_the_process_and_keeps_its_rights(guarded: Door) -> None:
    client = sign_in(guarded, "mona")
    after = TestClient(create_app(guarded.service), base_url=LOCAL)
    after.cookies.update(client.cookies)
    assert after.get("/console/queue").status_code == 200
    assert after.get("/console/desk").status_code == 403


def test_a_sign_in_ends_after_twelve_hours(guarded: Door) -> None:
    client = sign_in(guarded, "mona")
    guarded.clock.advance(12 * 3_600)
    assert client.get("/console/queue").status_code == 401


def test_what_is_stored_of_a_sign_in_opens_nothing(guarded: Door) -> None:
    client = sign_in(guarded, "mona")
    [(digest, told)] = guarded.context.store.committed.sign_ins.items()  # type: ignore[attr-defined]
    assert client.cookies["pointsman_session"] not in digest + told[0]
    thief = TestClient(guarded.app, base_url=LOCAL, cookies={"pointsman_session": digest})
    assert thief.get("/console/queue").status_code == 401
