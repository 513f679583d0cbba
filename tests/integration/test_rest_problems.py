"""What callers are told when something is wrong: problem+json, every wrong value, and no customer's words."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from rest_door import Door, bearer, make_door, write_tokens

from api.errors import PROBLEM_JSON, STATUS, problem_of
from api.middleware import LARGEST_BODY, BodyLimit
from routing.domain import errors as domain

SECRET = "my card number is 4929 1234 5678 9012"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def post(door: Door, body: Any, path: str = "/v1/conversations") -> Any:
    return door.client.post(path, json=body, headers=door.robot)


def domain_errors() -> list[type[Exception]]:
    kinds, found = [domain.RoutingError], []
    while kinds:
        kind = kinds.pop()
        found.append(kind)
        kinds += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == domain.__name__ and kind is not domain.RoutingError]


@pytest.mark.parametrize("kind", domain_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_domain_has_a_status(kind: type[Exception]):
    assert any(ancestor in STATUS for ancestor in kind.__mro__)


def test_a_problem_has_the_members_of_rfc_9457(door: Door):
    reply = door.client.get("/v1/conversations/no-such", headers=door.robot)
    assert reply.headers["Content-Type"] == PROBLEM_JSON
    assert reply.json() == {
        "type": "urn:pointsman:problem:not_found",
        "title": "Nothing has that id",
        "status": 404,
        "detail": "no conversation has the id 'no-such'",
        "request_id": reply.headers["X-Request-ID"],
    }


def test_every_wrong_value_is_listed_with_what_is_allowed(door: Door):
    reply = post(door, {"text": "  ", "channel": "pigeon", "customer_id": "a@b.example", "colour": "red"})
    wrong = {error["place"]: error for error in reply.json()["errors"]}
    assert set(wrong) == {"body.text", "body.market", "body.channel", "body.customer_id", "body.colour"}
    assert wrong["body.channel"]["value"] == "pigeon"
    assert "'callback'" in wrong["body.channel"]["allowed"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": SECRET, "market": 7},
        {"text": SECRET, "market": "atlantis"},
        {"txet": SECRET, "market": "uk"},
        {"text": SECRET * 4_000, "market": "uk"},
        {"text": [SECRET], "market": "uk"},
        {"text": "hello", "market": "uk", "customer_id": SECRET},
        {"text": "hello", "market": "uk", "id": SECRET},
        [SECRET],
        SECRET,
    ],
)
def test_a_refusal_never_repeats_a_customers_words(door: Door, body: Any):
    reply = post(door, body)
    assert reply.status_code == 422
    assert "4929" not in reply.text
    assert "card number" not in reply.text


def test_a_market_that_does_not_exist_is_answered_with_those_that_do(door: Door):
    problem = post(door, {"text": "hello", "market": "atlantis"}).json()
    assert problem["errors"] == [{"place": "market", "value": "atlantis", "allowed": "fr, ie, uk"}]


def test_a_long_value_is_clipped(door: Door):
    problem = post(door, {"text": "hello", "market": "uk", "channel": "x" * 1_000}).json()
    assert problem["errors"][0]["value"] == "x" * 40


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe", b"", b"null", b"[" * 100_000, b'{"text": NaN}'],
    ids=["cut", "not text", "empty", "null", "deep", "not a number"],
)
def test_a_body_that_is_no_good_json_is_a_problem_and_no_failure(door: Door, content: bytes):
    headers = {**door.robot, "Content-Type": "application/json"}
    reply = door.client.post("/v1/conversations", content=content, headers=headers)
    assert reply.status_code in (400, 422)
    assert reply.headers["Content-Type"] == PROBLEM_JSON


def test_what_no_database_can_store_is_taken_out_of_a_message(door: Door):
    headers = {**door.robot, "Content-Type": "application/json"}
    content = b'{"text": "be\\u0000fore \\ud800 after \\ud83d\\ude00", "market": "uk"}'
    made = door.client.post("/v1/conversations", content=content, headers=headers).json()
    detail = door.client.get(made["href"], headers=door.robot).json()
    assert detail["messages"][0]["text"] == "before \ufffd after \U0001f600"


@pytest.mark.parametrize(
    "path", ["/v1/conversations/a%00b", "/v1/conversations?customer_id=a%00b", "/v1/cops/%0a/offers"]
)
def test_a_control_character_in_an_id_is_refused(door: Door, path: str):
    assert door.client.get(path, headers=door.robot).status_code == 422


@pytest.mark.parametrize("seconds", [-1, 86_401, "NaN", "Infinity", "soon", "12", True])
def test_a_handle_time_out_of_range_or_no_number_is_refused(door: Door, seconds: object):
    body = {"disposition": "resolved", "handle_time_seconds": seconds}
    reply = post(door, body, "/v1/assignments/a-1/wrap-up")
    assert reply.json()["errors"][0]["place"] == "body.handle_time_seconds"


def test_a_route_that_does_not_exist_is_a_problem(door: Door):
    reply = door.client.get("/v1/nothing")
    assert (reply.status_code, reply.json()["type"]) == (404, "urn:pointsman:problem:not_found")


def test_a_method_that_does_not_exist_is_a_problem(door: Door):
    reply = door.client.delete("/v1/floor", headers=bearer("root"))
    assert (reply.status_code, reply.json()["type"]) == (405, "urn:pointsman:problem:method_not_allowed")
    assert reply.headers["Allow"] == "GET"


def test_a_body_over_a_megabyte_is_refused(door: Door):
    reply = post(door, {"text": "x" * LARGEST_BODY, "market": "uk"})
    assert (reply.status_code, reply.json()["type"]) == (413, "urn:pointsman:problem:body_too_large")


def test_a_body_that_never_said_how_long_it_is_is_refused_too(door: Door):
    chunks = (b"x" * 100_000 for _ in range(20))
    reply = door.client.post("/v1/conversations", content=chunks, headers=door.robot)
    assert reply.status_code == 413


def test_a_request_whose_caller_left_half_way_is_not_carried_out():
    sent = [
        {"type": "http.request", "body": b"issue_type=card", "more_body": True},
        {"type": "http.disconnect"},
    ]
    reached = []

    async def receive() -> Any:
        return sent.pop(0)

    async def app(*_: Any) -> None:
        reached.append(True)

    async def send(message: Any) -> None:
        raise AssertionError(message)

    asyncio.run(BodyLimit(app)({"type": "http", "method": "POST", "headers": []}, receive, send))

    assert not reached and not sent


def test_the_longest_message_is_taken_in(door: Door):
    assert post(door, {"text": "é" * 100_000, "market": "uk"}).status_code == 201


def test_a_part_that_does_not_answer_is_worth_a_retry(door: Door, monkeypatch: pytest.MonkeyPatch):
    def unavailable(*_: object) -> None:
        raise domain.Unavailable("the database does not answer: no route to db-3.internal")

    monkeypatch.setattr(door.service.classifier, "classify", unavailable)
    reply = post(door, {"text": "hello"}, "/v1/triage")
    assert (reply.status_code, reply.json()["type"]) == (503, "urn:pointsman:problem:unavailable")
    assert int(reply.headers["Retry-After"]) > 0
    assert "db-3" not in reply.text


def test_an_unforeseen_failure_shows_nothing_of_the_inside(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*_: object) -> None:
        raise ZeroDivisionError(f"while storing {SECRET!r} into postgresql://root:hunter2@db")

    monkeypatch.setattr(door.service.classifier, "classify", broken)
    with caplog.at_level(logging.DEBUG):
        reply = post(door, {"text": SECRET}, "/v1/triage")
    assert (reply.status_code, reply.json()["type"]) == (500, "urn:pointsman:problem:internal")
    assert reply.json()["request_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    for inside in ("4929", "hunter2"):
        assert inside not in reply.text + caplog.text


def test_an_error_nobody_listed_is_a_500():
    assert problem_of(KeyError("x")).status == 500


def test_a_callers_request_id_is_kept_and_a_wild_one_replaced(door: Door):
    assert door.client.get("/livez", headers={"X-Request-ID": "trace-7"}).headers["X-Request-ID"] == "trace-7"
    replaced = door.client.get("/livez", headers={"X-Request-ID": "a b<script>"}).headers["X-Request-ID"]
    assert replaced.isalnum()


@pytest.mark.parametrize("path", ["/livez", "/v1/floor", "/v1/nothing", "/metrics"])
def test_every_reply_carries_the_security_headers(door: Door, path: str):
    headers = door.client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
